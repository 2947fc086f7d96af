/**
 * Several recordings of one host as one, in the order of local time. Within a file the order of the file holds, also
 * where its clock stepped back; at equal times the file named first goes first.
 */
import type { RecordedLine, RecordingReader } from './recording-reader.ts';

const LINES_PER_BATCH = 256;

function isEarlier(a: RecordedLine, b: RecordedLine): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanos < b.nanos);
}

/** Batches of at most 256 lines; the readers are read on as the batches are taken. */
export async function* mergeRecordings(readers: readonly RecordingReader[]): AsyncGenerator<RecordedLine[]> {
  for (;;) {
    const batch: RecordedLine[] = [];
    while (batch.length < LINES_PER_BATCH) {
      let first: RecordingReader | undefined;
      for (const reader of readers) {
        if (reader.line === undefined) await reader.fill();
        if (reader.line !== undefined && (first === undefined || isEarlier(reader.line, first.line!))) first = reader;
      }
      if (first === undefined) break;
      batch.push(first.line!);
      first.next();
    }
    if (batch.length === 0) return;
    yield batch;
  }
}
