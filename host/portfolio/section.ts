/**
 * Laying out an account's buffer. All that an account must remember (own orders, positions, risk, strategy memory) stands in
 * one Float64Array, cut into named sections, so that saving and restoring an account is copying bytes.
 */

/** A named part of the buffer. `offset` and `slots` count slots of 8 bytes. */
export interface Section {
  readonly name: string;
  readonly offset: number;
  readonly slots: number;
}

/** Hands out sections one after another; the order of add() is the order in the buffer. */
export class SectionLayout {
  readonly #sections: Section[] = [];
  #slots = 0;

  /** Slots of 8 bytes taken so far. */
  get slots(): number {
    return this.#slots;
  }

  get sections(): readonly Section[] {
    return this.#sections;
  }

  /** Takes `slots` slots for `name`. Throws where the name is taken or the number is not a whole one from 0. */
  add(name: string, slots: number): Section {
    if (!Number.isSafeInteger(slots) || slots < 0) {
      throw new Error(`section "${name}" asks for ${slots} slots; give a whole number from 0`);
    }
    if (this.#sections.some((section) => section.name === name)) {
      throw new Error(`section "${name}" is laid out already; give each section a name of its own`);
    }
    const section = { name, offset: this.#slots, slots };
    this.#sections.push(section);
    this.#slots += slots;
    return section;
  }

  /** A zeroed buffer that holds every section. */
  allocate(): Float64Array {
    return new Float64Array(this.#slots);
  }

  /** The part of `buffer` that belongs to `name`; shares its memory. Throws where the name or the buffer does not fit. */
  view(buffer: Float64Array, name: string): Float64Array {
    const section = this.#sections.find((candidate) => candidate.name === name);
    if (section === undefined) {
      const names = this.#sections.map((candidate) => candidate.name).join(', ');
      throw new Error(`no section "${name}" in the account's buffer; it has: ${names}`);
    }
    if (buffer.length < this.#slots) {
      throw new Error(
        `the account's buffer has ${buffer.length} slots, its layout needs ${this.#slots}; allocate() makes one`,
      );
    }
    return buffer.subarray(section.offset, section.offset + section.slots);
  }
}

/** Throws unless `memory` has room for `slots` slots; `owner` names who asks. */
export function requireSlots(owner: string, memory: Float64Array, slots: number): void {
  if (memory.length < slots) {
    throw new Error(`${owner} needs a section of ${slots} slots and was given ${memory.length}`);
  }
}
