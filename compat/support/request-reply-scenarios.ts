import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReplyMessage, Producer, PushConsumer } from '@rocketmq-ts/client';
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
