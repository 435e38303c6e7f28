import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJson } from '@rocketmq-ts/protocol';
import { startApacheBroker } from '@rocketmq-ts/testkit/java';
import { type OurServer, runOurCommand, startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { type Make, ours } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { offsetsOfGroups, type StoreView, viewStore, withoutZeros } from '../support/store-view.ts';
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

type Ending = 'stops' | 'is killed';

/**
 * One folder through the hands of both: each opens what the other wrote, shows all of it as it was, and writes more. The
 * same observer asks both over the wire for stored bytes, offsets by time, keys, ids and progress.
 */
suite("one store folder, Apache's broker and ours in turn", { skip: unlessJava() }, () => {
  const root = mkdtempSync(join(tmpdir(), 'rocketmq-ts-disk-'));
  const store = join(root, 'store');
  let namesrv: OurServer;
  let before_: StoreView | undefined;
  let broker: OurServer | undefined;
  let period = 0;

  before(async () => {
    namesrv = await startOurNamesrv({ home: join(root, 'namesrv') });
  });
  after(async () => {
    await broker?.kill();
    await namesrv?.kill();
    rmSync(root, { recursive: true, force: true });
  });

  async function open(make: Make): Promise<void> {
    const options = { home: join(root, make), namesrv: namesrv.address, storeDirectory: store, properties };
    broker = make === 'ours' ? await startOurBroker(options) : await startApacheBroker(options);
  }

  /** Opens the folder, holds what is read against what the one before showed, writes more, and ends as asked. */
  async function takeOver(make: Make, ending: Ending): Promise<void> {
    assert.ok(broker === undefined, 'the life before did not end well');
    await open(make);
    if (before_ !== undefined) assertSame(await viewStore(broker!.address, WRITTEN_TOPICS), before_);
    period += 1;
    await writePeriod({
      make,
      namesrv: namesrv.address,
      broker: broker!.address,
      home: join(root, `clients-${period}`),
      period,
    });
    await marksOfTransactions();
    const view = await viewStore(broker!.address, WRITTEN_TOPICS);
    assertWhole(view);
    if (before_ !== undefined) assertContinues(view, before_);
    before_ = view;
    if (ending === 'is killed') await progressSaved(view);
    await (ending === 'stops' ? broker!.stop(60_000) : broker!.kill());
    broker = undefined;
    const { code, output } = await runOurCommand('mqstore', ['verify', store], { home: join(root, 'mqstore') });
    assert.equal(code, 0, output);
  }

  /** The broker gathers for three seconds which half messages are done. */
  async function marksOfTransactions(): Promise<void> {
    const topics = ['RMQ_SYS_TRANS_HALF_TOPIC', 'RMQ_SYS_TRANS_OP_HALF_TOPIC'];
    for (const giveUpAt = Date.now() + 30_000; ; await pause(100)) {
      const { queues } = await viewStore(broker!.address, topics);
      const halves = queues[`${topics[0]} 0`]!.messages.length;
      const marked = queues[`${topics[1]} 0`]!.messages.flatMap(({ body }) => body.split(',').filter(Boolean));
      if (marked.length === (halves / 3) * 2) return;
      assert.ok(Date.now() < giveUpAt, `of ${halves} half messages ${marked} are done`);
    }
  }

  /** A killed broker knows what it has saved: the progress of groups and that of delay levels, each in its own time. */
  async function progressSaved({ consumerOffsets, delayOffsets }: StoreView): Promise<void> {
    const tableOf = (name: string): unknown => {
      const file = join(store, 'config', name);
      return existsSync(file) ? (parseJson(readFileSync(file)) as Record<string, unknown>).offsetTable : {};
    };
    const expected = JSON.stringify([consumerOffsets, delayOffsets]);
    for (const giveUpAt = Date.now() + 30_000; ; await pause(100)) {
      const groups = offsetsOfGroups(tableOf('consumerOffset.json'));
      const saved = JSON.stringify([groups, withoutZeros(tableOf('delayOffset.json'))]);
      if (saved === expected) return;
      assert.ok(Date.now() < giveUpAt, `saved: ${saved}, not ${expected}`);
    }
  }

  test("Apache's broker writes a store and stops", { timeout: TEST_MS }, async () => {
    await takeOver('apache', 'stops');
    for (const folder of ['commitlog', 'index']) {
      assert.ok(readdirSync(join(store, folder)).length > 1, `files of ${folder} have rolled`);
    }
  });

  test('our broker reads all of it, writes on, and stops', { timeout: TEST_MS }, () => takeOver(ours, 'stops'));

  test("Apache's broker reads all of both, writes on, and is killed", { timeout: TEST_MS }, () =>
    takeOver('apache', 'is killed'),
  );

  test('our broker reads all of it, writes on, and is killed', { timeout: TEST_MS }, () => takeOver(ours, 'is killed'));

  test("Apache's broker reads all that four lives have written, and writes on", { timeout: TEST_MS }, () =>
    takeOver('apache', 'stops'),
  );

  test('and ours reads it once more', { timeout: TEST_MS }, async () => {
    await open(ours);
    const view = await viewStore(broker!.address, WRITTEN_TOPICS);
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
