/** The bundled recordings as a test reads them: at once, by other means than the server's reader. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const folder = fileURLToPath(new URL('../../../recordings/binance-usdm/', import.meta.url));
export const BTC_FILE = `${folder}btcusdt_20240808.gz`;
export const ETH_FILE = `${folder}ethusdt_20240808.gz`;

export interface RecordedText {
  readonly timeNs: bigint;
  readonly json: string;
}

/** Every line of the files, in the order of local time; at equal times in the order of the files. */
export function recordedLines(files: readonly string[]): RecordedText[] {
  const lines = files.flatMap((file) =>
    gunzipSync(readFileSync(file))
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const space = line.indexOf(' ');
        return { timeNs: BigInt(line.slice(0, space).padEnd(19, '0')), json: line.slice(space + 1) };
      }),
  );
  return lines
    .map((line, order) => ({ line, order }))
    .sort((a, b) => (a.line.timeNs < b.line.timeNs ? -1 : a.line.timeNs > b.line.timeNs ? 1 : a.order - b.order))
    .map(({ line }) => line);
}

export function isFrame({ json }: RecordedText): boolean {
  return json.startsWith('{"stream"');
}

/** The first `lines` lines of a recording as a recording of its own, in a folder of the test's. */
export function cutRecording(folder: string, file: string, lines: number): string {
  const text = gunzipSync(readFileSync(file)).toString().split('\n').slice(0, lines).join('\n') + '\n';
  const path = join(folder, `cut_${lines}_${file.split('/').at(-1)}`);
  writeFileSync(path, gzipSync(text));
  return path;
}

/** A fresh folder and the call that removes it. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tidebook-recording-'));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
