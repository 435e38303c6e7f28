import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalStore } from '../src/door/local-store.ts';
import { NO_PROMISE, type ReplicationPromise } from '../src/index.ts';
import { OffsetQueue } from '../src/put/offset-queue.ts';
import { put, putBatch, read, readBodies } from './store-calls.ts';
import { StoreMachine, type StoreSettings } from './store-machine.ts';

const WAITS: ReplicationPromise = { acknowledge: 'wait', visible: 'own' };
const flushed = { flushDiskType: 'SYNC_FLUSH' } as const;

/** A store whose puts wait for a slave. */
async function startReplicated(
  machine: StoreMachine,
  settings: StoreSettings = {},
  promise: ReplicationPromise = WAITS,
): Promise<LocalStore> {
  const store = await machine.start(settings);
  store.promise(promise);
  return store;
}

test('with replication nothing is answered and nothing is readable before a slave holds the record', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine);
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

test('a reader whom a slave has shown more than is visible here stays where it is, and no further', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine);
  put(store);
  const end = store.facts.appendOffset;
  put(store);
  await machine.clock.advance(1000);
  const lookAt = async (offset: number): Promise<unknown[]> => {
    const { status, nextBeginOffset } = await read(store, { from: offset });
    return [status, nextBeginOffset];
  };
  assert.deepEqual(await lookAt(2), ['OFFSET_OVERFLOW_ONE', 2], 'nothing is visible yet');
  assert.deepEqual(await lookAt(3), ['NO_MESSAGE_IN_QUEUE', 0]);
  store.replicatedTo(end);
  assert.deepEqual(await lookAt(2), ['OFFSET_OVERFLOW_ONE', 2]);
  assert.deepEqual(await lookAt(3), ['OFFSET_OVERFLOW_BADLY', 1]);
});

test('what a slave holds before the write call has returned is not acknowledged', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine);
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
    const store = await startReplicated(machine, flushed);
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
  const store = await startReplicated(machine, flushed);
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
  const store = await startReplicated(machine);
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
  const store = await startReplicated(machine, { slaveTimeout: 500 });
  const outcome = put(store);
  await machine.clock.advance(700);
  assert.equal(outcome.answer, 'FLUSH_SLAVE_TIMEOUT');
});

test('a record that a late slave and a late flush lack is answered when both times are over, and is not readable before the flush', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine, flushed);
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
  const store = await startReplicated(machine, flushed);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 9000 });
  const outcome = put(store);
  store.replicatedTo(store.facts.appendOffset);
  await machine.clock.advance(5200);
  assert.equal(outcome.answer, 'FLUSH_DISK_TIMEOUT');
});

test('what was stored before an opening is readable without a slave', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine);
  const outcome = put(store);
  store.replicatedTo(store.facts.appendOffset);
  await outcome.answered;
  await machine.clock.run(store.stop());
  const again = await startReplicated(machine);
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
  const store = await startReplicated(machine, flushed);
  const outcome = put(store);
  await machine.clock.run(store.stop());
  assert.equal(outcome.answer, 'FLUSH_SLAVE_TIMEOUT');
  machine.disk.crash();
  assert.deepEqual(await readBodies(await machine.start()), ['body']);
});

test('without a slave, where 4.x settings ask for one, a put is SLAVE_NOT_AVAILABLE as soon as it is safe here, and is readable', async () => {
  for (const settings of [{}, flushed]) {
    const machine = new StoreMachine();
    const store = await startReplicated(machine, settings, { acknowledge: 'unavailable', visible: 'own' });
    const waits = put(store);
    const doesNotWait = put(store, { wait: false });
    assert.deepEqual([waits.answer, await doesNotWait.answered], [undefined, 'PUT_OK']);
    assert.equal(await machine.clock.run(waits.answered), 'SLAVE_NOT_AVAILABLE');
    assert.deepEqual(await readBodies(store), ['body', 'body']);
  }
});

test('a put that no slave is there for is answered so, also where the flush is late', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine, flushed, { acknowledge: 'unavailable', visible: 'own' });
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 9000 });
  const outcome = put(store);
  await machine.clock.advance(5200);
  assert.equal(outcome.answer, 'SLAVE_NOT_AVAILABLE');
  assert.deepEqual(await readBodies(store), []);
});

