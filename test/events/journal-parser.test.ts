import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlockDamage } from '../../host/events/journal-damage.ts';
import { sealBlock } from '../../host/events/journal-block.ts';
import { crc32 } from '../../host/events/journal-crc.ts';
import { BLOCK_HEADER_BYTES, BlockType, HEADER_CRC, HEADER_STORED_BYTES } from '../../host/events/journal-format.ts';
import { BlockParser } from '../../host/events/journal-parser.ts';

const SEGMENT = new Uint8Array(readFileSync('test/golden/journal/segment-000001.tide'));

function parse(parser: BlockParser): string[] {
  const found: string[] = [];
  for (let block = parser.next(); block !== undefined; block = parser.next()) {
    expect(block.payload.byteOffset % 8).toBe(0);
    found.push(
      [block.type, block.count, block.firstRecord, block.inputHash, block.offsetBytes, crc32(block.payload)].join(),
    );
  }
  return found;
}

/** The whole segment at once. */
function whole(): string[] {
  const parser = new BlockParser();
  parser.push(SEGMENT);
  return parse(parser);
}

describe('the block parser', () => {
  it('gives the same blocks however the bytes are cut', () => {
    const expected = whole();
    expect(expected.length).toBe(36);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 8192 }),
        (cuts, bufferBytes) => {
          const parser = new BlockParser({ bufferBytes });
          const found: string[] = [];
          for (let at = 0, i = 0; at < SEGMENT.length; i++) {
            const piece = SEGMENT.subarray(at, at + cuts[i % cuts.length]!);
            if (i % 2 === 0) parser.push(piece);
            else {
              const n = Math.min(parser.space().length, piece.length);
              parser.space().set(piece.subarray(0, n));
              parser.commit(n);
              parser.push(piece.subarray(n));
            }
            at += piece.length;
            found.push(...parse(parser));
          }
          expect(found).toEqual(expected);
          expect(parser.remainingBytes).toBe(0);
          expect(parser.offsetBytes).toBe(SEGMENT.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds the next block behind bytes that are none', () => {
    const parser = new BlockParser();
    parser.push(new Uint8Array(8 * 20).fill(7));
    parser.push(SEGMENT);
    expect(() => parser.next()).toThrow(BlockDamage);
    expect(() => parser.next()).toThrow(/no whole block at byte 0/);
    expect(parser.resync()).toBe(true);
    expect(parser.offsetBytes).toBe(160);
    expect(parse(parser)).toHaveLength(36);
    expect(parser.resync()).toBe(false);
  });

  it('does not wait for a block that is above the limit, and goes on behind it', () => {
    const bytes = new Uint8Array(BLOCK_HEADER_BYTES + 8);
    const view = new DataView(bytes.buffer);
    sealBlock(
      view,
      0,
      { type: BlockType.text, codec: 0, count: 0, storedBytes: 8, rawBytes: 8, firstRecord: 0, inputHash: 1n },
      crc32,
    );
    view.setUint32(HEADER_STORED_BYTES, 0x7fffffff, true);
    view.setUint32(HEADER_CRC, crc32(bytes.subarray(0, HEADER_CRC)), true);
    const parser = new BlockParser();
    parser.push(bytes);
    parser.push(SEGMENT);
    expect(() => parser.next()).toThrow(/payload of 2147483647 bytes is above the limit of 67108864/);
    expect(parser.resync()).toBe(true);
    expect(parser.offsetBytes).toBe(72);
  });

  it('keeps record numbers above 2^32 and refuses an unknown codec', () => {
    const bytes = new Uint8Array(BLOCK_HEADER_BYTES);
    const view = new DataView(bytes.buffer);
    const block = {
      type: BlockType.text,
      codec: 0,
      count: 0,
      storedBytes: 0,
      rawBytes: 0,
      firstRecord: 2 ** 40 + 5,
      inputHash: 1n,
    };
    sealBlock(view, 0, block, crc32);
    const parser = new BlockParser();
    parser.push(bytes);
    expect(parser.next()?.firstRecord).toBe(2 ** 40 + 5);
    sealBlock(view, 0, { ...block, codec: 9 }, crc32);
    parser.push(bytes);
    expect(() => parser.next()).toThrow(/codec 9 is unknown/);
  });
});
