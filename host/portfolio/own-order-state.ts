/** States of an own order as we know it; in each of them it may still fill. */
export const OwnOrderState = {
  /** Sent, not yet answered. */
  sent: 1,
  /** Confirmed by the venue. */
  live: 2,
  /** Our cancel is on its way; the order may still fill. */
  cancelPending: 3,
  /** The venue did not say; reconciliation is under way. */
  unknown: 4,
} as const;
