/**
 * A made-up market behind the page, for pictures and tests of the page alone: a price that wanders, a book around it, an
 * own quote on each side that queues, fills and is moved. It has the session's interface, so everything in front of it is
 * the page's own code. It is not part of the built dashboard.
 */
import { BookCause, BookState } from '#generated/records.ts';
import { CELLS } from './replica/columns.ts';
import type { Connection } from './connection.ts';
import { Observer } from './replica/observer.ts';
import type { Fill, FromReplica } from './replica/protocol.ts';
import type { ReplicaBook, ReplicaEquity, ReplicaOrder, ReplicaSession } from './replica/session-port.ts';
import type { LatencyStageJson, StatusJson } from '../host/session/status.ts';
import { Kind, BUY, SELL } from '#generated/records.ts';
import { Records } from '../host/events/record.ts';

const EPOCH_MS = Date.UTC(2024, 7, 8, 14, 0, 0);
const EPOCH_NS = BigInt(EPOCH_MS) * 1_000_000n;
const STEP_NS = 50_000_000;
const ROWS = [
  'fair price',
  'half-spread',
  'inventory skew',
  'order flow',
  'volatility',
  'floor',
  'tick rounding',
  'price',
];
const MARKETS = [
  {
    symbol: 'BTCUSDT',
    venue: 'binance-usdm',
    base: 'BTC',
    quote: 'USDT',
    tickSize: 0.1,
    lotSize: 0.001,
    start: 571_234,
    wander: 1.6,
    size: 900,
  },
  {
    symbol: 'ETHUSDT',
    venue: 'binance-usdm',
    base: 'ETH',
    quote: 'USDT',
    tickSize: 0.01,
    lotSize: 0.001,
    start: 243_215,
    wander: 1.4,
    size: 9000,
  },
];

/** mulberry32: the same picture every time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Market {
  mid: number;
  drift: number;
  spread: number;
  /** Resting lots by tick modulo its length. */
  readonly sizes: Float64Array;
  orders: ReplicaOrder[];
  position: number;
  bookState: number;
}

const SIZES = 8192;

export class DevModel implements ReplicaSession {
  readonly instruments = MARKETS.map(({ symbol, venue, base, quote, tickSize, lotSize }) => ({
    symbol,
    venue,
    base,
    quote,
    tickSize,
    lotSize,
  }));
  readonly accounts = ['glft'];
  readonly ladderRows = ROWS;
  records = 0;
  decisions = 0;
  nowRelNs = 0;
  readonly #random = randomFrom(7);
  readonly #markets: Market[];
  #nextOrder = 1;
  #cash = 0;
  #fees = 0;
  #fills = 0;