test('with too few replicas in sync puts that wait are refused, nothing of them is stored, and others are taken', async () => {
  const machine = new StoreMachine();
  const refusal = 'IN_SYNC_REPLICAS_NOT_ENOUGH';
  const store = await startReplicated(machine, {}, { ...WAITS, refusal, because: '1 of 2' });
  assert.deepEqual([put(store).status, putBatch(store, [{}, {}]).status], [refusal, refusal]);
  assert.deepEqual(
    [store.facts.appendOffset, store.facts.writable, store.facts.notWritableBecause],
    [0, true, '1 of 2'],
  );
  assert.equal(await put(store, { wait: false }).answered, 'PUT_OK');
  store.promise(WAITS);
  assert.deepEqual([put(store).status, store.facts.notWritableBecause], ['PUT_OK', undefined]);
});

test('a full disk is named before replicas are counted', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine, {}, { ...WAITS, refusal: 'IN_SYNC_REPLICAS_NOT_ENOUGH' });
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', code: 'ENOSPC' });
  put(store, { wait: false });
  await machine.clock.advance(1);
  assert.equal(put(store).status, 'SERVICE_NOT_AVAILABLE');
});

test('puts of a master that becomes a slave are not acknowledged: those that wait for whatever mark, and later ones', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine);
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', delayMs: 50 });
  const waits = put(store);
  const doesNotWait = put(store, { wait: false });
  store.promise({ acknowledge: 'none', visible: 'own', refusal: 'SERVICE_NOT_AVAILABLE', because: 'a slave' });
  assert.deepEqual([waits.answer, doesNotWait.answer], ['SERVICE_NOT_AVAILABLE', 'SERVICE_NOT_AVAILABLE']);
  assert.deepEqual([put(store).status, put(store, { wait: false }).status], [waits.answer, waits.answer]);
  assert.deepEqual([store.facts.writable, store.facts.notWritableBecause], [false, 'a slave']);
  await machine.clock.advance(60);
  assert.deepEqual(await readBodies(store), ['body', 'body'], 'they are in the log, until it is cut');
});

test('a put keeps what it waits for when the promise changes', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine);
  const late = put(store);
  await machine.clock.advance(100);
  store.promise(NO_PROMISE);
  assert.deepEqual(await readBodies(store), ['body'], 'readers do not wait any more');
  assert.deepEqual([await put(store).answered, late.answer], ['PUT_OK', undefined]);
  await machine.clock.advance(3100);
  assert.equal(late.answer, 'FLUSH_SLAVE_TIMEOUT');
  const unpromised = put(store);
  store.promise(WAITS);
  assert.equal(await unpromised.answered, 'PUT_OK');
  assert.equal((await readBodies(store)).length, 3, 'what was put without a promise waits for nobody');
  const promised = put(store);
  await machine.clock.advance(100);
  assert.deepEqual([promised.answer, (await readBodies(store)).length], [undefined, 3]);
  store.replicatedTo(store.facts.appendOffset);
  assert.equal(promised.answer, 'PUT_OK');
});

test('a report about bytes that are not in the log is none about those that come later', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine);
  store.replicatedTo(Number.MAX_SAFE_INTEGER);
  const outcome = put(store);
  await machine.clock.advance(100);
  assert.equal(outcome.answer, undefined);
});

test('with confirmed visibility nothing is shown that the replicas do not have, however long it takes, and a stop does not wait for them', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine, {}, { acknowledge: 'wait', visible: 'confirmed' });
  const [first, second] = [put(store, { body: 'first' }), put(store, { body: 'second' })];
  await machine.clock.advance(100_000);
  assert.deepEqual([first.answer, second.answer], ['FLUSH_SLAVE_TIMEOUT', 'FLUSH_SLAVE_TIMEOUT']);
  assert.deepEqual(await readBodies(store), []);
  store.replicatedTo(second.physicalOffset);
  assert.deepEqual(await readBodies(store), ['first']);
  await machine.clock.run(store.stop());
});

const CONFIRMED: ReplicationPromise = { acknowledge: 'wait', visible: 'confirmed' };

/** A store whose broker has no role yet, as in controller mode after its start. */
async function startFenced(machine: StoreMachine, settings: StoreSettings = {}): Promise<LocalStore> {
  const store = machine.create(settings);
  store.promise({ acknowledge: 'none', visible: 'confirmed', refusal: 'SERVICE_NOT_AVAILABLE' });
  await machine.clock.run(store.start());
  return store;
}

