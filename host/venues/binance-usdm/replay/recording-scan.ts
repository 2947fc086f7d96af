/**
 * What is learned of a recording before it is served: its symbol and its first depth snapshot, which a client that
 * starts from nothing is given. Only the beginning of the file is read.
 */
import { RecordingError, RecordingReader } from './recording-reader.ts';

/** The snapshot of a recorder that starts up comes within its first seconds. */
const MAX_SCANNED_BYTES = 8 * 1024 * 1024;

export interface ScannedRecording {
  readonly path: string;
  /** In capitals, as the venue writes it in frames and requests. */
  readonly symbol: string;
  /** The first snapshot line of the file, byte for byte; undefined where the beginning holds none. */
  readonly snapshot: Buffer | undefined;
  /** Local time of the first line, ms since 1970. */
  readonly startMs: number;
}

/** `btcusdt@depth@0ms` -> `BTCUSDT` */
export function symbolOfStream(stream: string): string {
  const end = stream.indexOf('@');
  return (end < 0 ? stream : stream.slice(0, end)).toUpperCase();
}

/**
 * @throws RecordingError when the file is missing, unreadable, empty, foreign, or holds several symbols beside a snapshot
 * (which does not name its own).
 */
export async function scanRecording(path: string): Promise<ScannedRecording> {
  const reader = await RecordingReader.open(path);
  try {
    const first = reader.line!;
    const startMs = first.seconds * 1000 + first.nanos / 1e6;
    let symbol = '';
    let snapshot: Buffer | undefined;
    let bytes = 0;
    while (bytes < MAX_SCANNED_BYTES && (snapshot === undefined || symbol === '')) {
      const { line } = reader;
      if (line === undefined) {
        if (reader.isOver) break;
        await reader.fill();
        continue;
      }
      bytes += line.json.length;
      if (line.stream === '') {
        snapshot ??= line.json;
      } else {
        const lineSymbol = symbolOfStream(line.stream);
        if (symbol !== '' && lineSymbol !== symbol) {
          const what = `frames of ${symbol} and of ${lineSymbol} in one file`;
          throw new RecordingError(path, line.number, what, 'keep one file for each symbol');
        }
        symbol = lineSymbol;
      }
      reader.next();
    }
    if (symbol === '') {
      throw new RecordingError(path, 0, 'no frame of a stream', 'name a file with frames of a combined stream');
    }
    return { path, symbol, snapshot, startMs };
  } finally {
    reader.close();
  }
}
