/** Stream names, subscribe frames and the meaning of what comes back. */
import { describe, expect, it } from 'vitest';
import { readFrame, streamNames, streamProtocol } from '../../../host/venues/binance-usdm/streams.ts';
import { venueKind } from '../../../host/venues/registry.ts';

function meaning(text: string): string {
  return readFrame(new TextEncoder().encode(text), false).meaning;
}

describe('binance-usdm streams', () => {
  it('are named as the venue names them', () => {
    expect(streamNames(['BTCUSDT', 'ethusdt'], ['depth', 'markPrice'])).toEqual([
      'btcusdt@depth@0ms',
      'btcusdt@markPrice@1s',
      'ethusdt@depth@0ms',
      'ethusdt@markPrice@1s',
    ]);
    expect(() => streamNames(['BTCUSDT'], ['depht'])).toThrow('channel "depht" is not one of binance-usdm: depth,');
    expect(() =>
      streamNames(
        Array.from({ length: 101 }, (_, i) => `S${i}`),
        ['depth', 'trade'],
      ),
    ).toThrow('allows 200');
  });

  it('are subscribed in batches with ids of their own', () => {
    const names = Array.from({ length: 150 }, (_, i) => `s${i}@trade`);
    const protocol = streamProtocol('wss://venue/public', names);
    expect(protocol.url()).toBe('wss://venue/public/stream');
    const frames = [...protocol.subscribeFrames(), ...protocol.subscribeFrames()].map(
      (frame) => JSON.parse(frame) as { method: string; params: string[]; id: number },
    );
    expect(frames.map(({ id, params }) => [id, params.length])).toEqual([
      [1, 100],
      [2, 50],
      [3, 100],
      [4, 50],
    ]);
    expect(frames.slice(0, 2).flatMap(({ params }) => params)).toEqual(names);
  });

  it('tells answers from data, and leaves to the decoder what it does not know', () => {
    expect(meaning('{"result":null,"id":1}')).toBe('confirmed');
    expect(meaning('{"id":1,"result":null}')).toBe('confirmed');
    expect(meaning('{"result":["a@b"],"id":3}')).toBe('other');
    expect(meaning('{"error":{"code":2,"msg":"no"},"id":1}')).toBe('refused');
    expect(meaning('{"code":2,"msg":"no"}')).toBe('refused');
    expect(meaning('{"stream":"btcusdt@trade","data":{}}')).toBe('data');
    expect(meaning('{"e":"trade"}')).toBe('data');
    expect(meaning(' {"data":{}, "stream":"x"}')).toBe('data');
    expect(meaning('{"str')).toBe('data');
    expect(meaning('')).toBe('data');
    expect(meaning('[1]')).toBe('data');
  });

  it('only take the very close of a recording for its end', () => {
    const protocol = streamProtocol('ws://x', []);
    expect(protocol.isEnd(1000, 'end of recording')).toBe(true);
    expect(protocol.isEnd(1001, 'end of recording')).toBe(false);
    expect(protocol.isEnd(1000, '')).toBe(false);
  });

  it('are found by the name of the venue', () => {
    expect(venueKind('binance-usdm').bridgedIds).toBe(true);
    expect(() => venueKind('binance')).toThrow('venue "binance" is not known; there are: binance-usdm');
  });
});
