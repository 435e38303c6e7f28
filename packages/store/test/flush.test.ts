import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk, DiskCallback, DiskFile, OpenMode } from '@rocketmq-ts/kernel';
import { put, putAndWait, read, readBodies } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const syncFlush = { flushDiskType: 'SYNC_FLUSH' } as const;

test('with SYNC_FLUSH nothing is answered and nothing is readable before the sync has returned', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(syncFlush);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 50 });
  const outcome = put(store);
  await machine.clock.advance(49);
  assert.equal(outcome.answer, undefined);
  assert.equal((await read(store)).status, 'NO_MESSAGE_IN_QUEUE');
  assert.equal(store.recordAt(0), undefined);
  await machine.clock.advance(1);
  assert.equal(outcome.answer, 'PUT_OK');
  assert.equal((await read(store)).messages.length, 1);
});

test('with ASYNC_FLUSH nothing is answered and nothing is readable before the write has returned', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', delayMs: 50 });
  const outcome = put(store);
  await machine.clock.advance(49);
  assert.equal(outcome.answer, undefined);
  assert.equal((await read(store)).status, 'NO_MESSAGE_IN_QUEUE');
  await machine.clock.advance(1);
  assert.equal(outcome.answer, 'PUT_OK');
  assert.equal((await read(store)).messages.length, 1);
});

test('with SYNC_FLUSH a producer that does not wait is answered after the write, readers still wait for the sync', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(syncFlush);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 50 });
  const outcome = put(store, { wait: false });
  await machine.clock.advance(10);
  assert.equal(outcome.answer, 'PUT_OK');
  assert.equal((await read(store)).status, 'NO_MESSAGE_IN_QUEUE');
  await machine.clock.advance(40);
  assert.equal((await read(store)).messages.length, 1);
});

test('with SYNC_FLUSH a sync that is too slow is FLUSH_DISK_TIMEOUT, and the message is there when it ends', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(syncFlush);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 9000 });
  const outcome = put(store);
  await machine.clock.advance(4900);
  assert.equal(outcome.answer, undefined);
  await machine.clock.advance(300);
  assert.equal(outcome.answer, 'FLUSH_DISK_TIMEOUT');
  assert.deepEqual(await readBodies(store), []);
  await machine.clock.advance(4000);
  assert.deepEqual(await readBodies(store), ['body']);
});

test('a wall clock that jumps makes no put time out', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(syncFlush);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 2000 });
  const outcome = put(store);
  machine.clock.jumpWallClock(3_600_000);
  await machine.clock.advance(1900);
  assert.equal(outcome.answer, undefined);
  await machine.clock.advance(200);
  assert.equal(outcome.answer, 'PUT_OK');
});

test('puts that come while a sync is under way share the next one', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(syncFlush);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 10, times: 3 });
  const first = put(store);
  await machine.clock.advance(5);
  const others = [put(store), put(store), put(store)];
  await machine.clock.advance(5);
  assert.equal(first.answer, 'PUT_OK');
  assert.deepEqual(
    others.map((other) => other.answer),
    [undefined, undefined, undefined],
  );
  await machine.clock.advance(10);
  assert.deepEqual(
    others.map((other) => other.answer),
    ['PUT_OK', 'PUT_OK', 'PUT_OK'],
  );
});

test('with ASYNC_FLUSH four dirty pages are synced after half a second, less after ten seconds', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await putAndWait(store, { body: Buffer.alloc(4 * 4096, 'a') });
  await machine.clock.advance(700);
  assert.equal(store.facts.flushedOffset, store.facts.appendOffset);
  await putAndWait(store);
  await machine.clock.advance(5000);
  assert.ok(store.facts.flushedOffset < store.facts.appendOffset);
  await machine.clock.advance(6000);
  assert.equal(store.facts.flushedOffset, store.facts.appendOffset);
});

test('without flushCommitLogTimed enough dirty pages are synced at once', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ flushCommitLogTimed: false });
  await putAndWait(store);
  await machine.clock.advance(400);
  assert.equal(store.facts.flushedOffset, 0);
  await putAndWait(store, { body: Buffer.alloc(4 * 4096, 'a') });
  await machine.clock.advance(10);
  assert.equal(store.facts.flushedOffset, store.facts.appendOffset);
});

