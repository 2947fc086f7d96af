/**
 * The message budget: a token bucket on the journal's time. An order is paid for only while, besides its own message, one
 * remains for its cancel, one for each order not yet cancelled, and the share set aside for cancels. So the first cancel of
 * every order finds its message, and messages in any T seconds never exceed burst + T x rate. A cancel that is repeated
 * after the venue refused the first one is paid from the share; it is sent even from an empty budget, and then orders
 * wait until the debt is refilled.
 */
import { requireSlots } from '../portfolio/section.ts';

const TOKENS = 0;
const TIME_NS = 1;
const STARTED = 2;

export class MessageBudget {
  static readonly SLOTS = 3;
  readonly #memory: Float64Array;
  readonly #tokensPerNs: number;
  readonly #burst: number;
  /** Messages that orders may not use. */
  readonly #share: number;

  constructor(memory: Float64Array, messagesPerSecond: number, messageBurst: number, cancelShare: number) {
    requireSlots('message budget', memory, MessageBudget.SLOTS);
    this.#memory = memory;
    this.#tokensPerNs = messagesPerSecond / 1e9;
    this.#burst = messageBurst;
    this.#share = cancelShare * messageBurst;
  }

  /** Messages that could leave now. */
  get tokens(): number {
    return this.#memory[TOKENS]!;
  }

  /** Refills up to `timeNs`; a time before the last one refills nothing. */
  refill(timeNs: number): void {
    const memory = this.#memory;
    if (memory[STARTED] === 0) {
      memory[STARTED] = 1;
      memory[TOKENS] = this.#burst;
      memory[TIME_NS] = timeNs;
      return;
    }
    const passedNs = timeNs - memory[TIME_NS]!;
    if (!(passedNs > 0)) return;
    memory[TIME_NS] = timeNs;
    memory[TOKENS] = Math.min(this.#burst, memory[TOKENS]! + passedNs * this.#tokensPerNs);
  }

  /** Whether an order may be sent while `notYetCancelled` own orders wait for their first cancel. */
  allowsOrder(notYetCancelled: number): boolean {
    return this.#memory[TOKENS]! - 1 >= Math.max(notYetCancelled + 1, this.#share);
  }

  /** One message leaves. */
  spend(): void {
    this.#memory[TOKENS]! -= 1;
  }
}
