import type { Clock } from '@rocketmq-ts/kernel';
import { type HaRuntimeInfo, NO_HA_CLIENT } from '@rocketmq-ts/protocol';
import type { StoreFacts } from '@rocketmq-ts/store';
import { connectionInfo, ownDivergence, slaveStatus } from '../replication/ha-status.ts';
import type { ReplicationView } from '../replication/replication-gauges.ts';
import type { ReplicaSides } from './replica-sides.ts';

export interface ReplicaStatusParts {
  readonly clock: Clock;
  readonly facts: StoreFacts;
  readonly sides: ReplicaSides;
}

/** Replication in controller mode as `mqadmin haStatus` asks for it. Source: AutoSwitchHAService#getRuntimeInfo. */
export function replicaStatus({ clock, facts, sides }: ReplicaStatusParts): HaRuntimeInfo {
  const { master, slave: client } = sides;
  if (!master.isMaster) return { ...slaveStatus({ clock, facts, client }), divergence: divergenceOf(sides) };
  const end = facts.appendOffset;
  const haConnectionInfo = master.slaves.map((slave) => connectionInfo(slave, end, slave.inSync));
  return {
    ...{ master: true, masterCommitLogMaxOffset: end, inSyncSlaveNums: Math.max(0, master.set.ids.size - 1) },
    ...{ haConnectionInfo, haClientRuntimeInfo: NO_HA_CLIENT },
  };
}

/** Whose log this slave's has diverged from, and why; undefined when it has not, or this broker leads. */
export function divergenceOf(sides: ReplicaSides): string | undefined {
  return sides.isStarted && !sides.master.isMaster ? ownDivergence(sides.slave) : undefined;
}

/** The same for the broker's metrics. */
export function replicationView(sides: ReplicaSides, facts: () => StoreFacts): ReplicationView {
  return {
    endOffset: () => facts().appendOffset,
    slaves: () => (sides.isStarted && sides.master.isMaster ? sides.master.slaves : []),
    divergedPeers: () => (divergenceOf(sides) === undefined ? [] : [sides.slave.divergence!.masterAddress]),
  };
}
