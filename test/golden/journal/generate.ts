/**
 * Wrote segment-000001.tide and manifest.jsonl beside it, once. They stay as they are: they show that a journal of
 * format version 1 can be read for ever. To run it again, for another folder:
 *
 *   npx esbuild test/golden/journal/generate.ts --bundle --platform=node --format=esm --outfile=build/golden-journal.mjs
 *   node build/golden-journal.mjs FOLDER
 *
 * The records are made up, of kinds and values as a short paper session has them; the generator of numbers is seeded.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BUY, Channel, DERIVED, EXCH, Kind, LOCAL, NO_INSTRUMENT, SELL } from '#generated/records.ts';
import { JournalWriter } from '../../../host/capture/journal-writer.ts';
import { BlockType, Codec } from '../../../host/events/journal-format.ts';
import { Records } from '../../../host/events/record.ts';
import { hashRecords } from '../../../host/reference/hash.ts';

const directory = process.argv[2];
if (directory === undefined || existsSync(join(directory, 'segment-000001.tide'))) {
  throw new Error('give an empty folder; a sealed segment is never written anew');
}

const epochNs = 1_723_075_200_000_000_000n;
let seed = 20240808;
const random = (below: number) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 4294967296) * below);
};
const text = (value: string) => new TextEncoder().encode(value);

const writer = JournalWriter.open(directory, {
  header: {
    epochNs,
    tidebookVersion: '0.1.0',
    kernelsSha256: '1'.repeat(64),
    strategySha256: '2'.repeat(64),
    configSha256: '3'.repeat(64),
    session: { clock: { source: 'venue', feedLatencyNs: 2_000_000 }, schedule: 'asReceived' },
  },
  config: '{"mode":"paper","venue":[{"name":"binance-usdm"}]}',
  definitions: '[{"index":0,"symbol":"BTCUSDT","tickSize":0.1,"lotSize":0.001},{"index":1,"symbol":"ETHUSDT","tickSize":0.01,"lotSize":0.001}]',
  strategy: text('export const init = () => ({}); export const decide = () => undefined;'),
  hasher: hashRecords,
});

let timeNs = epochNs;
const one = Records.allocate(1);
const record = (low: number, high: number, px: number, qty: number, orderId = 0, ival = 0, fval = 0) => {
  one.begin(0, low >>> 0, high >>> 0);
  one.setTimes(0, timeNs, timeNs + 2_000_000n);
  one.setPx(0, px);
  one.setQty(0, qty);
  one.setOrderId(0, orderId);
  one.setIval(0, ival);
  one.setFval(0, fval);
  if ((high & DERIVED) !== 0) writer.derived(one.bytes);
  else writer.inputs(one.bytes);
};

record(Kind.connection, NO_INSTRUMENT, 1, 0, 0, 1);
record(Kind.instrument, 0, 0.1, 0.001, 0, 0, 1);
record(Kind.instrument, 1, 0.01, 0.001, 0, 0, 1);
writer.bytesBlock(BlockType.restBody, text('{"lastUpdateId":4999999999,"bids":[["55000.0","1.5"]],"asks":[["55000.1","2"]]}'), Codec.deflateRaw);
const both = LOCAL + EXCH;
for (let frame = 0; frame < 60; frame++) {
  timeNs += BigInt(1_000_000 + random(90_000_000));
  const instrument = random(2);
  const base = instrument === 0 ? 55000 : 2400;
  const id = 5_000_000_000 + frame * 10;
  if (frame % 3 === 2) {
    record(Kind.frame, instrument, Channel.trade, 1, id, id, -1);
    record(Kind.trade + (random(2) === 0 ? BUY : SELL) + both, instrument, base + random(50) / 10, (1 + random(900)) / 1000, 0, 7_000_000 + frame);
  } else {
    const levels = 1 + random(8);
    record(Kind.frame, instrument, Channel.depthDiff, levels, id + 9, id, frame === 0 ? -1 : id - 1);
    for (let i = 0; i < levels; i++) {
      const buy = random(2) === 0;
      record(Kind.depth + (buy ? BUY : SELL) + both, instrument, base + (buy ? -1 : 1) * (random(80) / 10), random(4000) / 1000);
    }
  }
  if (frame % 5 === 4) {
    const decision = (frame + 1) / 5;
    const account = (decision % 3) * 2 ** 24;
    record(Kind.decision, DERIVED + NO_INSTRUMENT + account, base * 10 + 0.25, random(40) - 20, decision, 1, 1);
    record(Kind.intent + BUY, DERIVED + instrument + account, base - 1, 0.01, decision * 64, 1, 1);
    record(decision % 4 === 0 ? Kind.denial + BUY : Kind.command + BUY, DERIVED + instrument + account, base - 1, 0.01, decision * 64, decision % 4 === 0 ? 2 : 1, 1);
    record(Kind.orderAccepted + BUY, DERIVED + instrument + account, base - 1, 0.01, decision * 64);
    writer.flush();
  }
  if (frame === 20) writer.bytesBlock(BlockType.rawFrame, text('{"stream":"btcusdt@trade","data":{"e":"trade"}}'));
  if (frame === 30) writer.bytesBlock(4000, text('a block of a type that no reader of this version knows'));
  if (frame === 40) record(Kind.clock, NO_INSTRUMENT, 0, 0);
}
writer.bytesBlock(BlockType.text, text('the recording is over'));
writer.close({ commandHash: ['0'], stateHash: '0' });
