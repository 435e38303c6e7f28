import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { ResponseCode, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { createRemotingClient } from '@rocketmq-ts/remoting';
import { brokerPortOffsets, freePort, runJava, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';
import { type Make, ours } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { progressSaved } from '../support/saved-progress.ts';
import { sharedStore } from '../support/shared-store.ts';
import { viewStore } from '../support/store-view.ts';

const TEST_MS = 120_000;
const GROUP = 'disk_java_group';
const HALF = 'RMQ_SYS_TRANS_HALF_TOPIC';
const MARKS = 'RMQ_SYS_TRANS_OP_HALF_TOPIC';
const TOPICS = [
  ...['JavaPlain', 'JavaLater', 'JavaReadOnly', 'JavaEmpty', 'JavaTransactions', 'JavaBatchQueue', 'NotThere'],
  ...[`%RETRY%${GROUP}`, `%DLQ%${GROUP}`, 'SCHEDULE_TOPIC_XXXX', HALF, MARKS, 'rmq_sys_wheel_timer'],
];

const MORE = { count: '20', keys: 'more', tags: 'Tag1', bodyBytes: '900' };

const v6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));

/**
 * As an operator finds it: files of Apache's sizes, brokers killed as soon as the last message is acknowledged, and Apache's
 * own client and admin as the observer on both sides.
 */
suite("a store in Apache's sizes, read by Apache's client and admin on both sides", { skip: unlessJava() }, () => {
  const store = sharedStore('disk-java');
  /** Apache's client reaches a broker by the address in an offset message id: every life must have the same one. */
  let port: number;
  let homes = 0;
  let shown: string[];

  before(async () => {
    port = await freePort(brokerPortOffsets);
  });

  async function open(make: Make): Promise<void> {
    // Checks of open transactions are written to the store, and must not be between two looks.
    const quiet = { transactionCheckInterval: 3_600_000, transactionTimeOut: 3_600_000 };
    const properties = make === 'ours' ? (v6 ? { bindAddress: '::' } : {}) : { ...quiet, enabledAppendPropCRC: true };
    await store.open(make, { port, properties });
  }

  async function killAndVerify(): Promise<void> {
    await store.close('kill');
    await store.verify();
  }

  async function java(program: string, args: Readonly<Record<string, string>>): Promise<string> {
    const words = Object.entries({ namesrv: store.namesrv, ...args }).map(([name, value]) => `${name}=${value}`);
    // Clients look for the route of their retry topic every 20 s otherwise.
    const javaOptions = [...shortLivedJavaOptions, '-Drocketmq.client.rebalance.waitInterval=1000'];
    const options = { home: join(store.root, `java-${++homes}`), javaOptions };
    const { code, output } = await runJava(`compat.${program}`, words, options);
    assert.equal(code, 0, output.slice(-3000));
    return output;
  }

  async function read(...topics: readonly string[]): Promise<string[]> {
    const output = await java('StoreReadProgram', { broker: store.broker, topics: topics.join(), groups: GROUP });
    return output.split('\n').filter((line) => line.startsWith('{'));
  }

  /** The broker gathers for some seconds which half messages are done. */
  async function marked(count: number): Promise<void> {
    for (const giveUpAt = Date.now() + 30_000; ; await pause(100)) {
      const { queues } = await viewStore(store.broker, [MARKS]);
      const marks = queues[`${MARKS} 0`]!.messages.flatMap(({ body }) => body.split(',').filter(Boolean));
      if (marks.length === count) return;
      assert.ok(Date.now() < giveUpAt, `half messages that are done: ${marks}`);
    }
  }

  /** Stored with the producer's host in its long form, where the machine has such an address. */
  async function sendFromLongAddress(body: string): Promise<void> {
    const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
    await client.start();
    const header = { producerGroup: 'disk_java', topic: 'JavaPlain', defaultTopic: 'TBW102', defaultTopicQueueNums: 4 };
    const numbers = { queueId: 1, sysFlag: 0, bornTimestamp: Date.now(), flag: 7, reconsumeTimes: 0 };
    const properties = `KEYS\x01${body} same\x02TAGS\x01Long\x02`;
    try {
      const { code, remark } = await client.request(
        v6 ? `[::1]:${port}` : `127.0.0.1:${port}`,
        SEND_MESSAGE_V2,
        { ...header, ...numbers, properties, unitMode: false, batch: false },
        { body: Buffer.from(body), timeoutMs: 20_000 },
      );
      assert.equal(code, ResponseCode.SUCCESS, remark);
    } finally {
      await client.stop();
    }
  }

  test("Apache's broker stores what Apache's client sends, and is killed", { timeout: TEST_MS }, async () => {
    await open('apache');
    await java('StoreWriteProgram', { broker: store.broker, group: GROUP });
    await java('TransactionProgram', { topic: 'JavaTransactions', count: '3', keys: 'transaction' });
    await sendFromLongAddress('apache');
    await marked(2);
    shown = await read(...TOPICS);
    const seen = shown.map((line) => JSON.parse(line) as Record<string, unknown>);
    const stored = seen.filter(({ is }) => is === 'message');
    for (const topic of TOPICS.filter((name) => !/ReadOnly|Empty|NotThere/.test(name))) {
      assert.ok(
        stored.some((message) => message.topic === topic),
        `something is stored in ${topic}`,
      );
    }
    assert.equal(stored.filter(({ bornHost }) => /:.*:.*:/.test(String(bornHost))).length, v6 ? 1 : 0);
    // The message of a delay level would come once more otherwise, from whichever broker is next.
    await progressSaved(store);
    await killAndVerify();
  });

  test('our broker shows all of it in the same way, and stores more, and is killed', { timeout: TEST_MS }, async () => {
    await open(ours);
    assert.deepEqual(await read(...TOPICS), shown);
    for (let i = 0; i < 3; i++) await sendFromLongAddress(`ours${i}`);
    const args = { ...MORE, topic: 'JavaPlain' };
    await java('ProducerProgram', { ...args, mode: 'sync' });
    await java('ProducerProgram', { ...args, mode: 'batch', prefix: 'batch' });
    await java('ProducerProgram', { ...args, topic: 'JavaBatchQueue', mode: 'batch', prefix: 'inner' });
    await java('ProducerProgram', { ...args, topic: 'JavaBatchQueue', mode: 'sync', prefix: 'single', count: '3' });
    const more = await read(...TOPICS);
    assert.ok(more.length > shown.length);
    shown = more;
    await killAndVerify();
  });

  test("Apache's broker shows all of both in the same way", { timeout: TEST_MS }, async () => {
    await open('apache');
    assert.deepEqual(await read(...TOPICS), shown);
    await sendFromLongAddress('apache again');
    await java('ProducerProgram', { ...MORE, topic: 'JavaBatchQueue', mode: 'batch', prefix: 'again' });
    shown = await read(...TOPICS);
    await killAndVerify();
  });

  test('our broker shows all of it once more', { timeout: TEST_MS }, async () => {
    await open(ours);
    assert.deepEqual(await read(...TOPICS), shown);
  });
});
