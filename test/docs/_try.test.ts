import { it } from 'vitest';
import { Kind, Channel, SELL } from '#generated/records.ts';
import { loadConfig } from '../../host/cli/config/load.ts';
import { resolveSession } from '../../host/cli/config/resolve.ts';
import { readBinanceLog, recordingEpochNs } from '../../host/formats/binance-log.ts';
import { ROOT, decoders } from '../support/modules.ts';
import { ByteLog, Run } from '../support/runs.ts';
import { recordsIn } from '../support/recording.ts';
it('x', async () => {
  const c = loadConfig(ROOT + 'config/demo.toml');
  const files = c.recording!.files;
  const epochNs = await recordingEpochNs(files);
  const cfg = resolveSession(c, epochNs);
  const log = new ByteLog();
  await readBinanceLog({ files, decoders: decoders(), epochNs, feedLatencyNs: c.clock.feedLatencyMs * 1e6, symbols: cfg.instruments.map((x) => ({ symbol: x.symbol, instrument: x.index })), deliver: (r, n) => log.add(r.bytes.subarray(0, n * 64)), refused() {} });
  const bytes = log.bytes.slice();
  const run = new Run(cfg).feed(bytes);
  console.log(run.session.records, run.session.accounts[0]!.decisions, run.session.accounts[0]!.fills, run.session.commandHash());
  const d = recordsIn(run.derived.bytes.slice());
  const inputs = recordsIn(bytes);
  // map derived record -> inputs consumed: positions per call; recompute by walking
  const filled = new Map<number, number>();
  for (let i = 0; i < d.capacity; i++) if (d.kind(i) === Kind.orderFilled && !filled.has(d.orderId(i))) filled.set(d.orderId(i), i);
  for (const [id, i] of filled) {
    const dec = Math.floor(id / 32);
    let local = 0n;
    let k = 0;
    for (k = 0; k < d.capacity; k++) if (d.kind(k) === Kind.decision && d.orderId(k) === dec) { local = d.localTs(k); break; }
    let n = 0;
    while (inputs.localTs(n) <= local) n++;
    // last frame of BTC before n
    let f = n - 1; 
    let others = 0;
    for (; !(inputs.kind(f) === Kind.frame && inputs.instrument(f) === 0 && inputs.px(f) === Channel.depthDiff); f--) if (inputs.kind(f) === Kind.frame && inputs.instrument(f) === 0) others++;
    console.log(id, d.low(i) & SELL ? 'sell' : 'buy', 'decided', local % 86400000000000n, 'reasons', d.ival(k), 'fill +ms', Number(d.localTs(i) - local) / 1e6, 'px', d.px(i), 'frame rec', f, 'levels', inputs.qty(f), 'age ms', Number(local - inputs.localTs(f)) / 1e6, 'frames since', others, 'fillqty', d.qty(i), d.fval(i));
  }
}, 60000);
