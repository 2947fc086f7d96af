/** Whether page and host agree: in whatever order they speak, and what is said of the first difference. */
import { describe, expect, it } from 'vitest';
import { Agreement } from '../../web/replica/agreement.ts';

const at = (records: number, command = 'c'): { records: number; inputHash: string; commandHash: string } => ({
  records,
  inputHash: `i${records}`,
  commandHash: `${command}${records}`,
});

describe('agreement', () => {
  it('is found whoever is ahead', () => {
    const agreement = new Agreement();
    expect(agreement.records).toBeNull();
    agreement.host(at(100));
    expect(agreement.records).toBeNull();
    agreement.page(at(50), 'i50');
    agreement.page(at(100), 'i100');
    expect(agreement.records).toBe(100);
    agreement.page(at(150), 'i150');
    agreement.host(at(150));
    expect(agreement.records).toBe(150);
    expect(agreement.difference).toBeNull();
  });

  it('is never reported for a record number that the page has not been at', () => {
    const agreement = new Agreement();
    agreement.page(at(90), 'i90');
    agreement.host(at(100));
    agreement.page(at(110), 'i110');
    expect(agreement.records).toBeNull();
  });

  it('names the first difference and keeps it', () => {
    const agreement = new Agreement();
    agreement.page(at(10), 'i10');
    agreement.host(at(10));
    agreement.page(at(20, 'x'), 'i20');
    agreement.host(at(20));
    agreement.page(at(30, 'y'), 'i30');
    agreement.host(at(30));
    expect(agreement.difference).toEqual({ records: 20, what: 'commandHash', host: 'c20', page: 'x20' });
    expect(agreement.records).toBe(10);
  });

  it('sees inputs that differ from the block header, and a state that differs', () => {
    const inputs = new Agreement();
    inputs.page(at(10), 'other');
    expect(inputs.difference?.what).toBe('inputHash');
    const state = new Agreement();
    state.state(10, 'a', 'a');
    expect(state.difference).toBeNull();
    state.state(20, 'a', 'b');
    expect(state.difference).toEqual({ records: 20, what: 'stateHash', host: 'a', page: 'b' });
  });

  it('remembers a bounded number of places', () => {
    const agreement = new Agreement();
    for (let i = 1; i <= 20_000; i++) agreement.page(at(i), `i${i}`);
    agreement.host(at(5));
    expect(agreement.records).toBeNull();
    agreement.host(at(19_999));
    expect(agreement.records).toBe(19_999);
    agreement.restart();
    expect(agreement.records).toBeNull();
  });
});
