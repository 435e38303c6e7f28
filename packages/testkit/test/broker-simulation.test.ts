import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerSubject, brokerSimulation, ShrunkFailure } from '@rocketmq-ts/testkit/broker-simulation';

type BrokerFailure = ShrunkFailure<ReturnType<typeof brokerSimulation.planOf>>;

/** Syncs of small files, or of their names, succeed without effect, and the model does not know it. */
const lying = (operation: 'sync' | 'syncDirectory'): BrokerSubject => ({
  prepare: ({ disk }) => disk.faults.add({ operation, path: '/config', lost: true, times: Number.POSITIVE_INFINITY }),
});

/** The log is written later than the producer gets its answer. */
const lyingLog: BrokerSubject = {
  prepare: ({ disk }) =>
    disk.faults.add({ operation: 'sync', path: 'commitlog', lost: true, times: Number.POSITIVE_INFINITY }),
};

for (const [name, subject, kind] of [
  ['a disk that does not make names durable', lying('syncDirectory'), /lost$|came back/],
  ['a disk that does not make small files durable', lying('sync'), /lost$|came back|BrokerError/],
  ['a disk that does not make the log durable', lyingLog, /^lost$/],
] as const) {
  test(`${name} is found within a few seeds, and a handful of operations that show it are left`, async () => {
    const failure = await firstFailure(subject, 40);
    assert.match(failure.kind, kind);
    assert.ok(failure.plan.operations.length <= 8, brokerSimulation.format(failure.plan));
    // What was printed is enough to see it again, and the broker itself is innocent of it.
    const replayed = brokerSimulation.parse(`some words\n${failure.message}`)!;
    assert.deepEqual(replayed, failure.plan);
    await assert.rejects(brokerSimulation.replay(replayed, subject), ShrunkFailure);
    await brokerSimulation.replay(replayed);
  });
}

test('one seed has one history, and another seed another', async () => {
  const digests: string[] = [];
  for (const seed of [5, 5, 6]) digests.push((await brokerSimulation.run(seed)).digest);
  assert.equal(digests[0], digests[1]);
  assert.notEqual(digests[0], digests[2]);
});

test('a plan that was printed is read as the same plan', () => {
  const plan = brokerSimulation.planOf(77);
  assert.deepEqual(brokerSimulation.parse(brokerSimulation.format(plan)), plan);
});

async function firstFailure(subject: BrokerSubject, seeds: number): Promise<BrokerFailure> {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await brokerSimulation.run(seed, subject);
    } catch (error) {
      assert.ok(error instanceof ShrunkFailure);
      return error;
    }
  }
  return assert.fail(`nothing is found in ${seeds} seeds`);
}
