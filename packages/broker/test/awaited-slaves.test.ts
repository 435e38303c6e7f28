import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '@rocketmq-ts/kernel';
import { brokerConfigTable } from '../src/config-table.ts';
import { type AwaitedSlavesParts, awaitedSlaves } from '../src/replication/awaited-slaves.ts';

interface Case {
  readonly role: AwaitedSlavesParts['role'];
  readonly config?: Partial<AwaitedSlavesParts['config']>;
  /** Slaves that lack nothing. */
  readonly near?: number;
  readonly alive?: number;
}

function answer({ role, config = {}, near = 0, alive = 9 }: Case): string {
  const { promise, slaves } = awaitedSlaves({
    role,
    config: { ...readConfig(brokerConfigTable, new Map()).config, ...config },
    service: { inSyncSlaves: () => near },
    endOffset: 1000,
    aliveReplicas: alive,
  });
  return [promise.acknowledge, slaves, promise.refusal].filter((each) => each !== undefined).join(' ');
}

const acting = { enableSlaveActingMaster: true };
const rows: readonly (readonly [Case, string])[] = [
  [{ role: 'ASYNC_MASTER', config: { inSyncReplicas: 3 } }, 'none 0'],
  [{ role: 'SLAVE' }, 'none 0 SERVICE_NOT_AVAILABLE'],
  [{ role: 'SYNC_MASTER' }, 'none 0'],
  [{ role: 'SYNC_MASTER', config: { inSyncReplicas: 2 } }, 'wait 1'],
  [{ role: 'SYNC_MASTER', config: { inSyncReplicas: 3 }, near: 1 }, 'wait 2'],
  [{ role: 'SYNC_MASTER', config: { inSyncReplicas: 2, enableAutoInSyncReplicas: true } }, 'wait 1'],
  [{ role: 'SYNC_MASTER', config: { ...acting, inSyncReplicas: 2 } }, 'wait 1 IN_SYNC_REPLICAS_NOT_ENOUGH'],
  [{ role: 'SYNC_MASTER', config: { ...acting, inSyncReplicas: 2 }, near: 1 }, 'wait 1'],
  [
    { role: 'SYNC_MASTER', config: { ...acting, inSyncReplicas: 2 }, near: 1, alive: 1 },
    'wait 1 IN_SYNC_REPLICAS_NOT_ENOUGH',
  ],
  [
    { role: 'SYNC_MASTER', config: { ...acting, inSyncReplicas: 3, enableAutoInSyncReplicas: true }, near: 1 },
    'wait 1',
  ],
  [{ role: 'SYNC_MASTER', config: { ...acting, inSyncReplicas: 3, enableAutoInSyncReplicas: true } }, 'none 0'],
  [
    {
      role: 'SYNC_MASTER',
      config: { ...acting, inSyncReplicas: 3, enableAutoInSyncReplicas: true, minInSyncReplicas: 2 },
    },
    'wait 1 IN_SYNC_REPLICAS_NOT_ENOUGH',
  ],
  [{ role: 'SYNC_MASTER', config: { haSlaveFallbehindMax: 268_435_456 } }, 'unavailable 0'],
  [{ role: 'SYNC_MASTER', config: { haSlaveFallbehindMax: 268_435_456, inSyncReplicas: 3 }, near: 2 }, 'wait 1'],
];

for (const [row, expected] of rows) {
  const { role, config, near = 0, alive } = row;
  test(`a ${role} with ${JSON.stringify(config ?? {})}, ${near} slaves in sync, ${alive ?? 'all'} brokers alive: ${expected}`, () => {
    assert.equal(answer(row), expected);
  });
}
