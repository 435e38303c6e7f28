import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStore } from '../src/index.ts';
import { expiryOptions, FILE_BYTES, filledStore, fillFiles, MESSAGES_A_FILE, machineAtNoon } from './expiry-store.ts';
import { putAndWait, read, readAll } from './store-calls.ts';
import { ROOT, type StoreMachine } from './store-machine.ts';

process.env.TZ = 'UTC';
/** Files of 20 units. */
const UNITS_A_FILE = 20;
/** Everything is expired, but the round is to be asked for. */
const atOnce = expiryOptions({ fileReservedTime: 0, deleteWhen: '12', deleteFileBatchMax: 3 });

function queueFiles(machine: StoreMachine, topic = 'T', queueId = 0): number[] {
  return machine.names(`consumequeue/${topic}/${queueId}`).map((name) => Number(name) / 20);
}

async function firstRound(machine: StoreMachine): Promise<void> {
  await machine.clock.advance(60_000 - machine.clock.monotonicMs() + 5000);
}

function queueOf(store: MessageStore, topic = 'T', queueId = 0) {
  const queue = store.findQueue(topic, queueId);
  assert.ok(queue);
  return queue;
}

/** Source: ConsumeQueueStore$CleanConsumeQueueService#deleteExpiredFiles. */
test('consume queues follow the commit log: first offset, files, earliest store time', async () => {
  const machine = machineAtNoon();
  const store = await filledStore(machine, 6, atOnce);
  const earliest = store.facts.earliestStoreTimestamp;
  await firstRound(machine);
  assert.equal(store.facts.minOffset, 3 * FILE_BYTES);
  const queue = queueOf(store);
  assert.equal(queue.minOffset, 3 * MESSAGES_A_FILE);
  assert.deepEqual(queueFiles(machine), [UNITS_A_FILE, 2 * UNITS_A_FILE]);
  assert.equal(store.facts.earliestStoreTimestamp, (await readAll(store))[0]?.storeTimestamp);
  assert.ok(store.facts.earliestStoreTimestamp >= earliest);
  assert.equal(store.queue('T', 0).offsetAt(0, 'LOWER'), 3 * MESSAGES_A_FILE);
  assert.equal(store.recordAt(0), undefined);
  assert.equal((await readAll(store)).length, 3 * MESSAGES_A_FILE + 1);
  const { status, nextBeginOffset } = await read(store, { from: 0 });
  assert.deepEqual([status, nextBeginOffset], ['OFFSET_TOO_SMALL', 3 * MESSAGES_A_FILE]);
});

test('a queue of which everything expired keeps its last file and its offsets, also after a restart', async () => {
  const machine = machineAtNoon();
  let store = await machine.start({ expiry: atOnce });
  for (let i = 0; i < 25; i++) await putAndWait(store, { topic: 'Old' });
  await fillFiles(machine, store, 3);
  await firstRound(machine);
  await machine.clock.advance(10_000);
  assert.deepEqual(queueFiles(machine, 'Old'), [UNITS_A_FILE]);
  for (const restart of [false, true]) {
    if (restart) {
      await machine.clock.run(store.stop());
      store = await machine.start({ expiry: atOnce });
    }
    const queue = queueOf(store, 'Old');
    assert.deepEqual([queue.minOffset, queue.maxOffset], [25, 25], `restart ${restart}`);
    assert.equal((await read(store, { topic: 'Old', from: 3 })).status, 'OFFSET_TOO_SMALL');
    assert.equal((await read(store, { topic: 'Old', from: 25 })).status, 'OFFSET_OVERFLOW_ONE');
  }
  assert.equal((await putAndWait(store, { topic: 'Old' })).queueOffset, 25);
  assert.equal((await readAll(store, 'Old')).length, 1);
});

test('units that are only in memory yet are not lost with the files before them', async () => {
  const machine = machineAtNoon();
  const store = await machine.start({ expiry: atOnce, flushIntervalConsumeQueue: 200_000 });
  await fillFiles(machine, store, 7);
  await firstRound(machine);
  assert.equal(store.parts.queues.find('T', 0)?.flushedUnit, 0);
  assert.equal(queueOf(store).minOffset, 3 * MESSAGES_A_FILE);
  await machine.clock.advance(200_000);
  await machine.clock.run(store.stop());
  const again = await machine.start({ expiry: atOnce });
  assert.equal(queueOf(again).nextOffset, 7 * MESSAGES_A_FILE + 1);
});

test('the walk over many queues is cut into slices, and done only when the log has moved', async () => {
  const machine = machineAtNoon();
  const store = await machine.start({ expiry: { ...atOnce, deleteFileBatchMax: 10 } });
  const queues = 600;
  for (let queueId = 0; queueId < queues; queueId++) await putAndWait(store, { topic: 'Many', queueId });
  await fillFiles(machine, store, 3);
  const raised = (): number =>
    Array.from({ length: queues }, (_, id) => queueOf(store, 'Many', id)).filter((queue) => queue.minOffset === 1)
      .length;
  await machine.clock.advance(60_000 - machine.clock.monotonicMs());
  await machine.clock.advance(200);
  const seen = new Set<number>();
  while (raised() < queues) {
    seen.add(raised());
    await machine.clock.advance(1);
  }
  assert.ok(seen.size >= 4, `${[...seen]}`);
  await machine.clock.advance(1000);
  // From now on nothing moves, so a queue that can't be read is not noticed.
  machine.disk.faults.add({ operation: 'open', path: 'consumequeue', code: 'EIO', times: 10_000 });
  machine.disk.faults.add({ operation: 'read', path: 'consumequeue', code: 'EIO', times: 10_000 });
  machine.logLines.length = 0;
  await machine.clock.advance(60_000);
  assert.deepEqual(
    machine.logLines.filter((line) => line.level !== 'info'),
    [],
  );
});

