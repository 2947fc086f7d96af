/** A directory of a test file's own, with short recordings cut from the bundled ones and configurations made from the demo's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { ROOT } from './process.ts';

const DEMO = `${ROOT}config/demo.toml`;
const RECORDINGS = `${ROOT}recordings/binance-usdm/`;

/** Removed after the tests of the file. */
export function makeWorkplace(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidebook-e2e-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** The first `seconds` of a bundled recording, written as plain text. */
export function cutRecording(directory: string, symbol: 'btcusdt' | 'ethusdt', seconds: number): string {
  const text = gunzipSync(readFileSync(`${RECORDINGS}${symbol}_20240808.gz`));
  const start = Number(text.toString('latin1', 0, 10));
  let end = 0;
  while (end < text.length && Number(text.toString('latin1', end, end + 10)) < start + seconds)
    end = text.indexOf(10, end) + 1;
  const path = join(directory, `${symbol}-${seconds}.log`);
  writeFileSync(path, text.subarray(0, end));
  return path;
}

export interface ConfigChanges {
  readonly files?: readonly string[];
  readonly clock?: 'wall' | 'venue';
  readonly strategy?: string;
  /** Lines of [strategy.parameters] instead of the demo's. */
  readonly parameters?: string;
  /** Addresses of a venue that is served already; then there is no [recording]. */
  readonly venue?: { readonly websocketUrl: string; readonly restUrl: string };
  /** Applied at the end. */
  readonly replace?: readonly (readonly [from: string, to: string])[];
}

/** Replaces what must be there. */
function replaced(text: string, from: string | RegExp, to: string): string {
  const result = text.replace(from, to);
  if (result === text && !text.includes(to)) throw new Error(`config/demo.toml holds no ${String(from)}`);
  return result;
}

/** Writes a configuration: the demo's without its fast beginning, with these changes. Returns its path. */
export function writeConfig(directory: string, name: string, changes: ConfigChanges = {}): string {
  let text = replaced(readFileSync(DEMO, 'utf8'), /fast_forward_seconds = \d+/, 'fast_forward_seconds = 0');
  text = text.replaceAll('../recordings/', `${ROOT}recordings/`).replaceAll('../journals/', `${directory}/journals/`);
  if (changes.files !== undefined) text = replaced(text, /files = \[.*\]/, `files = ${JSON.stringify(changes.files)}`);
  if (changes.clock !== undefined) text = replaced(text, /source = "venue"/, `source = "${changes.clock}"`);
  if (changes.strategy !== undefined)
    text = replaced(text, 'module = "glft"', `module = ${JSON.stringify(changes.strategy)}`);
  if (changes.parameters !== undefined) {
    text = replaced(text, /\[strategy\.parameters\][^[]*/, `[strategy.parameters]\n${changes.parameters}\n\n`);
  }
  if (changes.venue !== undefined) {
    const { websocketUrl, restUrl } = changes.venue;
    text = replaced(text, /\[recording\][^[]*(\[[^[\]]*\][^[]*)?(?=\[\[venue\]\])/, '');
    text = replaced(
      text,
      'name = "binance-usdm"',
      `name = "binance-usdm"\nwebsocket_url = "${websocketUrl}"\nrest_url = "${restUrl}"`,
    );
  }
  for (const [from, to] of changes.replace ?? []) text = replaced(text, from, to);
  const path = join(directory, `${name}.toml`);
  writeFileSync(path, text);
  return path;
}
