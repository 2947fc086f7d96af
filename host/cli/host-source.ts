/** The live host as the server sees it: status, the session's description, and the journal's bytes. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { BookCause, BookState } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import { readSnapshot } from '../capture/journal-snapshots.ts';
import { openJournal } from '../capture/journal-open.ts';
import { segmentPath, snapshotPath } from '../capture/journal-files.ts';
import { OwnOrderState } from '../portfolio/own-order-state.ts';
import type { HostSource, JournalSource, SegmentInfo } from '../server/source.ts';
import type {
  AccountStatusJson,
  InstrumentStatusJson,
  OrderStatusJson,
  SessionSummaryJson,
  StatusJson,
} from '../session/status.ts';
import type { Account } from '../session/account.ts';
import type { Session } from '../session/session.ts';
import type { Host, HostSettings } from './host.ts';

/** What is asked of a host: a Host, or whatever else keeps a session and its journal. */
export type ServedHost = Pick<
  Host,
  | 'session'
  | 'writer'
  | 'clock'
  | 'kernels'
  | 'state'
  | 'endReason'
  | 'feedStates'
  | 'latency'
  | 'started'
  | 'written'
  | 'lastCheckpoint'
  | 'onAppend'
> & {
  readonly settings: {
    readonly journal: Pick<HostSettings['journal'], 'directory'>;
    readonly strategy: HostSettings['strategy'];
  };
};

export interface Description {
  readonly mode: StatusJson['mode'];
  readonly recording: StatusJson['recording'];
}

/** Counters of an instrument that the dashboard shows, by their names in the core's struct. */
const COUNTERS = [
  'depthFrames',
  'tickerFrames',
  'trades',
  'offMarketTrades',
  'repeatedTrades',
  'gaps',
  'resyncs',
  'duplicates',
  'unreadable',
  'crossed',
  'overruns',
  'full',
  'offGrid',
  'silences',
  'requests',
] as const;

export function hostSource(host: ServedHost, description: Description): HostSource {
  return {
    status: () => hostStatus(host, description),
    session: () => ({
      config: host.session?.config ?? null,
      epochNs: host.session?.config.epochNs ?? null,
      kernelsSha256: host.kernels.sha256,
      strategySha256: host.settings.strategy.sha256,
      ladder: host.settings.strategy.strategy.ladder,
      reasons: host.settings.strategy.strategy.reasons,
    }),
    kernels: host.kernels.bytes,
    strategy: host.settings.strategy.bytes,
    journal: journalSource(host),
    hashes: () => host.written,
  };
}

function journalSource(host: ServedHost): JournalSource {
  const { directory } = host.settings.journal;
  // Sealed segments do not change, and of the one that is written the host knows the rest: the directory is looked at once
  // for each new segment, and until its first record is on disk.
  const known = new Map<number, SegmentInfo>();
  let listedFor = '';
  let openFile: { segment: number; fd: number } | undefined;
  const size = (segment: number) => {
    if (host.writer?.segment === segment && host.state !== 'ended') return host.writer.sizeBytes;
    const path = segmentPath(directory, segment);
    return existsSync(path) ? statSync(path).size : 0;
  };
  return {
    segments() {
      if (host.writer === undefined) return [];
      const epoch = host.clock!.epochNs;
      const last = host.writer.segment;
      const wanted = `${last} ${host.state}`;
      const open = known.get(last);
      const hasBegun =
        open !== undefined && (!Number.isNaN(open.startNs) || host.writer.safeRecords === open.firstRecord);
      if (listedFor !== wanted || !hasBegun) {
        listedFor = wanted;
        known.clear();
        for (const s of openJournal(directory).segments) {
          const isEmpty = s.counts.records === 0;
          known.set(s.segment, {
            number: s.segment,
            firstRecord: s.header.firstRecord,
            records: s.counts.records,
            startNs: isEmpty ? Number.NaN : Number(BigInt(s.counts.firstLocalNs) - epoch),
            endNs: isEmpty ? Number.NaN : Number(BigInt(s.counts.lastLocalNs) - epoch),
            bytes: s.bytes,
            hasSnapshot: false,
          });
        }
      }
      const list: SegmentInfo[] = [];
      for (const info of known.values()) {
        const isLast = info.number === last;
        const bytes = size(info.number);
        // Deleted since the list was made.
        if (bytes === 0) continue;
        const nowNs = host.session!.nowRelNs;
        list.push({
          ...info,
          bytes,
          records: isLast ? host.writer.safeRecords - info.firstRecord : info.records,
          // One without a record begins now.
          startNs: Number.isNaN(info.startNs) ? nowNs : info.startNs,
          endNs: isLast || Number.isNaN(info.endNs) ? nowNs : info.endNs,
          hasSnapshot: existsSync(snapshotPath(directory, info.number)),
        });
      }
      return list;
    },
    size,
    read(segment, offsetBytes, length) {
      if (openFile?.segment !== segment) {
        if (openFile !== undefined) closeSync(openFile.fd);
        // Opening may fail, where the segment was retired meanwhile; the number of the closed file is soon another's.
        openFile = undefined;
        openFile = { segment, fd: openSync(segmentPath(directory, segment), 'r') };
      }
      const bytes = new Uint8Array(length);
      const got = readSync(openFile.fd, bytes, 0, length, offsetBytes);
      return got === length ? bytes : bytes.subarray(0, got);
    },
    snapshot(segment) {
      return existsSync(snapshotPath(directory, segment)) ? (readSnapshot(directory, segment)?.state ?? null) : null;
    },
    onAppend: (listener) => host.onAppend(listener),
  };
}

