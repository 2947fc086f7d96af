/** A wait that ends by time or by a call, whichever is first: what the playback sleeps on. */
export class Gate {
  #wake: (() => void) | undefined;

  /** Resolves after `ms`, or at the next `open()`. One wait at a time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.open();
      }, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the wait under way, if there is one. */
  open(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
