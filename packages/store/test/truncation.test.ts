import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Disk, DiskFile } from '@rocketmq-ts/kernel';
import { SystemTopic } from '@rocketmq-ts/protocol';
import { SeededRandom } from '@rocketmq-ts/testkit';
import type { LocalStore } from '../src/door/local-store.ts';
import type { MessageStore, ReplicationPromise } from '../src/index.ts';
import { FILE_BYTES, indexOf, logOf, masterOf, putSome, settings, unitsOf } from './master-store.ts';
import { put, putAndWait, query, read, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const SLAVE: ReplicationPromise = { acknowledge: 'none', visible: 'own', refusal: 'SERVICE_NOT_AVAILABLE' };

/** Where the records of a log begin, and its end. */
function boundaries(log: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < log.length; at += log.readInt32BE(at)) found.push(at);
  return [...found, log.length];
}

/** What a store shows that has exactly these bytes for its log, built from nothing. */
async function storeOf(log: Buffer): Promise<{ units: unknown; index: string[] }> {
  const machine = new StoreMachine(99);
  const store = await machine.start(settings);
  if (log.length > 0) assert.equal(store.appendRaw(0, log), 'PUT_OK');
  await machine.clock.advance(2000);
  const units = unitsOf(store);
  await machine.clock.run(store.stop());
  return { units, index: indexOf(machine) };
}

/** Without what a cut leaves inexact or unused: the time of the last entry, entries behind the end. */
function whatCounts(index: readonly string[]): string[] {
  return index.map((text) => {
    const bytes = Buffer.from(text, 'hex');
    bytes.fill(0, 8, 16);
    const entriesAt = bytes.length - 20 * settings.index.maxIndexNum;
    bytes.fill(0, entriesAt + 20 * bytes.readInt32BE(36));
    return bytes.toString('hex');
  });
}

function truncate(machine: StoreMachine, store: MessageStore, offset: number, keep?: string): Promise<void> {
  store.promise(SLAVE);
  return machine.clock.run(store.truncateLog(offset, keep));
}

for (let seed = 1; seed <= 6; seed++) {
  test(`a log that is cut has the queues and the index of what is left, continues, and is the same after a restart or a loss of power (seed ${seed})`, async () => {
    const random = new SeededRandom(seed);
    const master = await masterOf(seed);
    const machine = new StoreMachine(seed + 50);
    let store = await machine.start(settings);
    store.appendRaw(0, master.log);
    if (random.chance(0.6)) await machine.clock.advance(random.pick([1, 50, 3000]));
    let log = master.log;
    for (let round = 0; round < 3; round++) {
      const at = random.pick(
        boundaries(log).filter((offset) => offset <= (random.chance(0.3) ? FILE_BYTES : log.length)),
      );
      await truncate(machine, store, at);
      assert.equal(store.facts.appendOffset, at);
      log = log.subarray(0, at);
      assert.ok(logOf(machine, store).equals(log), 'the bytes');
      assert.deepEqual(unitsOf(store), (await storeOf(log)).units, 'the queues');
      if (random.chance(0.5)) {
        machine[random.pick(['losePower', 'killProcess'] as const)]();
        store = await machine.start(settings);
        log = log.subarray(0, store.facts.appendOffset);
        assert.ok(logOf(machine, store).equals(log));
        assert.deepEqual(unitsOf(store), (await storeOf(log)).units);
      }
      store.promise({ acknowledge: 'none', visible: 'own' });
      for (let i = 0; i < 20; i++) putSome(store, random, i);
      await machine.clock.advance(random.pick([10, 2000]));
      log = logOf(machine, store);
      if (random.chance(0.5)) {
        await machine.clock.advance(1000);
        machine.losePower();
        store = await machine.start(settings);
        log = log.subarray(0, store.facts.appendOffset);
        assert.ok(logOf(machine, store).equals(log));
      }
      const expected = await storeOf(log);
      assert.deepEqual(unitsOf(store), expected.units);
      await machine.clock.run(store.stop());
      assert.ok(isDeepStrictEqual(whatCounts(indexOf(machine)), whatCounts(expected.index)), 'the index');
      store = await machine.start(settings);
      assert.equal(store.recovery!.cleanStop, true);
      assert.deepEqual(unitsOf(store), expected.units);
    }
  });
}

