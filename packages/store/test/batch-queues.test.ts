import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putAndWait, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

/** A store that has records of a topic whose queues are batch consume queues, which a broker of Apache's has written. */
async function withBatchTopic(): Promise<StoreMachine> {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 3; i++) {
    await putAndWait(store, { body: `plain${i}` });
    await putAndWait(store, { topic: 'Batches', body: `batch${i}` });
  }
  await machine.clock.run(store.stop());
  machine.disk.remove(`${ROOT}/consumequeue-ends`);
  machine.disk.makeDirectory(`${ROOT}/batchconsumequeue/Batches/0`);
  for (const name of machine.names('consumequeue/Batches/0')) {
    machine.disk.remove(`${ROOT}/consumequeue/Batches/0/${name}`);
  }
  machine.disk.remove(`${ROOT}/consumequeue/Batches/0`);
  machine.disk.remove(`${ROOT}/consumequeue/Batches`);
  return machine;
}

// Apache's broker does not start on a store where a topic has both kinds of queues.
for (const how of ['a clean stop', 'a kill'] as const) {
  test(`no consume queue is made for a topic that has batch consume queues, after ${how}`, async () => {
    const machine = await withBatchTopic();
    if (how === 'a kill') {
      const killed = await machine.start();
      await putAndWait(killed, { body: 'more' });
      machine.killProcess();
    }
    const store = await machine.start();
    assert.deepEqual(machine.names('consumequeue'), ['T']);
    assert.deepEqual(
      machine.logLines.filter(({ level }) => level === 'error'),
      [],
    );
    assert.deepEqual((await readBodies(store)).slice(0, 3), ['plain0', 'plain1', 'plain2']);
    assert.equal(store.facts.appendOffset, store.facts.confirmOffset);
    await machine.clock.run(store.stop());
    assert.deepEqual(machine.names('consumequeue'), ['T']);
  });
}

test('what such a topic is sent is refused, and nothing of it gets into the log', async () => {
  const machine = await withBatchTopic();
  const store = await machine.start();
  const end = store.facts.appendOffset;
  const { status } = await putAndWait(store, { topic: 'Batches' });
  assert.equal(status, 'MESSAGE_ILLEGAL');
  assert.equal(store.facts.appendOffset, end);
  assert.equal((await putAndWait(store)).status, 'PUT_OK');
});
