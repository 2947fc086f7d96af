/**
 * Takes the snapshots. This thread replays every segment that has been sealed and saves the state at its end, which is the
 * state at the start of the next one. The trading thread only says which segment was sealed.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { BlockType } from '../events/journal-format.ts';
import { JournalReader } from '../capture/journal-reader.ts';
import { writeSnapshot } from '../capture/journal-snapshots.ts';
import { Session } from '../session/session.ts';
import { readJournalHead, snapshotFor } from './journaled-session.ts';
import { kernelsProgram } from './programs.ts';
import { strategiesOf } from '../session/strategies.ts';

export interface ReplicaTask {
  readonly directory: string;
}
/** To the replica: this segment is sealed. */
export interface SealedMessage {
  readonly sealed: number;
}
/** From the replica: a snapshot was written, or why not. */
export type ReplicaReport = { readonly snapshot: number; readonly ms: number } | { readonly failed: string };

const { directory } = workerData as ReplicaTask;
let session: Session | undefined;
let next = 1;

async function start(firstSegment: number): Promise<Session> {
  const head = await readJournalHead(directory, firstSegment);
  const kernels = new WebAssembly.Module(kernelsProgram().bytes);
  const strategies = strategiesOf(head.config, head.strategy.strategy);
  const made = new Session({ kernels, config: head.config, strategies, hashInputs: false });
  const snapshot = snapshotFor(directory, head.header);
  next = 1;
  if (snapshot !== undefined) {
    made.restore(snapshot.state);
    made.core.setInputHash(snapshot.inputHash);
    next = snapshot.segment;
  }
  return made;
}

async function onSealed(segment: number): Promise<ReplicaReport> {
  const started = performance.now();
  session ??= await start(segment);
  for (; next <= segment; next++) {
    const reader = new JournalReader(directory, { fromSegment: next, toSegment: next, types: [BlockType.inputs] });
    for (const block of reader.blocks()) session.feed(block.payload, block.inputHash);
  }
  const inputHash = session.core.inputHash();
  writeSnapshot(directory, { segment: segment + 1, firstRecord: session.records, inputHash, state: session.save() });
  return { snapshot: segment + 1, ms: performance.now() - started };
}

let queue = Promise.resolve();
parentPort?.on('message', (message: SealedMessage) => {
  queue = queue.then(async () => {
    let report: ReplicaReport;
    try {
      report = await onSealed(message.sealed);
    } catch (error) {
      report = { failed: error instanceof Error ? error.message : String(error) };
      // It may have taken in half a segment; the next one starts from a snapshot again.
      session = undefined;
    }
    parentPort?.postMessage(report);
  });
});