/** A disk that a process loses with its n-th change of a file; reads are not counted. */
class DyingDisk {
  left = Number.POSITIVE_INFINITY;
  isDead = false;

  of<Subject extends Disk | DiskFile>(subject: Subject): Subject {
    return new Proxy(subject, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (this.isDead) throw new Error('the process is dead');
          if (CHANGES.has(String(name)) && --this.left < 0) {
            this.isDead = true;
            throw new Error('the process dies here');
          }
          const result = Reflect.apply(value, target, given) as unknown;
          return name === 'open' ? this.of(result as DiskFile) : result;
        };
      },
    });
  }
}

const CHANGES = new Set(['remove', 'rename', 'syncDirectory', 'writeSync', 'syncSync', 'truncate', 'makeDirectory']);

const durable = { ...settings, flushDiskType: 'SYNC_FLUSH' } as const;

for (const end of ['killProcess', 'losePower'] as const) {
  for (const whole of [false, true]) {
    test(`a process that ends by ${end} at any step of a cut${whole ? ' of the whole log' : ''} leaves the log whole or cut, and no unit behind its end`, async () => {
      const master = await masterOf(3, 70);
      const cutAt = whole ? 0 : boundaries(master.log).find((offset) => offset > FILE_BYTES * 1.5)!;
      const all = await storeOf(master.log);
      const left = await storeOf(master.log.subarray(0, cutAt));
      const ends = new Set<string>();
      for (let step = 0; ; step++) {
        const machine = new StoreMachine(step + 1);
        const disk = new DyingDisk();
        machine.diskOf = (real) => disk.of(real);
        const store = await machine.start(durable);
        store.appendRaw(0, master.log);
        await machine.clock.advance(3000);
        store.promise(SLAVE);
        disk.left = step;
        const outcome = store.truncateLog(cutAt, 'kept').then(
          () => 'done',
          () => 'died',
        );
        const how = await machine.clock.run(outcome);
        machine[end]();
        machine.diskOf = (real) => real;
        let next = await machine.start(durable);
        const isCut = next.facts.appendOffset === cutAt;
        ends.add(isCut ? 'cut' : 'whole');
        assert.ok(isCut || (how === 'died' && next.facts.appendOffset === master.log.length), `step ${step}`);
        assert.equal(next.recovery!.damaged, 0);
        assert.deepEqual(unitsOf(next), isCut ? left.units : all.units, `step ${step}`);
        // The next start finds the same, and what is put now is not cut off.
        const { physicalOffset } = await machine.clock.run(putAndWait(next, { body: 'after' }));
        await machine.clock.advance(1000);
        machine[end]();
        next = await machine.start(durable);
        assert.ok(next.facts.appendOffset > physicalOffset, `step ${step}`);
        await machine.clock.run(next.stop());
        if (how === 'done') break;
      }
      assert.deepEqual([...ends].sort(), ['cut', 'whole']);
    });
  }
}

async function slaveWith(
  ...bodies: string[]
): Promise<{ machine: StoreMachine; store: LocalStore; offsets: number[] }> {
  const machine = new StoreMachine(1);
  const store = await machine.start(settings);
  const offsets: number[] = [];
  for (const body of bodies)
    offsets.push((await machine.clock.run(putAndWait(store, { body, keys: 'k' }))).physicalOffset);
  store.promise(SLAVE);
  return { machine, store, offsets };
}

test('an offset at which no record ends is refused, and nothing is cut', async () => {
  const { machine, store, offsets } = await slaveWith('one', 'two', 'three');
  const end = store.facts.appendOffset;
  for (const offset of [offsets[1]! + 1, offsets[1]! - 1, end - 1, end + 1, 1.5, Number.NaN])
    await assert.rejects(machine.clock.run(store.truncateLog(offset)), { code: 'STORE_CUT_OFFSET' }, String(offset));
  assert.equal(store.facts.appendOffset, end);
  assert.deepEqual(await readBodies(store), ['one', 'two', 'three']);
  assert.deepEqual(machine.names('').includes('truncated-log'), false);
});

