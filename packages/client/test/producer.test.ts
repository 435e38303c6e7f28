import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { BrokerError, ClientError, type ClientErrorCode, Producer, type ProducerOptions } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessage, timeOfUniqueKey } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let producer: Producer;

function newProducer(changes: Partial<ProducerOptions> = {}): Producer {
  return new Producer({
    namesrvAddr: cluster.namesrvAddr,
    producerGroup: 'orders',
    platform: environment.machine('client'),
    logger: silentLogger,
    ...changes,
  });
}

beforeEach(async () => {
  environment = new SimulatedEnvironment(11);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 4, TBW102: 8 });
  producer = newProducer();
  await environment.clock.run(producer.start());
});

afterEach(async () => {
  await environment.clock.run(producer.stop());
  await environment.clock.run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0, 'a stopped client leaves no timer');
  assert.equal(environment.network.connectionCount, 0, 'a stopped client leaves no connection');
});

const message = { topic: 'TopicTest', tags: 'TagA', keys: ['k1', 'k2'], body: 'Hello' };
const withCode = (code: ClientErrorCode) => (error: unknown) => error instanceof ClientError && error.code === code;

test('a message is stored with its tag, keys, own properties and unique key', async () => {
  const result = await environment.clock.run(producer.send({ ...message, properties: { colour: 'red' }, flag: 7 }));
  const stored = decodeMessage(cluster.log[0]!.record);
  assert.equal(stored.body.toString(), 'Hello');
  assert.equal(stored.tags, 'TagA');
  assert.deepEqual(stored.keys, ['k1', 'k2']);
  assert.equal(stored.property('colour'), 'red');
  assert.equal(stored.property('WAIT'), 'true');
  assert.equal(stored.uniqueKey, result.msgId);
  assert.equal(timeOfUniqueKey(result.msgId, environment.clock.now() + 1000)! <= environment.clock.now(), true);
  assert.equal(result.sendStatus, 'SEND_OK');
  assert.equal(
    `${result}`,
    `SendResult [sendStatus=SEND_OK, msgId=${result.msgId}, offsetMsgId=${stored.offsetMsgId}, messageQueue=MessageQueue [topic=TopicTest, brokerName=broker-a, queueId=${stored.queueId}], queueOffset=0, recallHandle=null]`,
  );
});

test('a chosen queue is tried again when the send asks for it', async () => {
  const queue = { topic: 'TopicTest', brokerName: 'broker-a', queueId: 2 };
  cluster.refuseNext('SEND_MESSAGE_V2', 1, 'try again');
  cluster.refuseNext('SEND_MESSAGE_V2', 2, 'busy');
  const result = await environment.clock.run(producer.send(message, { queue, retryChosen: true }));
  assert.equal(result.messageQueue.queueId, 2);
  assert.equal(cluster.seen.filter((name) => name === 'SEND_MESSAGE_V2').length, 3);
});

test('a message is checked without being sent', () => {
  producer.requireSendable(message);
  assert.throws(() => producer.requireSendable({ ...message, body: '' }), withCode('MESSAGE_ILLEGAL'));
  assert.throws(() => producer.requireSendable({ ...message, topic: 'a b' }), withCode('NAME_ILLEGAL'));
  assert.equal(cluster.seen.includes('SEND_MESSAGE_V2'), false);
});

// Source: MessageClientIDSetter#setUniqID, which keeps a key that is set.
test('a message may bring its unique key, so that it can be sent again under the same one', async () => {
  const uniqueKey = producer.nextUniqueKey();
  assert.equal(timeOfUniqueKey(uniqueKey, environment.clock.now() + 1000)! <= environment.clock.now(), true);
  assert.notEqual(producer.nextUniqueKey(), uniqueKey);
  for (let i = 0; i < 2; i++) {
    const result = await environment.clock.run(producer.send({ ...message, uniqueKey }));
    assert.equal(result.msgId, uniqueKey);
    assert.equal(decodeMessage(cluster.log[i]!.record).uniqueKey, uniqueKey);
  }
});

// Source: DefaultMQProducer#retryResponseCodes.
test('a broker of another unit is not the last one that is asked', async () => {
  cluster.refuseNext('SEND_MESSAGE_V2', 205, 'not in current unit');
  const result = await environment.clock.run(producer.send(message));
  assert.equal(result.sendStatus, 'SEND_OK');
  assert.equal(cluster.seen.filter((name) => name === 'SEND_MESSAGE_V2').length, 2);
});

test('messages without a choice go round the queues', async () => {
  for (let i = 0; i < 8; i++) await environment.clock.run(producer.send(message));
  assert.deepEqual(cluster.log.map((one) => one.queueId).sort(), [0, 0, 1, 1, 2, 2, 3, 3]);
});

