import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreLimits } from '../src/options.ts';
import { put, putAndWait, putBatch, read, readAll, readBodies } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const failures = [
  { operation: 'write', code: 'EIO' },
  { operation: 'write', code: 'EACCES' },
  { operation: 'sync', code: 'EIO' },
  { operation: 'sync', code: 'ENOSPC' },
] as const;
for (const { operation, code } of failures) {
  for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
    test(`${code} on ${operation} with ${flushDiskType}: read-only, parked puts refused, nothing acknowledged later`, async () => {
      const machine = new StoreMachine();
      let store = await machine.start({ flushDiskType });
      await putAndWait(store, { body: 'before' });
      machine.disk.faults.add({ operation, path: 'commitlog', code, delayMs: 20 });
      const hit = put(store, { body: 'hit' });
      await machine.clock.advance(operation === 'sync' && flushDiskType === 'ASYNC_FLUSH' ? 10_100 : 10);
      const parked =
        operation === 'write' || flushDiskType === 'SYNC_FLUSH' ? put(store, { body: 'parked' }) : undefined;
      await machine.clock.advance(100);
      assert.equal(store.facts.state, 'READ_ONLY');
      assert.equal((store.facts.failure as Error & { code?: string }).code, code);
      if (parked !== undefined) {
        assert.deepEqual([hit.answer, parked.answer], ['SERVICE_NOT_AVAILABLE', 'SERVICE_NOT_AVAILABLE']);
      }
      const acknowledged = hit.answer === 'PUT_OK' ? ['before', 'hit'] : ['before'];
      assert.equal(put(store, { body: 'after' }).status, 'SERVICE_NOT_AVAILABLE');
      assert.equal(putBatch(store, [{}, {}]).status, 'SERVICE_NOT_AVAILABLE');
      assert.deepEqual(await readBodies(store), acknowledged);
      await machine.clock.advance(120_000);
      assert.equal(store.facts.state, 'READ_ONLY');
      assert.deepEqual(await readBodies(store), acknowledged);
      const lines = machine.logLines.filter(({ level }) => level === 'error');
      assert.deepEqual(
        lines.map(({ fields }) => [fields.errno, fields.file]),
        [[code, '/store/commitlog/00000000000000000000']],
      );
      await machine.clock.run(store.stop());
      assert.ok(machine.names('').includes('abort'), 'the next start must look closely');
      store = await machine.start({ flushDiskType });
      assert.deepEqual((await readBodies(store)).slice(0, acknowledged.length), acknowledged);
      assert.equal((await putAndWait(store)).answer, 'PUT_OK');
    });
  }
}

test('a write that returns after a sync has failed is not acknowledged', async () => {
  for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
    const machine = new StoreMachine();
    const store = await machine.start({ flushDiskType });
    const first = put(store, { body: Buffer.alloc(20_000) });
    machine.disk.faults.add({ operation: 'sync', path: 'commitlog', code: 'EIO', delayMs: 20 });
    await machine.clock.advance(600);
    assert.equal(first.answer, flushDiskType === 'SYNC_FLUSH' ? 'SERVICE_NOT_AVAILABLE' : 'PUT_OK');
    const machine2 = new StoreMachine();
    const slow = await machine2.start({ flushDiskType });
    put(slow, { body: Buffer.alloc(20_000) });
    machine2.disk.faults.add({ operation: 'sync', path: 'commitlog', code: 'EIO', delayMs: 20 });
    await machine2.clock.advance(flushDiskType === 'SYNC_FLUSH' ? 10 : 510);
    machine2.disk.faults.add({ operation: 'write', path: 'commitlog', delayMs: 200 });
    const late = put(slow, { wait: false });
    await machine2.clock.advance(50);
    assert.equal(slow.facts.state, 'READ_ONLY');
    const { confirmOffset } = slow.facts;
    await machine2.clock.advance(1000);
    assert.deepEqual([late.answer, slow.facts.confirmOffset], ['SERVICE_NOT_AVAILABLE', confirmOffset]);
  }
});

test('a commit log file that can not be made for another cause than room refuses the put, and the next one tries again', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  machine.disk.faults.add({ operation: 'open', path: 'commitlog', code: 'EACCES', times: 2 });
  assert.equal(put(store).status, 'CREATE_MAPPED_FILE_FAILED');
  assert.equal(putBatch(store, [{}, {}]).status, 'CREATE_MAPPED_FILE_FAILED');
  assert.equal(store.facts.state, 'RUNNING');
  assert.equal((await putAndWait(store, { body: 'a' })).queueOffset, 0);
  // The same in the middle of the log, where the blank record is laid out already.
  machine.disk.faults.add({ operation: 'open', path: 'commitlog/00000000000000065536', code: 'EACCES', times: 3 });
  const large = { body: Buffer.alloc(30_000, 'b') };
  assert.deepEqual([put(store, large).status, put(store, large).status], ['PUT_OK', 'PUT_OK']);
  assert.equal(put(store, large).status, 'CREATE_MAPPED_FILE_FAILED');
  assert.equal(putBatch(store, [large, {}]).status, 'CREATE_MAPPED_FILE_FAILED');
  assert.equal(put(store, large).status, 'CREATE_MAPPED_FILE_FAILED');
  const batch = putBatch(store, [large, { body: 'c' }]);
  assert.equal(await batch.answered, 'PUT_OK');
  assert.deepEqual(
    (await readBodies(store)).map((body) => body[0]),
    ['a', 'b', 'b', 'b', 'c'],
  );
  machine.killProcess();
  assert.equal((await readAll(await machine.start())).length, 5);
});

