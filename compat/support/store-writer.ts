import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Message, PushConsumer } from '@rocketmq-ts/client';
import { runJava, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import type { Make } from './cluster.ts';
import { bodyOf, hashes, hashOf } from './deliveries.ts';
import { typescriptConsume, withProducer } from './typescript-clients.ts';

/** As long as clients let it be: with its prefix the retry topic has the 127 bytes that a record can name in one. */
const LONG_GROUP = 'disk_long_group_'.padEnd(120, 'x');
const GROUP = 'disk_group';
const DEAD_GROUP = 'disk_dead_group';

/** Everything that is written, system topics too. */
export const WRITTEN_TOPICS = [
  'DiskPlain',
  'DiskDelayed',
  'DiskTransactions',
  'DiskDeleted',
  `%RETRY%${GROUP}`,
  `%RETRY%${LONG_GROUP}`,
  `%RETRY%${DEAD_GROUP}`,
  `%DLQ%${DEAD_GROUP}`,
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
] as const;

/** Broker and folder in which one period of a store's life is written. */
export interface Writing {
  readonly make: Make;
  readonly namesrv: string;
  readonly broker: string;
  readonly home: string;
  readonly period: number;
}

/**
 * One of everything that a broker stores: single messages with tags and several keys, a batch, compressed and delayed ones,
 * messages that come again, dead letters, a deleted topic, transactions. Returns when all deliveries are done and every
 * consumer has reported its progress.
 */
export async function writePeriod(writing: Writing): Promise<void> {
  const { period } = writing;
  if (period === 1) await makeTopics(writing);
  const cluster = { ...writing, stop: () => Promise.resolve() };
  const message = (index: number, more: Partial<Message> = {}): Message => ({
    topic: 'DiskPlain',
    body: bodyOf(`period${period}`, index, 200),
    ...more,
  });
  const plain = Array.from({ length: 40 }, (_, i) =>
    message(i, {
      tags: i % 2 === 0 ? `even${period}` : `odd${period}`,
      keys: i % 8 === 0 ? ['shared', `p${period}k${i}`] : [`p${period}k${i}`, `group${i % 5}`],
      flag: i,
      properties: { period: String(period), text: 'Grüße, 世界' },
    }),
  );
  const batch = Array.from({ length: 10 }, (_, i) => message(100 + i, { keys: [`batch${period}`] }));
  await withProducer(cluster, async (producer) => {
    for (const each of plain) await producer.send(each);
    await producer.send(batch);
    for (const delayLevel of [1, 1, 2, 18, 18]) {
      await producer.send({ topic: 'DiskDelayed', body: `level ${delayLevel} of period ${period}`, delayLevel });
    }
    if (period > 1) return;
    await producer.send({ topic: 'DiskDeleted', body: 'goes', keys: ['goes'] });
    await admin(writing, 'deleteTopic', '-c', 'DefaultCluster', '-t', 'DiskDeleted');
  });
  const packed = bodyOf(`packed${period}`, 0, 6000);
  await withProducer(cluster, (producer) => producer.send({ topic: 'DiskPlain', body: packed }), {
    compressOverBytes: 100,
  });

  const sent = [...plain, ...batch].map(({ body }) => hashOf(body as string)).concat(hashOf(packed));
  for (const group of [GROUP, LONG_GROUP]) {
    const refused = new Set<string>();
    const got = await typescriptConsume(cluster, {
      topic: 'DiskPlain',
      group,
      count: sent.length,
      verdict: ({ bodyHash, reconsumeTimes }) => {
        if (reconsumeTimes > 0 || refused.size >= 2) return 'accept';
        refused.add(bodyHash);
        return 'refuse';
      },
    });
    // A group continues where it was: nothing of an earlier period, and everything of this one.
    assert.deepEqual([...new Set(hashes(got))].sort(), sent.toSorted(), `what ${group} got in period ${period}`);
  }
  await typescriptConsume(cluster, { topic: 'DiskDelayed', group: 'disk_delayed_group', count: 3 });
  await killLetters(writing, sent.length);
  await transactions(writing);
}

async function makeTopics(writing: Writing): Promise<void> {
  for (const [topic, queues] of [
    ['DiskPlain', '4'],
    ['DiskDelayed', '2'],
    ['DiskTransactions', '2'],
    ['DiskDeleted', '1'],
  ] as const) {
    await admin(writing, 'updateTopic', '-b', writing.broker, '-t', topic, '-r', queues, '-w', queues);
  }
}

async function admin(writing: Writing, ...args: string[]): Promise<void> {
  const { code, output } = await runOurCommand('mqadmin', [...args, '-n', writing.namesrv], { home: writing.home });
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /rror|xception/, output);
}

/** A consumer that wants none of two messages again. */
async function killLetters(writing: Writing, count: number): Promise<void> {
  const consumer = new PushConsumer({
    namesrvAddr: writing.namesrv,
    consumerGroup: DEAD_GROUP,
    consumeFrom: 'FIRST_OFFSET',
  });
  consumer.subscribe('DiskPlain');
  let seen = 0;
  const all = Promise.withResolvers<void>();
  await consumer.start((_message, context) => {
    seen += 1;
    if (seen >= count) all.resolve();
    context.delayLevelWhenNextConsume = -1;
    return seen <= 2 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
  });
  await all.promise;
  await consumer.stop();
}

async function transactions(writing: Writing): Promise<void> {
  const { namesrv, home, period } = writing;
  const args = [`namesrv=${namesrv}`, 'topic=DiskTransactions', 'count=3', `prefix=t${period}`, `keys=t${period}k`];
  const options = { home: join(home, `transactions-${period}`), javaOptions: shortLivedJavaOptions };
  const { code, output } = await runJava('compat.TransactionProgram', args, options);
  assert.equal(code, 0, output);
}
