import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ResponseCode, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import type { Make } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { SharedStore } from '../support/shared-store.ts';
import { type StoreView, viewStore } from '../support/store-view.ts';
import { until } from '../support/until.ts';

const TEST_MS = 120_000;
const TOPIC = 'TopicTest';
const COUNT = 120;
/** Of the end of a log, so that its last record is incomplete. */
const TORN_BYTES = 300;
/** Small files, so that the log and the queues roll. */
const properties = { mappedFileSizeCommitLog: 32 * 1024, mappedFileSizeConsumeQueue: 200, autoCreateTopicEnable: true };

/**
 * Overwrites the end of a log with zeros, as of writes that never reached the disk, and empties the checkpoint, which must not
 * cover what is gone: Apache's broker keeps an index file that it covers, with the entries of the lost record.
 */
function tear(store: string, end: number): void {
  const folder = join(store, 'commitlog');
  const last = readdirSync(folder)
    .filter((name) => Number(name) < end)
    .sort()
    .at(-1)!;
  const file = openSync(join(folder, last), 'r+');
  const bytes = Math.min(TORN_BYTES, end - Number(last));
  writeSync(file, Buffer.alloc(bytes), 0, bytes, end - bytes - Number(last));
  closeSync(file);
  const checkpoint = join(store, 'checkpoint');
  writeFileSync(checkpoint, Buffer.alloc(statSync(checkpoint).size));
}

function hasSavedTopic(store: string): boolean {
  const file = join(store, 'config', 'topics.json');
  return existsSync(file) && readFileSync(file, 'utf8').includes(`"${TOPIC}"`);
}

/** Stored bytes of all messages. */
const messagesOf = (view: StoreView): string[] =>
  Object.values(view.queues).flatMap(({ messages }) => messages.map(({ bytes }) => bytes));

/** How many more a topic has is not in the log, and Apache's slave follows topics only a minute after its start. */
const queuesWithMessages = ({ queues }: StoreView) =>
  Object.fromEntries(Object.entries(queues).filter(([, { messages }]) => messages.length > 0));

suite('the folder of a slave in the hands of the other make', { concurrency: 2, skip: unlessJava() }, () => {
  const pairs: Pair[] = [];
  const stores: SharedStore[] = [];
  after(async () => {
    for (const store of stores) await store.remove();
    for (const pair of pairs) await pair.end();
  });

  for (const slave of ['ours', 'apache'] as const) {
    const next: Make = slave === 'ours' ? 'apache' : 'ours';
    const name = { ours: 'our', apache: "Apache's" };
    test(`what ${name[slave]} slave wrote is all there for ${name[next]} broker, and is continued`, {
      timeout: TEST_MS,
    }, async () => {
      const pair = await startPair({ master: next, slave }, properties);
      pairs.push(pair);
      await pair.start('master');
      await pair.start('slave');
      // A slave that connects later begins with the master's last file.
      await pair.send(1);
      await pair.assertCopied();
      await pair.send(COUNT - 1);
      await pair.assertCopied();
      // Ours makes topics from the log, which Apache's broker does not.
      if (slave === 'ours') await until('the slave has saved the topic', () => hasSavedTopic(pair.storeOf('slave')));
      const end = Number((await pair.facts('slave')).get('commitLogMaxOffset'));
      const expected = await viewStore(pair.address('master'), [TOPIC]);
      assert.equal(messagesOf(expected).length, COUNT);
      await Promise.all([pair.kill('slave'), pair.kill('master')]);
      const store = new SharedStore('slave-folder', pair.storeOf('slave'));
      stores.push(store);
      await store.start();

      await store.open(next, { properties });
      const found = await viewStore(store.broker, [TOPIC]);
      assert.deepEqual(
        [queuesWithMessages(found), found.byKey, found.byId],
        [queuesWithMessages(expected), expected.byKey, expected.byId],
      );
      await store.close('kill');
      await store.verify();

      tear(store.directory, end);
      await store.open(next, { properties });
      const torn = await viewStore(store.broker, [TOPIC]);
      const left = new Set(messagesOf(torn));
      assert.equal(left.size, COUNT - 1);
      assert.equal(messagesOf(expected).filter((bytes) => !left.has(bytes)).length, 1, 'the incomplete one');
      await continues(store.broker, torn);
      await store.close('kill');
      await store.verify();
    });
  }
});

/** Each queue takes a message at the offset where it ends. */
async function continues(address: string, view: StoreView): Promise<void> {
  const broker = brokerUnderTest(address);
  for (const [place, { maxOffset }] of Object.entries(view.queues)) {
    const queueId = Number(place.split(' ')[1]);
    const fields = { ...SEND_FIELDS, topic: TOPIC, queueId, bornTimestamp: Date.now() };
    const { code, header } = await broker.ask(SEND_MESSAGE_V2, fields, Buffer.from('continues'));
    assert.deepEqual([code, header.queueOffset], [ResponseCode.SUCCESS, maxOffset]);
  }
  await broker.stop();
}
