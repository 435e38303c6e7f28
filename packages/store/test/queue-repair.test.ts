import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagCode } from '@rocketmq-ts/filter';
import { type MessageStore, verifyStore } from '../src/index.ts';
import { apacheLogEnd } from './apache-reader.ts';
import { putAndWait, query, read, readAll, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const UNIT = 20;
const UNITS_A_FILE = 20;
const index = { maxHashSlotNum: 16, maxIndexNum: 600 };
const LOG = 'commitlog/00000000000000000000';
const queueFile = (queueOffset: number, queue = 'T/0'): string => {
  const base = (queueOffset - (queueOffset % UNITS_A_FILE)) * UNIT;
  return `consumequeue/${queue}/${String(base).padStart(20, '0')}`;
};

interface Scene {
  readonly machine: StoreMachine;
  readonly store: MessageStore;
  readonly bodies: string[];
  readonly positions: number[];
}

/** 70 messages in T 0, between them some of another queue and topic; the store was stopped and opened again. */
async function opened(damage: (machine: StoreMachine, positions: number[]) => void, count = 70): Promise<Scene> {
  const machine = new StoreMachine();
  let store = await machine.start({ index });
  const bodies: string[] = [];
  for (let i = 0; i < count; i++) {
    bodies.push(`body ${i}`.padEnd(100 + i, '.'));
    await putAndWait(store, { body: bodies[i]!, tags: i % 2 === 0 ? 'even' : 'odd', uniqueKey: `U${i}` });
    await putAndWait(store, { queueId: 1, body: `other ${i}`, tags: 'even' });
    if (i % 3 === 0) await putAndWait(store, { topic: 'OTHER', body: `third ${i}` });
  }
  const positions = (await readAll(store)).map(({ physicalOffset }) => physicalOffset);
  await machine.clock.run(store.stop());
  store = await machine.start({ index });
  // While it runs: as a bit that flips on the disk, which no start has seen.
  damage(machine, positions);
  machine.logLines.length = 0;
  return { machine, store, bodies, positions };
}

const errors = (machine: StoreMachine): string[] =>
  machine.logLines.filter(({ level }) => level === 'error').map(({ sentence }) => sentence);

const UNITS_MENDED = 'units of a consume queue did not lead to their records; they are made again from the log';
const DAMAGED = 'a damaged place is in the commit log; what follows it is readable';

function unit(physicalOffset: number, size: number): Buffer {
  const bytes = Buffer.alloc(UNIT);
  bytes.writeBigInt64BE(BigInt(physicalOffset));
  bytes.writeInt32BE(size, 8);
  return bytes;
}

const at = (queueOffset: number): number => (queueOffset % UNITS_A_FILE) * UNIT;

const UNIT_DAMAGES: Readonly<Record<string, (machine: StoreMachine, positions: number[]) => void>> = {
  'one unit is zeros': (machine) => machine.write(queueFile(5), at(5), Buffer.alloc(UNIT)),
  'the first unit is zeros': (machine) => machine.write(queueFile(0), 0, Buffer.alloc(UNIT)),
  'the last unit of a file is garbage': (machine) => machine.write(queueFile(19), at(19), Buffer.alloc(UNIT, 0xe7)),
  'a file is zeros': (machine) => machine.write(queueFile(20), 0, Buffer.alloc(400)),
  'all files are zeros': (machine) => {
    for (const name of machine.names('consumequeue/T/0'))
      machine.write(`consumequeue/T/0/${name}`, 0, Buffer.alloc(400));
  },
  'a unit leads to a record of another queue': (machine, positions) => {
    const position = positions[7]! + machine.read(LOG).readInt32BE(positions[7]!);
    machine.write(queueFile(7), at(7), unit(position, machine.read(LOG).readInt32BE(position)));
  },
  'a unit leads to another record of its queue': (machine, positions) =>
    machine.write(queueFile(7), at(7), unit(positions[3]!, machine.read(LOG).readInt32BE(positions[3]!))),
  'a unit leads behind the end of the log': (machine) => machine.write(queueFile(9), at(9), unit(2 ** 40, 200)),
  'a unit has another size': (machine, positions) => machine.write(queueFile(9), at(9), unit(positions[9]!, 150)),
  'a unit has the size of a filler': (machine, positions) =>
    machine.write(queueFile(9), at(9), unit(positions[9]!, 0x7fffffff)),
  'every other unit is garbage': (machine) => {
    for (let i = 1; i < 60; i += 2) machine.write(queueFile(i), at(i), Buffer.alloc(UNIT, i));
  },
  'a file is that of another queue': (machine) => machine.write(queueFile(20), 0, machine.read(queueFile(20, 'T/1'))),
};

for (const [what, damage] of Object.entries(UNIT_DAMAGES)) {
  test(`every message is read where ${what}: the units are made again from the log`, async () => {
    const { machine, store, bodies } = await opened(damage);
    assert.deepEqual(await readBodies(store), bodies);
    assert.ok(errors(machine).length > 0 && errors(machine).every((sentence) => sentence === UNITS_MENDED));
    machine.logLines.length = 0;
    assert.deepEqual(await readBodies(store), bodies);
    assert.equal((await readBodies(store, 'T', 1)).length, 70);
    assert.deepEqual(errors(machine), [], 'once');
    await putAndWait(store, { body: 'next' });
    await machine.clock.run(store.stop());
    assert.equal(verifyStore({ disk: machine.disk, root: ROOT }).damaged, false);
    assert.deepEqual(await readBodies(await machine.start({ index })), [...bodies, 'next']);
  });

  test(`a reader that begins anywhere, with a filter, misses nothing where ${what}`, async () => {
    for (const from of [0, 6, 19, 25]) {
      const { store, bodies } = await opened(damage);
      const found: string[] = [];
      for (let next = from; next < 70; ) {
        const result = await read(store, { from: next, maxNums: 3, filter: { matchesUnit: () => true } });
        found.push(...result.messages.map(({ body }) => body.toString()));
        assert.ok(result.nextBeginOffset > next, `${next}`);
        next = result.nextBeginOffset;
      }
      assert.deepEqual(found, bodies.slice(from));
    }
  });
}

test('a reader of one tag misses nothing where damage begins within the tags code of a unit', async () => {
  const { machine, store, bodies } = await opened((machine) =>
    machine.write(queueFile(9), at(9) + 16, Buffer.alloc(4 + 3 * UNIT)),
  );
  const filter = { matchesUnit: (code: number) => code === tagCode('odd') };
  const found: string[] = [];
  for (let from = 0; from < 70; ) {
    const { messages, nextBeginOffset } = await read(store, { from, filter });
    found.push(...messages.map(({ body }) => body.toString()));
    from = nextBeginOffset;
  }
  assert.deepEqual(
    found,
    bodies.filter((_, i) => i % 2 === 1),
  );
  await machine.clock.run(store.stop());
  assert.equal(verifyStore({ disk: machine.disk, root: ROOT }).damaged, false);
});

const RECORD_DAMAGES: Readonly<Record<string, (record: Buffer) => void>> = {
  'its stated topic is longer than the record': (record) => record.writeInt8(0x7f, 88 + record.readInt32BE(84)),
  'its stated topic is shorter': (record) => record.writeInt8(0, 88 + record.readInt32BE(84)),
  'its stated properties are longer': (record) => record.writeInt16BE(3000, 88 + record.readInt32BE(84) + 2),
  'its stated body is longer': (record) => record.writeInt32BE(record.readInt32BE(84) + 1, 84),
  'its stated body has a negative length': (record) => record.writeInt32BE(-5, 84),
  'its size is another': (record) => record.writeInt32BE(record.readInt32BE(0) - 1, 0),
  'its size is zero': (record) => record.writeInt32BE(0, 0),
  'its magic number is another': (record) => record.writeInt32BE(7, 4),
  'its own offset is another one': (record) => record.writeInt32BE(5, 28),
  'all of it is zeros': (record) => record.fill(0),
  'all of it is garbage': (record) => record.fill(0xb3),
};

for (const [what, damage] of Object.entries(RECORD_DAMAGES)) {
  test(`a damaged record is left out of the answer and reported once, and its neighbours arrive, when ${what}`, async () => {
    const hit = 10;
    const { machine, store, bodies, positions } = await opened((machine, positions) => {
      const log = machine.read(LOG);
      const size = log.readInt32BE(positions[hit]!);
      const record = Buffer.from(log.subarray(positions[hit]!, positions[hit]! + size));
      damage(record);
      machine.write(LOG, positions[hit]!, record);
    });
    const expected = bodies.toSpliced(hit, 1);
    const first = await read(store, { from: 0 });
    assert.deepEqual(
      first.messages.map(({ body }) => body.toString()),
      expected.slice(0, first.messages.length),
    );
    assert.equal(first.messages.length, UNITS_A_FILE - 1, 'all neighbours in one answer');
    assert.equal(first.nextBeginOffset, UNITS_A_FILE);
    assert.deepEqual(await readBodies(store), expected);
    assert.equal(errors(machine).filter((sentence) => sentence === DAMAGED).length, 1);
    assert.equal(store.recordAt(positions[hit]!), undefined);
    assert.deepEqual(await query(store, `U${hit}`), []);
    assert.deepEqual(await query(store, `U${hit + 1}`), [bodies[hit + 1]]);
    // The log has no hole: another broker finds its end.
    await putAndWait(store, { body: 'next' });
    const end = store.facts.appendOffset;
    await machine.clock.run(store.stop());
    assert.equal(apacheLogEnd(machine), end);
    assert.equal(verifyStore({ disk: machine.disk, root: ROOT }).damaged, false);
    const again = await machine.start({ index });
    assert.deepEqual(await readBodies(again), [...expected, 'next']);
  });
}

test('a place by time is not passed because a unit or a record there is damaged', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  const times: number[] = [];
  for (let i = 0; i < 15; i++) {
    times.push((await putAndWait(store, { body: `${i}` })).storeTimestamp);
    await machine.clock.advance(1000);
  }
  await machine.clock.run(store.stop());
  store = await machine.start();
  machine.write(queueFile(7), at(7), Buffer.alloc(UNIT));
  machine.write(queueFile(3), at(3), Buffer.alloc(UNIT, 0x11));
  for (const i of [0, 2, 5, 6, 9, 14]) assert.equal(store.queue('T', 0).offsetAt(times[i]!, 'LOWER'), i);
});

test('a disk that can not read while a unit is mended is an error of that read, and the next one mends it', async () => {
  const { machine, store, bodies } = await opened((machine) => machine.write(queueFile(5), at(5), Buffer.alloc(UNIT)));
  machine.disk.faults.add({ operation: 'read', path: 'commitlog', code: 'EIO', skip: 2, times: 4 });
  const { status, nextBeginOffset } = await read(store, { from: 5 });
  assert.deepEqual([status, nextBeginOffset], ['READ_FAILED', 5]);
  machine.disk.faults.clear();
  assert.deepEqual(await readBodies(store), bodies);
});

test('a store that is stopped while a unit is mended ends, and answers the reader', async () => {
  const { machine, store } = await opened((machine) => machine.write(queueFile(5), at(5), Buffer.alloc(UNIT)));
  const reading = read(store, { from: 5 });
  const stopping = store.stop();
  const { status } = await machine.clock.run(reading);
  assert.ok(status === 'READ_FAILED' || status === 'FOUND');
  await machine.clock.run(stopping);
  assert.equal(machine.clock.pendingTimers, 0);
});
