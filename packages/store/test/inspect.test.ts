import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dumpMessages, inspectStore, type MessageStore, verifyStore } from '../src/index.ts';
import { putAndWait } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

/** Twelve messages in two queues of one topic and one queue of another; stopped cleanly unless told. */
async function written(stop = true): Promise<StoreMachine> {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 4; i++) {
    await putAndWait(store, { body: `a${i}`, tags: 'A' });
    await putAndWait(store, { queueId: 1, body: `b${i}` });
    await putAndWait(store, { topic: 'U', body: `c${i}` });
    await machine.clock.advance(1000);
  }
  if (stop) await machine.clock.run(store.stop());
  else await flushed(machine, store);
  return machine;
}

async function flushed(machine: StoreMachine, _store: MessageStore): Promise<void> {
  await machine.clock.advance(5000);
  machine.killProcess();
}

function verify(machine: StoreMachine): ReturnType<typeof verifyStore> {
  return verifyStore({ disk: machine.disk, root: ROOT });
}

/** Where the records of the store begin. */
function offsets(machine: StoreMachine): number[] {
  return [...dumpMessages({ disk: machine.disk, root: ROOT })].map(({ message }) => message.physicalOffset);
}

test('a store that was stopped cleanly is fine', async () => {
  const machine = await written();
  const result = verify(machine);
  assert.deepEqual(result.findings, []);
  assert.deepEqual(
    [result.records, result.queues, result.units, result.damaged, result.firstDamage],
    [12, 3, 12, false, undefined],
  );
});

test('inspecting tells files, ranges, times and counts', async () => {
  const machine = await written();
  const found = inspectStore({ disk: machine.disk, root: ROOT, topic: 'T' });
  const end = offsets(machine).at(-1)! + 93;
  const { commitLog, consumeQueues } = found;
  assert.equal(found.cleanStop, true);
  assert.deepEqual([commitLog.files, commitLog.fileSizeBytes, commitLog.minOffset], [1, 65536, 0]);
  assert.equal(commitLog.maxOffset, end + 1);
  assert.equal(commitLog.lastFileUsedBytes, end + 1);
  assert.equal(commitLog.lastStoreTimestamp! - commitLog.firstStoreTimestamp!, 3000);
  assert.deepEqual(consumeQueues.byTopic, [
    { topic: 'T', queues: 2, messages: 8 },
    { topic: 'U', queues: 1, messages: 4 },
  ]);
  assert.deepEqual(consumeQueues.ofTopic, [
    { queueId: 0, files: 1, minOffset: 0, maxOffset: 4 },
    { queueId: 1, files: 1, minOffset: 0, maxOffset: 4 },
  ]);
});
