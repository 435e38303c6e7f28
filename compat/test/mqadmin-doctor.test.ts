import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { PushConsumer } from '@rocketmq-ts/client';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqadmin } from '@rocketmq-ts/mqadmin';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { withProducer } from '../support/typescript-clients.ts';

const TEST_MS = 120_000;

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly subject: string;
  readonly what: string;
}

suite('mqadmin doctor on Apache’s name server and broker', { skip: unlessJava() }, () => {
  let cluster: Cluster;
  const consumers: PushConsumer[] = [];
  before(async () => {
    cluster = await startCluster({ namesrv: 'apache', broker: 'apache' });
  });
  after(async () => {
    for (const consumer of consumers) await consumer.stop();
    await cluster?.stop();
  });

  const mqadmin = async (...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> => {
    let stdout = '';
    let stderr = '';
    const exitCode = await runMqadmin(argv, {
      ...{ platform: nodePlatform, env: {} },
      stdout: (text) => (stdout += text),
      stderr: (text) => (stderr += text),
    });
    return { exitCode, stdout, stderr };
  };
  const examine = async (namesrv: string): Promise<{ exitCode: number; findings: readonly Finding[] }> => {
    const { exitCode, stdout } = await mqadmin('doctor', '-n', namesrv, '-w', '1', '--json');
    return { exitCode, findings: JSON.parse(stdout).findings };
  };

  test('a quick start as Apache ships it has no problem, and advice for production', { timeout: TEST_MS }, async () => {
    const { exitCode, findings } = await examine(cluster.namesrv);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'problem'),
      [],
    );
    assert.equal(exitCode, 0);
    const ids = findings.map(({ id }) => id);
    assert.ok(ids.includes('AUTO_CREATE_ON'), ids.join());
    assert.ok(ids.includes('BROKER_ADDRESS_LOCAL'), ids.join());
  });

  test('each of several real faults is named', { timeout: TEST_MS }, async () => {
    for (const topic of ['Orders', 'Closed'])
      await mqadmin('updateTopic', '-n', cluster.namesrv, '-b', cluster.broker, '-t', topic, '-r', '2', '-w', '4');
    await mqadmin('updateTopicPerm', '-n', cluster.namesrv, '-b', cluster.broker, '-t', 'Closed', '-p', '4');
    for (const [instanceName, expression] of [
      ['one', '*'],
      ['two', 'red'],
    ] as const) {
      const consumer = new PushConsumer({
        ...{ namesrvAddr: cluster.namesrv, consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', instanceName },
      });
      consumer.subscribe('Orders', expression);
      await consumer.start(() => 'CONSUME_SUCCESS');
      consumers.push(consumer);
    }
    await withProducer(cluster, async (producer) => {
      for (let i = 0; i < 4; i++) await producer.send({ topic: 'Orders', body: 'x' });
    });
    const { exitCode, findings } = await examine(`${cluster.namesrv};127.0.0.1:1`);
    assert.equal(exitCode, 2);
    const found = new Map(findings.map(({ id, subject, what }) => [id, `${subject}: ${what}`]));
    assert.match(found.get('NAME_SERVER_UNREACHABLE') ?? '', /^127\.0\.0\.1:1: /);
    assert.match(found.get('TOPIC_BLOCKED') ?? '', /Closed \(R-- on broker-a\)/);
    assert.match(found.get('TOPIC_MORE_WRITTEN_THAN_READ') ?? '', /Orders/);
    assert.match(found.get('GROUP_SUBSCRIPTIONS_DIFFER') ?? '', /^billing: Orders \*: .*; Orders red: /);
  });
});