  constructor() {
    this.#markets = MARKETS.map(({ start, size }) => {
      const sizes = new Float64Array(SIZES);
      for (let i = 0; i < SIZES; i++) sizes[i] = this.#draw(size, i);
      return { mid: start, drift: 0, spread: 1, sizes, orders: [], position: 0, bookState: BookState.live };
    });
  }

  /** One step of STEP_NS; tells `observer` the prints, fills and ladders. */
  step(observer: Observer): void {
    this.nowRelNs += STEP_NS;
    this.records += 40;
    observer.reach(this.nowRelNs);
    const records = Records.allocate(1);
    this.#markets.forEach((market, i) => {
      const spec = MARKETS[i]!;
      market.bookState = i === 1 && this.nowRelNs % 40e9 > 37e9 ? BookState.resyncing : BookState.live;
      market.drift = market.drift * 0.93 + (this.#random() - 0.5) * spec.wander * 0.4;
      market.mid += market.drift;
      for (let n = 0; n < 4; n++) {
        const tick = Math.floor(market.mid + (this.#random() - 0.5) * 500);
        market.sizes[tick % SIZES] = this.#draw(spec.size, tick);
      }
      if (this.#random() < 0.35) {
        const isBuy = this.#random() < 0.5 + market.drift * 0.08;
        const lots = Math.ceil(spec.size * 0.25 * this.#random() ** 4);
        records.begin(0, Kind.trade | (isBuy ? BUY : SELL), i);
        records.setPx(0, (isBuy ? this.#ask(market) : this.#bid(market)) * spec.tickSize);
        records.setQty(0, lots * spec.lotSize);
        observer.inputs(records, 0, 1);
      }
      this.#quote(market, i, observer, records);
    });
  }

  /** Rare walls at round prices, a ragged rest. */
  #draw(size: number, tick: number): number {
    if (this.#random() < 0.45) return 0;
    const wall = tick % 50 === 0 ? 9 : tick % 10 === 0 ? 3 : 1;
    return Math.ceil(size * 0.08 * wall * this.#random() ** 3) + 1;
  }
  #bid(market: Market): number {
    return Math.floor(market.mid);
  }
  #ask(market: Market): number {
    return Math.floor(market.mid) + market.spread;
  }

  #quote(market: Market, instrument: number, observer: Observer, records: Records): void {
    const { lotSize, tickSize } = MARKETS[instrument]!;
    for (const order of [...market.orders]) {
      const touched = order.side > 0 ? this.#bid(market) < order.priceTicks : this.#ask(market) > order.priceTicks;
      const ahead = Math.max(0, (order.queueAheadLots ?? 60 * this.#random() + 20) - this.#random() * 3);
      if (touched && this.#random() < 0.7) {
        records.begin(0, Kind.orderFilled | (order.side > 0 ? BUY : SELL), instrument);
        records.setTimes(0, 0n, EPOCH_NS + BigInt(this.nowRelNs));
        records.setPx(0, order.priceTicks * tickSize);
        records.setQty(0, order.leavesLots * lotSize);
        records.setIval(0, 1);
        records.setOrderId(0, order.id);
        observer.derived(records, 1);
        market.position += order.side * order.leavesLots;
        this.#cash -= order.side * order.leavesLots * lotSize * order.priceTicks * tickSize;
        this.#fees += order.leavesLots * lotSize * order.priceTicks * tickSize * 0.0001;
        this.#fills++;
        market.orders = market.orders.filter((other) => other !== order);
      } else {
        market.orders = market.orders.map((other) =>
          other === order ? { ...order, state: 2, queueAheadLots: ahead } : other,
        );
      }
    }
    for (const side of [1, -1]) {
      const wanted = side > 0 ? this.#bid(market) - 6 : this.#ask(market) + 6;
      const current = market.orders.find((order) => order.side === side);
      if (current !== undefined && Math.abs(current.priceTicks - wanted) < 7) continue;
      this.decisions++;
      const id = this.#nextOrder++;
      market.orders = market.orders.filter((order) => order !== current);
      market.orders.push({ id, instrument, side, priceTicks: wanted, leavesLots: 20, state: 1, queueAheadLots: null });
      const ladder = [
        market.mid,
        -side * 8.4,
        -market.position * 0.02,
        market.drift * 0.6,
        -side * 0.9,
        0,
        wanted - market.mid + side * 9.3,
        wanted,
      ];
      ladder.forEach((value, row) => {
        records.begin(0, Kind.ladder | (side > 0 ? BUY : SELL), instrument);
        records.setPx(0, value);
        records.setIval(0, row);
        records.setOrderId(0, id);
        observer.derived(records, 1);
      });
    }
  }

  feed(): void {
    throw new Error('the made-up market takes no records');
  }
  restore(): void {
    throw new Error('the made-up market has no snapshots');
  }
  inputHash(): string {
    return ((BigInt(this.records) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
  }
  commandHash(): string {
    return ((BigInt(this.decisions + 77) * 0xc2b2ae3d27d4eb4fn) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
  }
  stateHash(): string {
    return this.inputHash();
  }
  book(instrument: number): ReplicaBook {
    const market = this.#markets[instrument]!;
    const isLive = market.bookState === BookState.live;
    return {
      bookState: market.bookState,
      bookCause: isLive ? BookCause.synced : BookCause.gap,
      bidTicks: this.#bid(market),
      bidLots: 12,
      askTicks: this.#ask(market),
      askLots: 9,
    };
  }
  readLevels(instrument: number, firstTick: number, count: number, bid: Float64Array, ask: Float64Array): void {
    const market = this.#markets[instrument]!;
    for (let i = 0; i < Math.min(count, CELLS); i++) {
      const tick = firstTick + i;
      const lots = market.sizes[((tick % SIZES) + SIZES) % SIZES]!;
      bid[i] = tick <= this.#bid(market) ? lots : 0;
      ask[i] = tick >= this.#ask(market) ? lots : 0;
    }
  }
  orders(): readonly ReplicaOrder[] {
    return this.#markets.flatMap((market) => market.orders);
  }
  positionLots(_account: number, instrument: number): number {
    return this.#markets[instrument]!.position;
  }
  equity(): ReplicaEquity {
    const held = this.#markets.reduce(
      (sum, market, i) => sum + market.position * MARKETS[i]!.lotSize * market.mid * MARKETS[i]!.tickSize,
      0,
    );
    return { settle: 'USDT', pnl: this.#cash + held - this.#fees, fees: this.#fees, fills: this.#fills };
  }
}

/** The page's end of a made-up replica that has run for `historySeconds` and goes on in real time, or stands still. */
/** A histogram with one hump about the median and a tail up to the largest value. */
function stage(p50: number, p99: number, p999: number, max: number): LatencyStageJson {
  const octave = (microseconds: number) => Math.ceil(Math.log2(microseconds)) + 3;
  const octaves = new Array<number>(28).fill(0);
  octaves[octave(p50)]! += 9_000;
  octaves[octave(p99)]! += 900;
  octaves[octave(p999)]! += 90;
  octaves[octave(max)]! += 1;
  return { octaves, p50Us: p50, p99Us: p99, p999Us: p999, maxUs: max };
}

export function connectModel(options: {
  readonly historySeconds: number;
  readonly isMoving: boolean;
  readonly hasEnded: boolean;
  readonly differs: boolean;
}): Connection {
  const model = new DevModel();
  const observer = new Observer(model, EPOCH_NS);
  let listener: (message: FromReplica) => void = () => undefined;
  let position: 'live' | 'history' = 'live';
  const fills: Fill[] = [];
  const post = (): void => {
    model.instruments.forEach((_, instrument) =>
      listener({ type: 'columns', instrument, batch: observer.takeColumns(instrument) }),
    );
    const more = observer.takeFills();
    fills.push(...more);
    if (more.length > 0) listener({ type: 'fills', fills: more });
  };
  const state = (): void =>
    listener({
      type: 'state',
      position,
      nowRelNs: model.nowRelNs,
      startRelNs: 0,
      endRelNs: model.nowRelNs,
      records: model.records,
      decisions: model.decisions,
      inputHash: model.inputHash(),
      commandHash: model.commandHash(),
      agreedRecords: model.records - 40,
      difference: options.differs
        ? { records: 8120, what: 'commandHash', host: '8c1f00d2aa41e07b', page: model.commandHash() }
        : null,
      books: model.instruments.map((_, i) => model.book(i)),
      orders: model.orders(),
      positionsLots: model.instruments.map((_, i) => model.positionLots(0, i)),
      equity: model.equity(),
      ladders: observer.ladders(),
    });
  const status = (): StatusJson => ({
    mode: 'recording',
    recording: {
      isRecording: true,
      description:
        'Binance USD-M BTCUSDT and ETHUSDT, 2024-08-08, replayed at 1x; orders are simulated, no money moves.',
    },
    instruments: [],
    records: model.records,
    decisions: model.decisions,
    hashes: { inputHash: model.inputHash(), commandHash: model.commandHash(), stateHash: null, stateHashRecords: null },
    accounts: [],
    latency: {
      decode: stage(0.61, 1.2, 3.9, 61),
      core: stage(0.42, 0.95, 2.2, 44),
      decide: stage(0.09, 0.31, 1.1, 12),
      total: stage(9.4, 31, 118, 1930),
    },
    uptimeSeconds: model.nowRelNs / 1e9,
    memory: { rss: 142e6, heap: 21e6, wasmBytes: 9e6 },
    ended: options.hasEnded
      ? {
          reason: 'The recording is over; all orders were cancelled and the journal was closed.',
          durationSeconds: model.nowRelNs / 1e9,
          records: model.records,
          decisions: model.decisions,
          fills: fills.length,
          pnl: model.equity().pnl,
          fees: model.equity().fees,
          settle: 'USDT',
        }
      : null,
  });
  return {
    send: (message) => {
      if (message.type === 'seek') position = 'history';
      if (message.type === 'live') position = 'live';
      if (message.type !== 'start') {
        state();
        return;
      }
      listener({
        type: 'opened',
        epochMs: EPOCH_MS,
        instruments: model.instruments,
        accounts: model.accounts,
        ladderRows: ROWS,
      });
      listener({ type: 'clear' });
      for (let at = 0; at < options.historySeconds * 1e9; at += STEP_NS) {
        model.step(observer);
        if (at % 1e9 === 0) post();
      }
      post();
      state();
      listener({ type: 'host', status: status() });
      if (!options.isMoving) return;
      setInterval(() => {
        if (position === 'history') return;
        model.step(observer);
        post();
      }, 50);
      setInterval(() => {
        state();
        listener({ type: 'host', status: status() });
      }, 100);
    },
    onMessage: (to) => {
      listener = to;
    },
  };
}
