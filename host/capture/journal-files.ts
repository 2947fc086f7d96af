/** Names of a journal's files, the file operations that it needs (an argument, so that tests can fill the disk), errors. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { crc32 as tableCrc32 } from '../events/journal-crc.ts';

/** The part of node:fs that a journal uses. */
export type JournalFiles = Pick<
  typeof fs,
  | 'closeSync'
  | 'copyFileSync'
  | 'existsSync'
  | 'fstatSync'
  | 'fsync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'readSync'
  | 'renameSync'
  | 'statSync'
  | 'unlinkSync'
  | 'writeFileSync'
  | 'writeSync'
>;

export const nodeFiles: JournalFiles = fs;

/** Below this the table beats the call into zlib. */
const NATIVE_FROM_BYTES = 128;

/** CRC-32 by zlib for long payloads, by table for short ones. */
export function crc32(bytes: Uint8Array): number {
  return bytes.length >= NATIVE_FROM_BYTES ? zlib.crc32(bytes) : tableCrc32(bytes);
}

const number = (segment: number) => String(segment).padStart(6, '0');
export const segmentFile = (segment: number) => `segment-${number(segment)}.tide`;
export const snapshotFile = (segment: number) => `snapshot-${number(segment)}.tide`;
export const lostFile = (segment: number, offsetBytes: number) => `lost-${number(segment)}-${offsetBytes}.bin`;
export const MANIFEST_FILE = 'manifest.jsonl';
export const LOCK_FILE = 'lock';

/** Numbers of the segments (or snapshots) in the directory, ascending; empty where there is no such directory. */
export function listNumbers(
  directory: string,
  kind: 'segment' | 'snapshot',
  files: JournalFiles = nodeFiles,
): number[] {
  if (!files.existsSync(directory)) return [];
  if (!files.statSync(directory).isDirectory()) {
    throw new JournalError(
      `${directory} is a file; a journal is a directory: give the one that holds segment-000001.tide`,
    );
  }
  const pattern = new RegExp(`^${kind}-(\\d{6,})\\.tide$`);
  const found: number[] = [];
  for (const name of files.readdirSync(directory)) {
    const match = pattern.exec(name);
    if (match !== null) found.push(Number(match[1]));
  }
  return found.sort((a, b) => a - b);
}

export const segmentPath = (directory: string, segment: number) => join(directory, segmentFile(segment));
export const snapshotPath = (directory: string, segment: number) => join(directory, snapshotFile(segment));

/** A journal cannot be opened, continued or used: the message says why and what to do. */
export class JournalError extends Error {
  override readonly name: string = 'JournalError';
}

/** Error code (ENOSPC, ...) of a failed file operation, or ''. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads the file's bytes [from, to) through a buffer of bounded size and hands each piece to `take`. */
export function readRange(
  fd: number,
  from: number,
  to: number,
  take: (piece: Uint8Array) => void,
  files: JournalFiles = nodeFiles,
): void {
  const buffer = new Uint8Array(Math.min(1024 * 1024, Math.max(to - from, 1)));
  for (let at = from; at < to;) {
    const read = files.readSync(fd, buffer, 0, Math.min(buffer.length, to - at), at);
    if (read === 0) return;
    take(buffer.subarray(0, read));
    at += read;
  }
}
