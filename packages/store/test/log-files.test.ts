import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put, putAndWait, putBatch, readAll, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const FILE = 64 * 1024;

function bodyOf(recordBytes: number): Buffer {
  return Buffer.alloc(recordBytes - 92, 'x');
}

test('files have their full length from the beginning and are named by their first offset', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await putAndWait(store);
  assert.deepEqual(machine.names('commitlog')[0], '00000000000000000000');
  assert.equal(machine.read('commitlog/00000000000000000000').length, FILE);
});

/** Source: MappedFileQueue#load, MappedFileQueue#doLoad. */
test('a record is put into the rest of a file only when eight bytes are left behind it', async () => {
  for (const [rest, rolls] of [
    [1008, false],
    [1007, true],
  ] as const) {
    const machine = new StoreMachine();
    const store = await machine.start({ maxMessageSize: FILE });
    await putAndWait(store, { body: bodyOf(FILE - rest) });
    const outcome = await putAndWait(store, { body: bodyOf(1000) });
    assert.equal(outcome.physicalOffset, rolls ? FILE : FILE - rest);
    await putAndWait(store, { body: 'last' });
    const file = machine.read('commitlog/00000000000000000000');
    const blank = rolls ? FILE - rest : FILE - 8;
    assert.equal(file.readInt32BE(blank), FILE - blank);
    assert.equal(file.toString('hex', blank + 4, blank + 8), 'cbd43194');
    assert.equal((await readAll(store)).length, 3);
    machine.killProcess();
    assert.equal((await readAll(await machine.start({ maxMessageSize: FILE }))).length, 3);
  }
});

test('a batch never lies in two files', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await putAndWait(store, { body: bodyOf(FILE - 3000) });
  const batch = putBatch(store, [{ body: bodyOf(1500) }, { body: bodyOf(1500) }]);
  assert.equal(await batch.answered, 'PUT_OK');
  assert.deepEqual(batch.offsets, [FILE, FILE + 1500]);
  assert.equal(batch.queueOffset, 1);
  assert.equal(machine.read('commitlog/00000000000000000000').readInt32BE(FILE - 3000), 3000);
  assert.equal((await readAll(store)).length, 3);
});

test('a message, or a batch, that fits into no file is refused and leaves nothing behind', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  assert.equal(put(store, { body: Buffer.alloc(FILE) }).status, 'MESSAGE_ILLEGAL');
  assert.equal(
    putBatch(store, [{ body: Buffer.alloc(40_000) }, { body: Buffer.alloc(40_000) }]).status,
    'MESSAGE_ILLEGAL',
  );
  assert.equal(store.facts.appendOffset, 0);
  assert.equal((await putAndWait(store)).queueOffset, 0);
});

test('properties that are too long are refused, in a batch for all of it', async () => {
  const store = await new StoreMachine().start();
  assert.equal(put(store, { tags: 'x'.repeat(33_000) }).status, 'PROPERTIES_SIZE_EXCEEDED');
  assert.equal(putBatch(store, [{ body: 'a' }, { tags: 'x'.repeat(33_000) }]).status, 'PROPERTIES_SIZE_EXCEEDED');
  assert.deepEqual(await readBodies(store), []);
  assert.equal((await putAndWait(store, { body: 'b' })).queueOffset, 0);
  assert.deepEqual(await readBodies(store), ['b']);
});

test('the next file is made ahead of need, and a clean stop takes it away', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await putAndWait(store, { body: bodyOf(FILE - 1000) });
  await machine.clock.advance(200);
  assert.equal(machine.names('commitlog').length, 2);
  await machine.clock.run(store.stop());
  assert.deepEqual(machine.names('commitlog'), ['00000000000000000000']);
});

test('the checkpoint has the store time of what is flushed in Apache’s places', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await putAndWait(store);
  await machine.clock.run(store.stop());
  const checkpoint = machine.read('checkpoint');
  assert.equal(checkpoint.length, 4096);
  const [stored] = await readAll(await machine.start());
  assert.deepEqual(
    [Number(checkpoint.readBigInt64BE(0)), Number(checkpoint.readBigInt64BE(8))],
    [stored!.storeTimestamp, stored!.storeTimestamp],
  );
});

