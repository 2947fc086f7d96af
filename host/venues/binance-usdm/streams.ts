/**
 * The WebSocket side of Binance USD-M: names of streams, subscribe frames, and what the answers mean.
 *
 * The venue serves two tiers under different paths: `/public` (depth, bookTicker, trade) and `/market` (markPrice). The
 * base URL of the config names the tier; the replay server has everything under every path.
 */
import type { FrameMeaning, VenueProtocol } from '../connection.ts';

/** Channels by the name that the config gives; the value is the suffix of the stream's name. */
const CHANNEL_SUFFIX: ReadonlyMap<string, string> = new Map([
  ['depth', 'depth@0ms'],
  ['depth100ms', 'depth@100ms'],
  ['bookTicker', 'bookTicker'],
  ['trade', 'trade'],
  ['markPrice', 'markPrice@1s'],
]);

/** What the host listens to unless the config says otherwise. */
export const DEFAULT_CHANNELS: readonly string[] = ['depth', 'bookTicker', 'trade', 'markPrice'];

/** Names in one SUBSCRIBE frame; the venue allows 200 streams a connection. */
const STREAMS_PER_FRAME = 100;
const MAX_STREAMS = 200;
/** Answers are short; anything longer is data. */
const MAX_ANSWER_BYTES = 4096;

/** The close with which the replay server ends a recording. */
export const END_OF_RECORDING = { code: 1000, reason: 'end of recording' } as const;

/**
 * `btcusdt@depth@0ms` and so on, symbol by symbol.
 * @throws Error naming an unknown channel, or a number of streams beyond the venue's limit.
 */
export function streamNames(symbols: readonly string[], channels: readonly string[]): string[] {
  const names: string[] = [];
  for (const symbol of symbols) {
    for (const channel of channels) {
      const suffix = CHANNEL_SUFFIX.get(channel);
      if (suffix === undefined) {
        throw new Error(`channel "${channel}" is not one of binance-usdm: ${[...CHANNEL_SUFFIX.keys()].join(', ')}`);
      }
      names.push(`${symbol.toLowerCase()}@${suffix}`);
    }
  }
  if (names.length > MAX_STREAMS) {
    throw new Error(`${names.length} streams: binance-usdm allows ${MAX_STREAMS} a connection; list fewer instruments`);
  }
  return names;
}

const DATA: FrameMeaning = { meaning: 'data' };
const CONFIRMED: FrameMeaning = { meaning: 'confirmed' };
const OTHER: FrameMeaning = { meaning: 'other' };
const QUOTE = 0x22;
const LETTER_S = 0x73;
const LETTER_E = 0x65;

/** Judges a frame; see {@link VenueProtocol.read}. */
export function readFrame(bytes: Uint8Array, isBinary: boolean): FrameMeaning {
  // {"stream":... and {"e":... are data; {"error":... is told from the latter by its fourth byte.
  if (bytes[1] === QUOTE && (bytes[2] === LETTER_S || (bytes[2] === LETTER_E && bytes[3] === QUOTE))) return DATA;
  if (isBinary || bytes.byteLength > MAX_ANSWER_BYTES) return DATA;
  return readAnswer(bytes);
}

/** An answer, or data in a form that we do not expect, which is the decoder's to judge. */
function readAnswer(bytes: Uint8Array): FrameMeaning {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return DATA;
  }
  if (typeof answer !== 'object' || answer === null || 'stream' in answer || 'e' in answer) return DATA;
  if ('error' in answer || 'code' in answer) return { meaning: 'refused', text: JSON.stringify(answer).slice(0, 300) };
  if ('id' in answer && 'result' in answer) return answer.result === null ? CONFIRMED : OTHER;
  return DATA;
}

/** The protocol of one connection to the streams `names`, for {@link Connection}. */
export function streamProtocol(websocketUrl: string, names: readonly string[]): VenueProtocol {
  let nextId = 1;
  return {
    url: () => `${websocketUrl}/stream`,
    subscribeFrames() {
      const frames: string[] = [];
      for (let i = 0; i < names.length; i += STREAMS_PER_FRAME) {
        frames.push(
          JSON.stringify({ method: 'SUBSCRIBE', params: names.slice(i, i + STREAMS_PER_FRAME), id: nextId++ }),
        );
      }
      return frames;
    },
    read: readFrame,
    isEnd: (code, reason) => code === END_OF_RECORDING.code && reason === END_OF_RECORDING.reason,
  };
}
