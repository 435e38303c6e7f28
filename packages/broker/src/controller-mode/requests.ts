import type { Clock } from '@rocketmq-ts/kernel';
import {
  decodeSyncStateSet,
  encodeEpochEntryCache,
  encodeHaRuntimeInfo,
  GET_BROKER_EPOCH_CACHE,
  GET_BROKER_HA_STATUS,
  NOTIFY_BROKER_ROLE_CHANGED,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerIdentity } from '../identity.ts';
import { serveMasterFlushOffset } from '../replication/replication.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { MasterView } from './master-view.ts';
import type { ReplicaSides } from './replica-sides.ts';
import { replicaStatus } from './replica-status.ts';

export interface ReplicaRequestParts {
  readonly clock: Clock;
  readonly identity: BrokerIdentity;
  readonly role: BrokerRole;
  readonly store: MessageStore;
  readonly sides: ReplicaSides;
  readonly onRoleChanged: (view: MasterView) => void;
}

/** What a controller and mqadmin ask of a broker in controller mode. */
export function serveReplicaRequests(server: RemotingServer, parts: ReplicaRequestParts): void {
  const { identity, role, store, sides } = parts;
  // Source: AdminBrokerProcessor#getBrokerEpochCache.
  server.handle(GET_BROKER_EPOCH_CACHE, (call) => {
    const maxOffset = store.facts.writtenOffset;
    const { clusterName, brokerName } = identity;
    const epochList = sides.epochs.list.ranges(maxOffset);
    const { brokerId } = role;
    call.answer({}, { body: encodeEpochEntryCache({ clusterName, brokerName, brokerId, epochList, maxOffset }) });
  });
  // Source: AdminBrokerProcessor#notifyBrokerRoleChanged.
  server.handle(NOTIFY_BROKER_ROLE_CHANGED, (call) => {
    const { masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch } = call.header;
    const { syncStateSet: inSync } = decodeSyncStateSet(call.body);
    parts.onRoleChanged({ masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch, inSync });
    call.answer({});
  });
  // Source: AdminBrokerProcessor#getBrokerHaStatus.
  server.handle(GET_BROKER_HA_STATUS, (call) => {
    const status = replicaStatus({ clock: parts.clock, facts: store.facts, sides });
    call.answer({}, { body: encodeHaRuntimeInfo(status) });
  });
  serveMasterFlushOffset(server, parts);
}
