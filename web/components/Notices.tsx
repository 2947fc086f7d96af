/** What has to be said over the page: that it is a recording, that something failed, and how the session ended. */
import { usePage } from '../store.ts';
import { count, duration, signed } from '../view/format.ts';

export function RecordingNotice(): React.JSX.Element | null {
  const recording = usePage((state) => state.host?.recording);
  if (recording === undefined || !recording.isRecording) return null;
  return (
    <div className="notice notice-recording" role="note" data-testid="recording">
      <b>This is a recording.</b> {recording.description}
    </div>
  );
}

export function FailureNotice(): React.JSX.Element | null {
  const failure = usePage((state) => state.failure);
  const position = usePage((state) => state.replica?.position);
  if (failure === null || position === 'live' || position === 'history') return null;
  return (
    <div className="notice notice-failure" role="alert" data-testid="failure">
      <b>{failure.message}.</b> {failure.remedy}.
    </div>
  );
}

export function Summary(): React.JSX.Element | null {
  const ended = usePage((state) => state.host?.ended ?? null);
  const isClosed = usePage((state) => state.isSummaryClosed);
  if (ended === null || isClosed) return null;
  return (
    <div className="summary" role="dialog" aria-label="The session has ended" data-testid="summary">
      <h2>The session has ended</h2>
      <p>{ended.reason}</p>
      <dl>
        <dt>duration</dt>
        <dd>{duration(ended.durationSeconds)}</dd>
        <dt>records</dt>
        <dd>{count(ended.records)}</dd>
        <dt>decisions</dt>
        <dd>{count(ended.decisions)}</dd>
        <dt>fills</dt>
        <dd>{count(ended.fills)}</dd>
        <dt>PnL after fees</dt>
        <dd className={ended.pnl === null ? '' : ended.pnl < 0 ? 'ask' : 'bid'}>
          {ended.pnl === null ? '\u2013' : `${signed(ended.pnl, 4)} ${ended.settle}`}
        </dd>
        <dt>fees</dt>
        <dd>
          {ended.fees.toFixed(4)} {ended.settle}
        </dd>
      </dl>
      <button type="button" className="on" onClick={() => usePage.setState({ isSummaryClosed: true })}>
        Look at it
      </button>
    </div>
  );
}

export function Unsupported(): React.JSX.Element {
  return (
    <main className="unsupported" role="alert">
      <h1>This browser cannot run Tidebook</h1>
      <p>
        The page replays the market with the host&apos;s own WebAssembly module, which needs WebAssembly SIMD. Open it
        in Chrome or Edge 91, Firefox 89, Safari 16.4, or a later one; where it is switched off (lockdown mode, a
        policy), switch it on for this address.
      </p>
    </main>
  );
}
