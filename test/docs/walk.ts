/**
 * The walk of docs/architecture.md, computed: one depth frame of the bundled recording from its bytes to the fill of the
 * order that it led to. Everything runs as in the host (demo configuration, clock `venue`), so each value is the program's.
 *
 * The frame is found by a rule, not by a number: of all orders that were filled, and whose decision directly followed a
 * BTCUSDT diff, the one whose diff has the fewest levels.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { FEATURES } from '#generated/features.ts';
import { Instrument } from '#generated/layouts.ts';
import {
  BookState,
  Channel,
  CommandKind,
  KINDS,
  Kind,
  RECORD_BYTES,
  TimeInForce,
  WakeReason,
} from '#generated/records.ts';
import { loadConfig } from '../../host/cli/config/load.ts';
import { resolveSession } from '../../host/cli/config/resolve.ts';
import glft from '../../host/engine/strategies/glft.ts';
import { crc32 } from '../../host/events/journal-crc.ts';
import { readBlock, sealBlock } from '../../host/events/journal-block.ts';
import { BLOCK_HEADER_BYTES, BlockType, Codec } from '../../host/events/journal-format.ts';
import type { Records } from '../../host/events/record.ts';
import { readBinanceLog, recordingEpochNs } from '../../host/formats/binance-log.ts';
import { featureIndex } from '../../host/session/config.ts';
import type { SessionConfig } from '../../host/session/config.ts';
import { Session } from '../../host/session/session.ts';
import type { SessionSink } from '../../host/session/session.ts';
import { ROOT, decoders, kernels } from '../support/modules.ts';
import { ByteLog, STRATEGIES } from '../support/runs.ts';
import { recordsIn, slice } from '../support/recording.ts';

const INSTRUMENT = 0;
const IDS_PER_DECISION = 32;
const SHOWN_LEVELS = 3;

/** Text of each block of the document, by its label. */
export type Walk = ReadonlyMap<string, string>;

interface Place {
  /** The order that was filled, and the decision that placed it. */
  readonly orderId: number;
  readonly decision: number;
  /** The frame record, as an index into the inputs. */
  readonly frame: number;
}

export async function computeWalk(): Promise<Walk> {
  const demo = loadConfig(`${ROOT}config/demo.toml`);
  const files = demo.recording!.files;
  const epochNs = await recordingEpochNs(files);
  const config: SessionConfig = resolveSession(demo, epochNs);
  const log = new ByteLog();
  await readBinanceLog({
    files,
    decoders: decoders(),
    epochNs,
    feedLatencyNs: demo.clock.feedLatencyMs * 1e6,
    instruments: config.instruments,
    deliver: (records, count) => log.add(records.bytes.subarray(0, count * RECORD_BYTES)),
    refused(frame) {
      throw new Error(`a recorded frame was refused at byte ${frame.byteOffset}`);
    },
  });
  const inputs = log.bytes.slice();
  const place = findPlace(inputs, derivedOf(config, inputs));
  return new Map(Object.entries(follow(config, inputs, place, files[INSTRUMENT]!)));
}

function open(config: SessionConfig, sink: SessionSink): Session {
  return new Session({ kernels: kernels(), config, strategies: STRATEGIES, sink });
}

function derivedOf(config: SessionConfig, inputs: Uint8Array): Records {
  const log = new ByteLog();
  open(config, { derived: (bytes) => log.add(bytes) }).feed(inputs);
  return recordsIn(log.bytes.slice());
}