test('a record inside the body of another one is no place to cut', async () => {
  const { machine, store, offsets } = await slaveWith('one', 'two');
  const inner = Buffer.from(store.recordAt(offsets[1]!)!);
  store.promise({ acknowledge: 'none', visible: 'own' });
  const at = store.facts.appendOffset + 88;
  inner.writeBigInt64BE(BigInt(at), 28);
  await machine.clock.run(putAndWait(store, { body: inner }));
  store.promise(SLAVE);
  await assert.rejects(machine.clock.run(store.truncateLog(at)), { code: 'STORE_CUT_OFFSET' });
});

test('a store that takes messages is not cut, nor one that is being cut, and puts and bytes are refused meanwhile', async () => {
  const { machine, store, offsets } = await slaveWith('one', 'two');
  store.promise({ acknowledge: 'none', visible: 'own' });
  await assert.rejects(store.truncateLog(offsets[1]!), { code: 'STORE_CUT_STATE' });
  store.promise(SLAVE);
  const bytes = store.recordAt(offsets[1]!)!;
  const cut = store.truncateLog(offsets[1]!);
  await assert.rejects(store.truncateLog(0), { code: 'STORE_CUT_STATE' });
  assert.equal(store.appendRaw(store.facts.appendOffset, bytes), 'SERVICE_NOT_AVAILABLE');
  await machine.clock.run(cut);
  assert.equal(store.appendRaw(offsets[1]!, bytes), 'PUT_OK');
  await machine.clock.advance(10);
  assert.deepEqual(await readBodies(store), ['one', 'two']);
});

test('a store that is stopped while it is cut is whole afterwards', async () => {
  const { machine, store, offsets } = await slaveWith('one', 'two');
  const cut = store.truncateLog(offsets[1]!);
  const stop = store.stop();
  await assert.rejects(machine.clock.run(cut), { code: 'STORE_CUT_STATE' });
  await machine.clock.run(stop);
  assert.deepEqual(await readBodies(await machine.start(settings)), ['one', 'two']);
});

test('what is cut off is kept in a file of its own, and a second file of that name does not take its place', async () => {
  const { machine, store, offsets } = await slaveWith('one', 'two', 'three');
  const log = logOf(machine, store);
  await truncate(machine, store, offsets[2]!, 'old-tail');
  await truncate(machine, store, offsets[1]!, 'old-tail');
  assert.deepEqual(machine.names('truncated-log'), ['old-tail', 'old-tail.2']);
  assert.ok(machine.read('truncated-log/old-tail').equals(log.subarray(offsets[2])));
  assert.ok(machine.read('truncated-log/old-tail.2').equals(log.subarray(offsets[1], offsets[2])));
  assert.deepEqual(await readBodies(store), ['one']);
});

test('a disk without room for the copy refuses the cut, and nothing is cut', async () => {
  const { machine, store, offsets } = await slaveWith('one', 'two');
  machine.disk.faults.add({ operation: 'write', path: 'truncated-log', code: 'ENOSPC' });
  await assert.rejects(truncate(machine, store, offsets[1]!, 'tail'), { code: 'ENOSPC' });
  assert.deepEqual(machine.names('truncated-log'), []);
  assert.deepEqual(await readBodies(store), ['one', 'two']);
  await truncate(machine, store, offsets[1]!);
  assert.deepEqual(await readBodies(store), ['one']);
});

test('a log that was cut away may begin with any file, and queues where their first record is', async () => {
  const master = await masterOf(5);
  const machine = new StoreMachine(2);
  const store = await machine.start(settings);
  store.appendRaw(0, master.log.subarray(0, boundaries(master.log)[40]));
  await machine.clock.advance(500);
  const cuts: number[] = [];
  store.onTruncated((offset) => cuts.push(offset));
  await truncate(machine, store, 0, 'all');
  assert.deepEqual([cuts, store.facts.minOffset, store.facts.appendOffset, unitsOf(store)], [[0], 0, 0, {}]);
  assert.deepEqual([machine.names('commitlog'), machine.names('index')], [[], []]);
  const from = 2 * FILE_BYTES;
  assert.equal(store.appendRaw(from, master.log.subarray(from)), 'PUT_OK');
  await machine.clock.advance(2000);
  assert.deepEqual([store.facts.minOffset, store.facts.appendOffset], [from, master.log.length]);
  const units = unitsOf(store);
  machine.losePower();
  assert.deepEqual(unitsOf(await machine.start(settings)), units);
});

