/** On what a benchmark ran: a number without this says nothing. */
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem, type as osType } from 'node:os';
import { join } from 'node:path';
import { packageFolder, packageVersion } from '../host/cli/programs.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
}

export interface Versions {
  readonly tidebook: string;
  readonly node: string;
  readonly v8: string;
  readonly asc: string;
  readonly binaryen: string;
  readonly tinybench: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${osName()} (${osType()} ${release()}, ${arch()})`,
  };
}

export function describeVersions(): Versions {
  return {
    tidebook: packageVersion(),
    node: process.versions.node,
    v8: process.versions.v8,
    asc: installed('assemblyscript'),
    binaryen: installed('binaryen'),
    tinybench: installed('tinybench'),
  };
}

/** Of the last minute: processes that ran or wanted to. */
export function loadAverage(): number {
  return Math.round(loadavg()[0]! * 100) / 100;
}

/** The distribution's own name for itself, where it has one. */
function osName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? osType();
  } catch {
    return osType();
  }
}

function installed(name: string): string {
  try {
    const text = readFileSync(join(packageFolder(), 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'not installed';
  }
}
