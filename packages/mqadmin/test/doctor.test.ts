import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicConfig } from '@rocketmq-ts/admin';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { checkGroups } from '../src/command/doctor/check-groups.ts';
import { checkReplication } from '../src/command/doctor/check-replication.ts';
import { checkAddresses, checkBrokers, checkNameServers } from '../src/command/doctor/check-servers.ts';
import { checkTopics } from '../src/command/doctor/check-topics.ts';
import type { Finding } from '../src/command/doctor/diagnoses.ts';
import type { BrokerFacts, GroupFacts, MemberFacts, Survey } from '../src/command/doctor/survey.ts';
import { runMqadmin } from '../src/index.ts';

const BOOT = 1_700_000_000_000;

function broker(change: Partial<BrokerFacts> = {}): BrokerFacts {
  const status = new Map([
    ['brokerVersionDesc', 'V5_4_0'],
    ['bootTimestamp', String(BOOT)],
    ['runtime', '[ 0 days, 0 hours, 1 minutes, 0 seconds ]'],
    ['commitLogDiskRatio', '0.5'],
  ]);
  return {
    ...{ cluster: 'C', brokerName: 'broker-a', brokerId: 0, address: '10.0.0.1:10911', status, config: new Map() },
    ...{ askedAt: BOOT + 60_000, tookMs: 10, topics: new Map(), groups: new Map() },
    ...change,
  };
}

function survey(change: Partial<Survey> = {}): Survey {
  return { nameServers: [{ address: '10.0.0.9:9876' }], brokers: [broker()], groups: [], gaps: [], ...change };
}

function withStatus(...entries: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  return new Map([...broker().status, ...entries]);
}

const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

test('a plain set-up has nothing wrong', () => {
  const plain = survey();
  for (const check of [checkNameServers, checkAddresses, checkBrokers, checkReplication, checkTopics, checkGroups])
    assert.deepEqual(check(plain), []);
});

test('a name server that does not answer, one that wants TLS, and two that disagree', () => {
  const knows = (address: string, topics: readonly string[]) => ({
    ...{ address, topics },
    info: { brokerAddrTable: new Map(), clusterAddrTable: new Map() },
  });
  const failing = { address: 'a:1', failure: 'refused', answersOtherwise: false };
  assert.deepEqual(ids(checkNameServers(survey({ nameServers: [failing] }))), ['NAME_SERVER_UNREACHABLE']);
  const tls = { ...failing, answersOtherwise: true };
  assert.deepEqual(ids(checkNameServers(survey({ nameServers: [tls] }))), ['TLS_MISMATCH']);
  const found = checkNameServers(survey({ nameServers: [knows('a:1', ['T', 'U']), knows('b:1', ['T', 'V'])] }));
  assert.deepEqual(found, [
    { id: 'NAME_SERVERS_DISAGREE', subject: 'a:1 and b:1', what: 'only a:1 knows topics U; only b:1 knows topics V' },
  ]);
});

test('addresses that clients elsewhere can not use', () => {
  const at = (address: string, failure?: string): Survey =>
    survey({ brokers: [broker({ address, ...(failure === undefined ? {} : { failure }) })] });
  assert.deepEqual(ids(checkAddresses(at('127.0.0.1:10911'))), ['BROKER_ADDRESS_LOOPBACK']);
  assert.deepEqual(ids(checkAddresses(at('172.18.0.3:10911'))), ['BROKER_ADDRESS_CONTAINER']);
  assert.deepEqual(ids(checkAddresses(at('172.16.0.3:10911'))), []);
  assert.deepEqual(ids(checkAddresses(at('10.9.9.9:10911', 'timed out'))), ['BROKER_UNREACHABLE']);
  const local = survey({
    nameServers: [{ address: 'localhost:9876' }],
    brokers: [broker({ address: '127.0.0.1:10911' })],
  });
  assert.deepEqual(ids(checkAddresses(local)), ['BROKER_ADDRESS_LOCAL']);
});