for (const end of ['stop', 'kill', 'power'] as const) {
  test(`what was not confirmed is hidden after the next start until it is, or is cut off (${end})`, async () => {
    for (const isCut of [true, false]) {
      const machine = new StoreMachine();
      const settings = { mappedFileSizeCommitLog: 64 * 1024, ...flushed };
      let store = await startFenced(machine, settings);
      store.promise(CONFIRMED);
      const bodies = Array.from({ length: 6 }, (_, i) => `body ${i}`);
      const offsets = bodies.map((body, i) => put(store, { body, keys: 'k', queueId: i % 2 }).physicalOffset);
      await machine.clock.advance(100);
      store.replicatedTo(offsets[3]! + 5);
      await machine.clock.advance(3000);
      assert.deepEqual([await readBodies(store), await readBodies(store, 'T', 1)], [['body 0', 'body 2'], ['body 1']]);
      if (end === 'stop') await machine.clock.run(store.stop());
      else if (end === 'kill') machine.killProcess();
      else machine.losePower();
      store = await startFenced(machine, settings);
      const shown = [...(await readBodies(store)), ...(await readBodies(store, 'T', 1))];
      // A loss of power may take what the checkpoint knew: then more is hidden.
      if (end === 'power') assert.ok(shown.every((body) => ['body 0', 'body 2', 'body 1'].includes(body)));
      else assert.deepEqual(shown, ['body 0', 'body 2', 'body 1']);
      assert.equal(store.recordAt(offsets[3]!), undefined);
      if (isCut) {
        await machine.clock.run(store.truncateLog(offsets[4]!));
        store.promise(CONFIRMED);
        assert.deepEqual([put(store, { body: 'new' }).queueOffset, put(store, { queueId: 1 }).queueOffset], [2, 2]);
      } else store.promise(CONFIRMED);
      await machine.clock.advance(100);
      const arrivals: number[] = [];
      store.onArrival((queue) => arrivals.push(queue.queueId));
      store.replicatedTo(store.facts.appendOffset);
      assert.deepEqual(await readBodies(store), ['body 0', 'body 2', isCut ? 'new' : 'body 4']);
      assert.deepEqual(await readBodies(store, 'T', 1), ['body 1', 'body 3', isCut ? 'body' : 'body 5']);
      assert.deepEqual(arrivals.sort(), [0, 1]);
      await machine.clock.run(store.stop());
      store = await startFenced(machine, settings);
      assert.equal(store.recovery!.cleanStop, true);
      assert.deepEqual([store.findQueue('T', 0)!.maxOffset, store.findQueue('T', 1)!.maxOffset], [3, 3]);
      await machine.clock.run(store.stop());
    }
  });
}

test('a stop with records that are not confirmed is a clean one, wakes nobody, and keeps their places in the queues', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine, {}, CONFIRMED);
  const arrivals: number[] = [];
  store.onArrival((queue) => arrivals.push(queue.queueId));
  const outcome = put(store);
  await machine.clock.advance(100);
  await machine.clock.run(store.stop());
  assert.deepEqual([outcome.answer, arrivals], ['FLUSH_SLAVE_TIMEOUT', []]);
  const again = await machine.start();
  assert.equal(again.recovery!.cleanStop, true);
  assert.deepEqual([await readBodies(again), put(again).queueOffset], [['body'], 1]);
});

test('so many records may be unconfirmed; then puts are refused until replicas have them, and bytes of another log are taken', async () => {
  const machine = new StoreMachine();
  const store = await startReplicated(machine, {}, CONFIRMED);
  store.parts.flush.maxUnconfirmedRecords = 10;
  for (let i = 0; i < 11; i++) put(store, { wait: false });
  await machine.clock.advance(200);
  assert.equal(put(store, { wait: false }).status, 'SERVICE_NOT_AVAILABLE');
  assert.match(store.facts.notWritableBecause!, /^11 records are not confirmed/);
  assert.equal(store.parts.running.takesRaw, true);
  store.replicatedTo(store.facts.appendOffset);
  await machine.clock.advance(200);
  assert.equal(put(store, { wait: false }).status, 'PUT_OK');
});
