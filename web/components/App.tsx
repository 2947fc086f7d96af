/** One screen: header, map with scrubber, panels. */
import { usePage } from '../store.ts';
import { modeOf } from '../view/mode.ts';
import { Header } from './Header.tsx';
import { Heatmap } from './Heatmap.tsx';
import { FailureNotice, RecordingNotice, Summary } from './Notices.tsx';
import { AgreementPanel, FillsPanel, LadderPanel, LatencyPanel, OrdersPanel, PositionPanel } from './Panels.tsx';
import { Scrubber } from './Scrubber.tsx';

export function App(): React.JSX.Element {
  const mode = usePage((state) => modeOf(state.host).className);
  const hasOpened = usePage((state) => state.opened !== null);
  return (
    <div className={`page frame-${mode}`}>
      <Header />
      <RecordingNotice />
      <main className="main">
        <div className="stage">
          <Heatmap />
          {!hasOpened && <div className="opening">opening the journal</div>}
          <FailureNotice />
          <Summary />
          <Scrubber />
        </div>
        <aside className="side">
          <PositionPanel />
          <OrdersPanel />
          <LadderPanel />
          <FillsPanel />
          <LatencyPanel />
          <AgreementPanel />
        </aside>
      </main>
    </div>
  );
}