test('intervals of flushing, also short ones, hold from the moment in which they are changed', async () => {
  const machine = new StoreMachine();
  const settings = { flushIntervalCommitLog: 500, flushCommitLogLeastPages: 4, flushIntervalConsumeQueue: 1000 };
  const store = await machine.start(settings);
  await putAndWait(store);
  settings.flushIntervalCommitLog = 10;
  settings.flushCommitLogLeastPages = 0;
  settings.flushIntervalConsumeQueue = 50;
  await machine.clock.advance(120);
  assert.equal(store.facts.flushedOffset, store.facts.appendOffset);
  await putAndWait(store);
  await machine.clock.advance(15);
  assert.equal(store.facts.flushedOffset, store.facts.appendOffset);
  await machine.clock.advance(900);
  await putAndWait(store, { queueId: 1 });
  await machine.clock.advance(60);
  assert.equal(store.parts.queues.find('T', 1)?.flushedUnit, 1);
});

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`a record that comes to a full file while that file is synced is synced before it is answered (seed ${seed})`, async () => {
    const machine = new StoreMachine(seed, { disk: { writeBackChance: 0 } });
    const store = await machine.start(syncFlush);
    const body = Buffer.alloc(20 * 1024, 'a');
    machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 50 });
    const outcomes = [put(store, { body })];
    await machine.clock.advance(10);
    outcomes.push(put(store, { body }));
    await machine.clock.advance(10);
    outcomes.push(put(store, { body }), put(store, { body }));
    await machine.clock.advance(100);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.answer),
      ['PUT_OK', 'PUT_OK', 'PUT_OK', 'PUT_OK'],
    );
    assert.ok(store.parts.log.files.files.length > 1);
    machine.losePower();
    const again = await machine.start(syncFlush);
    assert.equal((await readBodies(again)).length, 4);
  });
}

test('a log that grows fast moves the checkpoint before the interval is over, so that a kill leaves little to read again', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ maxReplayBytes: 20_000 });
  const stamp = (): number => Number(machine.read('checkpoint').readBigInt64BE(8));
  await machine.clock.advance(6000);
  await putAndWait(store, { body: 'x'.repeat(1000) });
  await machine.clock.advance(2000);
  const before = stamp();
  let lastStored = 0;
  for (let i = 0; i < 20; i++) lastStored = (await putAndWait(store, { body: 'x'.repeat(1000) })).storeTimestamp;
  await machine.clock.advance(2000);
  assert.ok(before < lastStored);
  assert.equal(stamp(), lastStored);
});

test('what an earlier life wrote does not count for the checkpoint of this one', async () => {
  const machine = new StoreMachine();
  const first = await machine.start({ maxReplayBytes: 20_000 });
  for (let i = 0; i < 30; i++) await putAndWait(first, { body: 'x'.repeat(1000) });
  await machine.clock.run(first.stop());
  const store = await machine.start({ maxReplayBytes: 20_000 });
  const stamp = (): number => Number(machine.read('checkpoint').readBigInt64BE(8));
  const before = stamp();
  await machine.clock.advance(2000);
  await putAndWait(store, { body: 'a small one' });
  await machine.clock.advance(8000);
  assert.equal(stamp(), before);
});

test('the first files of many new queues are made one a turn of the loop, and their names are synced off the loop', async () => {
  const machine = new StoreMachine();
  const madeInTurns: number[] = [];
  const syncedOnLoop: string[] = [];
  const syncedLater: string[] = [];
  let [underWay, mostUnderWay] = [0, 0];
  let madeInTurn = 0;
  const made = (): void => {
    madeInTurn += 1;
    if (madeInTurn > 1) return;
    machine.clock.endOfTurn(() => {
      madeInTurns.push(madeInTurn);
      madeInTurn = 0;
    });
  };
  const counted = (done: DiskCallback): DiskCallback => {
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    return (error) => {
      underWay -= 1;
      done(error);
    };
  };
  const watched = (file: DiskFile): DiskFile => {
    const sync = file.sync.bind(file);
    return Object.assign(file, { sync: (done: DiskCallback) => sync(counted(done)) });
  };
  machine.diskOf = (disk) =>
    new Proxy(disk, {
      get:
        (_, name: keyof Disk) =>
        (path: string, ...others: unknown[]) => {
          if (!path.includes('/consumequeue/')) return Reflect.apply(disk[name], disk, [path, ...others]);
          if (name === 'open') {
            if (others[0] === 'create') made();
            return watched(disk.open(path, others[0] as OpenMode));
          }
          if (name === 'syncDirectory') syncedOnLoop.push(path);
          if (name !== 'syncDirectoryLater') return Reflect.apply(disk[name], disk, [path, ...others]);
          syncedLater.push(path);
          return disk.syncDirectoryLater(path, counted(others[0] as DiskCallback));
        },
    });
  const store = await machine.start();
  for (let queueId = 0; queueId < 20; queueId++) await putAndWait(store, { queueId });
  await machine.clock.advance(120_000);
  assert.deepEqual(madeInTurns, Array(20).fill(1));
  assert.deepEqual(syncedOnLoop, []);
  assert.equal(new Set(syncedLater).size, 20);
  assert.equal(mostUnderWay, 4, 'calls of the disk at a time: the log has its own beside them');
});
