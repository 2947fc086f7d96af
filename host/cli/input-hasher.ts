/** The input chain, computed by an instance of kernels.wasm of its own; for whoever writes or checks a journal. */
import type { RecordHasher } from '../events/journal-format.ts';
import { MarketCore } from '../kernels/core.ts';

const STAGING_RECORDS = 4096;

export function inputHasher(kernels: WebAssembly.Module): RecordHasher {
  const core = new MarketCore(kernels, {
    epochNs: 0n,
    stagingRecords: STAGING_RECORDS,
    checkpointRecords: 0,
    accountBytes: 0,
    instruments: [{ tickSize: 1, lotSize: 1, windowTicks: 128, farLevels: 8, pendingRecords: 8 }],
    accounts: [],
    features: [],
  });
  const staging = core.staging.bytes;
  return (bytes, start) => {
    let hash = start;
    for (let at = 0; at < bytes.length; at += staging.length) {
      const part = bytes.subarray(at, at + staging.length);
      staging.set(part);
      hash = BigInt.asUintN(64, core.exports.hashRecords(0, part.length / 64, hash));
    }
    return hash;
  };
}