test('queues that could not be read are cleaned with a later round', async () => {
  const machine = machineAtNoon();
  await filledStore(machine, 6, atOnce);
  machine.disk.faults.add({ operation: 'remove', path: 'consumequeue', code: 'EIO', times: 3 });
  await firstRound(machine);
  assert.deepEqual(queueFiles(machine), [0, UNITS_A_FILE, 2 * UNITS_A_FILE]);
  assert.equal(machine.logLines.filter((line) => line.sentence.includes('could not be cleaned')).length, 1);
  await machine.clock.advance(20_000);
  assert.deepEqual(queueFiles(machine).includes(0), true);
  await machine.clock.advance(10_000);
  assert.equal(queueFiles(machine).includes(0), false);
  assert.equal(
    machine.logLines.filter((line) => line.sentence.includes('could not be cleaned')).length,
    1,
    'logged once',
  );
});

test('a topic that is deleted while the queues are walked is passed over', async () => {
  const machine = machineAtNoon();
  const store = await filledStore(machine, 6, atOnce);
  machine.disk.faults.add({ operation: 'remove', path: 'consumequeue', delayMs: 3000 });
  await machine.clock.advance(60_000 - machine.clock.monotonicMs() + 1000);
  store.removeTopic('T');
  await machine.clock.advance(10_000);
  assert.equal(machine.disk.stat(`${ROOT}/consumequeue/T`), undefined);
  assert.equal((await putAndWait(store)).queueOffset, 0);
  assert.equal((await readAll(store)).length, 1);
});

test('consume queues are brought up to the log on request, without waiting for a round', async () => {
  const machine = machineAtNoon();
  const store = await filledStore(machine, 6, atOnce);
  await machine.clock.advance(60_000 - machine.clock.monotonicMs());
  await machine.clock.advance(250);
  await machine.clock.run(store.followNow());
  assert.equal(queueOf(store).minOffset, 3 * MESSAGES_A_FILE);
});

/** Source: DefaultMessageStore#getMessage: MESSAGE_WAS_REMOVING, which a broker answers with PULL_RETRY_IMMEDIATELY. */
test('a reader of records whose file has just been removed gets that status and passes them', async () => {
  const machine = machineAtNoon();
  // A read looks at five units.
  const store = await filledStore(machine, 3, atOnce, { maxFilterMessageSize: 100 });
  await store.parts.log.files.removeFirst();
  const first = await read(store, { from: 0 });
  assert.equal(first.status, 'MESSAGE_WAS_REMOVING');
  assert.equal(first.nextBeginOffset, 5);
  const found: number[] = [];
  for (let from = 0; from < queueOf(store).maxOffset; ) {
    const { messages, nextBeginOffset } = await read(store, { from });
    found.push(...messages.map((message) => message.queueOffset));
    from = nextBeginOffset;
  }
  assert.deepEqual(
    found,
    Array.from({ length: 2 * MESSAGES_A_FILE + 1 }, (_, i) => MESSAGES_A_FILE + i),
  );
});

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`reads that are under way while files go end cleanly (seed ${seed})`, async () => {
    const machine = machineAtNoon(seed);
    // Nothing old is in memory: what was written before the restart is read from files.
    let store = await filledStore(machine, 6, atOnce);
    await machine.clock.run(store.stop());
    store = await machine.start({ expiry: atOnce });
    const random = machine.platform.random;
    const reads: ReturnType<typeof read>[] = [];
    for (let i = 0; i < 40; i++) {
      const slow = random.below(200);
      if (random.chance(0.7))
        machine.disk.faults.add({ operation: 'read', delayMs: slow, path: /commitlog|consumequeue/ });
      reads.push(read(store, { from: random.below(6 * MESSAGES_A_FILE), maxNums: 1 + random.below(32) }));
    }
    const removals = [0, 1, 2].map(
      (i) =>
        new Promise((resolve) => {
          machine.clock.after(i * 40 + random.below(60), () => store.parts.log.files.removeFirst().then(resolve));
        }),
    );
    await machine.clock.run(Promise.all(removals));
    const outcomes = await machine.clock.run(Promise.all(reads));
    for (const outcome of outcomes) {
      assert.ok(['FOUND', 'MESSAGE_WAS_REMOVING'].includes(outcome.status), outcome.status);
      // Messages come in order and without gaps, from wherever they begin.
      for (const [i, message] of outcome.messages.entries()) {
        assert.equal(message.queueOffset, outcome.messages[0]!.queueOffset + i);
      }
      if (outcome.status === 'FOUND') assert.ok(outcome.nextBeginOffset > outcome.messages.at(-1)!.queueOffset);
    }
    await machine.clock.run(store.followNow());
    assert.equal((await readAll(store)).length, 3 * MESSAGES_A_FILE + 1);
    await machine.clock.run(store.stop());
  });
}

test('memory of removed files is given up', async () => {
  const machine = machineAtNoon();
  let store = await filledStore(machine, 6, atOnce);
  await machine.clock.run(store.stop());
  store = await machine.start({ expiry: atOnce });
  await readAll(store);
  await machine.clock.advance(65_000);
  machine.disk.faults.add({ operation: 'read', path: 'commitlog/00000000000000000000', code: 'EIO', times: 100 });
  await putAndWait(store);
  assert.equal((await readAll(store)).length, 3 * MESSAGES_A_FILE + 2);
});
