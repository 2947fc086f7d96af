/** What replay and backtest report of a session: the same fields for both, so that two runs can be laid side by side. */
import type { Session } from '../session/session.ts';

export interface Outcome {
  readonly records: number;
  readonly decisions: number;
  readonly commands: number;
  readonly fills: number;
  readonly denials: number;
  readonly rejections: number;
  /** Lots by symbol. */
  readonly position: Readonly<Record<string, number>>;
  /** By settlement currency; null where a position has no price to mark it with. */
  readonly pnl: Readonly<Record<string, number | null>>;
  readonly fees: Readonly<Record<string, number>>;
  /** Why the strategy was stopped, if it failed. */
  readonly failure: string | null;
  readonly inputHash: string;
  readonly commandHash: string;
  readonly stateHash: string;
  readonly kernelsSha256: string;
  readonly seconds: number;
}

/** The outcome of one account. */
export function outcome(session: Session, account: number, kernelsSha256: string, seconds: number): Outcome {
  const a = session.accounts[account]!;
  const position: Record<string, number> = {};
  const fees: Record<string, number> = {};
  for (const i of a.config.instruments) {
    const { symbol, settle } = session.config.instruments[i]!;
    position[symbol] = a.positions.positionLots(i);
    fees[settle] = (fees[settle] ?? 0) + a.positions.fees(i);
  }
  const pnl: Record<string, number | null> = {};
  const equities = a.equities();
  a.positions.settlementCurrencies.forEach((c, i) => (pnl[c] = Number.isNaN(equities[i]!) ? null : equities[i]!));
  return {
    records: session.records,
    decisions: a.decisions,
    commands: a.commands,
    fills: a.fills,
    denials: a.denials,
    rejections: a.rejections,
    position,
    pnl,
    fees,
    failure: a.failure,
    inputHash: session.inputHash(),
    commandHash: session.commandHash(account),
    stateHash: session.stateHash(account),
    kernelsSha256,
    seconds,
  };
}

/** For a person: one field a line. */
export function outcomeText(o: Outcome): string {
  const money = (by: Readonly<Record<string, number | null>>) =>
    Object.entries(by)
      .map(([currency, value]) => (value === null ? `unknown ${currency}` : `${value.toFixed(4)} ${currency}`))
      .join(', ');
  const lots = Object.entries(o.position)
    .map(([symbol, value]) => `${value} lots ${symbol}`)
    .join(', ');
  return [
    `records      ${o.records} in ${o.seconds.toFixed(2)} s`,
    `decisions    ${o.decisions}, commands ${o.commands}, denied ${o.denials}, rejected ${o.rejections}`,
    `fills        ${o.fills}, position ${lots}`,
    `profit       ${money(o.pnl)} after fees of ${money(o.fees)}`,
    ...(o.failure === null ? [] : [`stopped      ${o.failure}`]),
    `inputHash    ${o.inputHash}`,
    `commandHash  ${o.commandHash}`,
    `stateHash    ${o.stateHash}`,
  ].join('\n');
}
