import type { Clock } from '@rocketmq-ts/kernel';
import { type HaRuntimeInfo, NO_HA_CLIENT } from '@rocketmq-ts/protocol';
import type { StoreFacts } from '@rocketmq-ts/store';
import type { ReplicaSides } from './replica-sides.ts';

export interface ReplicaStatusParts {
  readonly clock: Clock;
  readonly facts: StoreFacts;
  readonly sides: ReplicaSides;
  /** Of a slave: what its master said last. */
  readonly masterFlushOffset: number;
}

/** Replication in controller mode as `mqadmin haStatus` asks for it. Source: AutoSwitchHAService#getRuntimeInfo. */
export function replicaStatus({ clock, facts, sides, masterFlushOffset }: ReplicaStatusParts): HaRuntimeInfo {
  const { master, slave } = sides;
  if (!master.isMaster) {
    const { session, masterAddress, divergence } = slave;
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
        masterFlushOffset,
      },
      divergence: divergence && `this slave from its master ${divergence.masterAddress}: ${divergence.sentence}`,
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
