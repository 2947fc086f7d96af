/** The bar at the top: what runs, when it is, and how each instrument's data are. */
import { BookCause, BookState } from '#generated/records.ts';
import { selectInstrument, usePage } from '../store.ts';
import { count, date, midPrice, timeOfDay, words } from '../view/format.ts';
import { modeOf } from '../view/mode.ts';

const nameOf = (codes: Readonly<Record<string, number>>, code: number): string =>
  Object.entries(codes).find(([, value]) => value === code)?.[0] ?? `code ${code}`;

export function Header(): React.JSX.Element {
  const host = usePage((state) => state.host);
  const replica = usePage((state) => state.replica);
  const opened = usePage((state) => state.opened);
  const selected = usePage((state) => state.selected);
  const mode = modeOf(host);
  return (
    <header className="header">
      <div className="brand">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M2 15c3 0 3-4 6-4s3 4 6 4 3-4 6-4h2" />
          <path d="M2 20c3 0 3-4 6-4s3 4 6 4 3-4 6-4h2" className="faint" />
          <path d="M12 9V3m-3 3 3-3 3 3" />
        </svg>
        Tidebook
      </div>
      <span className={`mode mode-${mode.className}`} data-testid="mode" title={host?.recording.description ?? ''}>
        {mode.label}
      </span>
      <nav className="instruments" aria-label="Instruments">
        {opened?.instruments.map((instrument, i) => {
          const book = replica?.books[i];
          const feed = host?.instruments[i];
          const state = book === undefined ? 'stale' : nameOf(BookState, book.bookState);
          const cause = book === undefined ? '' : words(nameOf(BookCause, book.bookCause));
          return (
            <button
              type="button"
              key={instrument.symbol}
              className={i === selected ? 'instrument on' : 'instrument'}
              onClick={() => selectInstrument(i)}
            >
              <span className="symbol">{instrument.symbol}</span>
              <span className="touch">
                {book !== undefined && book.bidLots > 0 && book.askLots > 0
                  ? midPrice(book.bidTicks, book.askTicks, instrument.tickSize)
                  : '\u2013'}
              </span>
              <span
                className={`pill pill-${state}`}
                title={`book ${state}: ${cause}; feed ${feed?.feedState ?? 'unknown'}`}
              >
                {state}
                {state !== 'live' && cause !== '' && <em>{cause}</em>}
              </span>
            </button>
          );
        })}
      </nav>
      <div className="clock" data-testid="clock">
        {opened !== null && replica !== null && (
          <>
            <span className="date">{date(opened.epochMs, replica.nowRelNs)}</span>
            <span className="time">{timeOfDay(opened.epochMs, replica.nowRelNs, 1)}</span>
            <span className="zone">UTC</span>
          </>
        )}
      </div>
      <div className="counts">
        <b>{replica === null ? '\u2013' : count(replica.records)}</b> records
        <b>{replica === null ? '\u2013' : count(replica.decisions)}</b> decisions
      </div>
    </header>
  );
}