test('brokers without a master, of several versions, with other settings, on full disks, with wrong clocks', () => {
  const slave = broker({ brokerId: 1, brokerName: 'broker-b' });
  assert.deepEqual(ids(checkBrokers(survey({ brokers: [slave] }))), ['BROKER_WITHOUT_MASTER']);
  const old = broker({ brokerName: 'broker-b', status: withStatus(['brokerVersionDesc', 'V4_9_7']) });
  assert.deepEqual(ids(checkBrokers(survey({ brokers: [broker(), old] }))), ['BROKER_VERSIONS_MIXED']);
  const limits = ['4194304', '1024'].map((value, index) =>
    broker({ brokerName: `broker-${index}`, config: new Map([['maxMessageSize', value]]) }),
  );
  assert.deepEqual(ids(checkBrokers(survey({ brokers: limits }))), ['BROKER_CONFIGS_DIFFER']);
  const automatic = broker({ config: new Map([['autoCreateTopicEnable', 'true']]) });
  assert.deepEqual(ids(checkBrokers(survey({ brokers: [automatic] }))), ['AUTO_CREATE_ON']);
  for (const [ratio, expected] of [
    ['0.74', []],
    ['0.8', ['DISK_FILLING']],
    ['0.93', ['DISK_NEARLY_FULL']],
  ] as const) {
    const filled = broker({ status: withStatus(['commitLogDiskRatio', ratio]) });
    assert.deepEqual(ids(checkBrokers(survey({ brokers: [filled] }))), expected);
  }
  const wrong = broker({ askedAt: BOOT + 60_000 + 3_600_000 });
  const [finding] = checkBrokers(survey({ brokers: [wrong] }));
  assert.equal(finding?.id, 'CLOCK_DIFFERS');
  assert.match(finding.what, /^its clock is 3600 s behind/);
});

test('slaves that are not there, far behind, or of another log', () => {
  const slave = broker({ brokerId: 1, address: '10.0.0.2:10911' });
  const connection = { addr: '10.0.0.2:1', slaveAckOffset: 0, diff: 300 * 1024 * 1024, inSync: false };
  const status = {
    ...{ master: true, masterCommitLogMaxOffset: 1, inSyncSlaveNums: 0 },
    haClientRuntimeInfo: {} as NonNullable<BrokerFacts['ha']>['haClientRuntimeInfo'],
  };
  const alone = broker({ ha: { ...status, haConnectionInfo: [] }, config: new Map([['brokerRole', 'SYNC_MASTER']]) });
  assert.deepEqual(ids(checkReplication(survey({ brokers: [alone, slave] }))), [
    'SLAVE_NOT_CONNECTED',
    'SYNC_MASTER_ALONE',
  ]);
  const behind = { ...connection, transferredByteInSecond: 0, transferFromWhere: 0 };
  const master = broker({ ha: { ...status, haConnectionInfo: [behind] } });
  assert.deepEqual(ids(checkReplication(survey({ brokers: [master, slave] }))), ['SLAVE_BEHIND']);
  const diverged = broker({ status: withStatus(['replicationDivergence', 'another record at 40']) });
  assert.deepEqual(ids(checkReplication(survey({ brokers: [diverged] }))), ['LOGS_DIVERGED']);
});

test('topics that can not be used, are not everywhere, or are not the same', () => {
  const topic = (name: string, change = {}) => [name, createTopicConfig(name, change)] as const;
  const a = broker({
    topics: new Map([topic('Same'), topic('OnA'), topic('Other', { readQueueNums: 8, writeQueueNums: 8 })]),
  });
  const b = broker({
    brokerName: 'broker-b',
    topics: new Map([
      topic('Same'),
      topic('Other', { readQueueNums: 4, writeQueueNums: 8 }),
      topic('%RETRY%g'),
      topic('broker-b'),
    ]),
  });
  const known = [{ address: '10.0.0.9:9876', topics: ['Same', 'OnA'] }];
  const found = checkTopics(survey({ nameServers: known, brokers: [a, b] }));
  assert.deepEqual(
    found.map(({ id, what }) => `${id}: ${what}`),
    [
      'TOPIC_UNROUTED: 1 topic: Other',
      'TOPIC_MORE_WRITTEN_THAN_READ: 1 topic: Other',
      'TOPIC_NOT_EVERYWHERE: 1 topic: OnA (broker-a)',
      'TOPIC_CONFIGS_DIFFER: 1 topic: Other (broker-a: 8/8 RW-, broker-b: 4/8 RW-)',
    ],
  );
  const blocked = broker({ topics: new Map([topic('Same', { perm: 4 })]) });
  assert.deepEqual(ids(checkTopics(survey({ brokers: [blocked] }))), ['TOPIC_BLOCKED']);
});

test('5,000 topics on one broker only are one finding, with a few names', () => {
  const topics = new Map(Array.from({ length: 5000 }, (_, i) => [`T${i}`, createTopicConfig(`T${i}`)] as const));
  const found = checkTopics(survey({ brokers: [broker({ topics }), broker({ brokerName: 'broker-b' })] }));
  assert.equal(found.length, 1);
  assert.match(found[0]!.what, /^5000 topics: T0 \(broker-a\).* and 4995 more$/);
});