test('consume queues that can not be written are tried again, and nothing of the store ends by it', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  await putAndWait(store, { body: 'a' });
  machine.disk.faults.add({ operation: 'open', path: 'consumequeue', code: 'ENOSPC' });
  machine.disk.faults.add({ operation: 'write', path: 'consumequeue', code: 'EIO' });
  machine.disk.faults.add({ operation: 'sync', path: 'consumequeue', code: 'EIO' });
  await machine.clock.advance(5000);
  assert.equal(machine.read('consumequeue/T/0/00000000000000000000').readInt32BE(8), store.facts.appendOffset);
  await machine.clock.advance(120_000);
  await putAndWait(store, { body: 'b' });
  await machine.clock.run(store.stop());
  store = await machine.start();
  assert.deepEqual(await readBodies(store), ['a', 'b']);
});

test('consume queues that the disk does not take for long wait in memory up to a bound; then puts are refused until it takes them', async () => {
  const limits = StoreLimits as { maxUnwrittenUnits: number };
  const { maxUnwrittenUnits } = limits;
  limits.maxUnwrittenUnits = 100;
  try {
    const machine = new StoreMachine();
    const store = await machine.start();
    machine.disk.faults.add({ operation: 'open', path: 'consumequeue', code: 'ENOSPC', times: 100_000 });
    let stored = 0;
    for (; store.facts.writable && stored < 1000; stored++) {
      await putAndWait(store, { body: `${stored}`, queueId: stored % 30 });
      await machine.clock.advance(100);
    }
    assert.ok(stored > 100 && stored < 120, `${stored}`);
    assert.match(store.facts.notWritableBecause ?? '', /consume queues can't be written, no space is left/);
    assert.equal((await readBodies(store, 'T', 7)).length, 4, 'reads are served from memory');
    await machine.clock.advance(20_000);
    machine.disk.faults.clear();
    await machine.clock.advance(1100);
    assert.equal(store.facts.writable, true);
    const logged = machine.logLines.filter(({ sentence }) => sentence.startsWith('consume queues'));
    assert.deepEqual(
      logged.map(({ level }) => level),
      ['error', 'info'],
      'one line for each change',
    );
    machine.killProcess();
    const again = await machine.start();
    assert.equal((await readBodies(again, 'T', 7)).length, 4);
  } finally {
    limits.maxUnwrittenUnits = maxUnwrittenUnits;
  }
});

test('a read that fails is an error to its reader, who stays where he is; neighbours are served and nothing is kept', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  const bodies: string[] = [];
  for (let i = 0; i < 5; i++) {
    bodies.push(`${i}`.padEnd(1000));
    await putAndWait(store, { body: bodies[i]! });
  }
  await putAndWait(store, { body: 'other', queueId: 1 });
  await machine.clock.run(store.stop());
  store = await machine.start();
  machine.disk.faults.add({ operation: 'read', path: 'consumequeue/T/0', code: 'EIO' });
  const unreadable = await read(store, { from: 2 });
  assert.deepEqual([unreadable.status, unreadable.nextBeginOffset], ['READ_FAILED', 2]);
  // Twice: once in a large piece, then the record alone.
  machine.disk.faults.add({ operation: 'read', path: 'commitlog', code: 'EIO', times: 2 });
  const failed = await read(store, { from: 2 });
  assert.deepEqual([failed.status, failed.nextBeginOffset], ['READ_FAILED', 2]);
  assert.deepEqual(await readBodies(store), bodies);
  assert.deepEqual(await readBodies(store, 'T', 1), ['other']);
  assert.equal(store.facts.state, 'RUNNING');
  const logged = machine.logLines.filter(({ level }) => level === 'error').map(({ fields }) => fields.file);
  assert.deepEqual(logged, ['/store/consumequeue/T/0/00000000000000000000', '/store/commitlog/00000000000000000000']);
});

test('a bad place in a large piece costs only the records that lie there', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  for (let i = 0; i < 5; i++) await putAndWait(store, { body: `${i}` });
  await machine.clock.run(store.stop());
  store = await machine.start();
  // The piece can't be read, each record can, but for the third.
  machine.disk.faults.add({ operation: 'read', path: 'commitlog', code: 'EIO' });
  machine.disk.faults.add({ operation: 'read', path: 'commitlog', code: 'EIO', skip: 1 });
  machine.disk.faults.add({ operation: 'read', path: 'commitlog', code: 'EIO', skip: 1, times: 2 });
  const first = await read(store, { from: 0 });
  assert.deepEqual([first.status, first.nextBeginOffset], ['FOUND', 1]);
});

test('a look-up that the disk refuses throws, and what only shows times leaves them out', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  await putAndWait(store);
  await machine.clock.run(store.stop());
  store = await machine.start();
  const fail = (): void => machine.disk.faults.add({ operation: 'read', path: 'commitlog', code: 'EIO' });
  fail();
  assert.throws(() => store.recordAt(0), { code: 'EIO' });
  fail();
  assert.throws(() => store.queue('T', 0).offsetAt(1, 'LOWER'), { code: 'EIO' }, 'no wrong offset');
  fail();
  assert.equal(store.facts.earliestStoreTimestamp, -1);
  assert.ok(store.facts.earliestStoreTimestamp > 0);
});
