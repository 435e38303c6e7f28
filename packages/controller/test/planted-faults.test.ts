import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Etcd, EtcdTransaction } from '@rocketmq-ts/controller';
import { type PlantedFaults, runElections } from './elections-of-test.ts';

/** Each fault is found by one of the first so many seeds. */
const SEEDS = 5;

const isOfGroup = ({ puts = [] }: EtcdTransaction): boolean => puts.some(({ key }) => key.includes('/groups/'));

/** An etcd that gets other transactions for changes of a group than the controller asked for. */
function changing(change: (transaction: EtcdTransaction) => EtcdTransaction): (etcd: Etcd) => Etcd {
  return (etcd) => ({
    ...etcd,
    commit: (transaction) => etcd.commit(isOfGroup(transaction) ? change(transaction) : transaction),
  });
}

const withoutConditions = changing((transaction) => ({ ...transaction, conditions: [] }));

/** The epoch of the master in etcd is the one before it. */
const reusedEpochs = changing((transaction) => ({
  ...transaction,
  puts: (transaction.puts ?? []).map((put) => {
    const group = JSON.parse(put.value) as { masterEpoch: number };
    return { ...put, value: JSON.stringify({ ...group, masterEpoch: Math.max(0, group.masterEpoch - 1) }) };
  }),
}));

/** A leader whose lease is always renewed, as it believes. */
const endlessLease = (etcd: Etcd): Etcd => ({
  ...etcd,
  keepLease: (id) =>
    etcd.keepLease(id).then(
      () => 60_000,
      () => 60_000,
    ),
});

const faults: readonly [fault: string, planted: PlantedFaults, found: RegExp][] = [
  ['changes are saved without conditions', { etcd: withoutConditions }, /changed the group while .* led/],
  [
    'an old leader goes on with changes',
    { etcd: (etcd) => withoutConditions(endlessLease(etcd)) },
    /changed the group while .* led/,
  ],
  ['a controller leads without a lease', { etcd: endlessLease }, /lead at the same time/],
  [
    'a broker that is not in sync is elected',
    { properties: { enableElectUncleanMaster: 'true' } },
    /acknowledged messages are gone/,
  ],
  ['an epoch is used twice', { etcd: reusedEpochs }, /another master in epoch/],
];

suite('seeds of elections find faults that are planted', () => {
  for (const [fault, planted, found] of faults) {
    test(fault, async () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { violations } = await runElections(seed, planted);
        if (violations.some((violation) => found.test(violation))) return;
      }
      assert.fail(`not found by ${SEEDS} seeds`);
    });
  }
});