function findPlace(inputBytes: Uint8Array, derived: Records): Place {
  const inputs = recordsIn(inputBytes);
  const filled = new Set<number>();
  const decidedAt = new Map<number, bigint>();
  for (let i = 0; i < derived.capacity; i++) {
    if (derived.kind(i) === Kind.orderFilled) filled.add(derived.orderId(i));
    else if (derived.kind(i) === Kind.decision) decidedAt.set(derived.orderId(i), derived.localTs(i));
  }
  let best: Place | undefined;
  let fewest = Infinity;
  let n = 0;
  let frame = -1;
  for (const orderId of [...filled].sort((a, b) => a - b)) {
    const decision = Math.floor(orderId / IDS_PER_DECISION);
    const at = decidedAt.get(decision)!;
    for (; n < inputs.capacity && inputs.localTs(n) <= at; n++) {
      if (inputs.kind(n) === Kind.frame && inputs.instrument(n) === INSTRUMENT) frame = n;
    }
    if (frame < 0 || inputs.px(frame) !== Channel.depthDiff) continue;
    if (inputs.qty(frame) >= fewest) continue;
    fewest = inputs.qty(frame);
    best = { orderId, decision, frame };
  }
  if (best === undefined) throw new Error('no order that was filled was decided directly after a BTCUSDT diff');
  return best;
}

/** Runs up to the frame, then step by step, and writes down what stands where. */
function follow(config: SessionConfig, inputs: Uint8Array, place: Place, file: string): Record<string, string> {
  const all = recordsIn(inputs);
  const count = 1 + all.qty(place.frame);
  const answers: Records[] = [];
  let decided: Records | undefined;
  let wake = '';
  let features = '';
  let hashBefore = '';
  let fed = 0;
  const sink: SessionSink = {
    derived(bytes) {
      const records = recordsIn(bytes.slice());
      const kind = records.kind(0);
      if (kind === Kind.decision && records.orderId(0) === place.decision) decided = records;
      if (kind >= Kind.orderAccepted && kind <= Kind.orderExpired && decided !== undefined) {
        if (records.orderId(0) === place.orderId) answers.push(records);
      }
    },
    beforeDecision() {
      const account = session.accounts[0]!;
      if (account.decisions !== place.decision - 1) return;
      wake = wakeText(session);
      features = featuresText(config, session);
      hashBefore = session.commandHash();
    },
  };
  const session: Session = open(config, sink);
  const feed = (to: number) => {
    session.feed(slice(inputs, fed, to));
    fed = to;
  };
  feed(place.frame);
  const bookBefore = bookText(session);
  const inputBefore = session.inputHash();
  feed(place.frame + count);
  const bookAfter = bookText(session);
  const inputAfter = session.inputHash();
  while (decided === undefined) feed(fed + 1);
  const stateHash = session.stateHash();
  const commandHash = session.commandHash();
  let queue = '';
  while (!answers.some((a) => a.kind(0) === Kind.orderFilled)) {
    const before = answers.length;
    feed(fed + 1);
    if (answers.length > before && answers.at(-1).kind(0) === Kind.orderAccepted) {
      queue = `lots ahead of it in the queue when that answer arrived: ${session.core.exports.queueAhead(0, place.orderId)}`;
    }
  }
  const records = recordsIn(slice(inputs, place.frame, place.frame + count));
  const raw = rawFrame(file, all.orderId(place.frame));
  const of = (kind: number) =>
    indices(decided!).filter((i) => decided!.kind(i) === kind && isOurs(decided!, i, place.orderId));
  return {
    bytes: `line ${raw.line} of ${file.slice(file.indexOf('recordings/'))}, ${raw.text.length} bytes after the recorder's time\n\n${wrap(raw.text, 118)}`,
    records: shownRecords(records)
      .map((i) => recordText(records, i))
      .join('\n\n'),
    journal: journalText(records.bytes, place.frame, BigInt(`0x${inputAfter}`)),
    'book-before': bookBefore,
    'book-after': bookAfter,
    features,
    wake,
    decision: recordText(decided, 0),
    ladder: of(Kind.ladder)
      .map((i) => `${glft.ladder[decided!.ival(i)]!.padEnd(14)}${number(decided!.px(i)).padStart(24)}`)
      .join('\n'),
    intent: of(Kind.intent)
      .map((i) => recordText(decided!, i))
      .join('\n\n'),
    risk: riskText(config, session, decided, of(Kind.intent)[0]!, of(Kind.command)[0]!),
    command: of(Kind.command)
      .map((i) => recordText(decided!, i))
      .join('\n\n'),
    accepted: `${answers
      .filter((a) => a.kind(0) === Kind.orderAccepted)
      .map((a) => recordText(a, 0))
      .join('\n\n')}\n\n${queue}`,
    filled: answers
      .filter((a) => a.kind(0) === Kind.orderFilled)
      .map((a) => recordText(a, 0))
      .join('\n\n'),
    hashes: [
      `inputHash    before the frame      ${inputBefore}`,
      `inputHash    after the frame       ${inputAfter}`,
      `commandHash  before the decision   ${hashBefore}`,
      `commandHash  after the decision    ${commandHash}`,
      `stateHash    after the decision    ${stateHash}`,
    ].join('\n'),
  };
}

