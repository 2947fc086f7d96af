/**
 * Whether this page computes what the host computes. The page's own hashes are noted after each block; what the host says
 * of a record number is compared as soon as the page has been there. Equal once, the chain of everything before is equal.
 */

export interface PageHashes {
  readonly records: number;
  readonly inputHash: string;
  readonly commandHash: string;
}

export interface Difference {
  /** Input records after which the hashes differ. */
  readonly records: number;
  readonly what: 'inputHash' | 'commandHash' | 'stateHash';
  readonly host: string;
  readonly page: string;
}

/** Block ends remembered; the host speaks four times a second, of its newest block. */
const REMEMBERED = 8192;
/** Things said by the host of places that the page has not reached; the oldest is given up. */
const WAITING = 256;

export class Agreement {
  readonly #page = new Map<number, PageHashes>();
  #waiting: PageHashes[] = [];
  #records: number | null = null;
  #difference: Difference | null = null;

  /** Record number at which host and page last agreed on input and command hash, or null. */
  get records(): number | null {
    return this.#records;
  }
  /** The first difference found, or null. It stays: what follows a difference differs too. */
  get difference(): Difference | null {
    return this.#difference;
  }

  /** The page's hashes after a block, and the input hash that the block's header names. */
  page(own: PageHashes, headerInputHash: string): void {
    this.#page.set(own.records, own);
    if (this.#page.size > REMEMBERED) this.#page.delete(this.#page.keys().next().value!);
    if (own.inputHash !== headerInputHash) this.#differ(own.records, 'inputHash', headerInputHash, own.inputHash);
    const reached = this.#waiting.filter((host) => host.records <= own.records);
    if (reached.length === 0) return;
    this.#waiting = this.#waiting.filter((host) => host.records > own.records);
    for (const host of reached) this.#compare(host);
  }

  /** What the host says of its own hashes at the end of a block. */
  host(hashes: PageHashes): void {
    if (this.#compare(hashes)) return;
    if (this.#waiting.some((other) => other.records === hashes.records)) return;
    this.#waiting.push(hashes);
    if (this.#waiting.length > WAITING) this.#waiting.shift();
  }

  /** The state's hash at one checkpoint, from both. */
  state(records: number, host: string, page: string): void {
    if (host !== page) this.#differ(records, 'stateHash', host, page);
  }

  /** Forgets the page's places and the difference: the replica starts again elsewhere. */
  restart(): void {
    this.#page.clear();
    this.#waiting = [];
    this.#records = null;
    this.#difference = null;
  }

  #compare(host: PageHashes): boolean {
    const own = this.#page.get(host.records);
    if (own === undefined) return false;
    if (own.inputHash !== host.inputHash) this.#differ(host.records, 'inputHash', host.inputHash, own.inputHash);
    else if (own.commandHash !== host.commandHash)
      this.#differ(host.records, 'commandHash', host.commandHash, own.commandHash);
    else if (this.#difference === null) this.#records = Math.max(this.#records ?? 0, host.records);
    return true;
  }

  #differ(records: number, what: Difference['what'], host: string, page: string): void {
    this.#difference ??= { records, what, host, page };
  }
}
