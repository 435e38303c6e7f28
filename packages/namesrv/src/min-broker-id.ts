import type { Logger } from '@rocketmq-ts/kernel';
import { asError } from '@rocketmq-ts/kernel';
import { NOTIFY_MIN_BROKER_ID_CHANGE } from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import { minBrokerId } from './broker-table.ts';
import type { GroupChange } from './route-table.ts';

/**
 * Notifies the brokers of a group that its smallest id has changed: all of them when one left, and only in groups with acting
 * masters; all but the new one when one joined, in every group. Source: RouteInfoManager#notifyMinBrokerIdChanged.
 */
export function notifyGroupChange(client: RemotingClient, logger: Logger, change: GroupChange): void {
  const id = minBrokerId(change.addresses);
  if (id === undefined) return;
  const { brokerName, offlineBrokerAddr, haServerAddr: haBrokerAddr } = change;
  const header = {
    minBrokerId: id,
    minBrokerAddr: change.addresses.get(id),
    brokerName,
    offlineBrokerAddr,
    haBrokerAddr,
  };
  for (const [brokerId, address] of change.addresses) {
    if (offlineBrokerAddr === undefined && brokerId === id && change.addresses.size > 1) continue;
    client.notify(address, NOTIFY_MIN_BROKER_ID_CHANGE, header).catch((error: unknown) => {
      logger.warn('A broker could not be notified of its new group', { address, brokerName, error: asError(error) });
    });
  }
}
