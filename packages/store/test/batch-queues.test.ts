import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalStore } from '../src/door/local-store.ts';
import { inspectStore, type MessageStore, type QueueType, verifyStore } from '../src/index.ts';
import { expiryOptions, machineAtNoon } from './expiry-store.ts';
import { put, putAndWait, read, readAll, readBodies, type TestMessage } from './store-calls.ts';
import { ROOT, StoreMachine, type StoreSettings } from './store-machine.ts';

const UNIT = 46;
const UNITS_A_FILE = 20;
const FOLDER = 'batchconsumequeue/B/0';
const FIRST_FILE = `${FOLDER}/00000000000000000000`;
const settings: StoreSettings = {
  queueTypeOf: (topic): QueueType => (topic === 'B' ? 'BatchCQ' : 'SimpleCQ'),
};

/** What is put as number `i`: batches of different lengths, and single messages. */
function message(i: number): TestMessage {
  if (i % 4 === 3) return { topic: 'B', body: `${i}`, tags: 'single' };
  return { topic: 'B', members: Array.from({ length: (i % 5) + 1 }, (_, member) => `${i}/${member}`) };
}

const bodiesOf = ({ members, body }: TestMessage): readonly string[] => members ?? [String(body)];

/** Puts some, between them messages of a simple queue; returns the bodies by queue offset. */
async function fill(store: MessageStore, count: number, from = 0): Promise<string[]> {
  const bodies: string[] = [];
  for (let i = from; i < from + count; i++) {
    await putAndWait(store, message(i));
    await putAndWait(store, { body: `plain ${i}` });
    bodies.push(...bodiesOf(message(i)));
  }
  return bodies;
}

async function filled(count = 50): Promise<{ machine: StoreMachine; store: LocalStore; bodies: string[] }> {
  const machine = new StoreMachine();
  const store = await machine.start(settings);
  return { machine, store, bodies: await fill(store, count) };
}

async function reopened(machine: StoreMachine, store: MessageStore): Promise<LocalStore> {
  await machine.clock.run(store.stop());
  return machine.start(settings);
}

async function holds(store: MessageStore, bodies: readonly string[]): Promise<void> {
  const messages = await readAll(store, 'B');
  assert.deepEqual(
    messages.map(({ queueOffset, body }) => [queueOffset, body.toString()]),
    bodies.map((body, queueOffset) => [queueOffset, body]),
  );
  const { minOffset, maxOffset, nextOffset } = store.queue('B', 0);
  assert.deepEqual([minOffset, maxOffset, nextOffset], [0, bodies.length, bodies.length]);
}

const sentences = (machine: StoreMachine, level: string): string[] =>
  machine.logLines.filter((line) => line.level === level).map(({ sentence }) => sentence);

test('the messages of a batch have queue offsets of their own, and single messages stand between them', async () => {
  const { store, bodies } = await filled();
  await holds(store, bodies);
});

test('a unit has the place of its record, its tags, its time, its first queue offset and its messages', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(settings);
  const first = await putAndWait(store, { topic: 'B', members: ['a', 'b', 'c'] });
  const second = await putAndWait(store, { topic: 'B', body: 'd', tags: 'x' });
  assert.deepEqual([first.queueOffset, second.queueOffset], [0, 3]);
  store = await reopened(machine, store);
  const file = machine.read(FIRST_FILE);
  const [size] = [second.physicalOffset - first.physicalOffset];
  const expected = Buffer.alloc(UNIT);
  expected.writeBigInt64BE(BigInt(first.physicalOffset), 0);
  expected.writeInt32BE(size, 8);
  expected.writeBigInt64BE(BigInt(first.storeTimestamp), 20);
  expected.writeInt16BE(3, 36);
  expected.writeInt32BE(-1, 38);
  assert.deepEqual(file.subarray(0, UNIT), expected);
  assert.equal(file.readBigInt64BE(UNIT + 12), BigInt('x'.charCodeAt(0)));
  assert.equal(file.readBigInt64BE(UNIT + 28), 3n);
  assert.equal(file.readInt16BE(UNIT + 36), 1);
  assert.deepEqual(machine.names('consumequeue'), []);
});

