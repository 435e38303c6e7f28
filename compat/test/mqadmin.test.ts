import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runApacheMqadmin } from '@rocketmq-ts/testkit/java';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import { ApacheMqadmin } from '../support/apache-mqadmin.ts';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { bodyOf } from '../support/deliveries.ts';
import { unlessJava } from '../support/needs.ts';
import { hasStackTrace, lines, masked } from '../support/printed.ts';
import { typescriptConsume, withProducer } from '../support/typescript-clients.ts';

const TEST_MS = 120_000;
const topic = 'AdminTopic';
const group = 'admin_group';

suite("Apache's mqadmin against our name server and broker", { skip: unlessJava() }, () => {
  let cluster: Cluster;
  let mqadmin: ApacheMqadmin;
  before(async () => {
    cluster = await startCluster({ namesrv: ours, broker: ours });
    mqadmin = new ApacheMqadmin(join(cluster.home, 'mqadmin'));
    await withProducer(cluster, async (producer) => {
      for (let i = 0; i < 8; i++) await producer.send({ topic, body: bodyOf('admin', i, 32) });
    });
    await typescriptConsume(cluster, { topic, group, count: 8 });
  });
  after(async () => {
    await mqadmin?.stop();
    await cluster?.stop();
  });

  const apaches = async (...args: string[]): Promise<string> => {
    const output = await mqadmin.run([...args, '-n', cluster.namesrv]);
    assert.ok(!hasStackTrace(output), output);
    return output;
  };
  /** Both print the same for the same state, but for numbers that vary and the order of a hash table. */
  const both = (...args: string[]): Promise<string> => same(0, args);
  /** The same of a command that did nothing: ours shows it with its exit code, too. */
  const bothRefuse = (...args: string[]): Promise<string> => same(2, args);
  const same = async (code: number, args: readonly string[]): Promise<string> => {
    const home = join(cluster.home, 'mqadmin-ours');
    const [theirs, result] = await Promise.all([
      apaches(...args),
      runOurCommand('mqadmin', [...args, '-n', cluster.namesrv], { home }),
    ]);
    assert.equal(result.code, code, result.output);
    assert.deepEqual(lines(masked(result.output)), lines(masked(theirs)), `mqadmin ${args.join(' ')}`);
    return theirs;
  };

  test('clusterList shows the broker with its address and version', { timeout: TEST_MS }, async () => {
    const output = await both('clusterList');
    assert.match(output, /^#Cluster Name +#Broker Name +#BID +#Addr +#Version .*#ACTIVATED/m);
    assert.match(output, new RegExp(`^DefaultCluster +broker-a +0 +${cluster.broker} +V5_4_0 .*true`, 'm'));
  });

  test('topicList names the topic and the group’s retry topic', { timeout: TEST_MS }, async () => {
    const output = await both('topicList');
    assert.match(output, /^AdminTopic$/m);
    assert.match(output, /^%RETRY%admin_group$/m);
    const table = await both('topicList', '-c');
    assert.match(table, /^DefaultCluster +AdminTopic +admin_group/m);
  });

  test('topicRoute prints the route', { timeout: TEST_MS }, async () => {
    const output = await both('topicRoute', '-t', topic);
    assert.match(output, new RegExp(`"brokerAddrs":\\{\\s*0:"${cluster.broker}"`));
    assert.match(output, /"writeQueueNums":4/);
    await both('topicRoute', '-t', topic, '-l');
  });

  test('topicStatus counts what was sent', { timeout: TEST_MS }, async () => {
    const output = await both('topicStatus', '-t', topic);
    assert.match(output, /^#Broker Name +#QID +#Min Offset +#Max Offset +#Last Updated/m);
    const rows = [...output.matchAll(/^broker-a +(\d) +(\d+) +(\d+) /gm)];
    assert.equal(rows.length, 4);
    assert.equal(
      rows.reduce((sum, row) => sum + Number(row[3]), 0),
      8,
    );
  });

  test('consumerProgress shows a group that has read everything, with -g and without', {
    timeout: TEST_MS,
  }, async () => {
    const one = await both('consumerProgress', '-g', group);
    assert.match(one, /^#Topic +#Broker Name +#QID +#Broker Offset +#Consumer Offset .*#Diff/m);
    assert.equal([...one.matchAll(/^AdminTopic +broker-a +\d +(\d+) +\1 /gm)].length, 4);
    assert.match(one, /Consume Diff Total: 0$/m);
    const all = await both('consumerProgress');
    assert.match(all, /^admin_group /m);
  });

  test('updateTopic makes and changes a topic, deleteTopic removes it', { timeout: TEST_MS }, async () => {
    const made = await apaches('updateTopic', '-t', 'AdminMade', '-c', 'DefaultCluster', '-r', '3', '-w', '2');
    assert.match(made, /create topic to .* success/);
    assert.match(await apaches('topicRoute', '-t', 'AdminMade'), /"readQueueNums":3[\s\S]*"writeQueueNums":2/);
    await both('updateTopic', '-t', 'AdminMade', '-b', cluster.broker, '-r', '5', '-w', '5', '-p', '6');
    assert.match(await apaches('topicRoute', '-t', 'AdminMade'), /"readQueueNums":5/);
    assert.match(await apaches('deleteTopic', '-t', 'AdminMade', '-c', 'DefaultCluster'), /delete topic .* success/);
    assert.doesNotMatch(await apaches('topicList'), /^AdminMade$/m);
  });

  test('getBrokerConfig lists what a 5.4.0 broker lists, and a value with a backslash arrives whole', {
    timeout: TEST_MS,
  }, async () => {
    await runOurCommand('mqadmin', ['updateBrokerConfig', '-b', cluster.broker, '-k', 'regionId', '-v', 'C:\\x'], {
      home: join(cluster.home, 'mqadmin-ours'),
    });
    const output = await apaches('getBrokerConfig', '-b', cluster.broker);
    const recorded = new URL('../../packages/broker/test/fixtures/broker-config.properties', import.meta.url);
    const names = readFileSync(recorded, 'utf8').match(/^\w+(?==)/gm) ?? [];
    const listed = output.match(/^\w+(?= += {2})/gm) ?? [];
    assert.deepEqual(new Set(listed), new Set(names));
    assert.match(output, /^regionId += {2}C:\\x/m);
  });

  test('a topic of mixed type is refused with Apache’s words', { timeout: TEST_MS }, async () => {
    const args = ['updateTopic', '-b', cluster.broker, '-t', 'Mixed', '-a', '+message.type=MIXED'];
    const output = await mqadmin.run([...args, '-n', cluster.namesrv]);
    assert.match(output, /CODE: 29 {2}DESC: MIXED message type is not supported\./);
  });

  test('making room by hand is reported as done, or as false where there is no broker', {
    timeout: TEST_MS,
  }, async () => {
    assert.equal((await both('cleanExpiredCQ')).trim(), 'success');
    assert.equal((await both('deleteExpiredCommitLog', '-b', cluster.broker)).trim(), 'success');
    assert.equal((await bothRefuse('cleanUnusedTopic', '-c', 'NoSuchCluster')).trim(), 'false');
  });

  test('queryMsgByKey and queryMsgByUniqueKey find messages by key, tag and unique key', {
    timeout: TEST_MS,
  }, async () => {
    let id = '';
    await withProducer(cluster, async (producer) => {
      const sent = await producer.send({ topic, body: bodyOf('keyed', 0, 32), keys: 'order-1 user-7', tags: 'red' });
      id = sent.msgId;
      await producer.send({ topic, body: bodyOf('keyed', 1, 32), keys: 'order-2 user-7', tags: 'blue' });
    });
    const one = await both('queryMsgByKey', '-t', topic, '-k', 'order-1');
    assert.match(one, new RegExp(`^${id} +\\d +\\d+ +\\d+@${topic}@K@order-1@${id}@\\d+ *$`, 'm'));
    assert.equal((await both('queryMsgByKey', '-t', topic, '-k', 'user-7')).trim().split('\n').length, 3);
    assert.equal((await both('queryMsgByKey', '-t', topic, '-k', 'user-7', '-m', '1')).trim().split('\n').length, 2);
    assert.match(await both('queryMsgByKey', '-t', topic, '-k', 'red', '-p', 'T'), new RegExp(`@T@red@${id}@`));
    assert.match(await bothRefuse('queryMsgByKey', '-t', topic, '-k', 'red', '-p', 'X'), /index type error/);
    const whole = await both('queryMsgByUniqueKey', '-t', topic, '-i', id);
    assert.match(whole, /^Keys: +\[order-1 user-7\]$/m);
    await both('queryMsgByUniqueKey', '-t', topic, '-i', id, '-a', '-s', '0', '-e', '9999999999999');
    const args = ['queryMsgByKey', '-t', topic, '-k', 'nothing', '-n', cluster.namesrv];
    assert.match(await mqadmin.run(args), /query message by key finished, but no message/);
  });

  test('topicRoute of a topic that does not exist reports it', { timeout: TEST_MS }, async () => {
    const home = join(cluster.home, 'mqadmin');
    const args = ['topicRoute', '-t', 'NoSuchTopic', '-n', cluster.namesrv];
    const { code, output } = await runApacheMqadmin(args, { home });
    assert.equal(code, 0);
    assert.match(output, /CODE: 17 {2}DESC: No topic route info in name server for the topic: NoSuchTopic/);
  });
});
