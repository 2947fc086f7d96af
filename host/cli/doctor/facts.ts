/**
 * What the doctor looks at: facts of the machine and of the installation, gathered once. Nothing is judged here. A fact that
 * cannot be had on this system is null.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';

export interface BuildFile {
  readonly name: string;
  /** Null: it is not there. */
  readonly bytes: number | null;
  readonly sha256: string | null;
}

export interface Facts {
  readonly nodeVersion: string;
  /** As package.json asks for it. */
  readonly nodeRange: string;
  readonly npmVersion: string | null;
  readonly hasSimd: boolean;
  readonly buildDirectory: string;
  readonly build: readonly BuildFile[];
  readonly journal: {
    readonly directory: string;
    readonly freeBytes: number | null;
    readonly bytesPerSecond: number | null;
    /** Why nothing could be written; null: it could. */
    readonly error: string | null;
  };
  readonly clock: {
    /** Smallest step seen of the monotonic clock. */
    readonly resolutionNs: number;
    readonly backwardSteps: number;
    /** What the machine's clock ran ahead of the monotonic one while the doctor looked. */
    readonly wallDriftMs: number;
    readonly wallYear: number;
  };
  readonly processors: { readonly count: number; readonly model: string; readonly governor: string | null };
  readonly eventLoopDelayMs: { readonly median: number; readonly p99: number };
  readonly memory: { readonly freeBytes: number; readonly totalBytes: number };
  readonly maxOpenFiles: number | null;
  /** The error's code that a server got there; null: the port is free. */
  readonly port: { readonly address: string; readonly port: number; readonly error: string | null };
}

export interface FactPlaces {
  readonly buildDirectory: string;
  readonly packageFile: string;
  readonly journalDirectory: string;
  readonly address: string;
  readonly port: number;
}

/** What the host cannot run without. */
const BUILD_FILES = ['kernels.wasm', 'decoders.wasm', 'host/tidebook.js', 'web/index.html'];
/** Bytes that are written to try the disk, and in what portions. */
const TRIAL_BYTES = 16 * 1_048_576;
const PORTION_BYTES = 262_144;
/** How long the event loop is watched. */
const WATCH_MS = 200;
const CLOCK_READINGS = 20_000;

/** Takes about half a second. */
export async function gatherFacts(places: FactPlaces): Promise<Facts> {
  const startWallMs = Date.now();
  const startNs = process.hrtime.bigint();
  const eventLoopDelayMs = await watchEventLoop();
  const { resolutionNs, backwardSteps } = readClock();
  const elapsedMs = Number(process.hrtime.bigint() - startNs) / 1e6;
  const wallDriftMs = Date.now() - startWallMs - elapsedMs;
  return {
    nodeVersion: process.versions.node,
    nodeRange: nodeRange(places.packageFile),
    npmVersion: await npmVersion(),
    hasSimd: hasSimd(),
    buildDirectory: places.buildDirectory,
    build: BUILD_FILES.map((name) => buildFile(places.buildDirectory, name)),
    journal: tryDisk(places.journalDirectory),
    clock: { resolutionNs, backwardSteps, wallDriftMs, wallYear: new Date().getUTCFullYear() },
    processors: { count: availableParallelism(), model: cpus()[0]?.model.trim() ?? '', governor: governor() },
    eventLoopDelayMs,
    memory: { freeBytes: availableBytes(), totalBytes: totalmem() },
    maxOpenFiles: maxOpenFiles(),
    port: await tryPort(places.address, places.port),
  };
}

function nodeRange(packageFile: string): string {
  try {
    const parsed = JSON.parse(readFileSync(packageFile, 'utf8')) as { engines?: { node?: string } };
    return parsed.engines?.node ?? '';
  } catch {
    return '';
  }
}

async function npmVersion(): Promise<string | null> {
  try {
    return (await promisify(execFile)('npm', ['--version'], { timeout: 5000 })).stdout.trim();
  } catch {
    return null;
  }
}

/** The smallest module with a SIMD instruction: a function that gives i8x16.splat(0). */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

function hasSimd(): boolean {
  return WebAssembly.validate(SIMD_MODULE);
}

function buildFile(directory: string, name: string): BuildFile {
  const path = join(directory, name);
  if (!existsSync(path)) return { name, bytes: null, sha256: null };
  return { name, bytes: statSync(path).size, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

function tryDisk(directory: string): Facts['journal'] {
  // What is made for the trial goes away again, the nearest folder that was there before stays.
  let existing = directory;
  const made: string[] = [];
  while (!existsSync(existing)) {
    made.push(existing);
    existing = dirname(existing);
  }
  let freeBytes: number | null = null;
  const path = join(directory, `.doctor-${process.pid}`);
  try {
    mkdirSync(directory, { recursive: true });
    const disk = statfsSync(directory);
    freeBytes = disk.bavail * disk.bsize;
    const portion = Buffer.alloc(PORTION_BYTES, 0x5a);
    const file = openSync(path, 'wx');
    const start = process.hrtime.bigint();
    try {
      for (let written = 0; written < TRIAL_BYTES; written += PORTION_BYTES) writeSync(file, portion);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    return { directory, freeBytes, bytesPerSecond: TRIAL_BYTES / seconds, error: null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { directory, freeBytes, bytesPerSecond: null, error: code ?? message };
  } finally {
    if (existsSync(path)) rmSync(path);
    for (const folder of made) {
      if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
    }
  }
}

function readClock(): { resolutionNs: number; backwardSteps: number } {
  let resolutionNs = Infinity;
  let backwardSteps = 0;
  let previous = process.hrtime.bigint();
  for (let i = 0; i < CLOCK_READINGS; i++) {
    const now = process.hrtime.bigint();
    const step = Number(now - previous);
    if (step < 0) backwardSteps++;
    else if (step > 0 && step < resolutionNs) resolutionNs = step;
    previous = now;
  }
  return { resolutionNs, backwardSteps };
}

async function watchEventLoop(): Promise<Facts['eventLoopDelayMs']> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await new Promise((done) => setTimeout(done, WATCH_MS));
  histogram.disable();
  // The histogram counts its own period of 1 ms.
  const late = (ns: number): number => Math.max(0, ns / 1e6 - 1);
  return { median: late(histogram.percentile(50)), p99: late(histogram.percentile(99)) };
}

function readLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function governor(): string | null {
  return readLine('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
}

/** What can be had without swapping; Linux counts its caches as free here, other systems do not. */
function availableBytes(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(readLine('/proc/meminfo') ?? '');
  return found === null ? freemem() : Number(found[1]) * 1024;
}

function maxOpenFiles(): number | null {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(readLine('/proc/self/limits') ?? '');
  if (found === null) return null;
  return found[1] === 'unlimited' ? Infinity : Number(found[1]);
}

function tryPort(address: string, port: number): Promise<Facts['port']> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      done({ address, port, error: error.code ?? error.message });
    });
    server.listen(port, address, () => {
      server.close(() => {
        done({ address, port, error: null });
      });
    });
  });
}
