/**
 * What the facts mean: each check says what was found and, where that will not do, what to do about it.
 */
import type { Facts } from './facts.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** Empty where the check is ok. */
  readonly remedy: string;
}

const MIB = 1_048_576;
const GIB = 1024 * MIB;
/** A day of one instrument in records, twice over. */
const LEAST_DISK_BYTES = 5 * GIB;
/** Ten times the peak of two instruments. */
const LEAST_BYTES_PER_SECOND = 20 * MIB;
const LEAST_MEMORY_BYTES = GIB;
const LARGEST_CLOCK_STEP_NS = 10_000;
const LARGEST_WALL_DRIFT_MS = 5;
const LARGEST_LOOP_DELAY_MS = 10;
const LEAST_PROCESSORS = 2;
const LEAST_OPEN_FILES = 1024;
/** A clock before this year was never set. */
const LEAST_YEAR = 2025;

export function judge(facts: Facts): Check[] {
  const { build, journal, clock, processors, eventLoopDelayMs, memory, port } = facts;
  const check = (name: string, ok: boolean, found: string, remedy: string): Check => ({
    name,
    ok,
    found,
    remedy: ok ? '' : remedy,
  });
  return [
    check(
      'node',
      satisfies(facts.nodeVersion, facts.nodeRange),
      `Node ${facts.nodeVersion}; package.json asks for ${facts.nodeRange === '' ? 'nothing that could be read' : facts.nodeRange}`,
      facts.nodeRange === ''
        ? 'run it from the installation, with package.json beside build/'
        : `install Node ${facts.nodeRange} from nodejs.org`,
    ),
    check(
      'npm',
      facts.npmVersion !== null,
      facts.npmVersion === null ? 'npm was not found' : `npm ${facts.npmVersion}`,
      'put npm, which comes with Node, on the PATH; it is needed to install and build only',
    ),
    check(
      'wasm-simd',
      facts.hasSimd,
      facts.hasSimd ? 'WebAssembly SIMD is there' : 'this Node does not accept WebAssembly SIMD',
      'use a current Node on a processor with SSE4.1 or NEON, without flags that turn WebAssembly SIMD off',
    ),
    ...build.map((file) =>
      check(
        `build ${file.name}`,
        file.bytes !== null && file.bytes > 0,
        file.bytes === null
          ? `${facts.buildDirectory}/${file.name} is not there`
          : `${file.bytes} bytes, sha256 ${file.sha256 ?? ''}`,
        'run npm ci, then npm run build',
      ),
    ),
    check(
      'journal directory',
      journal.error === null,
      journal.error === null ? `${journal.directory} can be written` : `${journal.directory}: ${journal.error}`,
      'make it writable for this user, or name another one in [journal] directory',
    ),
    check(
      'disk space',
      journal.freeBytes !== null && journal.freeBytes >= LEAST_DISK_BYTES,
      journal.freeBytes === null ? 'unknown' : `${amount(journal.freeBytes)} free for the journal`,
      `have ${amount(LEAST_DISK_BYTES)} free, or set [journal] retain_segments; a busy instrument writes up to 0.84 MB/s`,
    ),
    check(
      'disk speed',
      journal.bytesPerSecond !== null && journal.bytesPerSecond >= LEAST_BYTES_PER_SECOND,
      journal.bytesPerSecond === null ? 'unknown' : `${amount(journal.bytesPerSecond)}/s written and synced`,
      `put the journal on a local disk that takes ${amount(LEAST_BYTES_PER_SECOND)}/s`,
    ),
    check(
      'clock resolution',
      clock.resolutionNs <= LARGEST_CLOCK_STEP_NS,
      `the monotonic clock moves in steps of ${clock.resolutionNs} ns or less`,
      `use a machine whose clock resolves ${LARGEST_CLOCK_STEP_NS} ns (Linux: clocksource tsc, not hpet or jiffies)`,
    ),
    check(
      'clock order',
      clock.backwardSteps === 0 && Math.abs(clock.wallDriftMs) <= LARGEST_WALL_DRIFT_MS,
      `the monotonic clock went backwards ${clock.backwardSteps} times; the machine's clock moved ${clock.wallDriftMs.toFixed(2)} ms against it`,
      "let a time service slew the machine's clock instead of stepping it, and see that the virtual machine is not paused",
    ),
    check(
      'clock date',
      clock.wallYear >= LEAST_YEAR,
      `the machine's clock says ${clock.wallYear}`,
      "set the machine's clock (a time service such as chrony does)",
    ),
    check(
      'processors',
      processors.count >= LEAST_PROCESSORS,
      `${processors.count} of ${processors.model === '' ? 'unknown model' : processors.model}`,
      `give it ${LEAST_PROCESSORS}: snapshots are taken beside the live thread`,
    ),
    check(
      'processor frequency',
      processors.governor === null || processors.governor === 'performance' || processors.governor === 'schedutil',
      processors.governor === null ? 'the governor cannot be read here' : `governor ${processors.governor}`,
      'set the governor to performance (cpupower frequency-set -g performance)',
    ),
    check(
      'event loop',
      eventLoopDelayMs.p99 <= LARGEST_LOOP_DELAY_MS,
      `late by ${eventLoopDelayMs.median.toFixed(2)} ms (median), ${eventLoopDelayMs.p99.toFixed(2)} ms (p99)`,
      'stop what else keeps the processors busy, or give the host processors of its own',
    ),
    check(
      'memory',
      memory.freeBytes >= LEAST_MEMORY_BYTES,
      `${amount(memory.freeBytes)} of ${amount(memory.totalBytes)} to be had`,
      `have ${amount(LEAST_MEMORY_BYTES)} to spare`,
    ),
    check(
      'open files',
      facts.maxOpenFiles === null || facts.maxOpenFiles >= LEAST_OPEN_FILES,
      facts.maxOpenFiles === null ? 'the limit cannot be read here' : `at most ${facts.maxOpenFiles}`,
      `raise the limit: ulimit -n ${LEAST_OPEN_FILES}`,
    ),
    check(
      'port',
      port.error === null,
      port.error === null ? `${port.address}:${port.port} is free` : `${port.address}:${port.port}: ${port.error}`,
      port.error === 'EADDRINUSE'
        ? 'stop the program that has it (another host?), or choose another one with --port'
        : 'choose another one with --port, above 1023',
    ),
  ];
}

function amount(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}

/** Whether a version is in a range of the form `>=20.19`, the only one that package.json has. */
function satisfies(version: string, range: string): boolean {
  const found = /^>=(\d+)\.(\d+)/.exec(range);
  if (found === null) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const leastMajor = Number(found[1]);
  return major > leastMajor || (major === leastMajor && minor >= Number(found[2]));
}
