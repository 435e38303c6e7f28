import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type Connection, LiveConfig, Metrics, readConfig } from '@rocketmq-ts/kernel';
import {
  decodeHaRuntimeInfo,
  GET_BROKER_HA_STATUS,
  type HaRuntimeInfo,
  RESET_MASTER_FLUSH_OFFSET,
  STATS_SPANS,
  STATS_TICK_MS,
} from '@rocketmq-ts/protocol';
import { recordOf } from '@rocketmq-ts/testkit';
import { brokerConfigTable } from '../src/index.ts';
import { Replication } from '../src/replication/replication.ts';
import { BrokerRole } from '../src/role/broker-role.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function statusOf(caller: Caller): Promise<HaRuntimeInfo> {
  return decodeHaRuntimeInfo((await caller.request(GET_BROKER_HA_STATUS, {})).body);
}

test('the flushed offset of its master that was set at a slave is there after it was killed; a master keeps none', async () => {
  const slave = { brokerRole: 'SLAVE', brokerId: '1' };
  await stage.broker(slave);
  const first = await stage.caller();
  for (const masterFlushOffset of [1, 2, 4096]) {
    assert.equal((await first.request(RESET_MASTER_FLUSH_OFFSET, { masterFlushOffset })).code, 0);
  }
  assert.equal((await statusOf(first)).haClientRuntimeInfo.masterFlushOffset, 4096);
  await stage.clock.advance(1000);
  stage.end('kill');
  await stage.broker(slave);
  const again = await stage.caller();
  assert.equal((await statusOf(again)).haClientRuntimeInfo.masterFlushOffset, 4096);
  await stage.broker({}, 'master');
  const master = await stage.caller('master:10911');
  await master.request(RESET_MASTER_FLUSH_OFFSET, { masterFlushOffset: 9 });
  assert.equal((await statusOf(master)).haClientRuntimeInfo.masterFlushOffset, 0);
});

test('lag in bytes by slave, and slaves whose logs have diverged, are among the metrics of a broker', async () => {
  const store = await stage.store();
  const platform = stage.machine();
  const reading = readConfig(brokerConfigTable, new Map([['haListenPort', '10912']]));
  const config = new LiveConfig(brokerConfigTable, reading.config, { given: [] });
  const metrics = new Metrics(STATS_TICK_MS, STATS_SPANS);
  const replication = new Replication({
    ...{ clock: platform.clock, network: platform.network, logger: stage.log.logger, config: config.values, store },
    ...{ role: new BrokerRole(config), metrics, aliveReplicas: () => 2 },
  });
  await stage.clock.run(replication.start());
  const shown = () => [...metrics].map(({ name, labels, value }) => `${name} ${labels} ${value}`);
  assert.deepEqual(shown(), []);
  store.put(recordOf({ topic: 'T' }), undefined, false);
  await stage.clock.advance(1000);
  const end = store.facts.writtenOffset;
  assert.ok(end > 0);
  const slave = await reporting(0);
  await stage.clock.advance(100);
  assert.match(shown().join(), new RegExp(`^REPLICATION_LAG [\\d.]+:\\d+ ${end}$`));
  report(slave, end);
  await stage.clock.advance(100);
  assert.match(shown().join(), /^REPLICATION_LAG [\d.]+:\d+ 0$/);
  slave.destroy();
  await reporting(end + 1);
  await stage.clock.advance(100);
  assert.match(shown().join(), /^REPLICATION_DIVERGENCE [\d.]+ 1$/);
  await stage.clock.run(replication.stop());
  await stage.clock.run(store.stop());
});

function report(connection: Connection, offset: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(offset));
  connection.write(bytes);
}

async function reporting(offset: number): Promise<Connection> {
  const { network } = stage.machine('slave');
  const connection = await stage.clock.run(network.connect({ host: 'broker', port: 10912, timeoutMs: 1000 }));
  connection.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
  report(connection, offset);
  return connection;
}
