/** Where in the journal a replay starts, so that it shows enough and does not take long. */

/** A segment as `/api/journal` lists it. */
export interface Segment {
  readonly number: number;
  readonly firstRecord: number;
  readonly records: number;
  readonly startNs: number;
  readonly endNs: number;
  readonly bytes: number;
  readonly hasSnapshot: boolean;
}

/** History that the map shows when it opens, ns. */
export const HISTORY_NS = 60e9;

/** Bytes that opening the page replays at most, where a newer snapshot allows it: a minute of two busy instruments. */
export const OPENING_BYTES = 128 * 1024 * 1024;

/**
 * The newest segment that starts with a snapshot and at least HISTORY_NS before `relNs`; where more than `maxBytes` lie
 * behind it, the oldest snapshot with fewer; without any, the oldest segment, which is replayed from its beginning. Null
 * for an empty journal.
 */
export function startPoint(
  segments: readonly Segment[],
  relNs: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Segment | null {
  let found: Segment | null = null;
  let bytes = 0;
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i]!;
    if (segment.startNs > relNs) continue;
    bytes += segment.bytes;
    if (!segment.hasSnapshot) continue;
    if (bytes > maxBytes && found !== null) return found;
    found = segment;
    if (segment.startNs <= relNs - HISTORY_NS) return segment;
  }
  // The oldest segment is short of a minute, but it is all there is.
  const oldest = segments[0] ?? null;
  return bytes > maxBytes && found !== null ? found : oldest;
}