test('records that take the place of those that were cut are found by readers, queries and offsets, not the old ones', async () => {
  const { machine, store, offsets } = await slaveWith('one', 'old', 'older');
  // Old units and blocks are in the caches of readers.
  assert.deepEqual(await readBodies(store), ['one', 'old', 'older']);
  await machine.clock.advance(3000);
  assert.deepEqual(await machine.clock.run(query(store, 'k')), ['one', 'old', 'older']);
  await truncate(machine, store, offsets[1]!);
  assert.deepEqual((await read(store, { from: 1 })).status, 'OFFSET_OVERFLOW_ONE');
  assert.deepEqual(await machine.clock.run(query(store, 'k')), ['one']);
  assert.equal(store.recordAt(offsets[1]!), undefined);
  store.promise({ acknowledge: 'wait', visible: 'own' });
  const next = put(store, { body: 'new', keys: 'k' });
  assert.deepEqual([next.queueOffset, next.physicalOffset], [1, offsets[1]]);
  await machine.clock.advance(100);
  assert.equal(next.answer, undefined, 'what slaves had of the old log says nothing of the new one');
  store.replicatedTo(store.facts.appendOffset);
  assert.deepEqual(await readBodies(store), ['one', 'new']);
  await machine.clock.advance(3000);
  assert.deepEqual(await machine.clock.run(query(store, 'k')), ['one', 'new']);
});

test('records that no slave has and nobody may see are cut with the others', async () => {
  const { machine, store, offsets } = await slaveWith('one');
  store.promise({ acknowledge: 'wait', visible: 'confirmed' });
  const [second, third] = [put(store, { body: 'two' }), put(store, { body: 'three' })];
  await machine.clock.advance(10);
  store.replicatedTo(third.physicalOffset);
  assert.deepEqual(await readBodies(store), ['one', 'two']);
  store.promise({ ...SLAVE, visible: 'confirmed' });
  assert.deepEqual([second.answer, third.answer], ['PUT_OK', 'SERVICE_NOT_AVAILABLE']);
  await machine.clock.run(store.truncateLog(third.physicalOffset));
  assert.deepEqual([store.findQueue('T', 0)!.maxOffset, await readBodies(store)], [2, ['one', 'two']]);
  await machine.clock.run(store.truncateLog(offsets[0]!));
  assert.deepEqual(await readBodies(store), []);
});

test('timer files that lead to what is cut are made again from the queue of timers, and what was delivered of the rest stays so', async () => {
  const { machine, store } = await slaveWith();
  store.promise({ acknowledge: 'none', visible: 'own' });
  const puts = ['one', 'two', 'three'].map((body) => put(store, { topic: SystemTopic.WHEEL_TIMER, body }));
  await machine.clock.advance(10);
  const check = Buffer.alloc(4096);
  for (const [at, value] of [5000, 52, 3, 3].entries()) check.writeBigInt64BE(BigInt(value), at * 8);
  check.fill(7, 64, 92);
  for (const [name, content] of [
    ['config/timercheck', check],
    ['timerwheel', Buffer.alloc(32)],
  ] as const) {
    machine.disk.makeDirectory(`${ROOT}/config`);
    machine.disk.open(`${ROOT}/${name}`, 'create').close();
    machine.write(name, 0, content);
  }
  const other = put(store, { body: 'other' });
  await machine.clock.advance(10);
  await truncate(machine, store, other.physicalOffset);
  assert.ok(machine.names('').includes('timerwheel'), 'no timer was cut');
  await truncate(machine, store, puts[2]!.physicalOffset);
  assert.ok(!machine.names('').includes('timerwheel'));
  const changed = machine.read('config/timercheck');
  assert.deepEqual(
    [0, 16, 24].map((at) => Number(changed.readBigInt64BE(at))),
    [5000, 2, 2],
  );
  assert.ok(changed.subarray(64).every((byte) => byte === 0));
});