for (const where of ['memory', 'its files'] as const) {
  test(`a read in the middle of a batch begins with the whole batch, from ${where}`, async () => {
    let { machine, store, bodies } = await filled();
    if (where === 'its files') store = await reopened(machine, store);
    for (let from = 0; from < bodies.length; from++) {
      const { status, messages, nextBeginOffset } = await read(store, { topic: 'B', from, maxNums: 1 });
      assert.equal(status, 'FOUND');
      const [first] = messages;
      assert.ok(first!.queueOffset <= from && from < nextBeginOffset);
      assert.equal(nextBeginOffset, first!.queueOffset + messages.length);
      assert.equal(messages[from - first!.queueOffset]!.body.toString(), bodies[from]);
    }
  });
}

test('an answer holds as many records as have the messages that were asked for', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(settings);
  for (const size of [3, 3, 3, 10]) {
    await putAndWait(store, { topic: 'B', members: Array.from({ length: size }, (_, i) => `${i}`) });
  }
  const took = async (from: number, maxNums: number): Promise<number> =>
    (await read(store, { topic: 'B', from, maxNums })).messages.length;
  assert.equal(await took(0, 1), 3);
  assert.equal(await took(0, 5), 3);
  assert.equal(await took(0, 6), 6);
  assert.equal(await took(6, 4), 3);
  assert.equal(await took(9, 4), 10);
});

test('nothing of a batch is visible before it is written, and a batch that the disk refused takes no queue offset', async () => {
  const { machine, store, bodies } = await filled(3);
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', code: 'ENOSPC' });
  const refused = put(store, { topic: 'B', members: ['x', 'y'] });
  assert.equal(store.queue('B', 0).maxOffset, bodies.length);
  assert.equal(store.queue('B', 0).nextOffset, bodies.length + 2);
  assert.equal(await machine.clock.run(refused.answered), 'SERVICE_NOT_AVAILABLE');
  assert.equal(store.queue('B', 0).nextOffset, bodies.length);
});

for (const how of ['a clean stop', 'a kill', 'a loss of power'] as const) {
  test(`a batch queue continues behind its last message after ${how}`, async () => {
    let { machine, store, bodies } = await filled();
    if (how === 'a clean stop') await machine.clock.run(store.stop());
    else await machine.clock.advance(60_000);
    if (how === 'a kill') machine.killProcess();
    if (how === 'a loss of power') machine.losePower();
    store = await machine.start(settings);
    bodies.push(...(await fill(store, 10, 50)));
    await holds(store, bodies);
    assert.deepEqual(sentences(machine, 'error'), []);
  });
}

const LOSSES: Readonly<Record<string, (machine: StoreMachine) => void>> = {
  'its folder is gone': (machine) => {
    for (const name of machine.names(FOLDER)) machine.disk.remove(`${ROOT}/${FOLDER}/${name}`);
    machine.disk.remove(`${ROOT}/${FOLDER}`);
    machine.disk.remove(`${ROOT}/batchconsumequeue/B`);
  },
  'its last file is gone': (machine) => machine.disk.remove(`${ROOT}/${FOLDER}/${machine.names(FOLDER).at(-1)}`),
  'its first file is gone': (machine) => machine.disk.remove(`${ROOT}/${FIRST_FILE}`),
  'a file is short': (machine) => machine.truncate(FIRST_FILE, 100),
  'all of it is zeros': (machine) => {
    for (const name of machine.names(FOLDER)) machine.write(`${FOLDER}/${name}`, 0, Buffer.alloc(UNITS_A_FILE * UNIT));
  },
};

for (const [loss, lose] of Object.entries(LOSSES)) {
  test(`a batch queue is built again from the log when ${loss}`, async () => {
    let { machine, store, bodies } = await filled();
    await machine.clock.run(store.stop());
    lose(machine);
    store = await machine.start(settings);
    await holds(store, bodies);
    store = await reopened(machine, store);
    bodies.push(...(await fill(store, 10, 50)));
    await holds(store, bodies);
  });
}

const unitFile = (unit: number): string =>
  `${FOLDER}/${String((unit - (unit % UNITS_A_FILE)) * UNIT).padStart(20, '0')}`;
const at = (unit: number): number => (unit % UNITS_A_FILE) * UNIT;
const flip = (machine: StoreMachine, unit: number, field: number, value: number): void =>
  machine.write(unitFile(unit), at(unit) + field, Buffer.from([value]));

