/** The hash chains in BigInt, for reading and for tests; the host computes them in kernels.wasm. */
import { Kind, RECORD_BYTES } from '#generated/records.ts';

const MULTIPLIER = 0x9e3779b97f4a7c15n;
const WORD = (1n << 64n) - 1n;
/** ev without its account, bits 56-63. */
const WITHOUT_ACCOUNT = (1n << 56n) - 1n;

/** One step of a chain with a 64-bit word. */
export function mixWord(hash: bigint, word: bigint): bigint {
  const mixed = ((hash ^ word) * MULTIPLIER) & WORD;
  return mixed ^ (mixed >> 32n);
}

/** Continues a chain over whole 64-bit little-endian words: the input chain over records, the state hash over state. */
export function hashRecords(bytes: Uint8Array, hash: bigint): bigint {
  if (bytes.length % 8 !== 0) throw new RangeError(`a chain takes whole 64-bit words, not ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let chain = hash;
  for (let at = 0; at < bytes.length; at += 8) chain = mixWord(chain, view.getBigUint64(at, true));
  return chain;
}

/** Continues a command chain: over decisions, intents, commands and denials only, without their account. */
export function hashCommands(records: Uint8Array, hash: bigint): bigint {
  const kinds: readonly number[] = [Kind.decision, Kind.intent, Kind.command, Kind.denial];
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  let chain = hash;
  for (let at = 0; at + RECORD_BYTES <= records.length; at += RECORD_BYTES) {
    const ev = view.getBigUint64(at, true);
    if (!kinds.includes(Number(ev & 0xffn))) continue;
    chain = mixWord(chain, ev & WITHOUT_ACCOUNT);
    for (let word = 8; word < RECORD_BYTES; word += 8) chain = mixWord(chain, view.getBigUint64(at + word, true));
  }
  return chain;
}
