import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PutMessageStatus } from '../src/index.ts';
import { put, putAndWait, readBodies, recordInput } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

test('a producer whose answer fails, and a reader whose waking fails, fail for themselves: the others are answered', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  const statuses: PutMessageStatus[] = [];
  const broken = {
    stored: (): never => {
      throw new TypeError('an answer that fails');
    },
  };
  const queue = store.queue('T', 0);
  let isBroken = true;
  const woken: string[] = [];
  store.onArrival((each) => {
    if (isBroken && each === queue) throw new TypeError('a reader that fails');
  });
  store.onArrival(({ topic, queueId }) => woken.push(`${topic} ${queueId}`));
  store.put(recordInput({ body: 'a' }), broken, true);
  const second = put(store, { body: 'b' });
  const third = put(store, { body: 'c', queueId: 1 });
  statuses.push(await second.answered, await third.answered);
  assert.deepEqual(statuses, ['PUT_OK', 'PUT_OK']);
  assert.equal(store.facts.state, 'RUNNING');
  const defects = machine.logLines.filter(({ sentence }) => sentence.includes('A defect'));
  assert.deepEqual(
    defects.map(({ sentence }) => /A defect: ([^;]*) failed/.exec(sentence)?.[1]),
    ['answering a put', 'waking the readers of a queue'],
  );
  assert.deepEqual(woken, ['T 0', 'T 1'], 'other listeners are called all the same, once a turn');
  isBroken = false;
  assert.deepEqual(await readBodies(store), ['a', 'b']);
  await machine.clock.run(store.stop());
});

test('a failure between the progress of the log and the acknowledgement of puts turns the store read-only, and acknowledges nothing', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  await putAndWait(store, { body: 'before' });
  const queues = store.parts.queues;
  const markDirty = queues.markDirty;
  queues.markDirty = (): never => {
    throw new TypeError('the table of queues is broken');
  };
  const outcome = await putAndWait(store, { body: 'in doubt', queueId: 5 });
  assert.notEqual(outcome.answer, 'PUT_OK');
  assert.equal(store.facts.state, 'READ_ONLY');
  assert.match(store.facts.failure?.message ?? '', /table of queues/);
  assert.equal(put(store, { body: 'after' }).status, 'SERVICE_NOT_AVAILABLE');
  queues.markDirty = markDirty;
  assert.deepEqual(await readBodies(store), ['before'], 'readers are served on');
  await machine.clock.run(store.stop());
  store = await machine.start();
  assert.equal((await putAndWait(store, { body: 'again' })).answer, 'PUT_OK');
  await machine.clock.run(store.stop());
});
