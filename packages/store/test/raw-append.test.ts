import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@rocketmq-ts/testkit';
import type { MessageStore } from '../src/index.ts';
import {
  FILE_BYTES,
  indexOf,
  logOf,
  masterOf,
  PREPARED,
  ROLLED_BACK,
  settings,
  unitsOf,
  wholeBytes,
} from './master-store.ts';
import { put, query, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

async function feed(slave: StoreMachine, log: Buffer, random: SeededRandom, mayEnd: boolean): Promise<MessageStore> {
  let store = await slave.start(settings);
  let rest = Buffer.alloc(0);
  for (let read = 0; read < log.length; ) {
    const piece = log.subarray(read, read + random.between(1, random.pick([50, 3000, 40_000])));
    read += piece.length;
    const bytes = Buffer.concat([rest, piece]);
    const whole = wholeBytes(bytes);
    assert.equal(store.appendRaw(read - bytes.length, bytes.subarray(0, whole)), 'PUT_OK');
    rest = bytes.subarray(whole);
    if (random.chance(0.3)) await slave.clock.advance(random.pick([1, 20, 1500]));
    if (!mayEnd || !random.chance(0.05)) continue;
    const how = random.pick(['stop', 'kill', 'power']);
    if (how === 'stop') await slave.clock.run(store.stop());
    else if (how === 'kill') slave.killProcess();
    else slave.losePower();
    store = await slave.start(settings);
    rest = Buffer.alloc(0);
    read = store.facts.appendOffset;
  }
  assert.equal(rest.length, 0);
  await slave.clock.advance(2000);
  return store;
}

for (const mayEnd of [false, true]) {
  const how = mayEnd ? ', killed, without power or stopped in between' : '';
  test(`a slave that is fed with pieces of any size has the master’s log, queues and index${how}`, async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const master = await masterOf(seed);
      assert.ok(master.machine.names('commitlog').length > 3 && Object.keys(unitsOf(master.store)).length === 10);
      const slave = new StoreMachine(seed + 100);
      const store = await feed(slave, master.log, new SeededRandom(seed * 7), mayEnd);
      assert.ok(logOf(slave, store).equals(master.log), `seed ${seed}`);
      assert.deepEqual(unitsOf(store), unitsOf(master.store), `seed ${seed}`);
      await slave.clock.run(store.stop());
      const index = indexOf(slave);
      assert.ok(index.length > 1);

      for (const path of ['consumequeue', 'index']) removeAll(slave, path);
      slave.disk.remove(`${ROOT}/checkpoint`);
      const replayed = await slave.start(settings);
      assert.ok(logOf(slave, replayed).equals(master.log), `seed ${seed}`);
      assert.deepEqual(unitsOf(replayed), unitsOf(master.store), `seed ${seed}`);
      await slave.clock.run(replayed.stop());
      assert.deepEqual(indexOf(slave), index, `seed ${seed}`);
    }
  });
}

function removeAll({ disk }: StoreMachine, path: string): void {
  for (const { name, isDirectory } of disk.list(`${ROOT}/${path}`)) {
    if (isDirectory) removeAll({ disk } as StoreMachine, `${path}/${name}`);
    disk.remove(`${ROOT}/${path}/${name}`);
  }
}

/** A master with one message of each of these bodies, and its log. */
async function masterWith(...bodies: string[]): Promise<{ machine: StoreMachine; store: MessageStore; log: Buffer }> {
  const machine = new StoreMachine(1);
  const store = await machine.start(settings);
  for (const body of bodies) put(store, { body, keys: 'k' });
  await machine.clock.advance(10);
  return { machine, store, log: logOf(machine, store) };
}

test('what a slave appends is readable once it is confirmed, and found by its keys', async () => {
  const master = await masterWith('one');
  put(master.store, { body: 'half', keys: 'k', sysFlag: PREPARED });
  await master.machine.clock.advance(10);
  const machine = new StoreMachine(2);
  const slave = await machine.start({ ...settings, flushDiskType: 'SYNC_FLUSH' });
  const arrivals: string[] = [];
  slave.onArrival((queue) => arrivals.push(`${queue.topic} ${queue.maxOffset}`));
  assert.equal(slave.appendRaw(0, logOf(master.machine, master.store)), 'PUT_OK');
  assert.deepEqual([slave.findQueue('T', 0)!.maxOffset, slave.facts.confirmOffset, arrivals], [0, 0, []]);
  await machine.clock.advance(100);
  assert.equal(slave.facts.confirmOffset, master.store.facts.appendOffset);
  assert.deepEqual(arrivals, ['T 1']);
  assert.deepEqual(await machine.clock.run(readBodies(slave)), ['one']);
  assert.deepEqual(await machine.clock.run(query(slave, 'k')), ['one', 'half']);
});

test('a put to a slave that became a master follows what it appended', async () => {
  const { log } = await masterWith('one', 'two');
  const machine = new StoreMachine(2);
  const store = await machine.start(settings);
  store.appendRaw(0, log);
  const { queueOffset, physicalOffset } = put(store, { body: 'three' });
  assert.deepEqual([queueOffset, physicalOffset], [2, log.length]);
  await machine.clock.advance(10);
  assert.deepEqual(await machine.clock.run(readBodies(store)), ['one', 'two', 'three']);
});

