import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Etcd } from '@rocketmq-ts/controller';

export interface EtcdContractSubject {
  /** Two clients of one cluster, in which no key begins with `/contract/`. */
  readonly first: Etcd;
  readonly second: Etcd;
  /** Waits for the work, letting the cluster's time pass. */
  run<Answer>(work: Promise<Answer>): Promise<Answer>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  end?(): void | Promise<void>;
}

/** What every `Etcd` promises. Call it at the top of a test file. */
export function describeEtcdContract(name: string, make: () => Promise<EtcdContractSubject>): void {
  describe(`etcd contract: ${name}`, () => {
    let subject: EtcdContractSubject;
    before(async () => {
      subject = await make();
    });
    after(() => subject.end?.());
    describeTransactions(() => subject);
    describeLeases(() => subject);
    describeWatches(() => subject);
  });
}

let keys = 0;
const freshKey = (): string => `/contract/${++keys}`;
const absent = (key: string) => ({ key, field: 'createRevision', is: 0 }) as const;

async function put(subject: EtcdContractSubject, key: string, value: string, leaseId?: string): Promise<number> {
  const { applied, revision } = await subject.run(
    subject.first.commit({ conditions: [], puts: [{ key, value, leaseId }] }),
  );
  assert.ok(applied);
  return revision;
}

async function storedValue(subject: EtcdContractSubject, key: string): Promise<string | undefined> {
  const { entries } = await subject.run(subject.second.read(key));
  return entries.find((entry) => entry.key === key)?.value;
}

function describeTransactions(get: () => EtcdContractSubject): void {
  test('a commit is seen by every client, with the revision at which it was applied', async () => {
    const subject = get();
    const key = freshKey();
    const made = await put(subject, key, 'one');
    const changed = await put(subject, key, 'two');
    assert.ok(changed > made);
    const { revision, entries } = await subject.run(subject.second.read(key));
    assert.ok(revision >= changed);
    assert.deepEqual(entries, [{ key, value: 'two', createRevision: made, modRevision: changed }]);
  });

  test('a read brings the keys of its prefix in order, and no others', async () => {
    const subject = get();
    const prefix = `${freshKey()}/`;
    for (const name of ['b', 'a', 'c']) await put(subject, prefix + name, name);
    await put(subject, `${prefix.slice(0, -1)}0`, 'behind');
    const { entries } = await subject.run(subject.second.read(prefix));
    assert.deepEqual(
      entries.map(({ value }) => value),
      ['a', 'b', 'c'],
    );
    assert.deepEqual((await subject.run(subject.first.read(freshKey()))).entries, []);
  });

  test('of many that make a key only one is applied', async () => {
    const subject = get();
    const key = freshKey();
    const tries = Array.from({ length: 10 }, (_, at) => {
      const etcd = at % 2 === 0 ? subject.first : subject.second;
      return etcd.commit({ conditions: [absent(key)], puts: [{ key, value: String(at) }] });
    });
    const outcomes = await subject.run(Promise.all(tries));
    assert.equal(outcomes.filter(({ applied }) => applied).length, 1);
    assert.equal(await storedValue(subject, key), String(outcomes.findIndex(({ applied }) => applied)));
  });

  test('a condition that does not hold changes nothing at all', async () => {
    const subject = get();
    const [key, other] = [freshKey(), freshKey()];
    const old = await put(subject, key, 'one');
    const now = await put(subject, key, 'two');
    const stale = await subject.run(
      subject.first.commit({
        conditions: [{ key, field: 'modRevision', is: old }, absent(other)],
        puts: [{ key: other, value: 'x' }],
        deletes: [key],
      }),
    );
    assert.equal(stale.applied, false);
    assert.equal(await storedValue(subject, key), 'two');
    assert.equal(await storedValue(subject, other), undefined);
    const fresh = await subject.run(
      subject.first.commit({
        conditions: [{ key, field: 'modRevision', is: now }, absent(other)],
        puts: [{ key: other, value: 'x' }],
        deletes: [key],
      }),
    );
    assert.equal(fresh.applied, true);
    assert.equal(await storedValue(subject, key), undefined);
    assert.equal(await storedValue(subject, other), 'x');
  });

  test('a key that is made again has another create revision', async () => {
    const subject = get();
    const key = freshKey();
    const first = await put(subject, key, 'one');
    await subject.run(subject.first.commit({ conditions: [], deletes: [key] }));
    const second = await put(subject, key, 'two');
    const [entry] = (await subject.run(subject.first.read(key))).entries;
    assert.equal(entry?.createRevision, second);
    assert.notEqual(first, second);
  });
}

