import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put, putAndWait, readBodies } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`what is shown after a failed sync, a kill and a new start survives a power loss (${flushDiskType}, seed ${seed})`, async () => {
      const machine = new StoreMachine(seed, { disk: { writeBackChance: 0 } });
      let store = await machine.start({ flushDiskType });
      await putAndWait(store, { body: 'flushed'.padEnd(5000) });
      await machine.clock.advance(15_000);
      machine.disk.faults.add({ operation: 'sync', path: 'commitlog', code: 'EIO' });
      for (let i = 0; i < 30; i++) put(store, { body: `${i}`.padEnd(5000) });
      await machine.clock.advance(20_000);
      assert.equal(store.facts.state, 'READ_ONLY');
      machine.killProcess();
      store = await machine.start({ flushDiskType });
      const shown = await readBodies(store);
      assert.ok(shown.length > 1, 'the page cache still has what the disk did not take');
      machine.losePower();
      assert.deepEqual(await readBodies(await machine.start({ flushDiskType })), shown);
    });
  }
}

test('only what may not be durable is written again', async () => {
  const machine = new StoreMachine();
  let store = await machine.start({ flushDiskType: 'SYNC_FLUSH' });
  for (let i = 0; i < 5; i++) {
    await putAndWait(store, { body: 'flushed'.padEnd(5000) });
    await machine.clock.advance(100);
  }
  await machine.clock.advance(2000);
  const end = store.facts.appendOffset;
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 500 });
  put(store, { body: 'open' });
  await machine.clock.advance(100);
  const written = store.facts.writtenOffset;
  machine.killProcess();
  machine.logLines.length = 0;
  store = await machine.start({ flushDiskType: 'SYNC_FLUSH' });
  const line = machine.logLines.find(({ sentence }) => sentence.includes('written again'));
  // The newest flushed record as well: others of its millisecond may be open.
  assert.equal(line?.fields.from, (end / 5) * 4);
  assert.equal(line?.fields.bytes, written - (end / 5) * 4);
  await machine.clock.run(store.stop());
  machine.logLines.length = 0;
  await machine.start();
  assert.ok(!machine.logLines.some(({ sentence }) => sentence.includes('written again')), 'after a clean stop nothing');
});

test('a sync that fails while a store is opened keeps it closed', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await putAndWait(store);
  machine.killProcess();
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', code: 'EIO' });
  await assert.rejects(machine.start(), { code: 'STORE_NOT_WRITABLE' });
  assert.deepEqual(await readBodies(await machine.start()), ['body']);
});
