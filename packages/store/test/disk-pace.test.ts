import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreLimits } from '../src/options.ts';
import { put, putAndWait, read, readBodies } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

for (const [mode, call] of [
  ['SYNC_FLUSH', 'sync'],
  ['ASYNC_FLUSH', 'write'],
] as const) {
  const name = call === 'sync' ? 'flush' : 'write';

  test(`${mode}: puts are refused while a ${name} takes longer than osPageCacheBusyTimeOutMills, reads are served, and puts are taken again when it ends`, async () => {
    const machine = new StoreMachine();
    const store = await machine.start({ flushDiskType: mode });
    await putAndWait(store, { body: Buffer.from('before') });
    machine.disk.faults.add({ operation: call, path: 'commitlog', delayMs: 3000 });
    const slow = put(store, { body: Buffer.from('slow') });
    await machine.clock.advance(900);
    const inTime = put(store, { body: Buffer.from('in time') });
    assert.deepEqual([inTime.status, store.facts.isDiskSlow, store.facts.busyBecause], ['PUT_OK', false, undefined]);
    await machine.clock.advance(400);
    assert.equal(put(store).status, 'OS_PAGE_CACHE_BUSY');
    assert.equal(store.facts.isDiskSlow, true);
    assert.match(
      store.facts.busyBecause ?? '',
      new RegExp(
        `^a ${name} of the commit log has been under way for 1\\d{3} ms, longer than osPageCacheBusyTimeOutMills 1000; \\d+ bytes wait for it$`,
      ),
    );
    assert.deepEqual(await readBodies(store), ['before']);
    await machine.clock.advance(2000);
    assert.deepEqual([slow.answer, inTime.answer, store.facts.isDiskSlow], ['PUT_OK', 'PUT_OK', false]);
    assert.equal((await putAndWait(store)).answer, 'PUT_OK');
    assert.deepEqual(await readBodies(store), ['before', 'slow', 'in time', 'body']);
  });
}

test('flushes of ASYNC_FLUSH may take as long as they like: nothing waits for them', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ flushDiskType: 'ASYNC_FLUSH' });
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 5000 });
  for (let nth = 0; nth < 40; nth++) {
    assert.equal((await putAndWait(store)).answer, 'PUT_OK');
    await machine.clock.advance(100);
  }
  assert.equal(store.facts.isDiskSlow, false);
});

test('the limit of time may be changed while the store runs', async () => {
  const machine = new StoreMachine();
  const config = { flushDiskType: 'SYNC_FLUSH', osPageCacheBusyTimeOutMills: 200 } as const;
  const store = await machine.start(config);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 2000 });
  put(store);
  await machine.clock.advance(500);
  assert.equal(put(store).status, 'OS_PAGE_CACHE_BUSY');
});

test('many flushes that are each in time keep nothing out, however long they take together', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ flushDiskType: 'SYNC_FLUSH' });
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 700, times: 20 });
  for (let nth = 0; nth < 100; nth++) {
    assert.equal(put(store).status, 'PUT_OK');
    await machine.clock.advance(100);
  }
  assert.equal(store.facts.isDiskSlow, false);
});

test('with SYNC_FLUSH bytes that are written and not flushed count: beyond the limit puts are refused with the number', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ flushDiskType: 'SYNC_FLUSH', mappedFileSizeCommitLog: 256 * 1024 * 1024 });
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 900 });
  const body = Buffer.alloc(1024 * 1024);
  let accepted = 0;
  while (put(store, { body }).status === 'PUT_OK' && accepted < 200) {
    accepted += 1;
    // Written at once: only the flush is waited for.
    await machine.clock.advance(1);
  }
  assert.equal(accepted, 64);
  assert.equal(
    store.facts.busyBecause,
    `${store.facts.appendOffset} bytes of the commit log wait for the disk, more than ${StoreLimits.maxWaitingBytes}`,
  );
  assert.equal((await read(store)).status, 'NO_MESSAGE_IN_QUEUE');
  await machine.clock.advance(1000);
  assert.equal((await putAndWait(store)).answer, 'PUT_OK');
});

test('a disk that refuses a flush is not slow but without room, and one that fails is neither', async () => {
  for (const code of ['ENOSPC', 'EIO'] as const) {
    const machine = new StoreMachine();
    const store = await machine.start({ flushDiskType: 'ASYNC_FLUSH' });
    machine.disk.faults.add({ operation: 'write', path: 'commitlog', delayMs: 2000, code });
    const outcome = put(store);
    await machine.clock.advance(1500);
    assert.equal(store.facts.isDiskSlow, true);
    await machine.clock.advance(700);
    assert.deepEqual([outcome.answer, store.facts.isDiskSlow], ['SERVICE_NOT_AVAILABLE', false]);
  }
});