const DAMAGES: Readonly<Record<string, (machine: StoreMachine) => void>> = {
  'a unit is zeros': (machine) => machine.write(unitFile(7), at(7), Buffer.alloc(UNIT)),
  'the first unit is zeros': (machine) => machine.write(unitFile(0), 0, Buffer.alloc(UNIT)),
  'a unit is garbage': (machine) => machine.write(unitFile(19), at(19), Buffer.alloc(UNIT, 0xe7)),
  'a unit has another place': (machine) => flip(machine, 7, 7, 0xff),
  'a unit has another size': (machine) => flip(machine, 7, 11, 0xff),
  'a unit begins at a later queue offset': (machine) => flip(machine, 7, 33, 1),
  'a unit begins at an earlier queue offset': (machine) => flip(machine, 30, 35, 0),
  'a unit has more messages': (machine) => flip(machine, 7, 36, 1),
  'a unit has fewer messages': (machine) => flip(machine, 9, 37, 1),
  'a unit has no messages': (machine) => flip(machine, 9, 37, 0),
  'every other unit is garbage': (machine) => {
    for (let unit = 1; unit < 40; unit += 2) machine.write(unitFile(unit), at(unit), Buffer.alloc(UNIT, unit));
  },
  'a file is zeros': (machine) => machine.write(unitFile(20), 0, Buffer.alloc(UNITS_A_FILE * UNIT)),
};

for (const [damage, cause] of Object.entries(DAMAGES)) {
  test(`every message is read, from any offset, when ${damage}`, async () => {
    const { machine, store: before, bodies } = await filled();
    const store = await reopened(machine, before);
    cause(machine);
    for (let from = bodies.length - 1; from >= 0; from--) {
      const { messages } = await machine.clock.run(read(store, { topic: 'B', from, maxNums: 1 }));
      const found = messages.find(({ queueOffset }) => queueOffset === from);
      assert.equal(found?.body.toString(), bodies[from], `from ${from}`);
    }
    await machine.clock.run(holds(store, bodies));
  });
}

test('a last unit with a wrong number of messages gives no queue offset twice', async () => {
  let { machine, store, bodies } = await filled(50);
  await machine.clock.run(store.stop());
  flip(machine, 49, 37, 9);
  store = await machine.start(settings);
  bodies.push(...(await fill(store, 3, 50)));
  await holds(store, bodies);
});

test('a damaged record is passed over, and the messages around it are read', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(settings);
  const places: number[] = [];
  for (const name of ['a', 'b', 'c']) {
    places.push((await putAndWait(store, { topic: 'B', members: [`${name}0`, `${name}1`] })).physicalOffset);
  }
  store = await reopened(machine, store);
  machine.write('commitlog/00000000000000000000', places[1]! + 4, Buffer.from('damage'));
  assert.deepEqual(await machine.clock.run(readBodies(store, 'B')), ['a0', 'a1', 'c0', 'c1']);
  const { messages } = await machine.clock.run(read(store, { topic: 'B', from: 3 }));
  assert.deepEqual(
    messages.map(({ queueOffset }) => queueOffset),
    [4, 5],
  );
  store = await reopened(machine, store);
  assert.deepEqual(await readBodies(store, 'B'), ['a0', 'a1', 'c0', 'c1']);
  assert.equal(store.queue('B', 0).nextOffset, 6);
});

test('a time is found at the first message of a record, and one behind all of them at the newest record', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(settings);
  const times: number[] = [];
  for (const members of [['a', 'b'], ['c', 'd', 'e'], ['f']]) {
    times.push((await putAndWait(store, { topic: 'B', members })).storeTimestamp);
    await machine.clock.advance(1000);
  }
  const queue = store.queue('B', 0);
  assert.deepEqual(
    [0, times[0]!, times[1]!, times[1]! + 1, times[2]!, times[2]! + 1].map((time) => queue.offsetAt(time, 'LOWER')),
    [0, 0, 2, 5, 5, 5],
  );
  assert.deepEqual(
    [0, times[0]!, times[1]!, times[1]! + 1, times[2]!, times[2]! + 1].map((time) => queue.offsetAt(time, 'UPPER')),
    [0, 0, 2, 2, 5, 5],
  );
  assert.equal(queue.storeTimestampAt(3), times[1]);
  assert.equal(queue.entryAt(4)?.queueOffset, 2);
  assert.equal(queue.entryAt(6), undefined);
});

