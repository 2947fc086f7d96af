/** A host for the server's tests: segments of bytes in memory that the test appends to. */
import type { HostSource, SegmentInfo } from '../../host/server/source.ts';
import type { StatusJson } from '../../host/session/status.ts';

export class FakeSource implements HostSource {
  readonly #segments: { bytes: Uint8Array; hasSnapshot: boolean }[] = [];
  readonly #listeners = new Set<() => void>();
  readonly kernels = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  readonly strategy = new TextEncoder().encode('export default {};');
  /** Largest read so far, bytes. */
  largestRead = 0;
  /** Bytes read so far. */
  bytesRead = 0;

  begin(bytes: Uint8Array, hasSnapshot: boolean): void {
    this.#segments.push({ bytes, hasSnapshot });
    this.#notify();
  }
  append(more: Uint8Array): void {
    const last = this.#segments.at(-1);
    const grown = new Uint8Array(last.bytes.length + more.length);
    grown.set(last.bytes);
    grown.set(more, last.bytes.length);
    last.bytes = grown;
    this.#notify();
  }
  get listeners(): number {
    return this.#listeners.size;
  }
  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  readonly journal = {
    segments: (): SegmentInfo[] =>
      this.#segments.map((segment, i) => ({
        number: i + 1,
        firstRecord: i * 100,
        records: 100,
        startNs: i * 1e9,
        endNs: (i + 1) * 1e9,
        bytes: segment.bytes.length,
        hasSnapshot: segment.hasSnapshot,
      })),
    size: (segment: number): number => this.#segments[segment - 1]?.bytes.length ?? 0,
    read: (segment: number, offset: number, length: number): Promise<Uint8Array> => {
      this.largestRead = Math.max(this.largestRead, length);
      this.bytesRead += length;
      return Promise.resolve(this.#segments[segment - 1]!.bytes.slice(offset, offset + length));
    },
    snapshot: (segment: number): Uint8Array | null =>
      this.#segments[segment - 1]?.hasSnapshot === true ? Uint8Array.of(7, segment) : null,
    onAppend: (listener: () => void): (() => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  session(): unknown {
    return { epochNs: '1723075200000000000', kernelsSha256: 'ab' };
  }
  hashes(): { records: number; inputHash: string; commandHash: string } {
    return { records: 200, inputHash: '00000000000000aa', commandHash: '00000000000000bb' };
  }
  status(): StatusJson {
    return {
      mode: 'recording',
      recording: { isRecording: true, description: 'two hours of a test' },
      instruments: [
        {
          symbol: 'BTCUSDT',
          venue: 'binance-usdm',
          feedState: 'live',
          bookState: 'live',
          bookCause: 'synced',
          bestBid: { price: 61000.1, size: 2 },
          bestAsk: null,
          counters: { gaps: 0 },
        },
      ],
      records: 200,
      decisions: 3,
      hashes: {
        inputHash: '00000000000000aa',
        commandHash: '00000000000000bb',
        stateHash: null,
        stateHashRecords: null,
      },
      accounts: [],
      latency: { decode: null, core: null, decide: null, total: null },
      uptimeSeconds: 1,
      memory: { rss: 1, heap: 1, wasmBytes: 1 },
      ended: null,
    };
  }
}

/** `length` bytes in which every stretch is different, so that a byte lost or doubled is seen. */
export function pattern(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed + 1) * 2654435761;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
