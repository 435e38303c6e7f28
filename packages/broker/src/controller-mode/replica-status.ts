import type { Clock } from '@rocketmq-ts/kernel';
import { type HaRuntimeInfo, NO_HA_CLIENT } from '@rocketmq-ts/protocol';
import type { StoreFacts } from '@rocketmq-ts/store';
import type { ReplicationView } from '../replication/replication-gauges.ts';
import type { ReplicaSides } from './replica-sides.ts';

export interface ReplicaStatusParts {
  readonly clock: Clock;
  readonly facts: StoreFacts;
  readonly sides: ReplicaSides;
}

/** Replication in controller mode as `mqadmin haStatus` asks for it. Source: AutoSwitchHAService#getRuntimeInfo. */
export function replicaStatus({ clock, facts, sides }: ReplicaStatusParts): HaRuntimeInfo {
  const { master, slave } = sides;
  if (!master.isMaster) {
    const { session, masterAddress } = slave;
    const at = (monotonicMs: number | undefined): number =>
      monotonicMs === undefined ? 0 : Math.round(clock.now() - (clock.monotonicMs() - monotonicMs));
    return {
      ...{ master: false, masterCommitLogMaxOffset: 0, inSyncSlaveNums: 0, haConnectionInfo: [] },
      haClientRuntimeInfo: {
        masterAddr: masterAddress,
        transferredByteInSecond: session?.bytesPerSecond ?? 0,
        maxOffset: facts.appendOffset,
        lastReadTimestamp: at(session?.lastReadMs),
        lastWriteTimestamp: at(session?.lastReportMs),
        masterFlushOffset: facts.masterFlushedOffset,
      },
      divergence: divergenceOf(sides),
    };
  }
  const end = facts.appendOffset;
  const haConnectionInfo = master.slaves.map(({ address, ackOffset, nextOffset, bytesPerSecond, inSync }) => ({
    addr: address,
    slaveAckOffset: ackOffset,
    diff: end - ackOffset,
    inSync,
    transferredByteInSecond: bytesPerSecond,
    transferFromWhere: nextOffset,
  }));
  return {
    ...{ master: true, masterCommitLogMaxOffset: end, inSyncSlaveNums: Math.max(0, master.set.ids.size - 1) },
    ...{ haConnectionInfo, haClientRuntimeInfo: NO_HA_CLIENT },
  };
}

/** Whose log this slave's has diverged from, and why; undefined when it has not, or this broker leads. */
export function divergenceOf(sides: ReplicaSides): string | undefined {
  if (!sides.isStarted || sides.master.isMaster) return undefined;
  const { divergence } = sides.slave;
  return divergence && `this slave from its master ${divergence.masterAddress}: ${divergence.sentence}`;
}

/** The same for the broker's metrics. */
export function replicationView(sides: ReplicaSides, facts: () => StoreFacts): ReplicationView {
  return {
    endOffset: () => facts().appendOffset,
    slaves: () => (sides.isStarted && sides.master.isMaster ? sides.master.slaves : []),
    divergedPeers: () => (divergenceOf(sides) === undefined ? [] : [sides.slave.divergence!.masterAddress]),
  };
}
