/**
 * The only memory map. Static data begins at 1024 (asconfig.json); below it lies Root at a fixed address, above it one bump
 * allocator that is sealed once everything is laid out. There is no mutable module variable anywhere: whatever changes lies
 * in linear memory, so that a copy of the memory is a copy of the state.
 */

/** What does not change after sealing: where things lie. */
@unmanaged
export class Root {
  sealed: i32;
  top: u32;
  /** CoreConfig and its arrays, as the host wrote them. */
  config: u32;
  /** State that all accounts share: Core, outputs of features, instruments. */
  marketStart: u32;
  marketEnd: u32;
  /** Table of addresses: Account[] (u32 each). */
  accountTable: u32;
  /** Table of addresses: Instrument[] (u32 each). */
  instrumentTable: u32;
  core: u32;
  outputs: u32;
  outputCount: i32;
  /** Input records of the block at hand. */
  staging: u32;
  stagingRecords: i32;
  wake: u32;
  wakeEntries: u32;
  /** Records that the core itself derives (book states, snapshot requests). */
  events: u32;
  eventCapacity: i32;
  /** Own-order events delivered to each account: `answerCapacity` records each (u32 addresses). */
  outboxTable: u32;
  /** Records that the session derives, to be stamped and hashed. */
  derived: u32;
  derivedCapacity: i32;
  /** Area through which an account's buffer is hashed. */
  accountArea: u32;
  accountAreaBytes: i32;
  /** Interest[] of instruments: which ticks hold own orders; rebuilt, not state. */
  interestTable: u32;
  /** Feature dispatch tables (u32 addresses) and their timers. */
  featureTable: u32;
  /** Earliest thing due, so that a record costs one comparison; rebuilt, not state. */
  nextDueNs: i64;
  instruments: i32;
  accounts: i32;
  checkpointRecords: i32;
}

const ROOT_ADDRESS: usize = 16;
const PAGE_BYTES: usize = 65536;

export function root(): Root {
  return changetype<Root>(ROOT_ADDRESS);
}

/**
 * Zeroed bytes, aligned to 64. Returns 0 where the memory cannot grow or the layout is sealed, and the caller must give up.
 */
export function allocate(bytes: usize): usize {
  const r = root();
  if (r.sealed) return 0;
  if (r.top == 0) r.top = <u32>((__heap_base + 63) & ~63);
  const start = <usize>r.top;
  const end = (start + bytes + 63) & ~63;
  if (end < start) return 0;
  const have = <usize>memory.size() * PAGE_BYTES;
  if (end > have) {
    const pages = (end - have + PAGE_BYTES - 1) / PAGE_BYTES;
    if (memory.grow(<i32>pages) < 0) return 0;
  }
  r.top = <u32>end;
  return start;
}
