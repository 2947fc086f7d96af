/** The records of a journal on disk, and changes to them that leave every checksum right. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUY, Kind, KINDS, RECORD_BYTES, SELL } from '#generated/records.ts';
import { crc32 } from '../../host/capture/journal-files.ts';
import { JournalReader } from '../../host/capture/journal-reader.ts';
import {
  BLOCK_HEADER_BYTES,
  BlockType,
  HEADER_COUNT,
  HEADER_CRC,
  HEADER_PAYLOAD_CRC,
  HEADER_STORED_BYTES,
  HEADER_TYPE,
  HEADER_VERSION,
  paddedBytes,
} from '../../host/events/journal-format.ts';
import { Records } from '../../host/events/record.ts';

/** All records of one type of block, in order. */
export function recordsOf(directory: string, type: 'inputs' | 'derived'): Records {
  const parts: Uint8Array[] = [];
  for (const block of new JournalReader(directory, { types: [BlockType[type]] }).blocks())
    parts.push(block.payload.slice());
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Records(bytes.buffer);
}

export function kindName(code: number): string {
  return KINDS.find((kind) => kind.code === code)?.name ?? String(code);
}

/** How many records of each kind there are. */
export function countKinds(records: Records): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < records.capacity; i++) {
    const name = kindName(records.kind(i));
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The bytes of the records whose kind is none of `left`. */
export function without(records: Records, left: readonly number[]): Buffer {
  const kept = Buffer.alloc(records.bytes.length);
  let end = 0;
  for (let i = 0; i < records.capacity; i++) {
    if (left.includes(records.kind(i))) continue;
    kept.set(records.bytes.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES), end);
    end += RECORD_BYTES;
  }
  return kept.subarray(0, end);
}

/** Ids of own orders that were accepted and have not ended by the last derived record, in words. */
export function openOrders(derived: Records): string[] {
  const open = new Map<number, string>();
  for (let i = 0; i < derived.capacity; i++) {
    const kind = derived.kind(i);
    const id = derived.orderId(i);
    if (kind === Kind.orderAccepted)
      open.set(id, `${derived.low(i) & BUY ? 'buy' : derived.low(i) & SELL ? 'sell' : '?'} ${id}`);
    else if (kind === Kind.orderCancelled || kind === Kind.orderExpired) open.delete(id);
    else if (kind === Kind.orderFilled && derived.fval(i) === 0) open.delete(id);
  }
  return [...open.values()];
}

/** Calls `change` with each block of the only segment that holds records of this type; where it returns true, checksums are made right. */
export function changeBlocks(
  directory: string,
  type: number,
  change: (view: DataView, payload: Uint8Array, count: number) => boolean,
): void {
  const names = readdirSync(directory).filter((name) => /^segment-\d+\.tide$/.test(name));
  if (names.length !== 1) throw new Error(`${directory} has ${names.length} segments, not one`);
  const path = join(directory, names[0]!);
  const bytes = new Uint8Array(readFileSync(path));
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length;) {
    const padded = paddedBytes(view.getUint32(at + HEADER_STORED_BYTES, true));
    const payload = bytes.subarray(at + BLOCK_HEADER_BYTES, at + BLOCK_HEADER_BYTES + padded);
    const header = new DataView(bytes.buffer, at, BLOCK_HEADER_BYTES);
    if (
      view.getUint16(at + HEADER_TYPE, true) === type &&
      change(header, payload, view.getUint32(at + HEADER_COUNT, true))
    ) {
      view.setUint32(at + HEADER_PAYLOAD_CRC, crc32(payload), true);
      view.setUint32(at + HEADER_CRC, crc32(bytes.subarray(at, at + HEADER_CRC)), true);
    }
    at += BLOCK_HEADER_BYTES + padded;
  }
  writeFileSync(path, bytes);
}

/** Replaces text in the segment's header block by text of equal length. */
export function changeHeaderText(directory: string, from: string, to: string): void {
  if (from.length !== to.length) throw new Error('the texts must be equally long');
  let changes = 0;
  changeBlocks(directory, BlockType.segmentHeader, (_, payload) => {
    const text = new TextDecoder().decode(payload);
    if (!text.includes(from)) return false;
    payload.set(new TextEncoder().encode(text.replaceAll(from, to)));
    changes++;
    return true;
  });
  if (changes === 0) throw new Error(`the header of ${directory} holds no ${from}`);
}

/** Makes every block say that it was written in a later version of the format. */
export function changeFormatVersion(directory: string, version: number): void {
  changeBlocks(directory, BlockType.segmentHeader, (header) => {
    header.setUint16(HEADER_VERSION, version, true);
    return true;
  });
}
