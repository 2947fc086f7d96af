/**
 * One writer per journal. The lock names the process by its id and, where the system tells, by its start, so that a
 * later process with the same id is not taken for it. The lock of a process that is gone is taken over and said.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { JournalFiles } from './journal-files.ts';
import { errorCode, errorText, JournalError, LOCK_FILE, nodeFiles } from './journal-files.ts';

interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks from the machine's boot to the process's start; '' where the system does not tell. */
  readonly start: string;
  /** When the lock was taken, for people. */
  readonly taken: string;
}

/** Age below which a lock without content may still be in the making. */
const UNREADABLE_MS = 10_000;

export class JournalLock {
  readonly path: string;
  /** Where a lock was taken over: whose. */
  readonly note: string | undefined;
  readonly #files: JournalFiles;
  readonly #text: string;

  private constructor(path: string, text: string, note: string | undefined, files: JournalFiles) {
    this.path = path;
    this.note = note;
    this.#text = text;
    this.#files = files;
  }

  /** Takes the lock of the journal in `directory`. Throws JournalError where a living process holds it. */
  static take(directory: string, files: JournalFiles = nodeFiles): JournalLock {
    const path = join(directory, LOCK_FILE);
    const owner: LockOwner = {
      pid: process.pid,
      host: hostname(),
      start: processStart(process.pid, files),
      taken: new Date().toISOString(),
    };
    const text = JSON.stringify(owner);
    let note: string | undefined;
    if (!create(path, text, files)) {
      note = removeStale(path, files);
      if (!create(path, text, files)) throw inUse(path, 'another process that took it at this moment');
    }
    return new JournalLock(path, text, note, files);
  }

  /** Gives the lock back; does nothing where it is no longer ours. */
  release(): void {
    try {
      if (this.#files.readFileSync(this.path, 'utf8') === this.#text) this.#files.unlinkSync(this.path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

function create(path: string, text: string, files: JournalFiles): boolean {
  try {
    files.writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    // A lock without content would lock everyone out.
    try {
      if (files.existsSync(path) && files.statSync(path).size < text.length) files.unlinkSync(path);
    } catch {
      // the first error says it all
    }
    throw new JournalError(
      `${path}: the journal cannot be locked (${errorText(error)}); free disk space or check the permissions`,
    );
  }
}

/** Removes the lock of a process that is gone; returns what to say. Throws where the process lives. */
function removeStale(path: string, files: JournalFiles): string {
  const text = files.readFileSync(path, 'utf8');
  const owner = parse(text);
  if (owner === undefined) {
    if (Date.now() - files.statSync(path).mtimeMs < UNREADABLE_MS) throw inUse(path, 'a process that is just starting');
  } else if (owner.host !== hostname()) {
    throw inUse(path, `process ${owner.pid} on ${owner.host}, taken ${owner.taken}`);
  } else if (isAlive(owner, files)) {
    throw inUse(path, `process ${owner.pid}, taken ${owner.taken}`);
  }
  // Two processes may find the same stale lock; the rename lets one of them remove it, and shows it what it removed.
  const aside = `${path}.${process.pid}`;
  try {
    files.renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw inUse(path, 'another process that took it at this moment');
    throw error;
  }
  const removed = files.readFileSync(aside, 'utf8');
  if (removed !== text) {
    files.renameSync(aside, path);
    throw inUse(path, 'another process that took it at this moment');
  }
  files.unlinkSync(aside);
  const whose = owner === undefined ? 'a process that left no name' : `process ${owner.pid}, which is gone`;
  return `${path}: taken over from ${whose}`;
}

function parse(text: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'pid' in value && 'host' in value) return value as LockOwner;
  } catch {
    // not whole
  }
  return undefined;
}

function isAlive(owner: LockOwner, files: JournalFiles): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  const start = processStart(owner.pid, files);
  return start === '' || owner.start === '' || start === owner.start;
}

/** Field 22 of /proc/<pid>/stat on Linux; '' elsewhere. */
function processStart(pid: number, files: JournalFiles): string {
  try {
    const stat = files.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function inUse(path: string, who: string): JournalError {
  return new JournalError(
    `the journal is in use by ${who}; stop that one, choose another journal directory, or, if no such process runs, delete ${path}`,
  );
}
