import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffsetQueue } from '../src/put/offset-queue.ts';
import { put, read, readBodies } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const replicated = { syncReplication: true } as const;
const flushedAndReplicated = { syncReplication: true, flushDiskType: 'SYNC_FLUSH' } as const;

test('with replication nothing is answered and nothing is readable before a slave holds the record', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(replicated);
  const first = put(store);
  const end = store.facts.appendOffset;
  const second = put(store);
  await machine.clock.advance(1000);
  assert.equal(first.answer, undefined);
  store.replicatedTo(end - 1);
  assert.deepEqual([first.answer, (await read(store)).status], [undefined, 'NO_MESSAGE_IN_QUEUE']);
  store.replicatedTo(end);
  assert.deepEqual([first.answer, second.answer], ['PUT_OK', undefined]);
  assert.equal((await read(store)).messages.length, 1);
  store.replicatedTo(end - 1);
  assert.equal((await read(store)).messages.length, 1, 'a report that comes late takes nothing away');
});

test('what a slave holds before the write call has returned is not acknowledged', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(replicated);
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', delayMs: 50 });
  const outcome = put(store);
  store.replicatedTo(store.facts.appendOffset);
  await machine.clock.advance(49);
  assert.equal(outcome.answer, undefined);
  await machine.clock.advance(1);
  assert.equal(outcome.answer, 'PUT_OK');
});

test('SYNC_FLUSH with replication waits for both, in whatever order they come', async () => {
  for (const slaveIsFirst of [true, false]) {
    const machine = new StoreMachine();
    const store = await machine.start(flushedAndReplicated);
    machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 100 });
    const outcome = put(store);
    if (slaveIsFirst) store.replicatedTo(store.facts.appendOffset);
    await machine.clock.advance(slaveIsFirst ? 99 : 200);
    assert.equal(outcome.answer, undefined);
    assert.deepEqual(await readBodies(store), []);
    if (slaveIsFirst) await machine.clock.advance(1);
    else store.replicatedTo(store.facts.appendOffset);
    assert.equal(outcome.answer, 'PUT_OK');
    assert.deepEqual(await readBodies(store), ['body']);
  }
});

test('a producer that does not wait is answered when its record is written; readers wait for the slave', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(flushedAndReplicated);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 50 });
  const outcome = put(store, { wait: false });
  await machine.clock.advance(10);
  assert.equal(outcome.answer, 'PUT_OK');
  await machine.clock.advance(1000);
  assert.deepEqual(await readBodies(store), []);
  store.replicatedTo(store.facts.appendOffset);
  assert.deepEqual(await readBodies(store), ['body']);
});

test('a slave that is too slow is FLUSH_SLAVE_TIMEOUT, and the record is readable from then on', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(replicated);
  const waits = put(store);
  const doesNotWait = put(store, { wait: false });
  await machine.clock.advance(2900);
  assert.deepEqual([waits.answer, doesNotWait.answer], [undefined, 'PUT_OK']);
  assert.deepEqual(await readBodies(store), []);
  await machine.clock.advance(400);
  assert.equal(waits.answer, 'FLUSH_SLAVE_TIMEOUT');
  assert.deepEqual(await readBodies(store), ['body', 'body']);
  const next = put(store);
  await machine.clock.advance(1000);
  assert.equal(next.answer, undefined, 'the next record has its own time');
  assert.equal((await readBodies(store)).length, 2);
});

test('slaveTimeout bounds the wait', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ ...replicated, slaveTimeout: 500 });
  const outcome = put(store);
  await machine.clock.advance(700);
  assert.equal(outcome.answer, 'FLUSH_SLAVE_TIMEOUT');
});

test('a record that a late slave and a late flush lack is answered when both times are over, and is not readable before the flush', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(flushedAndReplicated);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 9000 });
  const outcome = put(store);
  await machine.clock.advance(4900);
  assert.equal(outcome.answer, undefined);
  await machine.clock.advance(300);
  assert.equal(outcome.answer, 'FLUSH_SLAVE_TIMEOUT');
  assert.deepEqual(await readBodies(store), []);
  await machine.clock.advance(4000);
  assert.deepEqual(await readBodies(store), ['body']);
});

test('a flush that is too slow is FLUSH_DISK_TIMEOUT where the slave has the record', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(flushedAndReplicated);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 9000 });
  const outcome = put(store);
  store.replicatedTo(store.facts.appendOffset);
  await machine.clock.advance(5200);
  assert.equal(outcome.answer, 'FLUSH_DISK_TIMEOUT');
});

test('what was stored before an opening is readable without a slave', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(replicated);
  const outcome = put(store);
  store.replicatedTo(store.facts.appendOffset);
  await outcome.answered;
  await machine.clock.run(store.stop());
  const again = await machine.start(replicated);
  assert.deepEqual(await readBodies(again), ['body']);
});

test('entries of an OffsetQueue keep their order while it grows, from both ends', () => {
  const queue = new OffsetQueue<string>();
  let next = 0;
  let oldest = 0;
  const push = (count: number): void => {
    for (let i = 0; i < count; i++, next++) queue.push(`${next}`, next * 10, next * 100, next * 1000);
  };
  push(40);
  for (; oldest < 30; oldest++) assert.equal(queue.shift(), `${oldest}`);
  push(300);
  assert.equal(queue.count, 310);
  for (let i = 0; i < 5; i++) assert.equal(queue.pop(), `${--next}`);
  assert.equal(queue.newestEnd, (next - 1) * 10);
  assert.equal(queue.endOfThoseBefore(50_000), 490);
  assert.equal(queue.endOfThoseBefore(0), 0);
  for (; queue.count > 0; oldest++) {
    assert.deepEqual(
      [queue.oldestEnd, queue.oldestStoreTimestamp, queue.oldestSinceMs],
      [oldest * 10, oldest * 100, oldest * 1000],
    );
    assert.equal(queue.shift(), `${oldest}`);
  }
  assert.equal(oldest, next);
});

test('a stop does not wait for slaves: what none of them holds is FLUSH_SLAVE_TIMEOUT, flushed, and readable after the next start', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(flushedAndReplicated);
  const outcome = put(store);
  await machine.clock.run(store.stop());
  assert.equal(outcome.answer, 'FLUSH_SLAVE_TIMEOUT');
  machine.disk.crash();
  assert.deepEqual(await readBodies(await machine.start()), ['body']);
});
