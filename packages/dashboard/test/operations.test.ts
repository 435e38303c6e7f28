import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type {
  BrokerConfig,
  BrokerResult,
  BrokerStatus,
  BrokerSummary,
  NameServerConfig,
  Page,
  Reachability,
} from '../src/api/index.ts';
import { readSettings } from '../src/options/settings.ts';
import { startOptions } from '../src/options/start-options.ts';
import { consoleOf, type TestConsole } from './support/console.ts';

test('each address is asked, and one that can not be reached says so with a hint', async () => {
  const cluster = await startCluster({ brokers: 2 });
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/reachability`;
  const good = await console.get<Reachability[]>(path);
  assert.deepEqual(
    good.map(({ role, failure }) => [role, failure]),
    [
      ['nameServer', undefined],
      ['broker', undefined],
      ['brokerVip', undefined],
      ['broker', undefined],
      ['brokerVip', undefined],
    ],
  );
  const hints = async (): Promise<unknown[]> => {
    const failed = (await console.get<Reachability[]>(path)).filter(({ failure }) => failure !== undefined);
    return failed.map(({ brokerName, hint }) => [brokerName, hint]);
  };
  cluster.partition('console', 'broker-b');
  assert.deepEqual(await hints(), [
    ['broker-b', 'hangs'],
    ['broker-b', 'hangs'],
  ]);
  // New connections can't be made either.
  assert.deepEqual(await hints(), [
    ['broker-b', 'brokerIP1'],
    ['broker-b', 'brokerIP1'],
  ]);
  cluster.heal();
  await console.stop();
  await cluster.stop();
});

test('rocketmq.config.timeoutMillis is how long a broker that hangs is waited for', async () => {
  const cluster = await startCluster({ brokers: 2 });
  const machine = simulatedPlatform(1);
  const properties = new Map([['rocketmq.config.timeoutMillis', '1200']]);
  const settings = readSettings(properties, 'test', {
    ...{ disk: machine.disk, userHome: '/home/ops', namesrvAddr: cluster.namesrvAddr },
  });
  const surroundings = { logger: silentLogger, auditLogger: silentLogger, tls: undefined, hostName: 'console' };
  const { timeoutMs } = startOptions(settings, { platform: machine, ...surroundings });
  const console = await consoleOf(cluster, { timeoutMs });
  cluster.partition('console', 'broker-b');
  const path = `/clusters/${console.id}/reachability`;
  const failures = (await console.get<Reachability[]>(path)).flatMap(({ failure }) => failure ?? []);
  assert.equal(failures.length, 2);
  for (const failure of failures) assert.match(failure, /1,?200 ms/);
  await console.stop();
  await cluster.stop();
});

test('properties of a broker are changed on those that are chosen; fixed, unknown and ill-typed ones on none', async () => {
  const cluster = await startCluster({ brokers: 2 });
  const console = await consoleOf(cluster);
  const brokers = await addressesOf(console);
  const configOf = async (address: string): Promise<Map<string, string>> => {
    const config = await console.get<BrokerConfig>(
      `/clusters/${console.id}/brokers/${encodeURIComponent(address)}/config`,
    );
    assert.ok(config.entries.find(({ key }) => key === 'brokerName')?.isFixed, 'a name is fixed');
    return new Map(config.entries.map(({ key, value }) => [key, value]));
  };
  const change = async (properties: Record<string, string>): Promise<BrokerResult[]> => {
    const { status, body } = await console.ask('PUT', `/clusters/${console.id}/brokers/config`, {
      addresses: brokers,
      properties,
    });
    assert.equal(status, 200, JSON.stringify(body));
    return body as BrokerResult[];
  };
  assert.deepEqual(
    (await change({ fileReservedTime: '24' })).map(({ brokerName, ok }) => [brokerName, ok]),
    [
      ['broker-a', true],
      ['broker-b', true],
    ],
  );
  assert.equal((await configOf(brokers[1]!)).get('fileReservedTime'), '24');
  for (const [properties, reason] of [
    [{ fileReservedTime: 'long' }, /fileReservedTime must be a whole number/],
    [{ brokerName: 'other' }, /brokerName can not be changed/],
    [{ fileReservedTimes: '3' }, /no property fileReservedTimes/],
    [{ autoCreateTopicEnable: 'yes', fileReservedTime: '12' }, /autoCreateTopicEnable must be true or false/],
  ] as const) {
    const results = await change(properties);
    assert.ok(
      results.every(({ ok, message }) => !ok && reason.test(message ?? '')),
      JSON.stringify(results),
    );
  }
  assert.equal((await configOf(brokers[0]!)).get('fileReservedTime'), '24');

  cluster.broker('broker-b').kill();
  assert.deepEqual(
    (await change({ fileReservedTime: '36' })).map(({ ok }) => ok),
    [true, false],
  );
  await console.stop();
  await cluster.stop();
});

test('the write permission of a broker is taken and given back on every name server', async () => {
  const cluster = await startCluster({ nameServers: 2, topics: { Orders: 2 } });
  const console = await consoleOf(cluster);
  for (const change of ['wipe', 'add']) {
    const { body } = await console.ask('POST', `/clusters/${console.id}/write-permission`, {
      brokerName: 'broker-a',
      change,
    });
    const results = body as BrokerResult[];
    assert.equal(results.length, 2);
    assert.ok(
      results.every(({ ok, message }) => ok && /^\d+ topics$/.test(message ?? '')),
      JSON.stringify(results),
    );
  }
  const configs = await console.get<NameServerConfig[]>(`/clusters/${console.id}/name-servers/config`);
  assert.ok(configs.every(({ entries }) => entries.some(({ key }) => key === 'listenPort')));
  const path = `/clusters/${console.id}/name-servers/config`;
  const changed = await console.ask('PUT', path, { properties: { orderMessageEnable: 'true' } });
  assert.deepEqual(
    (changed.body as BrokerResult[]).map(({ ok }) => ok),
    [true, true],
  );
  await console.stop();
  await cluster.stop();
});

test('a broker that the cluster does not have is not asked', async () => {
  const cluster = await startCluster();
  const console = await consoleOf(cluster);
  const [address = ''] = await addressesOf(console);
  const status = await console.get<BrokerStatus>(
    `/clusters/${console.id}/brokers/${encodeURIComponent(address)}/status`,
  );
  assert.ok(status.entries.some(({ key }) => key === 'brokerVersionDesc'));
  assert.equal((await console.ask('GET', `/clusters/${console.id}/brokers/10.0.0.1%3A22/status`)).status, 404);
  const cleanUp = { what: 'unusedTopics', addresses: ['10.0.0.1:22'] };
  assert.equal((await console.ask('POST', `/clusters/${console.id}/clean-up`, cleanUp)).status, 404);
  const good = await console.ask('POST', `/clusters/${console.id}/clean-up`, { ...cleanUp, addresses: [address] });
  assert.deepEqual(
    (good.body as BrokerResult[]).map(({ ok }) => ok),
    [true],
  );
  await console.stop();
  await cluster.stop();
});

/** Of all brokers, as they are registered. */
async function addressesOf(console: TestConsole): Promise<string[]> {
  const { rows } = await console.get<Page<BrokerSummary>>(`/clusters/${console.id}/brokers?sort=brokerName`);
  return rows.map(({ address }) => address);
}
