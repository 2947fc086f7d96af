import { readFileSync } from 'node:fs';
import { loadMaterial, bareCore, defaultFeatures } from './material.ts';
import { feedCore } from './cases/core.ts';
const m = await loadMaterial(Infinity);
const kernels = m.kernels;
const b = m.bothRecords;
function go(name: string, config: any, bytes: Uint8Array, chunk = 8192) {
  const core = bareCore(kernels, config); const fresh = core.marketState().slice(); let best = Infinity;
  for (let r = 0; r < 12; r++) { core.marketState().set(fresh); core.restored(); const t = performance.now();
    for (let at = 0; at < bytes.length; at += chunk * 64) { const p = bytes.subarray(at, at + chunk * 64); core.staging.bytes.set(p); const c = p.length / 64; for (let d = 0; d < c; ) d += core.advance(d, c - d, false); }
    best = Math.min(best, performance.now() - t); }
  console.log(name.padEnd(40), (best * 1e6 / (bytes.length / 64)).toFixed(1), 'ns/record', (best).toFixed(1), 'ms');
}
const off = { ...m.config, features: [] }; const offNoCp = { ...off, checkpointRecords: 0 };
go('off', off, b); go('off, no checkpoints', offNoCp, b);
for (const c of [4096, 1024, 256, 64]) go(`off, no cp, chunk ${c}`, offNoCp, b, c);
const small = { ...offNoCp, instruments: m.config.instruments.map((x: any) => ({ ...x, book: { ...x.book, farLevels: 4096 } })) };
go('farLevels 4096', small, b);
const big = { ...offNoCp, instruments: m.config.instruments.map((x: any) => ({ ...x, book: { ...x.book, windowTicks: 65536 } })) };
go('window 65536', big, b);
const small2 = { ...offNoCp, instruments: m.config.instruments.map((x: any) => ({ ...x, book: { ...x.book, windowTicks: 4096 } })) };
go('window 4096', small2, b);
console.log(JSON.stringify(m.config.instruments[0]!.book), m.config.checkpointRecords);
// by kind of frame
function filter(keep: (ch: number) => boolean) { const out: number[] = []; const n = b.length / 64; const dv = new DataView(b.buffer, b.byteOffset); let k = true; const cur: Record<number, boolean> = {};
  for (let i = 0; i < n; i++) { const kind = b[i*64]!, inst = b[i*64+4]!; if (kind === 20) { const ch = dv.getFloat64(i*64+24, true); cur[inst] = keep(ch); seen[ch] = (seen[ch] ?? 0) + 1; } if (kind === 23 || cur[inst] ) out.push(i); }
  const r = new Uint8Array(out.length * 64); out.forEach((i, j) => r.set(b.subarray(i*64, i*64+64), j*64)); return r; }
const seen: any = {};
const all = filter(() => true); console.log('channels', JSON.stringify(seen), all.length / 64);
for (const ch of Object.keys(seen).map(Number)) { const f = filter((x) => x === ch || x === 2 && ch === 1 ); go(`channel ${ch} only`, offNoCp, f); }
go('depth+snapshot', offNoCp, filter((x) => x === 1 || x === 2));
const on = { ...m.config, features: defaultFeatures(m.config), checkpointRecords: 0 };
go('six features, no cp', on, b);
go('six less depth, no cp', { ...on, features: on.features.filter((f) => f.kind !== 'depth') }, b);
go('first only off, no cp', { ...m.firstOnly, features: [], checkpointRecords: 0 }, m.firstRecords);
