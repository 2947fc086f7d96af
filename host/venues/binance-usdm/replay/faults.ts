/**
 * Faults that a test has the replay server commit, each at a frame of the merged recording (counted from 1; 0: from the
 * start). What the venue can do to us, on demand.
 */
export type Fault =
  /** This frame and the `count - 1` after it are not sent to anybody. */
  | { readonly kind: 'drop'; readonly count: number }
  /** Every connection is closed with this code before the frame. */
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  /** Every connection is cut without a close frame. */
  | { readonly kind: 'cut' }
  /** The present connections get nothing for so long, no pongs either. */
  | { readonly kind: 'silent'; readonly ms: number }
  /** The next `count` snapshot requests are refused with this status. */
  | {
      readonly kind: 'refuseRest';
      readonly status: number;
      readonly count: number;
      readonly retryAfterSeconds?: number;
    }
  /** The next `count` connections are refused. */
  | { readonly kind: 'refuseConnections'; readonly count: number }
  /** The frame is sent with its second half missing. */
  | { readonly kind: 'corrupt' };

export interface PlannedFault {
  readonly atFrame: number;
  readonly fault: Fault;
}

/** What of the faults is still to come and what is in force. */
export class FaultPlan {
  readonly #byFrame = new Map<number, Fault[]>();
  #dropsLeft = 0;
  #connectionRefusalsLeft = 0;
  readonly #restRefusals: { status: number; left: number; retryAfterSeconds: number | undefined }[] = [];

  constructor(faults: readonly PlannedFault[]) {
    for (const { atFrame, fault } of faults) {
      const list = this.#byFrame.get(atFrame);
      if (list === undefined) this.#byFrame.set(atFrame, [fault]);
      else list.push(fault);
    }
    this.enter(0);
  }

  /** Brings the faults of this frame into force and gives those that the playback itself commits. */
  enter(frame: number): readonly Fault[] {
    const faults = this.#byFrame.get(frame);
    if (faults === undefined) return NONE;
    for (const fault of faults) {
      if (fault.kind === 'drop') this.#dropsLeft += fault.count;
      else if (fault.kind === 'refuseConnections') this.#connectionRefusalsLeft += fault.count;
      else if (fault.kind === 'refuseRest') {
        const { status, count, retryAfterSeconds } = fault;
        this.#restRefusals.push({ status, left: count, retryAfterSeconds });
      }
    }
    return faults;
  }

  /** Whether the frame that is due is dropped. */
  takeDrop(): boolean {
    if (this.#dropsLeft === 0) return false;
    this.#dropsLeft--;
    return true;
  }

  takeConnectionRefusal(): boolean {
    if (this.#connectionRefusalsLeft === 0) return false;
    this.#connectionRefusalsLeft--;
    return true;
  }

  takeRestRefusal(): { readonly status: number; readonly retryAfterSeconds: number | undefined } | undefined {
    const refusal = this.#restRefusals[0];
    if (refusal === undefined) return undefined;
    if (--refusal.left <= 0) this.#restRefusals.shift();
    return refusal;
  }
}

const NONE: readonly Fault[] = [];