const indices = (records: Records): number[] => Array.from({ length: records.capacity }, (_, i) => i);

function isOurs(records: Records, i: number, orderId: number): boolean {
  return records.orderId(i) === orderId;
}

/** The frame, its first level, its last bid, its first ask: enough to see the layout. */
function shownRecords(records: Records): number[] {
  const levels = indices(records).slice(1);
  const lastBid = levels.filter((i) => records.side(i) > 0).at(-1);
  const firstAsk = levels.find((i) => records.side(i) < 0);
  return [...new Set([0, 1, lastBid, firstAsk].filter((i): i is number => i !== undefined))];
}

function rawFrame(file: string, lastId: number): { line: number; text: string } {
  const lines = gunzipSync(readFileSync(file)).toString('latin1').split('\n');
  const at = lines.findIndex((line) => line.includes('"e":"depthUpdate"') && line.includes(`"u":${lastId},`));
  return { line: at + 1, text: lines[at]!.slice(lines[at]!.indexOf(' ') + 1) };
}

function wrap(text: string, width: number): string {
  return text.match(new RegExp(`.{1,${width}}`, 'g'))!.join('\n');
}

/** Shortest decimal that gives the same number again; a fixed form, so that no locale matters. */
const number = (value: number): string => String(value);

/** A record's name, its 64 bytes, and its fields. */
function recordText(records: Records, i: number): string {
  const name = KINDS.find((k) => k.code === records.kind(i))!.name;
  const bytes = records.bytes.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
  const words = Array.from({ length: 8 }, (_, w) => hex(bytes.subarray(8 * w, 8 * w + 8)));
  const side = records.side(i) > 0 ? ' BUY' : records.side(i) < 0 ? ' SELL' : '';
  const fields = [
    `px ${number(records.px(i))}`,
    `qty ${number(records.qty(i))}`,
    `orderId ${records.orderId(i)}`,
    `ival ${records.ival(i)}`,
    `fval ${number(records.fval(i))}`,
  ];
  return [
    `${name}${side}, instrument ${records.instrument(i)}`,
    `  ${words.slice(0, 4).join(' ')}`,
    `  ${words.slice(4).join(' ')}`,
    `  exchTs ${records.exchTs(i)}  localTs ${records.localTs(i)}`,
    `  ${fields.join('  ')}`,
  ].join('\n');
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** The block that a writer makes which flushes after this frame. */
function journalText(payload: Uint8Array, firstRecord: number, inputHash: bigint): string {
  const bytes = new Uint8Array(BLOCK_HEADER_BYTES + payload.length);
  bytes.set(payload, BLOCK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const size = sealBlock(
    view,
    0,
    {
      type: BlockType.inputs,
      codec: Codec.raw,
      count: payload.length / RECORD_BYTES,
      storedBytes: payload.length,
      rawBytes: payload.length,
      firstRecord,
      inputHash,
    },
    crc32,
  );
  const block = readBlock(view, 0, size, 0, crc32, true);
  return [
    ...[0, 16, 32, 48].map((at) => hex(bytes.subarray(at, at + 16))),
    '',
    `type ${block.type} (inputs), codec ${block.codec} (raw), ${block.count} records, ${block.bytes} bytes`,
    `input records before it ${block.firstRecord}, inputHash after it ${block.inputHash.toString(16).padStart(16, '0')}`,
    `payload CRC-32 ${hex(bytes.subarray(56, 60))}, header CRC-32 ${hex(bytes.subarray(60, 64))}`,
  ].join('\n');
}

function bookText(session: Session): string {
  const field = (name: keyof typeof Instrument) => session.core.instrument(INSTRUMENT, Instrument[name]);
  const state = Object.entries(BookState).find(([, code]) => code === field('bookState'))![0];
  const side = (sign: 1 | -1, from: number): string[] => {
    const rows: string[] = [];
    for (let ticks = from; rows.length < SHOWN_LEVELS && ticks > 0; ticks -= sign) {
      const lots = session.levelLots(INSTRUMENT, sign, ticks);
      if (lots > 0) rows.push(`${sign > 0 ? 'bid' : 'ask'} ${ticks} ticks ${String(lots).padStart(8)} lots`);
    }
    return rows;
  };
  return [
    `state ${state}, last id ${field('lastId')}`,
    `touch ${field('bidTicks')} ticks x ${field('bidLots')} lots / ${field('askTicks')} ticks x ${field('askLots')} lots`,
    ...side(-1, field('bookAskTicks')).reverse(),
    ...side(1, field('bookBidTicks')),
  ].join('\n');
}

function featuresText(config: SessionConfig, session: Session): string {
  const index = featureIndex(config);
  const symbol = config.instruments[INSTRUMENT]!.symbol;
  return FEATURES.flatMap((kind) =>
    kind.output.map((output) => {
      const name = `${kind.name}.${output.name}`;
      const at = index.get(`${symbol}:${name}`)!;
      const value = session.core.outputIsValid(at) ? number(session.core.output(at)) : 'not valid yet';
      return `${name.padEnd(42)}${value.padStart(24)} ${output.unit}`;
    }),
  ).join('\n');
}

function wakeText(session: Session): string {
  const { core } = session;
  const reasons = Object.entries(WakeReason).filter(([, bit]) => core.wakeReasons(0) & bit);
  const events = Array.from({ length: core.wakeEventCount(0) }, (_, i) => {
    const box = core.outbox(0);
    return `event: ${KINDS.find((k) => k.code === box.kind(i))!.name} of order ${box.orderId(i)}`;
  });
  return [
    `time ${core.nowRelNs} ns since the journal's epoch`,
    `account ${core.wakeAccount(0)}, reasons ${core.wakeReasons(0)} (${reasons.map(([name]) => name).join(', ')})`,
    ...events,
  ].join('\n');
}

function riskText(config: SessionConfig, session: Session, r: Records, intent: number, command: number): string {
  const limits = config.accounts[0]!.risk.instruments[INSTRUMENT]!;
  const { tickSize, lotSize } = config.instruments[INSTRUMENT]!;
  const lots = Math.round(r.qty(intent) / lotSize);
  const ticks = Math.round(r.px(intent) / tickSize);
  const fair = r.px(0);
  const denials = indices(r).filter((i) => r.kind(i) === Kind.denial).length;
  const asks = Object.entries(CommandKind).find(([, code]) => code === r.ival(intent))![0];
  const time = Object.entries(TimeInForce).find(([, code]) => code === r.fval(intent))![0];
  return [
    `asked      ${asks} ${lots} lots at ${ticks} ticks, ${time}`,
    `size       ${lots} of at most ${limits.maxOrderLots} lots`,
    `position   ${r.qty(0)} lots now; at most ${limits.maxPositionLots} if all that may fill on this side fills`,
    `collar     ${((Math.abs(ticks - fair) / fair) * 10000).toFixed(3)} of at most ${limits.collarBps} bps from the mid`,
    `denials    ${denials} in this decision`,
    `passed     ${Math.round(r.qty(command) / lotSize)} lots at ${Math.round(r.px(command) / tickSize)} ticks`,
  ].join('\n');
}
