import type { Peers } from '../instance/peers.ts';
import type { StatusEventBase, StatusPeer, StatusReport } from './status-events.ts';
import type { StatusHub } from './status-hub.ts';

type PeerEvent = StatusEventBase<'connected' | 'lost'> & StatusPeer;

/**
 * Reports connections to the readers of one client while it runs; those that begin meanwhile get what is connected, then `own`.
 * Returns a function that ends it, so that connections which the client closes itself are not reported as lost.
 */
export function openStatus<Event extends StatusEventBase<string>>(
  hub: StatusHub<Event>,
  peers: Peers,
  own: () => readonly StatusReport<NoInfer<Event>>[],
): () => void {
  const report = (type: PeerEvent['type'], peer: StatusPeer): StatusReport<Event> =>
    ({ type, ...peer }) as unknown as StatusReport<Event>;
  const unwatch = peers.watch((type, peer) => {
    if (hub.active) hub.emit(report(type, peer));
  });
  hub.begin(() => [...peers.connected.map((peer) => report('connected', peer)), ...own()]);
  return () => {
    unwatch();
    hub.pause();
  };
}