test('a queue or a selector decides, and neither is retried', async () => {
  const queue = { topic: 'TopicTest', brokerName: 'broker-a', queueId: 2 };
  assert.equal((await environment.clock.run(producer.send(message, { queue }))).messageQueue.queueId, 2);
  const picked = await environment.clock.run(producer.send(message, { select: (queues) => queues[3] }));
  assert.equal(picked.messageQueue.queueId, 3);
  cluster.refuseNext('SEND_MESSAGE_V2', 1, 'try elsewhere');
  await assert.rejects(environment.clock.run(producer.send(message, { queue })), (error) => {
    assert.ok(error instanceof BrokerError);
    assert.equal(error.responseCode, 1);
    assert.equal(error.remark, 'try elsewhere');
    assert.equal(error.address, cluster.brokerAddr);
    return true;
  });
  await assert.rejects(
    environment.clock.run(producer.send(message, { select: () => undefined })),
    withCode('QUEUE_ILLEGAL'),
  );
  const foreign = { queue: { ...queue, topic: 'Other' } };
  await assert.rejects(environment.clock.run(producer.send(message, foreign)), withCode('QUEUE_ILLEGAL'));
});

test('a refusal that may pass is retried, any other is not', async () => {
  cluster.refuseNext('SEND_MESSAGE_V2', 2, 'busy');
  cluster.refuseNext('SEND_MESSAGE_V2', 14, 'not now');
  await environment.clock.run(producer.send(message));
  assert.equal(cluster.seen.filter((name) => name === 'SEND_MESSAGE_V2').length, 3);
  cluster.refuseNext('SEND_MESSAGE_V2', 13, 'too large');
  await assert.rejects(environment.clock.run(producer.send(message)), BrokerError);
});

test('a large body travels compressed and arrives whole', async () => {
  const body = 'abcdefgh'.repeat(1000);
  await environment.clock.run(producer.send({ topic: 'TopicTest', body }));
  assert.equal(decodeMessage(cluster.log[0]!.record).body.toString(), body);
});

test('a batch is one request with a key for each message', async () => {
  const parts = ['a', 'b', 'c'].map((body) => ({ topic: 'TopicTest', body }));
  const result = await environment.clock.run(producer.send(parts));
  const stored = cluster.log.map((one) => decodeMessage(one.record));
  assert.deepEqual(
    stored.map((one) => one.body.toString()),
    ['a', 'b', 'c'],
  );
  assert.equal(result.msgId, stored.map((one) => one.uniqueKey).join(','));
  assert.equal(result.offsetMsgId, stored.map((one) => one.offsetMsgId).join(','));
  assert.equal(cluster.seen.filter((name) => name === 'SEND_BATCH_MESSAGE').length, 1);
});

test('batches that cannot travel together are refused before any broker is asked', async () => {
  const good = { topic: 'TopicTest', body: 'x' };
  for (const parts of [
    [],
    [good, { ...good, topic: 'Other' }],
    [{ ...good, delayLevel: 3 }],
    [good, { ...good, waitStoreOk: false }],
    [{ ...good, topic: '%RETRY%g' }],
  ]) {
    await assert.rejects(producer.send(parts), withCode('MESSAGE_ILLEGAL'));
  }
});

test('messages that break a rule are refused before any broker is asked', async () => {
  const before = cluster.seen.length;
  for (const bad of [
    { topic: 'TopicTest', body: '' },
    { topic: 'TopicTest', body: Buffer.alloc(4 * 1024 * 1024 + 1) },
    { topic: 'TopicTest', body: 'x', properties: { UNIQ_KEY: 'mine' } },
    { topic: 'TopicTest', body: 'x', properties: { a: ' ' } },
    { topic: 'TopicTest', body: 'x', tags: 'a\u0001b' },
  ]) {
    await assert.rejects(producer.send(bad), withCode('MESSAGE_ILLEGAL'));
  }
  for (const topic of ['', 'a b', 'x'.repeat(128), 'SCHEDULE_TOPIC_XXXX']) {
    await assert.rejects(producer.send({ topic, body: 'x' }), withCode('NAME_ILLEGAL'));
  }
  assert.equal(cluster.seen.length, before);
});

test('an unknown topic is sent to the queues that the template topic would give it', async () => {
  const result = await environment.clock.run(producer.send({ topic: 'BrandNew', body: 'x' }));
  assert.ok(result.messageQueue.queueId < 4, 'defaultTopicQueueNums is less than the template has');
  assert.equal(cluster.topics.get('BrandNew'), 4);
});

