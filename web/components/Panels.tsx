/** The panels beside the map: position, orders, ladder, fills, latency, and whether page and host agree. */
import { OwnOrderState } from '../../host/engine/strategy.ts';
import type { QuoteLadder } from '../replica/protocol.ts';
import { usePage } from '../store.ts';
import {
  bytes,
  count,
  decimals,
  duration,
  microseconds,
  price,
  shortSize,
  signed,
  size,
  timeOfDay,
  words,
} from '../view/format.ts';

const NONE = '\u2013';

function Panel({
  title,
  note,
  children,
  name,
}: {
  readonly title: string;
  readonly note?: React.ReactNode;
  readonly children: React.ReactNode;
  readonly name: string;
}): React.JSX.Element {
  return (
    <section className={`panel panel-${name}`} data-testid={name}>
      <h2>
        {title}
        {note !== undefined && <small>{note}</small>}
      </h2>
      {children}
    </section>
  );
}

export function PositionPanel(): React.JSX.Element {
  const replica = usePage((state) => state.replica);
  const opened = usePage((state) => state.opened);
  const equity = replica?.equity;
  const pnl = equity?.pnl ?? null;
  return (
    <Panel name="position" title="Position" note={opened?.accounts[0]}>
      <div className="figures">
        <div>
          <span>PnL after fees</span>
          <b className={pnl === null || Math.abs(pnl) < 5e-5 ? '' : pnl < 0 ? 'ask' : 'bid'}>
            {pnl === null ? NONE : signed(pnl, 4)}
          </b>
        </div>
        <div>
          <span>fees</span>
          <b>{equity === undefined ? NONE : equity.fees.toFixed(4)}</b>
        </div>
        <div>
          <span>fills</span>
          <b>{equity === undefined ? NONE : count(equity.fills)}</b>
        </div>
        <div>
          <span>in</span>
          <b className="unit">{equity?.settle ?? NONE}</b>
        </div>
      </div>
      {opened?.instruments.map((instrument, i) => {
        const lots = replica?.positionsLots[i] ?? 0;
        return (
          <div className="position-row" key={instrument.symbol}>
            <span>{instrument.symbol}</span>
            <b className={lots > 0 ? 'bid' : lots < 0 ? 'ask' : ''}>
              {signed(lots * instrument.lotSize, decimals(instrument.lotSize))}
            </b>
            <span>{instrument.base}</span>
          </div>
        );
      })}
    </Panel>
  );
}

