import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMessageStore, type MessageStore } from '@rocketmq-ts/store';
import { ShrunkFailure, type StoreSubject, storeSimulation } from '@rocketmq-ts/testkit/simulation';

type StoreFailure = ShrunkFailure<ReturnType<typeof storeSimulation.planOf>>;

/** Reports a record as stored before anything was written. */
const earlyStore: StoreSubject = {
  open: (options) => {
    const store = createMessageStore(options);
    const put = store.put.bind(store);
    const early: MessageStore['put'] = (input, ticket, waits) => {
      const result = put(input, undefined, waits);
      if (result.status === 'PUT_OK') queueMicrotask(() => ticket?.stored(result.status, 0));
      return result;
    };
    return Object.assign(store, { put: early });
  },
};

const lyingDisk: StoreSubject = {
  open: createMessageStore,
  prepare: ({ disk }) => disk.faults.add({ operation: 'sync', lost: true, times: Number.POSITIVE_INFINITY }),
};

for (const [name, subject, kind] of [
  ['a store that answers before it has written', earlyStore, /^lost$/],
  ['a disk whose syncs succeed without effect', lyingDisk, /^lost$|bytes but files of/],
] as const) {
  test(`${name} is found within a few seeds, and a handful of operations that show it are left`, async () => {
    const failure = await firstFailure(subject, 30);
    assert.match(failure.kind, kind);
    assert.ok(failure.plan.operations.length <= 6, storeSimulation.format(failure.plan));
    // What was printed is enough to see it again, and the store itself is innocent of it.
    const replayed = storeSimulation.parse(`some words\n${failure.message}`)!;
    assert.deepEqual(replayed, failure.plan);
    await assert.rejects(storeSimulation.replay(replayed, subject), ShrunkFailure);
    await storeSimulation.replay(replayed);
  });
}

test('one seed has one history, and another seed another', async () => {
  const digests: string[] = [];
  for (const seed of [5, 5, 6]) digests.push((await storeSimulation.run(seed)).digest);
  assert.equal(digests[0], digests[1]);
  assert.notEqual(digests[0], digests[2]);
});

test('a plan that was printed is read as the same plan, and does the same', async () => {
  const plan = storeSimulation.planOf(77);
  assert.deepEqual(storeSimulation.parse(storeSimulation.format(plan)), plan);
  assert.equal(
    (await storeSimulation.replayText(storeSimulation.format(plan))).digest,
    (await storeSimulation.run(77)).digest,
  );
});

test('any part of a plan is a plan, whose operations keep their numbers', async () => {
  const kept = new Set([2, 3, 9, 10, 40, 41, 42]);
  const part = storeSimulation.partOf(9, kept);
  assert.deepEqual(
    part.operations.map(({ number }) => number),
    [...kept],
  );
  for (const { number, action } of part.operations)
    assert.deepEqual(action, storeSimulation.planOf(9).operations[number]?.action);
  assert.equal(
    (await storeSimulation.replay(part)).lives,
    2 + part.operations.filter(({ action }) => action.do === 'start').length,
  );
});

async function firstFailure(subject: StoreSubject, seeds: number): Promise<StoreFailure> {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await storeSimulation.run(seed, subject);
    } catch (error) {
      assert.ok(error instanceof ShrunkFailure);
      return error;
    }
  }
  return assert.fail(`nothing is found in ${seeds} seeds`);
}
