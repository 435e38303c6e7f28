import type { Service } from '@rocketmq-ts/kernel';
import type { RemotingServer } from '@rocketmq-ts/remoting';

/** The port that clients use, or the one two below it, which serves everything but pulls. */
export type PortRole = 'listenPort' | 'fastPort';

/** A part of the broker: requests that it serves, work that it does beside them, or both. */
export interface Feature extends Partial<Service> {
  /** Registers its handlers at a port; called once for each, before the first `start`. */
  serve?(server: RemotingServer, role: PortRole): void;
}
