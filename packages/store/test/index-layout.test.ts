import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { continueJavaHash, javaHashCode, silentLogger } from '@rocketmq-ts/kernel';

import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { flushIndexSync } from '../src/index/flush.ts';
import { positiveHash, topicHash } from '../src/index/layout.ts';
import { MessageIndex } from '../src/index/message-index.ts';
import { IndexWalk } from '../src/index/query.ts';
import { FilePool } from '../src/log/file-pool.ts';
import { RecordHead } from '../src/log/record.ts';

interface Recorded {
  readonly source: string;
  readonly records: readonly {
    readonly topic: string;
    readonly uniqueKey?: string;
    readonly keys?: string;
    readonly tags?: string;
    readonly physicalOffset: number;
    readonly storeTimestamp: number;
  }[];
  /** The second one is not full. */
  readonly files: readonly { readonly name: string; readonly hex: string }[];
}

/** Files that Apache's broker 5.4.0 wrote for six messages, with maxHashSlotNum=7 and maxIndexNum=10; and the messages. */
const recorded = JSON.parse(readFileSync(new URL('fixtures/apache-index.json', import.meta.url), 'utf8')) as Recorded;
const shape = { maxHashSlotNum: 7, maxIndexNum: 10 };
const DIRECTORY = '/store/index';

function newIndex(): { index: MessageIndex; platform: ReturnType<typeof simulatedPlatform> } {
  const platform = simulatedPlatform(1);
  const { clock, disk } = platform;
  const pool = new FilePool(disk, 8);
  return { platform, index: new MessageIndex({ clock, disk, pool, logger: silentLogger }, DIRECTORY, shape) };
}

function putAll(index: MessageIndex): void {
  for (const { topic, uniqueKey, keys, tags, physicalOffset, storeTimestamp } of recorded.records)
    index.put(Object.assign(new RecordHead(), { topic, uniqueKey, keys, tags, physicalOffset, storeTimestamp }));
}

test('the same messages make the same bytes as in Apache’s broker', () => {
  const { index, platform } = newIndex();
  putAll(index);
  flushIndexSync(index, true);
  const files = platform.disk.list(DIRECTORY).map(({ name }) => platform.disk.readFile(`${DIRECTORY}/${name}`)!);
  assert.deepEqual(
    files.map((file) => file.toString('hex')),
    recorded.files.map(({ hex }) => hex),
  );
});

test('files of Apache’s broker are read as they are, and nothing is made twice', async () => {
  for (const cleanStop of [true, false]) {
    const { index, platform } = newIndex();
    platform.disk.makeDirectory(DIRECTORY);
    for (const { name, hex } of recorded.files) {
      const file = platform.disk.open(`${DIRECTORY}/${name}`, 'create');
      file.writeSync(Buffer.from(hex, 'hex'), 0, hex.length / 2, 0);
      file.close();
    }
    index.load({ cleanStop, durableTimestamp: 0 });
    assert.equal(index.resumeOffset, recorded.records.at(-1)!.physicalOffset);
    putAll(index);
    assert.equal(index.waitingEntries, 0);
    const found = (key: string): Promise<number[]> => offsets(platform, index, key);
    for (const { uniqueKey, physicalOffset } of recorded.records)
      assert.deepEqual(await found(uniqueKey!), [physicalOffset]);
    const withUser = recorded.records.filter(({ keys }) => keys?.includes('user')).map((each) => each.physicalOffset);
    assert.deepEqual(await found('user'), withUser.reverse());
    const red = recorded.records.filter(({ tags }) => tags === 'red').map((each) => each.physicalOffset);
    assert.deepEqual(await found('T#red'), red.reverse());
  }
});

async function offsets(
  platform: ReturnType<typeof simulatedPlatform>,
  index: MessageIndex,
  key: string,
): Promise<number[]> {
  const found: number[] = [];
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const topic = recorded.records[0]!.topic;
  new IndexWalk(index, {
    ...{ topic, key, maxNum: 64, begin: 0, end: Number.MAX_SAFE_INTEGER, confirmOffset: Number.MAX_SAFE_INTEGER },
    take: (physicalOffset) => found.push(physicalOffset) > 0,
    done: resolve,
  }).start();
  assert.equal(await platform.clock.run(promise), true);
  return found;
}

test('a hash continued from the topic’s is that of the whole text; the lowest integer becomes 0', () => {
  for (const [topic, key] of [
    ['T', 'k'],
    ['%RETRY%group', 'schlüssel'],
    ['a'.repeat(127), '钥匙'],
  ] as const) {
    assert.equal(continueJavaHash(topicHash(topic), key, 0, key.length), javaHashCode(`${topic}#${key}`));
  }
  assert.deepEqual([positiveHash(-5), positiveHash(7), positiveHash(-(2 ** 31))], [5, 7, 0]);
});
