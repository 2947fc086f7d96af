/** The page's state that React shows: what the host and the replica last said, and what the visitor chose. */
import { create } from 'zustand';
import type { Connection } from './connection.ts';
import { MapData } from './map-data.ts';
import type { Fill, ReplicaHashes, ReplicaOpened, ReplicaState } from './replica/protocol.ts';
import type { StatusJson } from '../host/session/status.ts';
import { readLocation } from './view/location.ts';
import type { PaletteName, ScaleName } from './view/palette.ts';

export interface PageState {
  readonly opened: ReplicaOpened | null;
  readonly replica: ReplicaState | null;
  readonly host: StatusJson | null;
  readonly failure: { readonly message: string; readonly remedy: string } | null;
  /** Newest first; the map has them all. */
  readonly fills: readonly Fill[];
  /** Index of the instrument shown. */
  readonly selected: number;
  readonly palette: PaletteName;
  readonly scale: ScaleName;
  readonly isFollowing: boolean;
  readonly isPaused: boolean;
  readonly isSummaryClosed: boolean;
  /** Symbol in the address that is still to be selected. */
  readonly wanted: string | null;
}

const start = readLocation(location.hash);
const FILLS_LISTED = 60;

export const usePage = create<PageState>(() => ({
  opened: null,
  replica: null,
  host: null,
  failure: null,
  fills: [],
  selected: 0,
  palette: start.palette ?? 'thermal',
  scale: start.scale ?? 'sqrt',
  isFollowing: true,
  isPaused: false,
  isSummaryClosed: false,
  wanted: start.instrument,
}));

export const mapData = new MapData();

let connection: Connection | null = null;
const waitingForHashes: ((hashes: ReplicaHashes | null) => void)[] = [];

/** Connects the page to a replica and starts it. */
export function connect(to: Connection): void {
  connection = to;
  to.onMessage((message) => {
    mapData.take(message);
    if (message.type === 'opened') {
      const { wanted, selected } = usePage.getState();
      const index = message.instruments.findIndex((instrument) => instrument.symbol === wanted);
      usePage.setState({
        opened: message,
        failure: null,
        selected: index >= 0 ? index : Math.min(selected, message.instruments.length - 1),
      });
    } else if (message.type === 'state') usePage.setState({ replica: message });
    else if (message.type === 'host') usePage.setState({ host: message.status });
    else if (message.type === 'hashes') {
      for (const resolve of waitingForHashes.splice(0)) resolve(message.hashes);
    } else if (message.type === 'failure') usePage.setState({ failure: message });
    else if (message.type === 'fills' || message.type === 'clear')
      usePage.setState({ fills: mapData.fills.slice(-FILLS_LISTED).reverse() });
  });
  to.send({ type: 'start', url: location.href });
  if (start.atSeconds !== null) to.send({ type: 'seek', relNs: start.atSeconds * 1e9 });
}

/** What this page has computed so far: the three hashes to lay beside those of "tidebook replay". Null before it is open. */
export function replicaHashes(): Promise<ReplicaHashes | null> {
  return new Promise((resolve) => {
    waitingForHashes.push(resolve);
    connection?.send({ type: 'hashes' });
  });
}

export function selectInstrument(index: number): void {
  usePage.setState((state) => ({ selected: index, wanted: state.opened?.instruments[index]?.symbol ?? null }));
}

/** Steps back to a time, ns since the epoch. */
export function seek(relNs: number): void {
  connection?.send({ type: 'seek', relNs });
  usePage.setState({ isFollowing: true, isPaused: false });
}

export function backToLive(): void {
  if (usePage.getState().replica?.position === 'history') connection?.send({ type: 'live' });
  usePage.setState({ isFollowing: true, isPaused: false });
}
