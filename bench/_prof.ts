import { readFileSync } from 'node:fs';
import { loadMaterial, bareCore, defaultFeatures } from './material.ts';
import { feedCore } from './cases/core.ts';
const m = await loadMaterial(Infinity);
const kernels = new WebAssembly.Module(readFileSync('/tmp/prof/kernels.wasm'));
const mode = process.argv[2];
const config = mode === 'off' ? {...m.config, features: []} : {...m.config, features: defaultFeatures(m.config)};
const counts: Record<string, number> = {};
const b = m.bothRecords;
for (let i = 0; i < b.length; i += 64) { const k = `${b[i]}/i${b[i+4]}`; counts[k] = (counts[k] ?? 0) + 1; }
console.log(JSON.stringify(counts));
const core = bareCore(kernels, config);
const fresh = core.marketState().slice();
let best = Infinity;
for (let r = 0; r < 25; r++) { core.marketState().set(fresh); core.restored(); const t = performance.now(); feedCore(core, b, false); best = Math.min(best, performance.now() - t); }
console.log(mode, best * 1e6 / (b.length / 64), core.frames, core.memoryBytes);
let wakes = 0;
core.marketState().set(fresh); core.restored();
for (let at = 0; at < b.length; at += 8192 * 64) { const p = b.subarray(at, at + 8192 * 64); core.staging.bytes.set(p); const c = p.length / 64; for (let d = 0; d < c; wakes++) d += core.advance(d, c - d, false); }
console.log('calls', wakes);
for (const i of [0,1]) { const I = core.instrumentBase(i); }
