/** The page's end of the line to its replica. */
import type { FromReplica, ToReplica } from './replica/protocol.ts';

export interface Connection {
  send(message: ToReplica): void;
  /** One listener; set once, before `start` is sent. */
  onMessage(listener: (message: FromReplica) => void): void;
}

/** A replica in a worker of its own. */
export function connectWorker(): Connection {
  const worker = new Worker(new URL('./replica.worker.ts', import.meta.url), { type: 'module' });
  return {
    send: (message) => worker.postMessage(message),
    onMessage: (listener) => {
      worker.onmessage = (event: MessageEvent<FromReplica>) => listener(event.data);
      worker.onerror = (event) =>
        listener({
          type: 'failure',
          message: `the replica stopped: ${event.message}`,
          remedy: 'reload the page; if it happens again, use a current browser and report the sentence above',
        });
    },
  };
}
