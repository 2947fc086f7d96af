/** Frames made by hand: what is accepted, what is refused, and the records, with twin and decoder compared on each. */
import { describe, expect, it } from 'vitest';
import { DecodeError, EventType, MAX_NESTING } from '../../host/kernels/decoders.ts';
import { BUY, Channel, EXCH, Kind, LOCAL, NO_INSTRUMENT, SELL } from '#generated/records.ts';
import { BUILDS, OPTIONS, Pair } from './support.ts';

const DEPTH =
  '{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":10,"u":12,"pu":9,' +
  '"b":[["61800.20","2.507"],["61740.10","0.000"]],"a":[["61800.30","3.330"]]}';
const TICKER =
  '{"e":"bookTicker","u":400900217,"E":1568014460893,"T":1568014460891,"s":"ETHUSDT","b":"25.35190000","B":"31.21","a":"25.36","A":"0"}';
const TRADE = '{"e":"trade","E":7,"T":6,"s":"BTCUSDT","t":5,"p":"61800.30","q":"0.006","X":"MARKET","m":false}';
const MARK =
  '{"e":"markPriceUpdate","E":1680652701000,"s":"BTCUSDT","p":"28147.27373413","P":"28142.1","i":"28159.75642857","r":"-0.00002754","T":1680652800000}';
const SNAPSHOT =
  '{"lastUpdateId":1027024,"E":1589436922972,"T":1589436922959,"bids":[["4.00","431"],["3.90","2"]],"asks":[["4.01","12"],["5","0.5"]]}';

const combined = (data: string, stream = 'btcusdt@x'): string => `{"stream":"${stream}","data":${data}}`;