test('groups whose members do not fit each other, that fall behind, or that nobody reads', () => {
  const member = (clientId: string, change: Partial<MemberFacts> = {}): MemberFacts => ({
    ...{ clientId, version: 'V5_4_0' },
    state: { subscriptions: ['T *'], model: 'CLUSTERING', type: 'CONSUME_PASSIVELY', blocked: [] },
    ...change,
  });
  const group = (change: Partial<GroupFacts>): Survey => {
    const facts = { configuredOn: ['broker-a'], onlineOn: ['broker-a'], members: [member('one'), member('two')] };
    return survey({ groups: [{ group: 'g', ...facts, lag: [0, 0], deadLetters: 0, ...change }] });
  };
  const state = member('x').state!;
  const other = (change: Partial<NonNullable<MemberFacts['state']>>): Survey =>
    group({ members: [member('one'), member('two', { state: { ...state, ...change } })] });
  assert.deepEqual(ids(checkGroups(group({}))), []);
  const [difference] = checkGroups(other({ subscriptions: ['T red'] }));
  assert.deepEqual([difference?.id, difference?.what], ['GROUP_SUBSCRIPTIONS_DIFFER', 'T *: one; T red: two']);
  assert.deepEqual(ids(checkGroups(other({ model: 'BROADCASTING' }))), ['GROUP_MODES_DIFFER']);
  assert.deepEqual(ids(checkGroups(other({ blocked: ['two is blocked'] }))), ['CONSUMER_BLOCKED']);
  const old = group({ members: [member('one'), member('two', { version: 'V4_9_7' })] });
  assert.deepEqual(ids(checkGroups(old)), ['GROUP_VERSIONS_DIFFER']);
  assert.deepEqual(ids(checkGroups(group({ configuredOn: [] }))), ['GROUP_WITHOUT_CONFIG']);
  assert.deepEqual(ids(checkGroups(group({ lag: [10, 500] }))), ['GROUP_LAG_GROWS']);
  assert.deepEqual(ids(checkGroups(group({ lag: [10, 20] }))), []);
  assert.deepEqual(ids(checkGroups(group({ members: [], onlineOn: [], lag: [5, 5] }))), ['GROUP_OFFLINE_WITH_LAG']);
  assert.deepEqual(ids(checkGroups(group({ deadLetters: 3 }))), ['GROUP_DEAD_LETTERS']);
});

async function doctor(
  cluster: Cluster,
  ...argv: string[]
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const exitCode = await cluster.run(
    runMqadmin(['doctor', '-n', cluster.namesrvAddr, ...argv], {
      platform: cluster.environment.machine('tools'),
      env: {},
      stdout: (text) => (stdout += text),
      stderr: (text) => (stderr += text),
    }),
    120_000,
  );
  return { exitCode, stdout, stderr };
}

test('a cluster of ours is healthy; with real faults each is named, in words and as JSON', async () => {
  const cluster = await startCluster({
    ...{ nameServers: 2, brokers: 2, slaves: 1, topics: { Orders: 2 } },
    brokerProperties: { autoCreateTopicEnable: 'true', autoCreateSubscriptionGroup: 'true' },
  });
  await cluster.advance(40_000);
  const before = await doctor(cluster, '--json');
  const { healthy, findings } = JSON.parse(before.stdout) as {
    healthy: boolean;
    findings: { id: string; severity: string }[];
  };
  assert.deepEqual(
    [healthy, before.exitCode, findings.filter(({ severity }) => severity === 'problem')],
    [true, 0, []],
  );
  assert.deepEqual(
    findings.map(({ id }) => id),
    ['AUTO_CREATE_ON', 'AUTO_CREATE_ON'],
  );

  const consumer = (machine: string, expression: string) =>
    cluster.consumer({ consumerGroup: 'billing', topics: { Orders: expression }, machine }, () => {});
  await consumer('two', 'red');
  await consumer('one', '*');
  cluster.nameServer('namesrv-2').kill();
  cluster.partition('tools', 'broker-b');
  await cluster.createTopic('OnlyOnA', 2, [cluster.broker('broker-a')]);
  await cluster.advance(30_000);
  const { exitCode, stdout, stderr } = await doctor(cluster);
  assert.deepEqual([exitCode, stderr], [2, ''], stdout);
  for (const id of ['NAME_SERVER_UNREACHABLE', 'BROKER_UNREACHABLE', 'GROUP_SUBSCRIPTIONS_DIFFER'])
    assert.match(stdout, new RegExp(`^\\[problem\\] ${id}$`, 'm'));
  assert.match(stdout, /Orders \*: .*; Orders red: /, 'members are named in one order');
  const heads = [...stdout.matchAll(/^\[.*$/gm)].map(String);
  assert.deepEqual(heads, [...new Set(heads)], 'what is wrong in several places is explained once');
  assert.match(stdout, /^Problems: \d+, advice: \d+\. Looked at: name servers 2, brokers 4, topics \d+, groups 1\.$/m);
  await cluster.stop();
});