test('bytes that do not begin at the end of the log are refused with both offsets', async () => {
  const { log } = await masterWith('one', 'two');
  const size = log.readInt32BE(0);
  const machine = new StoreMachine(2);
  const slave = await machine.start(settings);
  assert.throws(
    () => slave.appendRaw(size, log.subarray(size)),
    new RegExp(`from offset ${size} on .* ends at offset 0$`),
  );
  slave.appendRaw(0, log.subarray(0, size));
  for (const offset of [0, size - 1, size + 1, FILE_BYTES])
    assert.throws(() => slave.appendRaw(offset, log.subarray(size)), {
      code: 'STORE_APPEND_OFFSET',
      facts: { physicalOffset: offset, endOffset: size },
    });
  assert.equal(slave.facts.appendOffset, size);
  assert.equal(slave.appendRaw(size, log.subarray(size)), 'PUT_OK');
  await machine.clock.advance(10);
  assert.deepEqual(await machine.clock.run(readBodies(slave)), ['one', 'two']);
});

test('bytes with a damaged or a partial record are refused whole', async () => {
  const { log } = await masterWith('one', 'two', 'three');
  const size = log.readInt32BE(0);
  const changes: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    'a record cut short': (bytes) => bytes.subarray(0, -1),
    'three bytes of the next one': (bytes) => Buffer.concat([bytes, Buffer.alloc(3)]),
    'zeros behind': (bytes) => Buffer.concat([bytes, Buffer.alloc(200)]),
    'another body': (bytes) => bytes.fill('x', size + 88, size + 89),
    'another place': (bytes) => bytes.fill(1, size + 35, size + 36),
    'another magic': (bytes) => bytes.fill(0, size + 4, size + 8),
    'an impossible queue id': (bytes) => bytes.fill(0xff, size + 12, size + 16),
    'a blank record that is no rest of a file': (bytes) =>
      Buffer.concat([bytes, Buffer.from('00000064cbd43194', 'hex'), Buffer.alloc(92)]),
  };
  for (const [what, change] of Object.entries(changes)) {
    const machine = new StoreMachine(2);
    const slave = await machine.start(settings);
    const bytes = change(Buffer.from(log));
    assert.throws(() => slave.appendRaw(0, bytes), { code: 'STORE_APPEND_DAMAGED' }, what);
    assert.deepEqual([slave.facts.appendOffset, slave.findQueue('T', 0)], [0, undefined], what);
    assert.equal(slave.appendRaw(0, log), 'PUT_OK', what);
    await machine.clock.advance(10);
    assert.deepEqual(await machine.clock.run(readBodies(slave)), ['one', 'two', 'three'], what);
  }
});

test('an empty log begins with a later file, and queues where their first record is', async () => {
  const master = await masterOf(5);
  const from = 2 * FILE_BYTES;
  const machine = new StoreMachine(2);
  const slave = await machine.start(settings);
  assert.throws(() => slave.appendRaw(from + 1, master.log.subarray(from + 1)), { code: 'STORE_APPEND_OFFSET' });
  assert.equal(slave.appendRaw(from, master.log.subarray(from)), 'PUT_OK');
  await machine.clock.advance(2000);
  assert.equal(slave.facts.minOffset, from);
  assert.ok(logOf(machine, slave).equals(master.log.subarray(from)));
  const units = unitsOf(slave);
  for (const topic of master.store.topics()) {
    for (const { queueId, maxOffset } of master.store.queuesOf(topic))
      assert.equal(slave.findQueue(topic, queueId)?.maxOffset ?? maxOffset, maxOffset);
  }
  machine.killProcess();
  assert.deepEqual(unitsOf(await machine.start(settings)), units);
});

test('a topic that the master deleted and made again counts from 0 again at the slave', async () => {
  const master = await masterWith('old', 'older');
  master.store.removeTopic('T');
  put(master.store, { body: 'new' });
  await master.machine.clock.advance(10);
  const machine = new StoreMachine(2);
  const slave = await machine.start(settings);
  slave.appendRaw(0, logOf(master.machine, master.store));
  await machine.clock.advance(10);
  assert.deepEqual(await machine.clock.run(readBodies(slave)), ['new']);
});

test('queue offsets that the master lost have no message at the slave', async () => {
  const { log } = await masterWith('one', 'two', 'three');
  const size = log.readInt32BE(0);
  const hole = Buffer.from(log);
  // As a start fills a place that was damaged: a rolled back message without queue offset and properties.
  const lost = hole.subarray(size, 2 * size);
  lost.writeInt32BE(ROLLED_BACK, 36);
  const machine = new StoreMachine(2);
  const slave = await machine.start(settings);
  assert.equal(slave.appendRaw(0, hole), 'PUT_OK');
  assert.equal(slave.findQueue('T', 0)!.maxOffset, 0);
  await machine.clock.advance(10);
  assert.equal(slave.findQueue('T', 0)!.maxOffset, 3);
  assert.deepEqual(await machine.clock.run(readBodies(slave)), ['one', 'three']);
});

test('a slave whose disk is full keeps what it wrote, and continues from there', async () => {
  const master = await masterOf(7);
  const machine = new StoreMachine(2);
  const slave = await machine.start(settings);
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', code: 'ENOSPC', skip: 2 });
  assert.equal(slave.appendRaw(0, master.log), 'PUT_OK');
  await machine.clock.advance(100);
  const { appendOffset } = slave.facts;
  assert.ok(appendOffset > 0 && appendOffset < master.log.length);
  assert.equal(slave.appendRaw(appendOffset, master.log.subarray(appendOffset)), 'SERVICE_NOT_AVAILABLE');
  machine.disk.faults.clear();
  await machine.clock.advance(2000);
  assert.equal(slave.appendRaw(appendOffset, master.log.subarray(appendOffset)), 'PUT_OK');
  await machine.clock.advance(2000);
  assert.ok(logOf(machine, slave).equals(master.log));
  assert.deepEqual(unitsOf(slave), unitsOf(master.store));
});
