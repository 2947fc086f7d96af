/** Where the page starts. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './components/App.tsx';
import { Unsupported } from './components/Notices.tsx';
import { connectWorker } from './connection.ts';
import { connect, replicaHashes } from './store.ts';
import { hasSimd } from './view/simd.ts';
import './style.css';

const root = createRoot(document.getElementById('root')!);
if (hasSimd()) {
  root.render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  connect(connectWorker());
  // For the browser's console and for tests; it only reads.
  Object.assign(window, { tidebook: { hashes: replicaHashes } });
} else {
  root.render(<Unsupported />);
}
