import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReplyMessage, Producer, PushConsumer } from '@rocketmq-ts/client';
import {
  decodeMessages,
  formatMessageProperties,
  type MessageView,
  PULL_MESSAGE,
  SEND_MESSAGE_V2,
  SEND_REPLY_MESSAGE_V2,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import { PULL_FIELDS, SEND_FIELDS } from '@rocketmq-ts/testkit';
import { brokerUnderTest } from './broker-under-test.ts';
import type { Cluster } from './cluster.ts';
import { linesOf } from './deliveries.ts';
import { javaRun, javaStaying } from './java-clients.ts';

const TEST_MS = 120_000;

/** Requests and replies between Apache's client and ours, in both directions, over whatever cluster is given. */
export function requestReplyScenarios(clusterOf: () => Cluster): void {
  const scenario = (name: string, run: (cluster: Cluster) => Promise<void>): void =>
    void test(name, { timeout: TEST_MS }, () => run(clusterOf()));
  scenario("our producer gets what Apache's consumer replies, compressed or not", askJava);
  scenario("Apache's producer gets what our consumer replies, compressed or not", answerJava);
  scenario('a reply that reaches nobody is refused, and stored with region and trace switch', replyToNobody);
  scenario('a message of another kind than message.type of its topic is stored', otherType);
}

async function askJava(cluster: Cluster): Promise<void> {
  const topic = 'AskedOfJava';
  await withAsker(cluster, async (asker) => {
    const responder = await javaStaying(cluster, 'RequestReplyProgram', {
      ...{ role: 'respond', group: 'compat_java_responder', topic, compress: 'yes' },
    });
    try {
      const long = 'question '.repeat(1000);
      const replies = await Promise.all(
        ['one', 'two', long].map((body) => asker.request({ topic, body }, { timeoutMs: 20_000 })),
      );
      assert.deepEqual(
        replies.map((reply) => reply.text()),
        ['re: one', 're: two', `re: ${long}`],
      );
      for (const reply of replies) {
        assert.equal(reply.properties.get('MSG_TYPE'), 'reply');
        assert.equal(reply.properties.get('TTL'), '20000');
        assert.equal(reply.topic, 'DefaultCluster_REPLY_TOPIC');
      }
      // The broker answers the responder when the requester has its reply.
      await responder.waitForLine(/^SENT SEND_OK/, 20_000);
      assert.deepEqual(linesOf(responder.output(), 'FAILED'), []);
    } finally {
      await responder.stop();
    }
  });
}

async function answerJava(cluster: Cluster): Promise<void> {
  const topic = 'AskedOfTypescript';
  await withAsker(cluster, async (producer) => {
    const consumer = new PushConsumer({
      namesrvAddr: cluster.namesrv,
      consumerGroup: 'compat_ts_responder',
      consumeFrom: 'FIRST_OFFSET',
      pollNameServerIntervalMs: 500,
    });
    consumer.subscribe(topic);
    await consumer.start(async (message) => {
      const sent = await producer.send(createReplyMessage(message, `re: ${message.text()} `.repeat(20)));
      assert.equal(sent.sendStatus, 'SEND_OK');
    });
    try {
      const args = { role: 'request', group: 'compat_java_asker', topic, count: 3 };
      const output = await javaRun(cluster, 'RequestReplyProgram', args);
      const replies = linesOf(output, 'REPLY');
      assert.deepEqual(
        replies.map(([text]) => text),
        [0, 1, 2].map((index) => `re:_question-${index}_`.repeat(20)),
      );
      for (const [, replyTopic, ttl, bornHost] of replies) {
        assert.deepEqual([replyTopic, ttl], ['DefaultCluster_REPLY_TOPIC', '20000']);
        assert.match(bornHost ?? '', /^[\d.]+$/);
      }
    } finally {
      await consumer.stop();
    }
  });
}

async function withAsker(cluster: Cluster, work: (producer: Producer) => Promise<void>): Promise<void> {
  const producer = new Producer({
    namesrvAddr: cluster.namesrv,
    producerGroup: 'compat_ts_asker',
    sendTimeoutMs: 20_000,
    compressOverBytes: 200,
  });
  await producer.start();
  try {
    await work(producer);
  } finally {
    await producer.stop();
  }
}

async function replyToNobody({ broker: address }: Cluster): Promise<void> {
  const broker = brokerUnderTest(address);
  try {
    const send = async (propertiesText: string) => {
      const header = { ...SEND_FIELDS, topic: 'DefaultCluster_REPLY_TOPIC', properties: propertiesText };
      return (await broker.ask(SEND_REPLY_MESSAGE_V2, header, Buffer.from('to nobody'))).code;
    };
    const nobody = formatMessageProperties([
      ['REPLY_TO_CLIENT', 'nobody'],
      ['CORRELATION_ID', 'c'],
    ]);
    assert.equal(await send(nobody), 1);
    assert.equal(await send(''), 1);
    await broker.pass(500);
    const stored: MessageView[] = [];
    // A pull may end early.
    for (let found = 1; found > 0; ) {
      const header = { ...PULL_FIELDS, topic: 'DefaultCluster_REPLY_TOPIC', queueOffset: stored.length };
      const messages = decodeMessages((await broker.ask(PULL_MESSAGE, header)).body);
      stored.push(...messages);
      found = messages.length;
    }
    const last = stored.slice(-2).map(({ body, propertiesText }) => [body.toString(), propertiesText]);
    assert.deepEqual(last, [
      [
        'to nobody',
        formatMessageProperties([
          ['MSG_REGION', 'DefaultRegion'],
          ['CORRELATION_ID', 'c'],
          ['REPLY_TO_CLIENT', 'nobody'],
          ['TRACE_ON', 'true'],
        ]),
      ],
      [
        'to nobody',
        formatMessageProperties([
          ['MSG_REGION', 'DefaultRegion'],
          ['TRACE_ON', 'true'],
        ]),
      ],
    ]);
  } finally {
    await broker.stop();
  }
}

/** Apache's broker keeps the attribute, and its proxy looks at it. */
async function otherType({ broker: address }: Cluster): Promise<void> {
  const broker = brokerUnderTest(address);
  try {
    const topic = {
      ...{ topic: 'OfTypeFifo', defaultTopic: 'TBW102', readQueueNums: 1, writeQueueNums: 1, perm: 6 },
      ...{ topicFilterType: 'SINGLE_TAG', topicSysFlag: 0, order: false, attributes: '+message.type=FIFO' },
    };
    assert.equal((await broker.ask(UPDATE_AND_CREATE_TOPIC, topic)).code, 0);
    for (const text of ['', formatMessageProperties([['DELAY', '1']])]) {
      const header = { ...SEND_FIELDS, topic: 'OfTypeFifo', properties: text };
      assert.equal((await broker.ask(SEND_MESSAGE_V2, header, Buffer.from('x'))).code, 0);
    }
  } finally {
    await broker.stop();
  }
}
