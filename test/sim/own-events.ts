/** Own-order events as the session derives them, in the words of the plain venue. */
import { Kind, OrderReason } from '#generated/records.ts';
import type { Records } from '../../host/events/record.ts';
import type { OwnEvent, OwnEventKind, RejectReason } from '../../host/reference/simulated-venue.ts';
import type { InstrumentConfig } from '../../host/session/config.ts';

const KINDS: ReadonlyMap<number, OwnEventKind> = new Map([
  [Kind.orderAccepted, 'accepted'],
  [Kind.orderRejected, 'rejected'],
  [Kind.orderFilled, 'filled'],
  [Kind.orderCancelled, 'cancelled'],
  [Kind.cancelRejected, 'cancelRejected'],
  [Kind.orderExpired, 'expired'],
]);
const REASONS = new Map<number, string>(Object.entries(OrderReason).map(([name, code]) => [code, name]));

/** Undefined where the record is no own-order event. */
export function ownEvent(records: Records, i: number, x: InstrumentConfig, epochNs: bigint): OwnEvent | undefined {
  const kind = KINDS.get(records.kind(i));
  if (kind === undefined) return undefined;
  const isFill = kind === 'filled';
  return {
    kind,
    id: records.orderId(i),
    ticks: Math.round(records.px(i) / x.tickSize),
    lots: Math.round(records.qty(i) / x.lotSize),
    reason: isFill ? 'none' : (REASONS.get(records.ival(i)) as RejectReason),
    isMaker: isFill && records.ival(i) === 1,
    leavesLots: isFill ? Math.round(records.fval(i) / x.lotSize) : 0,
    venueNs: Number(records.exchTs(i) - epochNs),
    arrivalNs: Number(records.localTs(i) - epochNs),
  };
}
