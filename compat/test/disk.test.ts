import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Make, ours } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { progressSaved } from '../support/saved-progress.ts';
import { sharedStore } from '../support/shared-store.ts';
import { type StoreView, viewStore } from '../support/store-view.ts';
import { WRITTEN_TOPICS, writePeriod } from '../support/store-writer.ts';

const TEST_MS = 240_000;

/** Small files, so that every kind of them rolls; what runs by itself must not write between two looks. */
const properties = {
  mappedFileSizeCommitLog: 16 * 1024,
  mappedFileSizeConsumeQueue: 400,
  maxHashSlotNum: 30,
  maxIndexNum: 120,
  flushConsumerOffsetInterval: 1000,
  flushDelayOffsetInterval: 1000,
  transactionCheckInterval: 3_600_000,
  transactionTimeOut: 3_600_000,
};

/**
 * One folder through the hands of both: each opens what the other wrote, shows all of it as it was, and writes more. The
 * same observer asks both over the wire for stored bytes, offsets by time, keys, ids and progress.
 */
suite("one store folder, Apache's broker and ours in turn", { skip: unlessJava() }, () => {
  const store = sharedStore('disk');
  let before_: StoreView | undefined;
  let period = 0;

  /** Opens the folder, holds what is read against what the one before showed, writes more, and ends as asked. */
  async function takeOver(make: Make, ending: 'stop' | 'kill'): Promise<void> {
    await store.open(make, { properties });
    if (before_ !== undefined) assertSame(await viewStore(store.broker, WRITTEN_TOPICS), before_);
    period += 1;
    await writePeriod({
      make,
      namesrv: store.namesrv,
      broker: store.broker,
      home: join(store.root, `clients-${period}`),
      period,
    });
    await marksOfTransactions();
    const view = await viewStore(store.broker, WRITTEN_TOPICS);
    assertWhole(view);
    if (before_ !== undefined) assertContinues(view, before_);
    before_ = view;
    if (ending === 'kill') await progressSaved(store);
    await store.close(ending);
    await store.verify();
  }

  /** The broker gathers for three seconds which half messages are done. */
  async function marksOfTransactions(): Promise<void> {
    const topics = ['RMQ_SYS_TRANS_HALF_TOPIC', 'RMQ_SYS_TRANS_OP_HALF_TOPIC'];
    for (const giveUpAt = Date.now() + 30_000; ; await pause(100)) {
      const { queues } = await viewStore(store.broker, topics);
      const halves = queues[`${topics[0]} 0`]!.messages.length;
      const marked = queues[`${topics[1]} 0`]!.messages.flatMap(({ body }) => body.split(',').filter(Boolean));
      if (marked.length === (halves / 3) * 2) return;
      assert.ok(Date.now() < giveUpAt, `of ${halves} half messages ${marked} are done`);
    }
  }

  test("Apache's broker writes a store and stops", { timeout: TEST_MS }, async () => {
    await takeOver('apache', 'stop');
    for (const folder of ['commitlog', 'index']) {
      assert.ok(readdirSync(join(store.directory, folder)).length > 1, `files of ${folder} have rolled`);
    }
  });

  test('our broker reads all of it, writes on, and stops', { timeout: TEST_MS }, () => takeOver(ours, 'stop'));

  test("Apache's broker reads all of both, writes on, and is killed", { timeout: TEST_MS }, () =>
    takeOver('apache', 'kill'),
  );

  test('our broker reads all of it, writes on, and is killed', { timeout: TEST_MS }, () => takeOver(ours, 'kill'));

  test("Apache's broker reads all that four lives have written, and writes on", { timeout: TEST_MS }, () =>
    takeOver('apache', 'stop'),
  );

  test('and ours reads it once more', { timeout: TEST_MS }, async () => {
    await store.open(ours, { properties });
    const view = await viewStore(store.broker, WRITTEN_TOPICS);
    assertSame(view, before_!);
    const delayed = ['DiskDelayed 0', 'DiskDelayed 1'].flatMap((name) => view.queues[name]!.messages);
    const due = Array.from({ length: period }, (_, i) => [1, 1, 2].map((level) => `level ${level} of period ${i + 1}`));
    assert.deepEqual(delayed.map(({ body }) => body).sort(), due.flat().sort(), 'each message that was due came once');
  });
});

function assertSame(now: StoreView, then: StoreView): void {
  assert.deepEqual(now.topics, then.topics);
  assert.deepEqual(Object.keys(now.queues), Object.keys(then.queues));
  for (const [name, queue] of Object.entries(then.queues)) assert.deepEqual(now.queues[name], queue, name);
  assert.deepEqual(now.consumerOffsets, then.consumerOffsets);
  assert.deepEqual(
    then.groups.filter((group) => !now.groups.includes(group)),
    [],
  );
  assert.deepEqual(now.delayOffsets, then.delayOffsets);
  assert.deepEqual(now.byId, then.byId);
  assert.deepEqual(now.byKey, then.byKey);
}

/** Every message is found by its id, its unique key and each of its keys. */
function assertWhole(view: StoreView): void {
  for (const [name, queue] of Object.entries(view.queues)) {
    assert.deepEqual(
      queue.messages.map(({ queueOffset }) => queueOffset),
      Array.from({ length: queue.maxOffset - queue.minOffset }, (_, i) => queue.minOffset + i),
      name,
    );
    for (const { topic, physicalOffset, uniqueKey, keys, bytes } of queue.messages) {
      assert.equal(view.byId[physicalOffset], bytes);
      const names = [...keys.map((key) => `K ${key}`), ...(uniqueKey === undefined ? [] : [`U ${uniqueKey}`])];
      for (const key of names) {
        const found = view.byKey[`${topic} ${key}`]!;
        assert.ok(found.length >= 64 || found.includes(physicalOffset), `${topic} ${key} finds ${physicalOffset}`);
      }
    }
  }
}

/** What was there is there, and more follows it. */
function assertContinues(now: StoreView, then: StoreView): void {
  for (const [name, queue] of Object.entries(then.queues)) {
    assert.deepEqual(now.queues[name]!.messages.slice(0, queue.messages.length), queue.messages, name);
  }
  assert.ok(now.queues['DiskPlain 0']!.maxOffset > then.queues['DiskPlain 0']!.maxOffset);
}
