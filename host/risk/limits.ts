/**
 * The limits that risk holds, and what makes a set of them valid. Sizes in whole lots, the loss limit in the settlement
 * currency, rates in messages per second.
 */

/** Per instrument. */
export interface InstrumentLimits {
  /** Largest single order. */
  readonly maxOrderLots: number;
  /** Largest position, long or short, that could come about if everything on one side filled. */
  readonly maxPositionLots: number;
  /** Furthest that an order's price may be from the mid, in basis points of the mid, on either side. */
  readonly collarBps: number;
  /** Own orders at this instrument that may still fill. */
  readonly maxOpenOrders: number;
}

/** Per account. */
export interface AccountLimits {
  /** Refill of the message budget. */
  readonly messagesPerSecond: number;
  /** Size of the message budget: messages that may leave at once. In any T seconds at most burst + T x rate leave. */
  readonly messageBurst: number;
  /** Part of the budget that orders may not use, 0 to below 1. One message per own order is kept for its cancel besides. */
  readonly cancelShare: number;
  /** Own orders at all instruments that may still fill. */
  readonly maxOpenOrders: number;
  /** The account is killed where the equity of a settlement currency falls below minus this. */
  readonly lossLimits: readonly { readonly settle: string; readonly amount: number }[];
}

export interface RiskLimits {
  readonly account: AccountLimits;
  /** By instrument index. */
  readonly instruments: readonly InstrumentLimits[];
}

/** Throws at the first limit that makes no sense; the error names the limit, its value and what is valid. */
export function checkLimits(limits: RiskLimits, settlementCurrencies: readonly string[]): void {
  const account = limits.account;
  above0('messages_per_second', account.messagesPerSecond);
  if (!(account.messageBurst >= 2)) {
    fail('message_burst', account.messageBurst, 'a number from 2: an order and its cancel');
  }
  if (!(account.cancelShare >= 0 && account.cancelShare < 1)) {
    fail('cancel_share', account.cancelShare, 'a number from 0 to below 1');
  }
  whole('max_open_orders', account.maxOpenOrders);
  for (const loss of account.lossLimits) {
    above0(`loss_limit of ${loss.settle}`, loss.amount);
    if (!settlementCurrencies.includes(loss.settle)) {
      fail('loss_limit', loss.settle, `a settlement currency of the instruments: ${settlementCurrencies.join(', ')}`);
    }
  }
  limits.instruments.forEach((instrument, index) => {
    const place = `of instrument ${index}`;
    whole(`max_order_lots ${place}`, instrument.maxOrderLots);
    whole(`max_position_lots ${place}`, instrument.maxPositionLots);
    above0(`collar_bps ${place}`, instrument.collarBps);
    whole(`max_open_orders ${place}`, instrument.maxOpenOrders);
  });
}

function above0(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) fail(name, value, 'a number above 0');
}

function whole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) fail(name, value, 'a whole number from 1');
}

function fail(name: string, value: number | string, valid: string): never {
  throw new Error(`risk limit ${name} is ${value}; valid is ${valid}`);
}