describe.each(BUILDS)('%s build', (build) => {
  const pair = Pair.of(build);
  const { records } = pair.decoder;
  const localTs = OPTIONS.epochNs + 1_000_000n;

  describe('records', () => {
    it('depthUpdate: the frame, then bids and asks in their order', () => {
      expect(pair.text(combined(DEPTH))).toBe(4);
      expect([
        records.kind(0),
        records.px(0),
        records.qty(0),
        records.ival(0),
        records.orderId(0),
        records.fval(0),
      ]).toEqual([Kind.frame, Channel.depthDiff, 3, 10, 12, 9]);
      expect([records.exchTs(0), records.localTs(0)]).toEqual([1723161256299_000_000n, localTs]);
      expect(records.low(0)).toBe(Kind.frame);
      expect([1, 2, 3].map((i) => [records.px(i), records.qty(i), records.side(i)])).toEqual([
        [61800.2, 2.507, 1],
        [61740.1, 0, 1],
        [61800.3, 3.33, -1],
      ]);
      expect(records.low(1)).toBe(Kind.depth + BUY + LOCAL + EXCH);
      expect([records.exchTs(3), records.localTs(3), records.high(3)]).toEqual([1723161256298_000_000n, localTs, 0]);
    });

    it('bookTicker: best bid and best ask', () => {
      expect(pair.text(TICKER)).toBe(3);
      expect([records.px(0), records.ival(0), records.orderId(0), records.fval(0)]).toEqual([
        Channel.bookTicker,
        400900217,
        400900217,
        -1,
      ]);
      expect(records.low(1)).toBe(Kind.bestBid + BUY + LOCAL + EXCH);
      expect(records.low(2)).toBe(Kind.bestAsk + SELL + LOCAL + EXCH);
      expect([records.px(1), records.qty(1), records.px(2), records.qty(2), records.instrument(2)]).toEqual([
        25.3519, 31.21, 25.36, 0, 1,
      ]);
    });

    it('trade: the aggressor is the side that was not the maker', () => {
      expect(pair.text(TRADE)).toBe(2);
      expect(records.low(1)).toBe(Kind.trade + BUY + LOCAL + EXCH);
      expect([records.px(1), records.qty(1), records.ival(1), records.exchTs(1)]).toEqual([
        61800.3,
        0.006,
        5,
        6_000_000n,
      ]);
      expect(pair.text(TRADE.replace('"m":false', '"m":true').replace('"T":6,', ''))).toBe(2);
      expect(records.low(1)).toBe(Kind.trade + SELL + LOCAL + EXCH);
      expect(records.exchTs(1)).toBe(7_000_000n);
    });

    it('a print that is not MARKET is off the market, and may be empty', () => {
      for (const type of ['INSURANCE_FUND', 'ADL', 'market', '', 'MARKET ', 'MARKE', 'NA']) {
        expect(pair.text(TRADE.replace('MARKET', type)), type).toBe(2);
        expect(records.low(1)).toBe(Kind.offMarketTrade + BUY);
      }
      expect(pair.text(TRADE.replace('MARKET', 'NA').replace('61800.30', '0').replace('0.006', '0'))).toBe(2);
      for (const same of ['"X":"\\u004dARKET",', '']) {
        expect(pair.text(TRADE.replace('"X":"MARKET",', same))).toBe(2);
        expect(records.kind(1)).toBe(Kind.trade);
      }
      expect(pair.text(TRADE.replace('"MARKET"', 'null'))).toBe(DecodeError.badValue);
    });

    it('markPriceUpdate: index, mark, funding with the next settlement', () => {
      expect(pair.text(combined(MARK))).toBe(4);
      expect([1, 2, 3].map((i) => [records.kind(i), records.px(i)])).toEqual([
        [Kind.indexPrice, 28159.75642857],
        [Kind.markPrice, 28147.27373413],
        [Kind.fundingRate, -0.00002754],
      ]);
      expect(records.word(3, 48)).toBe(1680652800000_000_000n);
      expect([records.exchTs(1), records.qty(0), records.fval(0)]).toEqual([1680652701000_000_000n, 3, -1]);
      // a delivery contract has no funding
      expect(pair.text(MARK.replace('-0.00002754', '').replace('1680652800000', '0'))).toBe(3);
      expect(pair.text(MARK.replace('"28159', '"-28159'))).toBe(4);
      expect(pair.text(MARK.replace('"28147', '"-28147'))).toBe(DecodeError.badValue);
    });

    it('snapshot: each side is cleared as far as it is listed', () => {
      expect(pair.text(SNAPSHOT, 7)).toBe(7);
      expect(
        Array.from({ length: 7 }, (_, i) => [records.kind(i), records.side(i), records.px(i), records.qty(i)]),
      ).toEqual([
        [Kind.frame, 0, Channel.depthSnapshot, 6],
        [Kind.depthClear, 1, 3.9, 0],
        [Kind.depthSnapshot, 1, 4, 431],
        [Kind.depthSnapshot, 1, 3.9, 2],
        [Kind.depthClear, -1, 5, 0],
        [Kind.depthSnapshot, -1, 4.01, 12],
        [Kind.depthSnapshot, -1, 5, 0.5],
      ]);
      expect([records.ival(0), records.orderId(0), records.fval(0), records.instrument(6)]).toEqual([
        1027024, 1027024, -1, 7,
      ]);
      expect(pair.text(SNAPSHOT.replace('[["4.00","431"],["3.90","2"]]', '[]'), 7)).toBe(4);
      expect(pair.text('{"code":-1121,"msg":"Invalid symbol."}', 7)).toBe(0);
      expect(pair.decoder.eventType).toBe(EventType.refusal);
      for (const key of ['lastUpdateId', 'E', 'bids', 'asks']) {
        expect(pair.text(SNAPSHOT.replace(`"${key}"`, '"zz"'), 7)).toBe(DecodeError.missingKey);
      }
    });
  });

  describe('accepted as the venue might also write it', () => {
    it('keys in any order, unknown keys of any value, white space', () => {
      for (const frame of [DEPTH, TICKER, TRADE, MARK]) {
        const plain = pair.text(frame);
        const before = records.bytes.slice(0, plain * 64);
        const members = Object.entries(JSON.parse(frame) as Record<string, unknown>);
        const forms = [
          JSON.stringify(Object.fromEntries(members.toReversed())),
          JSON.stringify(
            Object.fromEntries([
              ['ps', { deep: [[{}], 'x"\\}', -1.5e-7, true, false, null] }],
              ...members,
              ['st', [1]],
            ]),
          ),
          JSON.stringify(JSON.parse(frame), null, '\t'),
          ` \r\n\t${combined(frame).replaceAll(',', ' ,\n').replaceAll(':', ' : ')}\r\n `,
          `{"data":${frame},"stream":{"any":["thing"]},"more":[]}`,
        ];
        for (const form of forms) {
          expect(pair.text(form), form).toBe(plain);
          expect(Buffer.compare(records.bytes.subarray(0, plain * 64), before), form).toBe(0);
        }
      }
    });

    it('escapes in keys and values', () => {
      expect(
        pair.text(
          TICKER.replace('"e"', '"\\u0065"').replace('25.36', '2\\u0035\\u002E36').replace('ETH', '\\u0045T\\u0048'),
        ),
      ).toBe(3);
      expect(records.px(2)).toBe(25.36);
      expect(
        pair.text(
          DEPTH.replace('"pu"', '"p\\u0075"').replace('61800.20', '6\\u00318\\u003000.20').replace('"b"', '"\\u0062"'),
        ),
      ).toBe(4);
      expect(pair.text(combined(TRADE).replace('"data"', '"d\\u0061ta"').replace('"trade"', '"t\\u0072ade"'))).toBe(2);
      expect(pair.text(TRADE.replace('BTCUSDT', '币USDT'))).toBe(2);
      expect(pair.text(TRADE.replace('BTCUSDT', '\\u5E01USDT'))).toBe(2);
      expect(records.instrument(1)).toBe(513);
      for (const symbol of [
        'BTCUSDT\\"',
        'BTCUSDT\\u0000',
        '\\ud83dBTCUSDT',
        'BTCUSD',
        'BTCUSDTT',
        '',
        'btcusdt',
        'B'.repeat(2000),
      ]) {
        expect(pair.text(TRADE.replace('BTCUSDT', symbol)), symbol).toBe(DecodeError.unknownSymbol);
      }
    });

    it('numbers as JSON.parse reads them', () => {
      for (const id of [
        '1e3',
        '1.0',
        '-0',
        '0',
        '10.00e-1',
        '9007199254740991',
        '9007199254740991.4',
        '4.99999999999999999999',
        '0e999',
        '1000000e-6',
      ]) {
        expect(pair.text(TRADE.replace('"t":5', `"t":${id}`)), id).toBe(2);
        expect(records.ival(1)).toBe(Number(id) + 0);
      }
      for (const id of [
        '-1',
        '0.5',
        '9007199254740992',
        '1e16',
        '1e400',
        '"5"',
        'null',
        '[5]',
        'true',
        '1e-400000000000',
      ]) {
        const expected = Number.isSafeInteger(Number(id)) && id === '1e-400000000000' ? 2 : DecodeError.badValue;
        expect(pair.text(TRADE.replace('"t":5', `"t":${id}`)), id).toBe(expected);
      }
      expect(pair.text(TRADE.replace('"E":7', '"E":9000000000000'))).toBe(2);
      expect(pair.text(TRADE.replace('"E":7', '"E":9000000000001'))).toBe(DecodeError.badValue);
      expect(pair.text(DEPTH.replace('"pu":9', '"pu":-0'))).toBe(4);
      expect(Object.is(records.fval(0), 0)).toBe(true);
    });

    it('decimals of any length are rounded as Number() rounds them', () => {
      for (const price of [
        '9007199254740993',
        '0.1000000000000000055511151231257827021181583404541015625',
        '0.10000000000000000555111512312578270211815834045410156250000000000000000000000000000000000000000000000000001',
        '1.00000000000000011102230246251565404236316680908203125',
        '1.000000000000000111022302462515654042363166809082031250001',
        '00061800.20000000000000000000000000000000',
        `0.${'0'.repeat(323)}5`,
        `${'9'.repeat(308)}`,
        `1.${'3'.repeat(1022)}`,
      ]) {
        for (const frame of [
          TICKER.replace('25.36', price),
          DEPTH.replace('61800.20', price),
          DEPTH.replace('61800.20', `\\u003${price[0]!}${price.slice(1)}`),
        ]) {
          expect(pair.text(frame), price).toBeGreaterThan(0);
        }
        pair.text(DEPTH.replace('61800.20', price));
        expect(records.px(1)).toBe(Number(price));
      }
    });

    it('of several equal keys the last one counts', () => {
      expect(pair.text(TRADE.replace('"p":', '"p":null,"p":"x","p":'))).toBe(2);
      expect(pair.text(TRADE.replace('"p":"61800.30"', '"p":"61800.30","\\u0070":"5"'))).toBe(2);
      expect(records.px(1)).toBe(5);
      expect(pair.text(DEPTH.replace('"b":', '"a":[["1","1"]],"b":[["2","2"]],"b":'))).toBe(4);
      expect(pair.text(DEPTH.replace('"pu":9', '"pu":9,"b":[["2","2"]],"a":[["3","3"],["4","4"]]'))).toBe(4);
      expect(records.px(1)).toBe(61800.2);
      expect(pair.text(DEPTH.replace('}', ',"b":5}'))).toBe(DecodeError.badValue);
      expect(pair.text(`{"data":${DEPTH},"data":${TICKER}}`)).toBe(3);
      expect(pair.text(`{"data":${DEPTH},"data":5}`)).toBe(DecodeError.noEvent);
      expect(pair.text(`{"data":${DEPTH},"b":[["7","7"]],"a":[["8","8"]]}`)).toBe(4);
      expect(records.px(1)).toBe(61800.2);
      expect(pair.text(`{"b":[["7","7"]],"a":[["8","8"]],"data":${DEPTH}}`)).toBe(4);
      expect(pair.text(`{"data":{"b":[["7","7"]]},"data":${DEPTH}}`)).toBe(4);
      expect(records.px(1)).toBe(61800.2);
    });

    it('objects nested as deep as the bound', () => {
      const nest = (levels: number): string => `{"x":${'['.repeat(levels)}${']'.repeat(levels)},${TRADE.slice(1)}`;
      expect(pair.text(nest(MAX_NESTING - 1))).toBe(2);
      expect(pair.text(nest(MAX_NESTING))).toBe(DecodeError.unreadable);
      expect(pair.text('[[[1]]]')).toBe(DecodeError.noEvent);
      expect(pair.text('['.repeat(100_000))).toBe(DecodeError.unreadable);
    });
  });

  describe('of no interest', () => {
    it('answers to subscriptions, other events, refused requests', () => {
      const { counters } = pair.decoder;
      const before = { ...counters };
      for (const frame of [
        '{"result":null,"id":1}',
        '{"id":7}',
        combined('{"e":"aggTrade","s":5}'),
        '{"e":"kline"}',
        `{"e":"${'x'.repeat(3000)}"}`,
      ]) {
        expect(pair.text(frame), frame).toBe(0);
        expect(pair.decoder.eventType).toBe(EventType.other);
      }
      for (const frame of ['{"code":2,"msg":"Invalid request"}', '{"error":{"code":2,"msg":"x"},"id":1}']) {
        expect(pair.text(frame), frame).toBe(0);
        expect(pair.decoder.eventType).toBe(EventType.refusal);
      }
      expect([counters.other - before.other, counters.refusals - before.refusals]).toEqual([5, 2]);
    });
  });

  describe('refused', () => {
    it('what is no JSON', () => {
      for (const frame of [
        '', ' ', '{', '{}x', '{"a":1,}', '{,}', '{"a"}', '{"a":}', '{"a":1 "b":2}', "{'a':1}", '{a:1}', '[1,]', '{"a":01}', '{"a":1.}',
        '{"a":.5}', '{"a":+1}', '{"a":-}', '{"a":1e}', '{"a":1e+}', '{"a":0x1}', '{"a":NaN}', '{"a":tru}', '{"a":nul}', '{"a":falsy}',
        '{"a":truex}', '{"a":"\n"}', '{"a":"\t"}', '{"a":"\u0000"}', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"\\u12g4"}', '{"a":"\\"}',
        '{"a":"b}', '{"a":[}', '{"a":{]}', '{"a":[1}', '\ufeff{"id":1}', '\u00a0{"id":1}', '{"id":1}\u0000', '{"id":1}{}', '/**/{"id":1}',
      ]) {
        expect(pair.text(frame), JSON.stringify(frame)).toBe(DecodeError.unreadable);
        expect(pair.decoder.lastError!.mayCarryDepth).toBe(true);
      } // prettier-ignore
      for (let length = 0; length < DEPTH.length; ++length) {
        expect(pair.text(DEPTH.slice(0, length)), `${length} bytes`).toBe(DecodeError.unreadable);
      }
    });

    it('what is no UTF-8', () => {
      const bad = [
        [0x80],
        [0xc0, 0x80],
        [0xc3],
        [0xe0, 0x9f, 0xbf],
        [0xed, 0xa0, 0x80],
        [0xe2, 0x82],
        [0xf0, 0x8f, 0xbf, 0xbf],
        [0xf4, 0x90, 0x80, 0x80],
        [0xf5, 0x80, 0x80, 0x80],
        [0xff],
      ];
      const good = [
        [0xc2, 0x80],
        [0xe0, 0xa0, 0x80],
        [0xed, 0x9f, 0xbf],
        [0xee, 0x80, 0x80],
        [0xf0, 0x90, 0x80, 0x80],
        [0xf4, 0x8f, 0xbf, 0xbf],
      ];
      const inside = (bytes: number[]): Uint8Array =>
        Uint8Array.from([...new TextEncoder().encode('{"id":"'), ...bytes, ...new TextEncoder().encode('"}')]);
      for (const bytes of bad) expect(pair.decode(inside(bytes), 0), String(bytes)).toBe(DecodeError.unreadable);
      for (const bytes of good) expect(pair.decode(inside(bytes), 0), String(bytes)).toBe(0);
    });

    it('what is no event', () => {
      for (const frame of [
        '[]',
        '5',
        '"x"',
        'null',
        '{"data":[]}',
        '{"data":null,"e":"trade"}',
        '{"stream":"x","data":"y"}',
      ]) {
        expect(pair.text(frame), frame).toBe(DecodeError.noEvent);
      }
      expect(pair.text('{}')).toBe(DecodeError.missingKey);
      expect(pair.text('{"data":{}}')).toBe(DecodeError.missingKey);
      expect(pair.text('{"e":5,"s":"BTCUSDT"}')).toBe(DecodeError.badValue);
      expect(pair.decoder.lastError!.mayCarryDepth).toBe(true);
    });

    it('a missing key', () => {
      for (const [frame, keys] of [
        [DEPTH, ['s', 'E', 'U', 'u', 'pu', 'b', 'a']],
        [TICKER, ['s', 'E', 'u', 'b', 'B', 'a', 'A']],
        [TRADE, ['s', 'E', 't', 'p', 'q', 'm']],
        [MARK, ['s', 'E', 'i', 'p', 'r', 'T']],
      ] as const) {
        for (const key of keys)
          expect(pair.text(frame.replace(`"${key}":`, '"zz":')), key).toBe(DecodeError.missingKey);
      }
    });

    it('values that cannot be', () => {
      for (const price of [
        '0',
        '0.000',
        '-1',
        '',
        '.',
        '1.',
        '.5',
        '1e5',
        ' 1',
        '1 ',
        '+1',
        'NaN',
        '1,5',
        '9'.repeat(310),
        `1.${'3'.repeat(1023)}`,
        '١',
      ]) {
        for (const frame of [
          DEPTH.replace('61800.20', price),
          TICKER.replace('25.36', price),
          TRADE.replace('61800.30', price),
          MARK.replace('28147.27373413', price),
        ]) {
          expect(pair.text(frame), price).toBe(DecodeError.badValue);
        }
      }
      for (const levels of [
        '{}',
        '"x"',
        'null',
        '[5]',
        '[[]]',
        '[["1"]]',
        '[["1",2]]',
        '[[1,"2"]]',
        '[["1","2","3"]]',
        '[["1","-2"]]',
        '[["1","2"],null]',
        '[["1","2"],[["1"],"2"]]',
      ]) {
        expect(pair.text(DEPTH.replace('[["61800.30","3.330"]]', levels)), levels).toBe(DecodeError.badValue);
        expect(pair.decoder.lastError!.instrument).toBe(0);
      }
      expect(pair.text(TRADE.replace('0.006', '0.000'))).toBe(DecodeError.badValue);
      for (const value of ['0', '1', '"true"', 'null'])
        expect(pair.text(TRADE.replace('false', value))).toBe(DecodeError.badValue);
      expect(pair.text(MARK.replace('"-0.00002754"', '0.1'))).toBe(DecodeError.badValue);
    });

    it('says whether the frame may have carried depth, and of which instrument', () => {
      const broken = TICKER.replace('25.36', 'x');
      expect(pair.text(broken)).toBe(DecodeError.badValue);
      expect(pair.decoder.lastError).toMatchObject({ mayCarryDepth: false, instrument: 1, byteLength: broken.length });
      expect(broken.slice(pair.decoder.lastError!.byteOffset)).toMatch(/^"x"/);
      expect(pair.text(combined(broken, 'ethusdt@depth'))).toBe(DecodeError.badValue);
      expect(pair.decoder.lastError!.mayCarryDepth).toBe(true);
      expect(pair.text(DEPTH.replace('"pu":9', '"pu":null'))).toBe(DecodeError.badValue);
      expect(pair.decoder.lastError).toMatchObject({ mayCarryDepth: true, instrument: 0 });
      expect(pair.text(DEPTH.replace('BTCUSDT', 'XRPUSDT'))).toBe(DecodeError.unknownSymbol);
      expect(pair.decoder.lastError).toMatchObject({ mayCarryDepth: true, instrument: NO_INSTRUMENT });
    });
  });

  it('more records than there is room for', () => {
    const small = Pair.of(build, { maxRecords: 4 });
    expect(small.text(DEPTH)).toBe(4);
    expect(small.text(DEPTH.replace('"b":[', '"b":[["1","1"],'))).toBe(DecodeError.tooManyRecords);
    expect(small.text(DEPTH.replace('"a":[', '"a": [["1","1"],'))).toBe(DecodeError.tooManyRecords);
    expect(small.text(MARK)).toBe(4);
    expect(small.text(SNAPSHOT, 0)).toBe(DecodeError.tooManyRecords);
    const smallest = Pair.of(build, { maxRecords: 1 });
    for (const frame of [DEPTH, TICKER, TRADE, MARK]) expect(smallest.text(frame)).toBe(DecodeError.tooManyRecords);
    expect(smallest.text(DEPTH.replace(/"b":.*/, '"b":[],"a":[]}'))).toBe(1);
    expect(Pair.of(build, { maxRecords: 3 }).text(MARK)).toBe(DecodeError.tooManyRecords);
  });

  it('frames longer than there is room for, and as long as that', () => {
    const short = Pair.of(build, { maxFrameBytes: DEPTH.length });
    expect(short.text(DEPTH)).toBe(4);
    expect(short.text(`${DEPTH} `)).toBe(DecodeError.tooLong);
    expect(short.decoder.lastError).toMatchObject({ mayCarryDepth: true, instrument: NO_INSTRUMENT });
    expect(short.text(DEPTH)).toBe(4);
  });
});
