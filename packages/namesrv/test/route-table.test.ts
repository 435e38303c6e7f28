import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicConfig } from '@rocketmq-ts/protocol';
import { type RegistrationOutcome, RouteTable } from '../src/route-table.ts';
import { registration, topics, version } from './broker-of-test.ts';

const slave = { brokerId: 1, brokerAddr: '10.0.0.2:10911', haServerAddr: '10.0.0.2:10912' };

function addresses(table: RouteTable, topic = 'T', supportActingMaster = false): Record<string, string> | undefined {
  const group = table.route(topic, { supportActingMaster })?.groups[0];
  return group && Object.fromEntries(group.addresses);
}

function perm(table: RouteTable, topic = 'T'): number | undefined {
  return table.route(topic)?.queues[0]?.perm;
}

function leave(table: RouteTable, brokerId = 0, brokerAddr = '10.0.0.1:10911') {
  return table.unregister([{ clusterName: 'C', brokerName: 'a', brokerAddr, brokerId }]);
}

test('a registered master is in the route of its topics', () => {
  const table = new RouteTable();
  assert.equal(table.register(registration(), 0).kind, 'registered');
  const route = table.route('T')!;
  assert.deepEqual(route.queues, [{ brokerName: 'a', readQueueNums: 4, writeQueueNums: 4, perm: 6, topicSysFlag: 0 }]);
  assert.deepEqual(addresses(table), { 0: '10.0.0.1:10911' });
  assert.equal(table.route('U'), undefined);
});

// Source: RouteInfoManager#registerBroker, the check of getTopicConfigTable().size() == 1.
test('one topic of a broker that is not registered is refused and leaves no trace', () => {
  const table = new RouteTable();
  const one = new Map([['T', createTopicConfig('T')]]);
  assert.equal(table.register(registration({ topics: one }), 0).kind, 'unknown-broker');
  assert.deepEqual([[...table.brokers.groups()], table.topics.size], [[], 0]);
});

test('one topic of a registered broker is added to what it has', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  const one = new Map([['U', createTopicConfig('U')]]);
  assert.equal(table.register(registration({ topics: one, dataVersion: version(2) }), 0).kind, 'registered');
  assert.deepEqual([...table.topics.names()].sort(), ['SELF_TEST_TOPIC', 'T', 'TBW102', 'U']);
});

test('topics are taken again only when the data version changed', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  const changed = topics('T').set('T', createTopicConfig('T', { perm: 4 }));
  table.register(registration({ topics: changed }), 0);
  assert.equal(perm(table), 6);
  table.register(registration({ topics: changed, dataVersion: version(2) }), 0);
  assert.equal(perm(table), 4);
});

test('a topic that was deleted here is there again after the next registration', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  table.topics.remove('T');
  table.register(registration(), 0);
  assert.equal(perm(table), 6);
});

test('wiped write permission lasts until the data version changes', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  assert.equal(
    table.topics.changePermissions('a', (bits) => bits & ~2),
    3,
  );
  table.register(registration(), 0);
  assert.equal(perm(table), 4);
  table.register(registration({ dataVersion: version(2) }), 0);
  assert.equal(perm(table), 6);
});

test('a full registration removes absent topics only when asked to', () => {
  const table = new RouteTable();
  table.register(registration({ topics: topics('T', 'U') }), 0);
  table.register(registration({ dataVersion: version(2) }), 0);
  assert.notEqual(table.route('U'), undefined);
  table.register(registration({ dataVersion: version(3), hasAllTopics: true }), 0);
  assert.equal(table.route('U'), undefined);
});

test('a slave learns its master and its topics are not taken', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  const outcome = table.register(registration({ ...slave, topics: topics('OnlyHere') }), 0);
  assert.ok(outcome.kind === 'registered');
  assert.equal(outcome.master?.brokerAddr, '10.0.0.1:10911');
  assert.equal(outcome.master?.haServerAddr, '10.0.0.1:10912');
  assert.equal(table.route('OnlyHere'), undefined);
  assert.deepEqual(addresses(table), { 0: '10.0.0.1:10911', 1: '10.0.0.2:10911' });
});

test('a slave that becomes master is listed under one id only', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  table.register(registration(slave), 0);
  leave(table);
  table.register(registration({ ...slave, brokerId: 0 }), 0);
  assert.deepEqual(addresses(table), { 0: '10.0.0.2:10911' });
});

test('a broker with an older state does not take the place of a live one', () => {
  const table = new RouteTable();
  table.register(registration({ dataVersion: version(1, 5) }), 0);
  const rival = { brokerAddr: '10.0.0.9:10911' };
  assert.deepEqual(table.register(registration({ ...rival, dataVersion: version(9, 4) }), 0), {
    kind: 'superseded',
    by: '10.0.0.1:10911',
  } satisfies RegistrationOutcome);
  assert.deepEqual(addresses(table), { 0: '10.0.0.1:10911' });
  assert.equal(table.register(registration({ ...rival, dataVersion: version(1, 5) }), 0).kind, 'registered');
  assert.deepEqual(addresses(table), { 0: '10.0.0.9:10911' });
});

