import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { sql } from '@rocketmq-ts/client';
import { decodeQueryConsumeQueueResponseBody, QUERY_CONSUME_QUEUE } from '@rocketmq-ts/protocol';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import { type Cluster, type Make, ours } from '../support/cluster.ts';
import { hashes, hashOf } from '../support/deliveries.ts';
import { unlessJava } from '../support/needs.ts';
import { sharedStore } from '../support/shared-store.ts';
import { typescriptConsume, withProducer } from '../support/typescript-clients.ts';

const TOPIC = 'ExtTopic';
const GROUP = 'sql_ext';
const WANTED = sql("price > 10 AND region = 'EU'");
/** Our broker reads the last file of the log again at its start, and makes units of its own of what is there. */
const LOG_FILE_BYTES = 16 * 1024;
const properties = {
  mappedFileSizeCommitLog: LOG_FILE_BYTES,
  mappedFileSizeConsumeQueue: 2000,
  enablePropertyFilter: true,
  enableConsumeQueueExt: true,
  enableCalcFilterBitMap: true,
};

interface SavedFilters {
  readonly filterDataByTopic: Record<string, { readonly groupFilterData: Record<string, Record<string, unknown>> }>;
}

/** With consume queue extension files the units of Apache's broker have addresses of entries there in place of tags codes. */
suite("a folder of Apache's broker with consume queue extension files and bit maps", { skip: unlessJava() }, () => {
  const store = sharedStore('ext');
  const sent: { body: string; price: number; region: string; tags: string }[] = [];

  async function open(make: Make): Promise<Cluster> {
    await store.open(make, { properties });
    return { namesrv: store.namesrv, broker: store.broker, home: store.root, stop: async () => {} };
  }

  const send = (cluster: Cluster, by: string, bodyBytes = 0): Promise<void> =>
    withProducer(cluster, async (producer) => {
      for (let i = 0; i < 12; i++) {
        const one = {
          body: `${by} ${i}`.padEnd(bodyBytes, '.'),
          price: 5 + i,
          region: i % 2 === 0 ? 'EU' : 'US',
          tags: i % 3 === 0 ? 'A' : 'B',
        };
        const { body, tags, price, region } = one;
        await producer.send({ topic: TOPIC, body, tags, properties: { price: String(price), region } });
        sent.push(one);
      }
    });

  const wanted = (): string[] =>
    sent
      .filter(({ price, region }) => price > 10 && region === 'EU')
      .map(({ body }) => hashOf(body))
      .sort();

  /** New groups see all of it, by tags and by properties. */
  async function consumeAll(cluster: Cluster, by: string): Promise<void> {
    const tagged = sent
      .filter(({ tags }) => tags === 'A')
      .map(({ body }) => hashOf(body))
      .sort();
    const topic = TOPIC;
    const [byTag, bySql] = await Promise.all([
      typescriptConsume(cluster, { topic, group: `tag_${by}`, expression: 'A', count: tagged.length }),
      typescriptConsume(cluster, { topic, group: `sql_${by}`, expression: WANTED, count: wanted().length }),
    ]);
    assert.deepEqual(hashes(byTag), tagged);
    assert.deepEqual(hashes(bySql), wanted());
  }

  /** What operators see of a queue. */
  async function unitsOf(cluster: Cluster) {
    const talk = brokerUnderTest(cluster.broker);
    const found = [];
    for (const queueId of [0, 1, 2, 3]) {
      const { body } = await talk.ask(QUERY_CONSUME_QUEUE, { topic: TOPIC, queueId, index: 0, count: 20 });
      for (const { tagsCode: _, ...rest } of decodeQueryConsumeQueueResponseBody(body).queueData) {
        if (rest.physicOffset < LOG_FILE_BYTES - 4096) found.push(rest);
      }
    }
    await talk.stop();
    return found;
  }

  const savedFilter = (): Record<string, unknown> => {
    const text = readFileSync(join(store.directory, 'config', 'consumerFilter.json'), 'utf8');
    return (JSON.parse(text) as SavedFilters).filterDataByTopic[TOPIC]!.groupFilterData[GROUP]!;
  };

  test('is read and continued by our broker, and by Apache’s after that', { timeout: 180_000 }, async () => {
    const first = await open('apache');
    await send(first, 'theirs');
    await typescriptConsume(first, { topic: TOPIC, group: GROUP, expression: WANTED, count: wanted().length });
    // From now on their units have bits of this group.
    await send(first, 'theirs again');
    await send(first, 'theirs, long', 1500);
    const units = await unitsOf(first);
    assert.ok(
      units.some(({ bitMap }) => bitMap?.includes('1')),
      'bits are set',
    );
    await store.close('stop');
    const queue = join(store.directory, 'consumequeue', TOPIC, '0');
    const unit = readFileSync(join(queue, readdirSync(queue)[0]!));
    assert.ok(unit.readBigInt64BE(12) < -(2n ** 62n), 'a unit has an address');
    const { bornTime, bloomFilterData } = savedFilter();

    const second = await open(ours);
    assert.deepEqual(await unitsOf(second), units);
    await consumeAll(second, 'ours');
    await send(second, 'ours');
    const again = { topic: TOPIC, group: GROUP, expression: WANTED };
    await typescriptConsume(second, { ...again, count: 9 });
    await store.close('stop');
    const saved = savedFilter();
    assert.deepEqual([saved.bornTime, saved.bloomFilterData, saved.dead], [bornTime, bloomFilterData, true]);

    const third = await open('apache');
    await consumeAll(third, 'apache');
    await store.close('kill');
  });
});
