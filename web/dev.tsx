/** The page in front of a made-up market; `?moving`, `?ended` and `?differs` choose what it does. For tests and pictures. */
import { createRoot } from 'react-dom/client';
import { App } from './components/App.tsx';
import { connectModel } from './dev-model.ts';
import { connect } from './store.ts';
import './style.css';

const query = new URLSearchParams(location.search);
createRoot(document.getElementById('root')!).render(<App />);
connect(
  connectModel({
    historySeconds: Number(query.get('history') ?? 90),
    isMoving: query.has('moving'),
    hasEnded: query.has('ended'),
    differs: query.has('differs'),
  }),
);
