import type { HaService } from '@rocketmq-ts/replication';
import type { ReplicationPromise } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { RoleName } from '../role/broker-role.ts';

/** What the sends of a broker wait for, and how many slaves that are. */
export interface AwaitedSlaves {
  readonly promise: ReplicationPromise;
  /** Slaves that must hold a record; 0 when nobody is waited for. */
  readonly slaves: number;
}

const NOBODY: AwaitedSlaves = { promise: { acknowledge: 'none', visible: 'own' }, slaves: 0 };

const FOLLOWS: AwaitedSlaves = {
  promise: {
    acknowledge: 'none',
    refusal: 'SERVICE_NOT_AVAILABLE',
    because: 'this broker is a slave: it takes nothing but the log of its master',
    visible: 'own',
  },
  slaves: 0,
};

export interface AwaitedSlavesParts {
  readonly role: RoleName;
  readonly config: BrokerConfig;
  readonly service: Pick<HaService, 'inSyncSlaves'>;
  /** End of the log. */
  readonly endOffset: number;
  /** Brokers of the replica group that are alive, this one included. */
  readonly aliveReplicas: number;
}

/**
 * The table of answers, by role and properties:
 *
 * | role | properties | before the put | a put that waits is answered |
 * | --- | --- | --- | --- |
 * | ASYNC_MASTER | | | by this store alone |
 * | SLAVE | | SERVICE_NOT_AVAILABLE | |
 * | SYNC_MASTER | inSyncReplicas ≤ 1 | | by this store alone |
 * | SYNC_MASTER | inSyncReplicas > 1 | | when inSyncReplicas − 1 slaves hold it, or FLUSH_SLAVE_TIMEOUT |
 * | SYNC_MASTER | enableSlaveActingMaster | IN_SYNC_REPLICAS_NOT_ENOUGH when fewer are in sync than needed | as before, for the number needed |
 * | SYNC_MASTER | haSlaveFallbehindMax named | | SLAVE_NOT_AVAILABLE without a slave that is near, else when any slave holds it |
 *
 * Source: CommitLog#asyncPutMessage, CommitLog#calcNeedAckNums; 4.x: CommitLog#handleHA, HAService#isSlaveOK.
 */
export function awaitedSlaves(parts: AwaitedSlavesParts): AwaitedSlaves {
  const { role, config, service, endOffset } = parts;
  if (role === 'SLAVE') return FOLLOWS;
  if (role === 'ASYNC_MASTER') return NOBODY;
  const { haSlaveFallbehindMax, inSyncReplicas } = config;
  if (haSlaveFallbehindMax >= 0) return anySlave(parts, haSlaveFallbehindMax);
  if (!config.enableSlaveActingMaster) return waitFor(inSyncReplicas);
  const inSync = Math.min(parts.aliveReplicas, 1 + service.inSyncSlaves(endOffset, config.haMaxGapNotInSync));
  const needed = config.enableAutoInSyncReplicas
    ? Math.max(Math.min(inSyncReplicas, inSync), config.minInSyncReplicas)
    : inSyncReplicas;
  if (needed <= inSync) return waitFor(needed);
  const because = `${needed} brokers of the group must hold a message, and ${inSync} are in sync`;
  return {
    promise: { acknowledge: 'wait', refusal: 'IN_SYNC_REPLICAS_NOT_ENOUGH', because, visible: 'own' },
    slaves: needed - 1,
  };
}

function waitFor(replicas: number): AwaitedSlaves {
  return replicas <= 1 ? NOBODY : { promise: { acknowledge: 'wait', visible: 'own' }, slaves: replicas - 1 };
}

function anySlave({ service, endOffset }: AwaitedSlavesParts, fallBehindMax: number): AwaitedSlaves {
  const isNear = service.inSyncSlaves(endOffset, fallBehindMax) > 0;
  return { promise: { acknowledge: isNear ? 'wait' : 'unavailable', visible: 'own' }, slaves: isNear ? 1 : 0 };
}
