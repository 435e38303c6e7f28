/**
 * A connection of a slave and a master, at either side. READY: it is not certain yet that the master's log continues the slave's.
 * With AutoSwitch that is Apache's HANDSHAKE as well. Source: HAConnectionState.
 */
export type LinkState = 'READY' | 'TRANSFER' | 'SHUTDOWN';

/** From each state, those that may follow. */
const LINK_MOVES: Readonly<Record<LinkState, readonly LinkState[]>> = {
  READY: ['TRANSFER', 'SHUTDOWN'],
  TRANSFER: ['SHUTDOWN'],
  SHUTDOWN: [],
};

/** The next state, where that may follow; another one is a mistake in the program. */
export function moved(from: LinkState, to: LinkState): LinkState {
  if (!LINK_MOVES[from].includes(to)) throw new Error(`a connection for replication in ${from} can't move to ${to}`);
  return to;
}