function describeLeases(get: () => EtcdContractSubject): void {
  test('a lease that is not kept takes its key along, not before its time', async () => {
    const subject = get();
    const key = freshKey();
    const lease = await subject.run(subject.first.grantLease(2000));
    assert.ok(lease.ttlMs >= 2000);
    await put(subject, key, 'held', lease.id);
    await subject.pass(lease.ttlMs - 700);
    assert.equal(await storedValue(subject, key), 'held');
    assert.ok((await subject.run(subject.first.keepLease(lease.id))) >= 2000);
    await subject.pass(lease.ttlMs - 700);
    assert.equal(await storedValue(subject, key), 'held');
    await subject.pass(3000);
    assert.equal(await storedValue(subject, key), undefined);
    assert.equal(await subject.run(subject.second.keepLease(lease.id)), 0);
  });

  test('the end of a lease takes its keys along at once, but not those that were written anew without it', async () => {
    const subject = get();
    const [key, free] = [freshKey(), freshKey()];
    const lease = await subject.run(subject.first.grantLease(60_000));
    await put(subject, key, 'held', lease.id);
    await put(subject, free, 'held', lease.id);
    await put(subject, free, 'free');
    await subject.run(subject.second.revokeLease(lease.id));
    assert.equal(await storedValue(subject, key), undefined);
    assert.equal(await storedValue(subject, free), 'free');
    await subject.run(subject.second.revokeLease(lease.id));
  });

  test('nothing is put with a lease that is gone', async () => {
    const subject = get();
    const key = freshKey();
    const lease = await subject.run(subject.first.grantLease(60_000));
    await subject.run(subject.first.revokeLease(lease.id));
    const puts = [{ key, value: 'late', leaseId: lease.id }];
    await assert.rejects(subject.run(subject.first.commit({ conditions: [], puts })), { code: 'ETCD_UNAVAILABLE' });
    assert.equal(await storedValue(subject, key), undefined);
  });
}

function describeWatches(get: () => EtcdContractSubject): void {
  test('a watch is called for changes behind its revision, also for those before it began, and for no other keys', async () => {
    const subject = get();
    const prefix = `${freshKey()}/`;
    const seen = await put(subject, `${prefix}a`, 'one');
    let calls = 0;
    const watch = subject.second.watch(
      prefix,
      seen,
      () => calls++,
      () => assert.fail('the watch ended'),
    );
    await put(subject, freshKey(), 'other');
    await subject.pass(500);
    assert.equal(calls, 0);
    await put(subject, `${prefix}b`, 'two');
    await subject.pass(500);
    assert.ok(calls >= 1);
    const before = subject.second.watch(
      prefix,
      seen,
      () => calls++,
      () => {},
    );
    const callsBefore = calls;
    await subject.pass(500);
    assert.ok(calls > callsBefore);
    watch.close();
    before.close();
    const callsAtClose = calls;
    await put(subject, `${prefix}c`, 'three');
    await subject.pass(500);
    assert.equal(calls, callsAtClose);
  });

  test('a watch is called when a lease takes a key along', async () => {
    const subject = get();
    const key = freshKey();
    const lease = await subject.run(subject.first.grantLease(2000));
    const revision = await put(subject, key, 'held', lease.id);
    let calls = 0;
    const watch = subject.second.watch(
      key,
      revision,
      () => calls++,
      () => {},
    );
    await subject.run(subject.first.revokeLease(lease.id));
    await subject.pass(500);
    assert.equal(calls, 1);
    watch.close();
  });
}