test('an unknown topic without a template is an error that names topic and name server', async () => {
  cluster.topics.delete('TBW102');
  await assert.rejects(environment.clock.run(producer.send({ topic: 'Nowhere', body: 'x' })), (error) => {
    assert.ok(error instanceof ClientError && error.code === 'ROUTE_NOT_FOUND');
    assert.match(error.message, /Nowhere/);
    assert.ok(error.message.includes(cluster.namesrvAddr));
    return true;
  });
});

test('a dead name server is an error that names its address and the option', async () => {
  const host = environment.network.addressOf('absent');
  const lost = newProducer({ namesrvAddr: `${host}:9876`, producerGroup: 'lost' });
  await environment.clock.run(lost.start());
  await assert.rejects(environment.clock.run(lost.send(message)), (error) => {
    assert.ok(error instanceof ClientError && error.code === 'NAMESRV_UNREACHABLE');
    assert.ok(error.message.includes(`${host}:9876`) && error.message.includes('namesrvAddr'));
    return true;
  });
  await environment.clock.run(lost.stop());
});

test('the second name server is asked within the same call when the first is dead', async () => {
  const dead = `${environment.network.addressOf('absent')}:9876`;
  const other = newProducer({ namesrvAddr: `${dead};${cluster.namesrvAddr}`, producerGroup: 'two' });
  await environment.clock.run(other.start());
  assert.equal((await environment.clock.run(other.send(message))).sendStatus, 'SEND_OK');
  await environment.clock.run(other.stop());
});

test('one-way messages arrive and wait for nothing', async () => {
  await environment.clock.run(producer.sendOneway(message));
  await environment.clock.advance(100);
  assert.equal(cluster.log.length, 1);
});

test('a signal ends the wait for a silent broker', async () => {
  await environment.clock.run(producer.send(message));
  const abort = new AbortController();
  environment.network.partition('client', 'cluster');
  const sending = producer.send(message, { signal: abort.signal, timeoutMs: 60_000 });
  sending.catch(() => {});
  await environment.clock.advance(500);
  abort.abort(new Error('changed my mind'));
  await assert.rejects(sending, (error) => {
    assert.ok(error instanceof ClientError && error.code === 'ABORTED');
    assert.equal((error.cause as Error).message, 'changed my mind');
    return true;
  });
  environment.network.heal();
});

test('a silent broker eats the whole time of the send', async () => {
  await environment.clock.run(producer.send(message));
  environment.network.partition('client', 'cluster');
  const start = environment.clock.monotonicMs();
  await assert.rejects(environment.clock.run(producer.send(message, { timeoutMs: 2000 })), withCode('SEND_TIMEOUT'));
  const spent = environment.clock.monotonicMs() - start;
  assert.ok(spent >= 2000 && spent < 2500, `${spent} ms`);
  environment.network.heal();
});

test('calls before start and after stop name the state', async () => {
  const other = newProducer({ producerGroup: 'other' });
  await assert.rejects(other.send(message), /CREATE_JUST/);
  await environment.clock.run(other.start());
  await assert.rejects(other.start(), withCode('WRONG_STATE'));
  const stopping = other.stop();
  assert.equal(other.shutdown(), stopping);
  await environment.clock.run(stopping);
  await assert.rejects(other.send(message), /SHUTDOWN_ALREADY/);
});

test('two producers of a group need two client ids', async () => {
  const shared = { instanceName: 'one' };
  const first = newProducer({ producerGroup: 'pair', ...shared });
  const second = newProducer({ producerGroup: 'pair', ...shared });
  await environment.clock.run(first.start());
  await assert.rejects(environment.clock.run(second.start()), withCode('GROUP_TAKEN'));
  assert.equal((await environment.clock.run(first.send(message))).sendStatus, 'SEND_OK');
  await environment.clock.run(first.stop());
});

test('a stopped producer has left its group', async () => {
  await environment.clock.run(producer.send(message));
  await environment.clock.run(producer.stop());
  assert.equal(cluster.seen.at(-1), 'UNREGISTER_CLIENT');
});

test('options out of range are named', () => {
  assert.throws(() => newProducer({ namesrvAddr: '' }), withCode('NO_NAME_SERVER'));
  assert.throws(() => newProducer({ namesrvAddr: 'nonsense' }), withCode('OPTION_ILLEGAL'));
  assert.throws(() => newProducer({ sendTimeoutMs: 0 }), /sendTimeoutMs is 0/);
  assert.throws(() => newProducer({ producerGroup: 'DEFAULT_PRODUCER' }), withCode('NAME_ILLEGAL'));
  assert.throws(() => newProducer({ producerGroup: 'a b' }), withCode('NAME_ILLEGAL'));
});
