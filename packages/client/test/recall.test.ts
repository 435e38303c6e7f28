import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ClientError, type ClientErrorCode, Producer } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { encodeRecallHandle } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

const withCode = (code: ClientErrorCode) => (error: unknown) => error instanceof ClientError && error.code === code;
const handleOf = (brokerName: string): string =>
  encodeRecallHandle({ topic: 'TopicTest', brokerName, timestamp: 1700000000000, messageId: 'AC11000100' });

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let producer: Producer;
const run = <T>(promise: Promise<T>): Promise<T> => environment.clock.run(promise);

beforeEach(async () => {
  environment = new SimulatedEnvironment(12);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 4 });
  producer = new Producer({
    namesrvAddr: cluster.namesrvAddr,
    producerGroup: 'timers',
    platform: environment.machine('client'),
    logger: silentLogger,
  });
  await run(producer.start());
});

afterEach(async () => {
  await run(producer.stop());
  await run(cluster.stop());
});

// Source: DefaultMQProducerImpl#recallMessage.
test('a recall asks the broker that the handle names, and resolves to the id of the message', async () => {
  const handle = handleOf('broker-a');
  assert.equal(await run(producer.recall('TopicTest', handle)), 'AC11000100');
  const { topic, recallHandle, producerGroup, targetBrokerName } = cluster.recalled[0]!;
  assert.deepEqual([topic, recallHandle, producerGroup, targetBrokerName], ['TopicTest', handle, 'timers', 'broker-a']);
});

test('a broker that no route names is asked through one of the topic', async () => {
  await run(producer.recall('TopicTest', handleOf('broker-behind-a-proxy')));
  assert.equal(cluster.recalled[0]!.targetBrokerName, 'broker-behind-a-proxy');
});

test('what is no handle, and topics that brokers write, are refused before any request', async () => {
  const cyclic: unknown[] = ['', 'x', `${handleOf('b')}!`, undefined, null, 1n, {}, Symbol('x')];
  for (const bad of cyclic) {
    await assert.rejects(run(producer.recall('TopicTest', bad as string)), withCode('RECALL_HANDLE_ILLEGAL'));
  }
  for (const topic of ['%RETRY%g', '%DLQ%g', '', 'a b']) {
    await assert.rejects(run(producer.recall(topic, handleOf('broker-a'))), withCode('NAME_ILLEGAL'));
  }
  const hasty = producer.recall('TopicTest', handleOf('broker-a'), { timeoutMs: 0 });
  await assert.rejects(run(hasty), withCode('OPTION_ILLEGAL'));
  assert.equal(cluster.recalled.length, 0);
});

test("a broker's refusal is a BrokerError with its remark", async () => {
  cluster.refuseNext('RECALL_MESSAGE', 1, 'recall failed, timestamp invalid');
  await assert.rejects(run(producer.recall('TopicTest', handleOf('broker-a'))), {
    name: 'BrokerError',
    remark: 'recall failed, timestamp invalid',
  });
});

test('a recall needs a running producer', async () => {
  await run(producer.stop());
  await assert.rejects(producer.recall('TopicTest', handleOf('broker-a')), withCode('WRONG_STATE'));
});
