/**
 * `tidebook backtest DIR`: the journal's market data as fast as the machine goes, with simulated orders. Own-order events of
 * a real venue are left out; without `--config` everything else is as it was recorded.
 */
import { Kind, RECORD_BYTES } from '#generated/records.ts';
import { JournalReader } from '../../capture/journal-reader.ts';
import { BlockType } from '../../events/journal-format.ts';
import { Session } from '../../session/session.ts';
import type { SessionConfig } from '../../session/config.ts';
import { readJournalHead } from '../journaled-session.ts';
import { outcome } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { kernelsProgram } from '../programs.ts';
import type { LoadedStrategy } from '../programs.ts';
import { CommandFailed } from './failure.ts';
import { strategiesOf } from '../../session/strategies.ts';

export interface BacktestOptions {
  /** Settings and strategy to run instead of the journal's. */
  readonly replacement?: (epochNs: bigint) => Promise<{ config: SessionConfig; strategy: LoadedStrategy }>;
}

export type BacktestReport = Outcome & { readonly accounts: readonly (Outcome & { readonly name: string })[] };

export async function backtest(directory: string, options: BacktestOptions = {}): Promise<BacktestReport> {
  const head = await readJournalHead(directory);
  const { config, strategy } = options.replacement ? await options.replacement(BigInt(head.header.epochNs)) : head;
  requireSameInstruments(directory, head.config, config);
  const simulated = { ...config, accounts: config.accounts.map(requireSimulation) };
  const kernels = kernelsProgram();
  const session = new Session({
    kernels: new WebAssembly.Module(kernels.bytes),
    config: simulated,
    strategies: strategiesOf(config, strategy.strategy),
  });
  const started = performance.now();
  for (const block of new JournalReader(directory, { types: [BlockType.inputs] }).blocks()) {
    session.feed(withoutOwnOrders(block.payload));
  }
  const seconds = (performance.now() - started) / 1000;
  const accounts = session.accounts.map((a) => ({
    name: a.config.name,
    ...outcome(session, a.index, kernels.sha256, seconds),
  }));
  return { ...outcome(session, 0, kernels.sha256, seconds), accounts };
}

/** The bytes themselves where no own-order event is among them. */
function withoutOwnOrders(bytes: Uint8Array): Uint8Array {
  let first = -1;
  for (let at = 0; at < bytes.length && first < 0; at += RECORD_BYTES) if (isOwnOrder(bytes[at]!)) first = at;
  if (first < 0) return bytes;
  const kept = new Uint8Array(bytes.length);
  let end = 0;
  for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
    if (isOwnOrder(bytes[at]!)) continue;
    kept.set(bytes.subarray(at, at + RECORD_BYTES), end);
    end += RECORD_BYTES;
  }
  return kept.subarray(0, end);
}

function isOwnOrder(kind: number): boolean {
  return kind >= Kind.orderAccepted && kind <= Kind.orderExpired;
}

/** Records name instruments by index, so both sides must number them alike. */
function requireSameInstruments(directory: string, recorded: SessionConfig, wanted: SessionConfig): void {
  recorded.instruments.forEach((x, i) => {
    const y = wanted.instruments[i];
    if (y?.symbol === x.symbol && y.venue === x.venue && y.tickSize === x.tickSize && y.lotSize === x.lotSize) return;
    const given = y === undefined ? 'nothing' : `${y.venue} ${y.symbol}, tick ${y.tickSize}, lot ${y.lotSize}`;
    throw new CommandFailed(
      `${directory}: instrument ${i} is ${x.venue} ${x.symbol}, tick ${x.tickSize}, lot ${x.lotSize}, but the configuration has ${given}; list the journal's instruments in its order`,
    );
  });
}

function requireSimulation<T extends { readonly name: string; readonly simulation: unknown }>(account: T): T {
  if (account.simulation === null) {
    throw new CommandFailed(
      `account ${account.name} traded at a real venue; give --config with a [simulation] section`,
    );
  }
  return account;
}