test('one store at a time has the folder; abort marks it as long as it runs', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  assert.equal(machine.read('abort').toString(), '4711');
  await assert.rejects(machine.create().start(), { code: 'STORE_LOCKED' });
  await machine.clock.run(store.stop());
  assert.ok(!machine.names('').includes('abort'));
  const again = await machine.start();
  assert.equal(machine.logLines.filter(({ fields }) => fields.cleanStop === true).length, 2);
  machine.killProcess();
  await machine.start();
  assert.equal(machine.logLines.filter(({ fields }) => fields.cleanStop === false).length, 1);
  assert.notEqual(again, store);
});

test('a folder that can not be written is an error that names it', async () => {
  const machine = new StoreMachine();
  machine.disk.faults.add({ operation: 'makeDirectory', code: 'EACCES' });
  await assert.rejects(machine.start(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'STORE_NOT_WRITABLE');
    assert.match(error.message, new RegExp(`${ROOT}.*EACCES`));
    return true;
  });
});

test('a record that is damaged in a file that was not looked through hides none of those behind it', async () => {
  for (const bytes of [200, 20_000]) {
    const machine = new StoreMachine();
    const store = await machine.start();
    for (let i = 0; store.parts.log.files.files.length < 2; i++)
      await putAndWait(store, { body: Buffer.alloc(bytes, i) });
    const queue = store.findQueue('T', 0)!;
    const damaged = [0, 1].map((offset) => queue.entryAt(offset)!.physicalOffset);
    const end = queue.maxOffset;
    await machine.clock.run(store.stop());
    for (const offset of damaged) machine.write('commitlog/00000000000000000000', offset, Buffer.alloc(8));
    const again = await machine.start();
    const found = (await readAll(again)).map((message) => message.queueOffset);
    assert.deepEqual(
      found,
      Array.from({ length: end - 2 }, (_, i) => i + 2),
    );
  }
});

test('time is found past a message that was lost', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  const begin = machine.clock.now();
  for (const pauseMs of [0, 100, 0, 100]) {
    await machine.clock.advance(pauseMs);
    await putAndWait(store);
  }
  const { physicalOffset } = store.findQueue('T', 0)!.entryAt(2)!;
  machine.killProcess();
  machine.write('commitlog/00000000000000000000', physicalOffset, Buffer.alloc(8));
  const again = await machine.start();
  const find = (ms: number, boundary: 'LOWER' | 'UPPER'): number => again.queue('T', 0).offsetAt(begin + ms, boundary);
  assert.deepEqual([find(100, 'LOWER'), find(100, 'UPPER'), find(101, 'LOWER')], [1, 1, 2]);
});

test('time finds the first message at or after it, or the last at or before it', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  const begin = machine.clock.now();
  for (const pauseMs of [0, 100, 0, 100]) {
    await machine.clock.advance(pauseMs);
    await putAndWait(store);
  }
  const times = (await readAll(store)).map((message) => message.storeTimestamp - begin);
  assert.deepEqual(times, [0, 100, 100, 200]);
  const find = (ms: number, boundary: 'LOWER' | 'UPPER'): number => store.queue('T', 0).offsetAt(begin + ms, boundary);
  assert.deepEqual(
    [-1, 0, 1, 99, 100, 101, 200, 201].map((ms) => [find(ms, 'LOWER'), find(ms, 'UPPER')]),
    [
      [0, 0],
      [0, 0],
      [1, 0],
      [1, 0],
      [1, 2],
      [3, 2],
      [3, 3],
      [4, 3],
    ],
  );
  assert.equal(store.facts.earliestStoreTimestamp, begin);
  assert.equal(store.queue('T', 0).storeTimestampAt(3), begin + 200);
  assert.equal(store.queue('T', 0).storeTimestampAt(4), -1);
});
