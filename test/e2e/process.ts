/** Child processes of the built command line: what they print, how they end. Every one is ended with the test file. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PROGRAM = `${ROOT}build/host/tidebook.js`;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

export class Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout = '';
  stderr = '';
  readonly #waiters = new Set<() => void>();

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: ROOT });
    this.child = child;
    running.add(child);
    child.stdout.on('data', (bytes: Buffer) => {
      this.stdout += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      this.stderr += bytes.toString();
      for (const look of this.#waiters) look();
    });
    this.finished = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        for (const look of this.#waiters) look();
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** The first match of what stderr said so far, or will say. Rejected where the process ends without it. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.stderr);
        if (match === null && running.has(this.child)) return;
        this.#waiters.delete(look);
        if (match === null) reject(new Error(`ended without saying ${String(pattern)}:\n${this.stderr}`));
        else resolve(match);
      };
      this.#waiters.add(look);
      look();
    });
  }

  /** Base URL of the dashboard. */
  async url(): Promise<string> {
    return (await this.said(/^dashboard +(http:\S+)$/m))[1]!;
  }

  /** Asks for /api/status until it satisfies `holds`. */
  async status(holds: (status: Status) => boolean): Promise<Status> {
    const url = `${await this.url()}api/status`;
    for (;;) {
      const status = (await (await fetch(url)).json()) as Status;
      if (holds(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** What these tests read of /api/status. */
export interface Status {
  readonly records: number;
  readonly hashes: { readonly inputHash: string; readonly commandHash: string };
  readonly instruments: readonly { readonly symbol: string; readonly bookState: string }[];
  readonly accounts: readonly { readonly fills: number; readonly orders: readonly { readonly state: string }[] }[];
  readonly ended: { readonly reason: string } | null;
}

export function start(...args: string[]): Running {
  return new Running(process.execPath, [PROGRAM, ...args]);
}

export function tidebook(...args: string[]): Promise<Finished> {
  return start(...args).finished;
}

/** Runs a command that must succeed with --json; gives the one object that it printed. */
export async function json<T>(...args: string[]): Promise<T> {
  const finished = await tidebook(...args, '--json');
  if (finished.code !== 0)
    throw new Error(`tidebook ${args.join(' ')} ended with ${finished.code}: ${finished.stderr}`);
  return JSON.parse(finished.stdout) as T;
}