test('the last broker of a name takes name, cluster and topics along', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  const b = { brokerName: 'b', brokerAddr: '10.0.0.3:10911', topics: topics('OnlyB') };
  table.register(registration(b), 0);
  leave(table);
  assert.deepEqual(
    [...table.brokers.clusters()].map(([name, names]) => [name, [...names]]),
    [['C', ['b']]],
  );
  assert.equal(table.route('T'), undefined);
  assert.deepEqual(
    table.route('TBW102')?.queues.map((queues) => queues.brokerName),
    ['b'],
  );
  table.unregister([{ clusterName: 'C', brokerName: 'b', brokerAddr: b.brokerAddr, brokerId: 0 }]);
  assert.deepEqual([table.topics.size, table.brokers.clusters().size], [0, 0]);
});

test('a departure of an address that is not there changes nothing', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  assert.deepEqual(leave(table, 0, '10.0.0.77:1'), []);
  assert.deepEqual(addresses(table), { 0: '10.0.0.1:10911' });
});

test('brokers are silent when they exceed what they promised, not before', () => {
  const table = new RouteTable();
  table.register(registration({ heartbeatTimeoutMs: 1000 }), 0);
  table.register(registration({ brokerName: 'b', brokerAddr: 'b:1' }), 0);
  assert.equal(table.brokers.silentSince(1000).length, 0);
  assert.deepEqual(
    table.brokers.silentSince(1001).map((broker) => broker.brokerAddr),
    ['10.0.0.1:10911'],
  );
  table.refresh('C', '10.0.0.1:10911', 500);
  assert.equal(table.brokers.silentSince(1500).length, 0);
  assert.equal(table.brokers.silentSince(120_001).length, 2);
});

test('the smallest id of a group is reported when it changes', () => {
  const table = new RouteTable();
  const acting = { enableActingMaster: true };
  table.register(registration({ ...slave, ...acting }), 0);
  const came = table.register(registration(acting), 0);
  assert.ok(came.kind === 'registered');
  assert.equal(came.groupChange?.offlineBrokerAddr, undefined);
  assert.equal(came.groupChange?.haServerAddr, '10.0.0.1:10912');
  assert.deepEqual(leave(table, 1, '10.0.0.2:10911'), []);
  table.register(registration({ ...slave, ...acting }), 0);
  const [left] = leave(table);
  assert.deepEqual([left?.brokerName, left?.offlineBrokerAddr], ['a', '10.0.0.1:10911']);
  assert.deepEqual([...left!.addresses], [[1, '10.0.0.2:10911']]);
});

// Source: RouteInfoManager#notifyMinBrokerIdChanged, which looks at isEnableActingMaster for brokers that left only.
test('in a group without acting masters a smaller id that joins is reported, and one that leaves is not', () => {
  const table = new RouteTable();
  table.register(registration(slave), 0);
  const came = table.register(registration(), 0);
  assert.ok(came.kind === 'registered' && came.groupChange !== undefined);
  assert.deepEqual(leave(table), []);
});

// Source: RouteInfoManager#pickupTopicRouteData, #cleanTopicByUnRegisterRequests.
test('with acting masters the smallest slave answers for a master that left, for reading only', () => {
  const table = new RouteTable();
  table.register(registration({ enableActingMaster: true }), 0);
  table.register(registration({ ...slave, enableActingMaster: true }), 0);
  leave(table);
  assert.equal(perm(table), 4);
  assert.deepEqual(addresses(table), { 1: '10.0.0.2:10911' });
  assert.deepEqual(addresses(table, 'T', true), { 0: '10.0.0.2:10911' });
  assert.deepEqual(addresses(table), { 1: '10.0.0.2:10911' });
});

test('without acting masters nothing is swapped and nothing loses its write permission', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  table.register(registration(slave), 0);
  leave(table);
  assert.equal(perm(table), 6);
  assert.deepEqual(addresses(table, 'T', true), { 1: '10.0.0.2:10911' });
});

test('a topic is registered for known brokers only', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  const data = { brokerName: 'a', readQueueNums: 1, writeQueueNums: 1, perm: 6, topicSysFlag: 0 };
  table.registerTopic('U', [data, { ...data, brokerName: 'stranger' }]);
  assert.deepEqual(table.route('U')?.queues, [data]);
});

test('a topic is deleted everywhere or in one cluster', () => {
  const table = new RouteTable();
  table.register(registration(), 0);
  table.register(registration({ clusterName: 'D', brokerName: 'b', brokerAddr: 'b:1' }), 0);
  table.topics.remove('T', table.brokers.clusters().get('D')!);
  assert.deepEqual(
    table.route('T')?.queues.map((queues) => queues.brokerName),
    ['a'],
  );
  table.topics.remove('T');
  assert.equal(table.route('T'), undefined);
});

test('unit topics are those by the flags of their first broker', () => {
  const table = new RouteTable();
  const units = topics();
  for (const [name, topicSysFlag] of [
    ['unit', 1],
    ['sub', 2],
    ['both', 3],
  ] as const) {
    units.set(name, createTopicConfig(name, { topicSysFlag }));
  }
  table.register(registration({ topics: units }), 0);
  assert.deepEqual(table.topics.ofUnits(), ['unit', 'both']);
  assert.deepEqual(table.topics.withUnitSubscription(), ['sub', 'both']);
  assert.deepEqual(table.topics.withUnitSubscriptionOnly(), ['sub']);
});
