/** Everything under recordings/ has a source and a licence beside it, and is what its page says. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/modules.ts';
import { trackedFiles } from './tracked-files.ts';

const recordings = trackedFiles().filter((path) => path.startsWith('recordings/'));
const data = recordings.filter((path) => !path.endsWith('LICENSE') && !path.endsWith('README.md'));

describe('recordings', () => {
  it('are there', () => {
    expect(data.length).toBeGreaterThanOrEqual(2);
  });

  it.each(data)('%s has source, licence and checksum beside it', (path) => {
    const folder = join(ROOT, dirname(path));
    expect(existsSync(join(folder, 'LICENSE'))).toBe(true);
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(page).toMatch(/\*\*Source:\*\* <https:\/\/\S+> at commit `[0-9a-f]{8,40}`/);
    expect(page).toMatch(/\*\*Licence:\*\* \S+/);
    const sha256 = createHash('sha256')
      .update(readFileSync(join(ROOT, path)))
      .digest('hex');
    expect(page).toContain(`${sha256}  ${path.slice(path.lastIndexOf('/') + 1)}`);
  });

  it.each(data.filter((path) => path.startsWith('recordings/binance-usdm/')))(
    '%s has the lines that its page counts',
    (path) => {
      const lines = gunzipSync(readFileSync(join(ROOT, path)))
        .toString('latin1')
        .trimEnd()
        .split('\n');
      const counts = [
        lines.length,
        ...['"e":"depthUpdate"', '"e":"bookTicker"', '"e":"trade"', '"lastUpdateId"'].map(
          (key) => lines.filter((line) => line.includes(key)).length,
        ),
      ];
      const page = readFileSync(join(ROOT, dirname(path), 'README.md'), 'utf8');
      expect(page).toContain(`| \`${path.slice(path.lastIndexOf('/') + 1)}\` | ${counts.join(' | ')} |`);
      expect(lines.every((line) => /^\d{19} \{/.test(line))).toBe(true);
    },
  );
});
