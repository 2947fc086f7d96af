/** The worker that runs the replica, so that replaying never holds up the picture. */
import { Follower } from './replica/follower.ts';
import { HostClient } from './replica/host-client.ts';
import { openSession } from './replica/open-session.ts';
import type { FromReplica, ToReplica } from './replica/protocol.ts';

const scope = self as unknown as {
  postMessage(message: FromReplica, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToReplica>) => void) | null;
};

let follower: Follower | null = null;

scope.onmessage = ({ data }) => {
  if (data.type === 'start') {
    const post = (message: FromReplica, transfer: Transferable[] = []): void => scope.postMessage(message, transfer);
    const loadModule = (url: string): Promise<unknown> => import(/* @vite-ignore */ url) as Promise<unknown>;
    follower = new Follower(new HostClient(data.url), openSession, loadModule, post);
    follower.start();
  } else if (data.type === 'seek') {
    follower?.seek(data.relNs);
  } else if (data.type === 'live') {
    follower?.live();
  } else {
    follower?.hashes();
  }
};
