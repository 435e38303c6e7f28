import { asError, type Logger } from '@rocketmq-ts/kernel';
import { encodeSyncStateSet, NOTIFY_BROKER_ROLE_CHANGED } from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import type { GroupState } from '../group/group-state.ts';
import { headerOf } from '../group/mastership.ts';
import type { LiveBrokers } from '../live/live-brokers.ts';

/**
 * Notifies the living brokers of a group of its new master. Nothing depends on it: brokers ask by themselves every five seconds.
 * Source: ControllerManager#notifyBrokerRoleChanged.
 */
export function notifyRoleChange(client: RemotingClient, live: LiveBrokers, logger: Logger, state: GroupState): void {
  const body = encodeSyncStateSet(state);
  for (const [brokerId, { address }] of state.replicas) {
    if (!live.isAlive(state, brokerId)) continue;
    client.notify(address, NOTIFY_BROKER_ROLE_CHANGED, headerOf(state), { body }).catch((error: unknown) => {
      const { brokerName } = state;
      logger.warn('A broker could not be notified of its new role', { address, brokerName, error: asError(error) });
    });
  }
}
