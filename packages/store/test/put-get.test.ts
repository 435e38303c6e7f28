import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put, putAndWait, putBatch, read, readAll, readBodies } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const oneFile = { mappedFileSizeCommitLog: 64 * 1024 * 1024 };

/** To the year 2050, about. */
const AHEAD_MS = 24 * 365 * 86_400_000;

test('a message comes back with all that it was put with, and its place', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  const outcome = await putAndWait(store, { topic: 'Orders', queueId: 3, body: 'hello', tags: 'TagA' });
  assert.deepEqual([outcome.answer, outcome.queueOffset, outcome.physicalOffset], ['PUT_OK', 0, 0]);
  const { status, nextBeginOffset, minOffset, maxOffset, messages } = await read(store, {
    topic: 'Orders',
    queueId: 3,
  });
  assert.deepEqual([status, nextBeginOffset, minOffset, maxOffset], ['FOUND', 1, 0, 1]);
  const message = messages[0]!;
  assert.equal(message.topic, 'Orders');
  assert.equal(message.queueId, 3);
  assert.equal(message.body.toString(), 'hello');
  assert.equal(message.propertiesText, 'TAGS\x01TagA\x02');
  assert.equal(message.storeTimestamp, machine.clock.now());
  assert.deepEqual(message.bornHost, { host: '1.2.3.4', port: 5678 });
  assert.deepEqual(message.storeHost, { host: '10.0.0.1', port: 10911 });
});

test('each queue counts its own offsets, all share the log', async () => {
  const store = await new StoreMachine().start();
  const places = [];
  for (const queueId of [0, 1, 0, 1, 0]) places.push(await putAndWait(store, { queueId, body: `${queueId}` }));
  assert.deepEqual(
    places.map((place) => place.queueOffset),
    [0, 0, 1, 1, 2],
  );
  const size = places[1]!.physicalOffset;
  assert.deepEqual(
    places.map((place) => place.physicalOffset),
    [0, size, 2 * size, 3 * size, 4 * size],
  );
  assert.deepEqual(await readBodies(store, 'T', 0), ['0', '0', '0']);
});

test('where a reader begins decides the status of its read', async () => {
  const store = await new StoreMachine().start();
  const answer = async (from: number): Promise<unknown[]> => {
    const { status, nextBeginOffset } = await read(store, { from });
    return [status, nextBeginOffset];
  };
  assert.deepEqual(await answer(5), ['NO_MESSAGE_IN_QUEUE', 0]);
  for (let i = 0; i < 3; i++) await putAndWait(store);
  assert.deepEqual(await answer(0), ['FOUND', 3]);
  assert.deepEqual(await answer(-1), ['OFFSET_TOO_SMALL', 0]);
  assert.deepEqual(await answer(3), ['OFFSET_OVERFLOW_ONE', 3]);
  assert.deepEqual(await answer(4), ['OFFSET_OVERFLOW_BADLY', 3]);
});

test('a read ends at the count or the bytes that were asked for, but has one message at least', async () => {
  const store = await new StoreMachine().start();
  for (let i = 0; i < 40; i++) await putAndWait(store, { body: Buffer.alloc(500, 'a') });
  assert.equal((await read(store, { maxNums: 7 })).messages.length, 7);
  assert.equal((await read(store, { maxNums: 100 })).messages.length, 32);
  assert.equal((await read(store, { maxBytes: 1300 })).messages.length, 2);
  assert.equal((await read(store, { maxBytes: 1 })).messages.length, 1);
});

test('a filter skips by the tag and the next offset is behind what was looked at', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ maxFilterMessageSize: 20 * 20 });
  for (let i = 0; i < 50; i++) await putAndWait(store, { body: `${i}`, tags: i === 45 ? 'rare' : 'common' });
  const javaHash = [...'rare'].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) | 0, 0);
  const filter = { matchesUnit: (tagsCode: number): boolean => tagsCode === javaHash };
  for (const place of ['memory', 'file']) {
    if (place === 'file') await machine.clock.advance(2000);
    const first = await read(store, { filter });
    assert.deepEqual([place, first.status, first.nextBeginOffset], [place, 'NO_MATCHED_MESSAGE', 20]);
    const second = await read(store, { from: 40, filter });
    assert.deepEqual([second.status, second.messages.map((message) => message.body.toString())], ['FOUND', ['45']]);
  }
});

// ConsumeQueueExt#decorate: the lowest long, plus the place of the longer entry.
test('a filter passes messages whose unit has the address of a longer entry of Apache’s instead of a tags code', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (const tags of ['refunded', 'other', 'other']) await putAndWait(store, { body: tags, tags });
  // From here on the queue is read from its file.
  await machine.clock.advance(2000);
  machine.write('consumequeue/T/0/00000000000000000000', 2 * 20 + 12, Buffer.from('8000000000000020', 'hex'));
  const wanted = [...'refunded'].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) | 0, 0);
  assert.ok(wanted < 0);
  const { messages } = await read(store, { filter: { matchesUnit: (tagsCode) => tagsCode === wanted } });
  assert.deepEqual(
    messages.map(({ queueOffset }) => queueOffset),
    [0, 2],
  );
});