export function hostStatus(host: ServedHost, description: Description): StatusJson {
  const { session } = host;
  const memory = process.memoryUsage();
  return {
    ...description,
    instruments:
      session === undefined ? [] : session.config.instruments.map((_, i) => instrumentStatus(host, session, i)),
    records: session?.records ?? 0,
    decisions: session?.accounts.reduce((sum, a) => sum + a.decisions, 0) ?? 0,
    hashes: {
      inputHash: session?.inputHash() ?? '',
      commandHash: session?.commandHash() ?? '',
      stateHash: host.lastCheckpoint?.stateHash ?? null,
      stateHashRecords: host.lastCheckpoint?.records ?? null,
    },
    accounts: session?.accounts.map((a) => accountStatus(session, a)) ?? [],
    latency: {
      decode: host.latency.decode.summary(),
      core: host.latency.core.summary(),
      decide: host.latency.decide.summary(),
      total: host.latency.total.summary(),
    },
    uptimeSeconds: (performance.now() - host.started) / 1000,
    memory: { rss: memory.rss, heap: memory.heapUsed, wasmBytes: session?.core.memoryBytes ?? 0 },
    ended: host.state === 'ended' ? hostSummary(host) : null,
  };
}

function nameOf(table: Readonly<Record<string, number>>, code: number): string {
  return Object.keys(table).find((name) => table[name] === code) ?? String(code);
}

function instrumentStatus(host: ServedHost, session: Session, index: number): InstrumentStatusJson {
  const info = session.config.instruments[index]!;
  const field = (name: keyof typeof Instrument) => session.core.instrument(index, Instrument[name]);
  const level = (ticks: number, lots: number) =>
    lots > 0 ? { price: tidy(ticks * info.tickSize), size: tidy(lots * info.lotSize) } : null;
  return {
    symbol: info.symbol,
    venue: info.venue,
    feedState: host.feedStates[info.venueIndex]!,
    bookState: nameOf(BookState, field('bookState')) as InstrumentStatusJson['bookState'],
    bookCause: nameOf(BookCause, field('bookCause')),
    bestBid: level(field('bidTicks'), field('bidLots')),
    bestAsk: level(field('askTicks'), field('askLots')),
    counters: Object.fromEntries(COUNTERS.map((name) => [name, field(name)])),
  };
}

/** Drops the binary noise of tick x tick size: no price has more than 12 significant digits. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function accountStatus(session: Session, account: Account): AccountStatusJson {
  const { positions } = account;
  const settle = positions.settlementCurrencies[0]!;
  const equity = account.equities()[0]!;
  return {
    name: account.config.name,
    positions: account.config.instruments.map((i) => ({
      instrument: session.config.instruments[i]!.symbol,
      lots: positions.positionLots(i),
      base: tidy(positions.positionLots(i) * session.config.instruments[i]!.lotSize),
    })),
    pnl: Number.isNaN(equity) ? null : equity,
    settle,
    fees: account.config.instruments.reduce((sum, i) => sum + positions.fees(i), 0),
    fills: account.fills,
    orders: Array.from({ length: account.orders.count }, (_, slot) => orderStatus(session, account, slot)),
  };
}

function orderStatus(session: Session, account: Account, slot: number): OrderStatusJson {
  const { orders } = account;
  const info = session.config.instruments[orders.instrument(slot)]!;
  const ahead = session.core.exports.queueAhead(account.index, orders.id(slot));
  const shown = ahead < 0 ? 0 : session.levelLots(orders.instrument(slot), orders.side(slot), orders.priceTicks(slot));
  return {
    id: orders.id(slot),
    instrument: info.symbol,
    side: orders.side(slot) > 0 ? 'buy' : 'sell',
    price: tidy(orders.priceTicks(slot) * info.tickSize),
    lots: orders.lots(slot),
    leaves: orders.leavesLots(slot),
    state: nameOf(OwnOrderState, orders.state(slot)) as OrderStatusJson['state'],
    queueAheadLots: ahead < 0 ? null : ahead,
    queueBehindLots: ahead < 0 ? null : Math.max(0, shown - ahead),
  };
}

/** What came of the session. */
export function hostSummary(host: ServedHost): SessionSummaryJson {
  const account = host.session?.accounts[0];
  const equity = account?.equities()[0] ?? Number.NaN;
  return {
    reason: host.endReason,
    durationSeconds: (performance.now() - host.started) / 1000,
    records: host.session?.records ?? 0,
    decisions: account?.decisions ?? 0,
    fills: account?.fills ?? 0,
    pnl: Number.isNaN(equity) ? null : equity,
    fees: account === undefined ? 0 : account.config.instruments.reduce((sum, i) => sum + account.positions.fees(i), 0),
    settle: account?.positions.settlementCurrencies[0] ?? '',
  };
}
