/** Makes the page's session out of what the host gave: the same kernels, the same strategy, the same wiring. */
import { Instrument } from '#generated/layouts.ts';
import { checkStrategy } from '../../host/engine/load-strategy.ts';
import { Records } from '../../host/events/record.ts';
import type { SessionConfig } from '../../host/session/config.ts';
import { Session } from '../../host/session/session.ts';
import { strategiesOf } from '../../host/session/strategies.ts';
import type { ReplicaBook, ReplicaEquity, ReplicaOrder, ReplicaSession, SessionParts } from './session-port.ts';

/** @throws where the host's answer holds no configuration, or its modules do not fit it */
export async function openSession(parts: SessionParts): Promise<ReplicaSession> {
  const { config } = parts.description as { readonly config?: SessionConfig | null };
  if (config === undefined || config === null) throw new Error('the host gave no configuration of its session');
  const strategy = checkStrategy((parts.strategyModule as { default?: unknown }).default);
  const session = new Session({
    kernels: await WebAssembly.compile(parts.kernels),
    config,
    strategies: strategiesOf(config, strategy),
    sink: {
      derived: (bytes) => {
        const records = new Records(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        parts.sink(records, records.capacity);
      },
    },
  });
  return new SessionView(session);
}

class SessionView implements ReplicaSession {
  readonly #session: Session;
  readonly instruments;
  readonly accounts;
  readonly ladderRows;

  constructor(session: Session) {
    this.#session = session;
    const { config } = session;
    this.instruments = config.instruments.map(({ symbol, venue, base, quote, tickSize, lotSize }) => ({
      symbol,
      venue,
      base,
      quote,
      tickSize,
      lotSize,
    }));
    this.accounts = config.accounts.map((account) => account.name);
    this.ladderRows = session.accounts[0]!.strategy.ladder;
  }

  get records(): number {
    return this.#session.records;
  }
  get decisions(): number {
    return this.#session.accounts[0]!.decisions;
  }
  get nowRelNs(): number {
    return this.#session.nowRelNs;
  }
  feed(inputs: Uint8Array): void {
    this.#session.feed(inputs);
  }
  restore(bytes: Uint8Array): void {
    this.#session.restore(bytes);
  }
  inputHash(): string {
    return this.#session.inputHash();
  }
  commandHash(account: number): string {
    return this.#session.commandHash(account);
  }
  stateHash(account: number): string {
    return this.#session.stateHash(account);
  }

  book(instrument: number): ReplicaBook {
    const { core } = this.#session;
    return {
      bookState: core.instrument(instrument, Instrument.bookState),
      bookCause: core.instrument(instrument, Instrument.bookCause),
      bidTicks: core.instrument(instrument, Instrument.bidTicks),
      bidLots: core.instrument(instrument, Instrument.bidLots),
      askTicks: core.instrument(instrument, Instrument.askTicks),
      askLots: core.instrument(instrument, Instrument.askLots),
    };
  }

  readLevels(instrument: number, firstTick: number, count: number, bid: Float64Array, ask: Float64Array): void {
    this.#session.core.readLevels(instrument, firstTick, count, bid, ask);
  }

  orders(account: number): readonly ReplicaOrder[] {
    const { orders } = this.#session.accounts[account]!;
    return Array.from({ length: orders.count }, (_, slot) => {
      const ahead = this.#session.core.exports.queueAhead(account, orders.id(slot));
      return {
        id: orders.id(slot),
        instrument: orders.instrument(slot),
        side: orders.side(slot),
        priceTicks: orders.priceTicks(slot),
        leavesLots: orders.leavesLots(slot),
        state: orders.state(slot),
        queueAheadLots: ahead >= 0 ? ahead : null,
      };
    });
  }

  positionLots(account: number, instrument: number): number {
    return this.#session.accounts[account]!.positions.positionLots(instrument);
  }

  /** In the first settlement currency; the mark is the mid of each book. */
  equity(index: number): ReplicaEquity {
    const account = this.#session.accounts[index]!;
    const { positions, view } = account;
    const settle = positions.settlementCurrencies[0]!;
    let fees = 0;
    let isMarked = true;
    this.#session.config.instruments.forEach((instrument, i) => {
      if (instrument.settle === settle) fees += positions.fees(i);
      if (positions.positionLots(i) !== 0 && view.midTicks(i) === 0) isMarked = false;
    });
    const pnl = account.equities()[0]!;
    return { settle, pnl: isMarked && !Number.isNaN(pnl) ? pnl : null, fees, fills: account.fills };
  }
}