test('messages are the same from memory, from the file and after a restart', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ mappedFileSizeCommitLog: 1024 * 1024 });
  const bodies: string[] = [];
  for (let i = 0; i < 300; i++) {
    bodies.push(`${i}`.padEnd((i * 37) % 9000, '.'));
    put(store, { body: bodies[i]! });
    if (i % 10 === 0) await machine.clock.advance(1);
  }
  await machine.clock.advance(2000);
  assert.deepEqual(await readBodies(store), bodies);
  await machine.clock.run(store.stop());
  const again = await machine.start({ mappedFileSizeCommitLog: 1024 * 1024 });
  assert.deepEqual(await readBodies(again), bodies);
});

test('more than the kept tail in one turn is written in order', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(oneFile);
  await putAndWait(store, { body: 'first' });
  const outcomes = [];
  for (let i = 0; i < 12; i++) outcomes.push(put(store, { body: Buffer.alloc(1.9 * 1024 * 1024, 65 + i) }));
  await machine.clock.advance(100);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.answer),
    outcomes.map(() => 'PUT_OK'),
  );
  const bodies = await readBodies(store);
  assert.deepEqual(
    bodies.map((body) => body.slice(0, 5)),
    ['first', ...outcomes.map((_, i) => String.fromCharCode(65 + i).repeat(5))],
  );
});

test('a record larger than a slab is stored whole', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(oneFile);
  const sizes = [10, 5 * 1024 * 1024, 20, 3 * 1024 * 1024, 30];
  for (const [i, size] of sizes.entries()) await putAndWait(store, { body: Buffer.alloc(size, i) });
  const stored = await readAll(store);
  assert.deepEqual(
    stored.map((message) => [message.body.length, message.body[0], message.body.at(-1)]),
    sizes.map((size, i) => [size, i, i]),
  );
});

test('a stop answers what is under way and is over when the disk has nothing left to do', async () => {
  for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
    const machine = new StoreMachine();
    const store = await machine.start({ flushDiskType });
    const outcomes = [put(store), put(store)];
    await machine.clock.run(store.stop());
    assert.deepEqual(
      outcomes.map((outcome) => outcome.answer),
      ['PUT_OK', 'PUT_OK'],
    );
    assert.equal(put(store).status, 'SERVICE_NOT_AVAILABLE');
    assert.equal(machine.clock.pendingTimers, 0);
  }
});

test('puts are refused while too much waits to be written', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ mappedFileSizeCommitLog: 256 * 1024 * 1024 });
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', delayMs: 1000 });
  let accepted = 0;
  let last = put(store, { body: Buffer.alloc(1024 * 1024) });
  for (; last.status === 'PUT_OK' && accepted < 200; accepted++) {
    last = put(store, { body: Buffer.alloc(1024 * 1024) });
  }
  assert.equal(last.status, 'OS_PAGE_CACHE_BUSY');
  assert.equal(accepted, 64);
  assert.equal(putBatch(store, [{}, {}]).status, 'OS_PAGE_CACHE_BUSY');
  await machine.clock.advance(1100);
  assert.equal((await putAndWait(store)).answer, 'PUT_OK');
});

test('half and rolled-back transaction messages are in the log but in no queue', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  const half = await putAndWait(store, { sysFlag: 0x4 });
  const rolledBack = await putAndWait(store, { sysFlag: 0xc });
  const committed = await putAndWait(store, { sysFlag: 0x8 });
  assert.deepEqual([half.queueOffset, rolledBack.queueOffset, committed.queueOffset], [0, 0, 0]);
  assert.equal((await readAll(store)).length, 1);
  assert.ok(store.recordAt(half.physicalOffset) !== undefined);
  machine.killProcess();
  assert.equal((await readAll(await machine.start())).length, 1);
});

test('store times are those of the wall clock, also after it was put back', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  const start = machine.clock.now();
  machine.clock.jumpWallClock(AHEAD_MS);
  await putAndWait(store);
  machine.clock.jumpWallClock(-AHEAD_MS);
  await putAndWait(store);
  machine.killProcess();
  store = await machine.start();
  machine.clock.jumpWallClock(-3_600_000);
  await putAndWait(store);
  const times = (await readAll(store)).map((message) => message.storeTimestamp - start);
  assert.deepEqual(
    times.map((time) => Math.round(time / 60_000)),
    [AHEAD_MS / 60_000, 0, -60],
  );
});

test('a search by time gives a place within the queue whose neighbours fit, wherever the clock was put back', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  const steps = [0, 1000, AHEAD_MS, 1000, -AHEAD_MS, 1000, -3_600_000, 1000, 3_600_000, 1000];
  for (const ms of steps) {
    machine.clock.jumpWallClock(ms);
    await putAndWait(store);
  }
  const times = (await readAll(store)).map((message) => message.storeTimestamp);
  for (const time of times.flatMap((each) => [each - 1, each, each + 1])) {
    const lower = store.queue('T', 0).offsetAt(time, 'LOWER');
    assert.ok(lower === times.length || times[lower]! >= time, `${lower} for ${time}`);
    assert.ok(lower === 0 || times[lower - 1]! < time, `${lower} for ${time}`);
    const upper = store.queue('T', 0).offsetAt(time, 'UPPER');
    assert.ok(upper === 0 || times[upper]! <= time, `${upper} for ${time}`);
    assert.ok(upper === times.length - 1 || times[upper + 1]! > time, `${upper} for ${time}`);
  }
});
