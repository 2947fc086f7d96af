/**
 * The manifest: what has happened to a journal as a whole, one JSON object a line, only ever appended.
 * It is a convenience; the segments alone say what the records are.
 */
import type { SegmentHeader, SegmentSeal } from './journal-format.ts';

export type ManifestLine =
  | ({ readonly event: 'segment'; readonly file: string } & SegmentHeader)
  | ({ readonly event: 'sealed'; readonly file: string; readonly bytes: number } & SegmentSeal)
  | {
      readonly event: 'recovered';
      readonly segment: number;
      readonly file: string;
      readonly offsetBytes: number;
      readonly lostBytes: number;
      readonly lostFile: string;
      readonly nextRecord: number;
    }
  | { readonly event: 'retired'; readonly segment: number; readonly file: string }
  | { readonly event: 'note'; readonly [key: string]: unknown };

/** Whole lines of the manifest's text, and what was passed over. */
export interface Manifest {
  readonly lines: readonly ManifestLine[];
  readonly notes: readonly string[];
}

/** The line's text with its newline. */
export function manifestText(line: ManifestLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads the manifest's text. A line that is not whole is passed over with a note; unknown events are kept. */
export function parseManifest(text: string): Manifest {
  const lines: ManifestLine[] = [];
  const notes: string[] = [];
  const parts = text.split('\n');
  parts.forEach((part, index) => {
    if (part === '') return;
    const line = parseLine(part);
    if (line !== undefined) lines.push(line);
    else {
      const where = index === parts.length - 1 ? 'the last line was cut off' : `line ${index + 1} cannot be read`;
      notes.push(`manifest.jsonl: ${where} and is passed over: ${part.slice(0, 60)}`);
    }
  });
  return { lines, notes };
}

function parseLine(text: string): ManifestLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'event' in value) return value as ManifestLine;
  } catch {
    // not whole
  }
  return undefined;
}
