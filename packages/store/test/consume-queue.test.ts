import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put, putAndWait, read, readAll, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const UNITS_A_FILE = 20;

async function machineWith(count: number, topic = 'T'): Promise<{ machine: StoreMachine; bodies: string[] }> {
  const machine = new StoreMachine();
  const store = await machine.start();
  const bodies: string[] = [];
  for (let i = 0; i < count; i++) {
    bodies.push(`${i}`);
    await putAndWait(store, { topic, body: `${i}`, tags: `tag${i % 3}` });
  }
  await machine.clock.run(store.stop());
  return { machine, bodies };
}

/** Recorded from files of a 5.4.0 broker. */
test('units are 20 bytes: physical offset, size, hash of the tag with its sign', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await putAndWait(store, { topic: 'Orders', queueId: 7, body: 'hello', tags: 'TagA' });
  await putAndWait(store, { topic: 'Orders', queueId: 7, body: 'hello', tags: 'polygenelubricants' });
  await putAndWait(store, { topic: 'Orders', queueId: 7, body: 'hello' });
  await machine.clock.run(store.stop());
  const file = machine.read('consumequeue/Orders/7/00000000000000000000');
  assert.equal(file.length, 400);
  const first = 91 + 5 + 6 + 10;
  const second = 91 + 5 + 6 + 24;
  const expected = [
    `${hex(0, 16)}${hex(first, 8)}000000000027a807`,
    `${hex(first, 16)}${hex(second, 8)}ffffffff80000000`,
    `${hex(first + second, 16)}${hex(102, 8)}0000000000000000`,
  ];
  assert.deepEqual(
    [0, 20, 40].map((at) => file.toString('hex', at, at + 20)),
    expected,
  );
  assert.ok(file.subarray(60).every((byte) => byte === 0));
});

test('files hold as many units as fit and are named by the byte they begin with', async () => {
  const { machine, bodies } = await machineWith(2 * UNITS_A_FILE + 5);
  assert.deepEqual(machine.names('consumequeue/T/0'), [
    '00000000000000000000',
    '00000000000000000400',
    '00000000000000000800',
  ]);
  assert.deepEqual(await readBodies(await machine.start()), bodies);
});

test('a size that is no multiple of 20 is rounded up, as Apache does', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ mappedFileSizeConsumeQueue: 381 });
  await putAndWait(store);
  await machine.clock.run(store.stop());
  assert.equal(machine.read('consumequeue/T/0/00000000000000000000').length, 400);
});

for (const stop of ['clean stop', 'kill'] as const) {
  for (const [what, harm] of [
    ['all consume queues', (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue`)],
    ['the first file', (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue/T/0/${'0'.repeat(20)}`)],
    [
      'a file in the middle',
      (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue/T/0/${'400'.padStart(20, '0')}`),
    ],
    [
      'the last file',
      (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue/T/0/${'800'.padStart(20, '0')}`),
    ],
    ['the end of a file', (machine: StoreMachine) => shorten(machine, 'consumequeue/T/0/00000000000000000400', 130)],
    [
      'the end of the last file',
      (machine: StoreMachine) => shorten(machine, 'consumequeue/T/0/00000000000000000800', 30),
    ],
    [
      'the bytes of the last file',
      (machine: StoreMachine) => machine.write('consumequeue/T/0/00000000000000000800', 0, Buffer.alloc(400)),
    ],
  ] as const) {
    test(`after a ${stop} ${what} are built again when they are missing`, async () => {
      const machine = new StoreMachine();
      let store = await machine.start();
      const bodies: string[] = [];
      for (let i = 0; i < 50; i++) {
        bodies.push(`${i}`.padEnd(4000, '.'));
        await putAndWait(store, { body: bodies[i]! });
      }
      await machine.clock.advance(1500);
      if (stop === 'kill') machine.killProcess();
      else await machine.clock.run(store.stop());
      harm(machine);
      store = await machine.start();
      assert.deepEqual(await readBodies(store), bodies);
      assert.equal((await putAndWait(store)).queueOffset, 50);
    });
  }
}

test('units behind the end of the log are dropped, stale ones behind the end of a queue do not come back', async () => {
  const { machine, bodies } = await machineWith(5);
  const unit = Buffer.alloc(20);
  unit.writeInt32BE(0x7000, 4);
  unit.writeInt32BE(100, 8);
  for (let i = 5; i < 15; i++) machine.write('consumequeue/T/0/00000000000000000000', i * 20, unit);
  let store = await machine.start();
  assert.equal(store.findQueue('T', 0)!.nextOffset, 5);
  machine.killProcess();
  store = await machine.start();
  assert.deepEqual(await readBodies(store), bodies);
});

test('a queue whose log begins later begins there; what fills its file before is passed over', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  for (let i = 0; i < 60; i++) await putAndWait(store, { body: `${i}`.padEnd(4000, '.') });
  await machine.clock.run(store.stop());
  machine.disk.remove(`${ROOT}/commitlog/00000000000000000000`);
  machine.disk.remove(`${ROOT}/consumequeue`);
  for (const round of ['rebuilt', 'loaded', 'loaded after a kill']) {
    store = await machine.start();
    const queue = store.findQueue('T', 0)!;
    assert.deepEqual([round, queue.minOffset, queue.maxOffset], [round, 16, 60]);
    assert.equal((await read(store, { from: 0 })).nextBeginOffset, 16);
    const found = await readAll(store);
    assert.deepEqual([found.length, found[0]!.queueOffset], [44, 16]);
    if (round === 'loaded') machine.killProcess();
    else await machine.clock.run(store.stop());
  }
});

test('a deleted topic leaves no files and its name begins at 0 again', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 3; i++) await putAndWait(store, { topic: 'Deleted', body: `${i}` });
  await putAndWait(store, { topic: 'Stays' });
  await machine.clock.advance(1500);
  await putAndWait(store, { topic: 'Deleted' });
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', delayMs: 20 });
  const late = put(store, { topic: 'Deleted' });
  store.removeTopic('Deleted');
  await machine.clock.advance(70_000);
  assert.equal(late.answer, 'PUT_OK');
  assert.deepEqual(machine.names('consumequeue'), ['Stays']);
  assert.equal((await putAndWait(store, { topic: 'Deleted' })).queueOffset, 0);
});

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function shorten(machine: StoreMachine, path: string, sizeBytes: number): void {
  const file = machine.disk.open(`${ROOT}/${path}`, 'write');
  file.truncate(sizeBytes);
  file.close();
}
