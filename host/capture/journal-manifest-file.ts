/** The manifest's file: reading it, and appending whole lines to it. */
import { join } from 'node:path';
import type { Manifest, ManifestLine } from '../events/journal-manifest.ts';
import { manifestText, parseManifest } from '../events/journal-manifest.ts';
import type { JournalFiles } from './journal-files.ts';
import { MANIFEST_FILE, nodeFiles } from './journal-files.ts';

/** The manifest of the journal in `directory`; without lines, and with a note, where there is none. */
export function readManifest(directory: string, files: JournalFiles = nodeFiles): Manifest {
  const path = join(directory, MANIFEST_FILE);
  if (!files.existsSync(path))
    return { lines: [], notes: [`${path} is missing; what it said is read from the segments`] };
  return parseManifest(files.readFileSync(path, 'utf8'));
}

/** Appends a line in one write. A line that was cut off before it is ended first, so that it harms no other. */
export function appendManifest(directory: string, line: ManifestLine, files: JournalFiles = nodeFiles): void {
  const fd = files.openSync(join(directory, MANIFEST_FILE), 'a+');
  try {
    const { size } = files.fstatSync(fd);
    const last = new Uint8Array(1);
    const torn = size > 0 && files.readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10;
    const bytes = new TextEncoder().encode((torn ? '\n' : '') + manifestText(line));
    for (let at = 0; at < bytes.length;) at += files.writeSync(fd, bytes, at, bytes.length - at, null);
  } finally {
    files.closeSync(fd);
  }
}