export function OrdersPanel(): React.JSX.Element {
  const orders = usePage((state) => state.replica?.orders) ?? [];
  const instruments = usePage((state) => state.opened?.instruments) ?? [];
  const stateOf = (code: number): string =>
    words(Object.entries(OwnOrderState).find(([, value]) => value === code)?.[0] ?? String(code));
  return (
    <Panel name="orders" title="Open orders" note={orders.length}>
      <table>
        <thead>
          <tr>
            <th />
            <th>price</th>
            <th>size</th>
            <th>ahead</th>
            <th>state</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => {
            const instrument = instruments[order.instrument];
            if (instrument === undefined) return null;
            return (
              <tr key={order.id}>
                <td className={order.side > 0 ? 'bid' : 'ask'}>
                  {order.side > 0 ? 'buy' : 'sell'} {instrument.base}
                </td>
                <td>{price(order.priceTicks, instrument.tickSize)}</td>
                <td>{size(order.leavesLots, instrument.lotSize)}</td>
                <td>{order.queueAheadLots === null ? NONE : shortSize(order.queueAheadLots * instrument.lotSize)}</td>
                <td className="quiet">{stateOf(order.state)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {orders.length === 0 && <p className="empty">no order is open</p>}
    </Panel>
  );
}

export function LadderPanel(): React.JSX.Element {
  const selected = usePage((state) => state.selected);
  const ladders = usePage((state) => state.replica?.ladders[selected]);
  const rows = usePage((state) => state.opened?.ladderRows) ?? [];
  const value = (ladder: QuoteLadder | null | undefined, row: number): string => {
    const ticks = ladder?.values[row];
    return ticks === null || ticks === undefined ? NONE : Math.abs(ticks) >= 1000 ? ticks.toFixed(1) : signed(ticks, 2);
  };
  const isEmpty = (ladders?.bid ?? null) === null && (ladders?.ask ?? null) === null;
  return (
    <Panel name="ladder" title="Last quote" note="ticks">
      {isEmpty ? (
        <p className="empty">nothing has been quoted yet</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th />
              <th className="bid">bid</th>
              <th className="ask">ask</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((name, row) => (
              <tr key={name}>
                <td>{words(name)}</td>
                <td>{value(ladders?.bid, row)}</td>
                <td>{value(ladders?.ask, row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

export function FillsPanel(): React.JSX.Element {
  const fills = usePage((state) => state.fills);
  const opened = usePage((state) => state.opened);
  return (
    <Panel name="fills" title="Fills" note="newest first">
      <div className="scroll">
        <table>
          <tbody>
            {fills.map((fill, i) => {
              const instrument = opened?.instruments[fill.instrument];
              if (opened === null || instrument === undefined) return null;
              return (
                <tr key={`${fill.orderId} ${fill.relNs} ${i}`}>
                  <td className="quiet">{timeOfDay(opened.epochMs, fill.relNs, 3)}</td>
                  <td className={fill.side > 0 ? 'bid' : 'ask'}>
                    {fill.side > 0 ? 'bought' : 'sold'} {instrument.base}
                  </td>
                  <td>{size(fill.lots, instrument.lotSize)}</td>
                  <td>{price(fill.priceTicks, instrument.tickSize)}</td>
                  <td className="quiet">{fill.isMaker ? 'maker' : 'taker'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {fills.length === 0 && <p className="empty">nothing has been filled in the time shown</p>}
      </div>
    </Panel>
  );
}

/** Octaves from 62 ns to 17 s; the height is the logarithm of the count, so that a single outlier can be seen. */
function Histogram({ octaves }: { readonly octaves: readonly number[] }): React.JSX.Element {
  const highest = Math.log1p(Math.max(1, ...octaves));
  return (
    <svg className="histogram" viewBox={`0 0 ${octaves.length} 12`} preserveAspectRatio="none" aria-hidden="true">
      {octaves.map((count, i) => {
        const height = (12 * Math.log1p(count)) / highest;
        return count === 0 ? null : <rect key={i} x={i + 0.1} width={0.8} y={12 - height} height={height} />;
      })}
    </svg>
  );
}

export function LatencyPanel(): React.JSX.Element {
  const host = usePage((state) => state.host);
  return (
    <Panel
      name="latency"
      title="Latency of the host"
      note={host === null ? NONE : `up ${duration(host.uptimeSeconds)} \u00b7 ${bytes(host.memory.rss)}`}
    >
      <table>
        <thead>
          <tr>
            <th />
            <th className="wide" />
            <th>p50</th>
            <th>p99</th>
            <th>p99.9</th>
          </tr>
        </thead>
        <tbody>
          {(['decode', 'core', 'decide', 'total'] as const).map((name) => {
            const stage = host?.latency[name] ?? null;
            return (
              <tr key={name} title={stage === null ? 'not measured yet' : `largest ${microseconds(stage.maxUs)}`}>
                <td>{name}</td>
                <td className="wide">{stage !== null && <Histogram octaves={stage.octaves} />}</td>
                <td>{stage === null ? NONE : microseconds(stage.p50Us)}</td>
                <td>{stage === null ? NONE : microseconds(stage.p99Us)}</td>
                <td>{stage === null ? NONE : microseconds(stage.p999Us)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}

export function AgreementPanel(): React.JSX.Element {
  const replica = usePage((state) => state.replica);
  const host = usePage((state) => state.host);
  const difference = replica?.difference ?? null;
  const agreed = replica?.agreedRecords ?? null;
  const verdict = difference !== null ? 'differs' : agreed !== null ? 'agrees' : 'waits';
  return (
    <Panel name="agreement" title="Host and this page">
      <div className={`verdict verdict-${verdict}`} data-testid="verdict">
        {verdict === 'differs' && (
          <>
            <b>{'\u2715'}</b> {words(difference!.what)} differs at record {count(difference!.records)}
          </>
        )}
        {verdict === 'agrees' && (
          <>
            <b>{'\u2713'}</b> equal up to record {count(agreed!)}
          </>
        )}
        {verdict === 'waits' && 'replaying; not compared yet'}
      </div>
      <table className="hashes">
        <thead>
          <tr>
            <th />
            <th>host</th>
            <th>page</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>records</td>
            <td>{host === null ? NONE : count(host.records)}</td>
            <td>{replica === null ? NONE : count(replica.records)}</td>
          </tr>
          <tr>
            <td>input</td>
            <td>{difference?.what === 'inputHash' ? difference.host : (host?.hashes.inputHash ?? NONE)}</td>
            <td className={difference?.what === 'inputHash' ? 'wrong' : ''}>
              {difference?.what === 'inputHash' ? difference.page : (replica?.inputHash ?? NONE)}
            </td>
          </tr>
          <tr>
            <td>command</td>
            <td>{difference?.what === 'commandHash' ? difference.host : (host?.hashes.commandHash ?? NONE)}</td>
            <td className={difference?.what === 'commandHash' ? 'wrong' : ''}>
              {difference?.what === 'commandHash' ? difference.page : (replica?.commandHash ?? NONE)}
            </td>
          </tr>
          {difference?.what === 'stateHash' && (
            <tr>
              <td>state</td>
              <td>{difference.host}</td>
              <td className="wrong">{difference.page}</td>
            </tr>
          )}
        </tbody>
      </table>
    </Panel>
  );
}