test('a batch queue follows the log: its expired records and the files that held them are removed', async () => {
  const machine = machineAtNoon();
  const store = await machine.start({ ...settings, expiry: expiryOptions({ fileReservedTime: 0, deleteWhen: '12' }) });
  for (let i = 0; i < 120; i++) await putAndWait(store, { ...message(i), uniqueKey: 'k'.repeat(2000) });
  await machine.clock.advance(90_000);
  const queue = store.queue('B', 0);
  const { minOffset, maxOffset } = queue;
  assert.ok(store.facts.minOffset > 0 && minOffset > 0);
  const first = queue.entryAt(minOffset)!;
  assert.ok(first.physicalOffset >= store.facts.minOffset);
  assert.equal(first.queueOffset, minOffset);
  assert.ok(!machine.names(FOLDER).includes('00000000000000000000'));
  assert.equal((await read(store, { topic: 'B', from: 0 })).status, 'OFFSET_TOO_SMALL');
  assert.equal((await readAll(store, 'B')).length, maxOffset - minOffset);
  const again = await reopened(machine, store);
  assert.deepEqual([again.queue('B', 0).minOffset, again.queue('B', 0).maxOffset], [minOffset, maxOffset]);
});

test('what another store wrote is continued with its queue offsets', async () => {
  const { machine, store, bodies } = await filled(20);
  const other = new StoreMachine();
  const copy = await other.start(settings);
  copy.appendRaw(0, machine.read('commitlog/00000000000000000000').subarray(0, store.facts.appendOffset));
  await other.clock.advance(1000);
  await holds(copy, bodies);
});

test('a topic that the table of topics lacks has batch queues where it has their folder', async () => {
  const { machine, store, bodies } = await filled();
  await machine.clock.run(store.stop());
  const opened = await machine.start();
  assert.equal(opened.queue('B', 0).type, 'BatchCQ');
  assert.equal(opened.queue('T', 0).type, 'SimpleCQ');
  await holds(opened, bodies);
});

// With folders of both types Apache's broker does not start.
test('a folder of the other type, which an earlier life of a topic left, is removed', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  for (let i = 0; i < 3; i++) await putAndWait(store, { topic: 'B', body: `${i}` });
  await machine.clock.run(store.stop());
  assert.deepEqual(machine.names('consumequeue'), ['B']);
  store = await machine.start(settings);
  assert.deepEqual(machine.names('consumequeue'), []);
  await holds(store, ['0', '1', '2']);
});

test('a topic that is deleted and made again may have queues of the other type', async () => {
  const { machine, store } = await filled(5);
  store.removeTopic('B');
  assert.deepEqual(machine.names('batchconsumequeue'), []);
  await putAndWait(store, { topic: 'B', members: ['new 0', 'new 1'] });
  await holds(store, ['new 0', 'new 1']);
  machine.killProcess();
  const opened = await machine.start(settings);
  await holds(opened, ['new 0', 'new 1']);
});

test('mqstore finds batch queues whole, and what differs in them', async () => {
  const { machine, store, bodies } = await filled();
  await machine.clock.run(store.stop());
  const view = { disk: machine.disk, root: ROOT };
  const found = (): string[] =>
    verifyStore(view)
      .findings.filter(({ damage }) => damage)
      .map(({ kind }) => kind);
  assert.deepEqual(found(), []);
  const { topics, ofTopic } = inspectStore({ ...view, topic: 'B' }).consumeQueues;
  assert.equal(topics, 2);
  assert.deepEqual(ofTopic, [{ queueId: 0, files: 3, minOffset: 0, maxOffset: bodies.length }]);
  flip(machine, 7, 37, 9);
  assert.deepEqual(found(), ['UNIT_MESSAGES']);
  machine.write(unitFile(9), at(9), Buffer.alloc(8));
  // It leads to a record of another queue now.
  assert.deepEqual(found().sort(), ['UNIT_MESSAGES', 'UNIT_MISSING', 'UNIT_WITHOUT_RECORD']);
});

test('a batch queue whose first units are not in files yet is no damage while a broker runs', async () => {
  const { machine, store: before } = await filled(4);
  const store = await reopened(machine, before);
  await putAndWait(store, { ...message(0), queueId: 1 });
  await putAndWait(store, { ...message(1), queueId: 1 });
  const { damaged, findings } = verifyStore({ disk: machine.disk, root: ROOT });
  assert.deepEqual(
    findings.map(({ kind, count }) => [kind, count]),
    [['UNIT_PENDING', 2]],
  );
  assert.equal(damaged, false);
});
