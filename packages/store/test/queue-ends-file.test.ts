import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putAndWait, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

async function stoppedStore(): Promise<{ machine: StoreMachine; bodies: string[] }> {
  const machine = new StoreMachine();
  const store = await machine.start();
  const bodies: string[] = [];
  for (let i = 0; i < 30; i++) {
    bodies.push(`body ${i}`);
    await putAndWait(store, { body: bodies[i]! });
  }
  await putAndWait(store, { topic: 'OTHER', body: 'newest' });
  await machine.clock.run(store.stop());
  return { machine, bodies };
}

test('a start after a clean stop reads no record again and continues where the queues ended', async () => {
  const { machine, bodies } = await stoppedStore();
  const store = await machine.start();
  assert.equal(store.recovery!.records, 0);
  assert.deepEqual(await readBodies(store), bodies);
  assert.equal((await putAndWait(store)).queueOffset, 30);
});

for (const [what, harm] of [
  ['the folder of an idle queue is lost', (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue/T/0`)],
  [
    'the checkpoint was written by another program',
    (machine: StoreMachine) => machine.write('checkpoint', 0, Buffer.alloc(8)),
  ],
  ['the file of ends is damaged', (machine: StoreMachine) => machine.write('consumequeue-ends', 20, Buffer.from('?'))],
  ['the file of ends is missing', (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue-ends`)],
] as const) {
  test(`queues are looked at closely, and built again where they lack units, when ${what}`, async () => {
    const { machine, bodies } = await stoppedStore();
    await machine.clock.advance(10);
    harm(machine);
    const store = await machine.start();
    assert.ok(store.recovery!.records > 0);
    assert.deepEqual(await readBodies(store), bodies);
    assert.equal((await putAndWait(store)).queueOffset, 30);
  });
}

const IDLE = 'consumequeue/MANY/1';
const IDLE_FILE = `${IDLE}/00000000000000000000`;
const HINT = `${ROOT}/consumequeue-ends`;

/** Queues whose records lie in the first file of the log alone, and a busy one behind them; stopped cleanly. */
async function storeWithIdleQueues(): Promise<StoreMachine> {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (const queueId of [0, 1]) await putAndWait(store, { topic: 'MANY', queueId, body: `idle ${queueId}` });
  await putAndWait(store, { topic: 'ONE', body: 'idle' });
  for (let i = 0; i < 40; i++) await putAndWait(store, { body: Buffer.alloc(6000) });
  await machine.clock.run(store.stop());
  await machine.clock.advance(10);
  return machine;
}

for (const [what, path, withoutHint] of [
  ['the only file of an idle queue', `${IDLE}/00000000000000000000`, true],
  ['the folder of an idle queue', IDLE, true],
  ['the folder of an idle topic', 'consumequeue/ONE', false],
  ['the folder of an idle topic of two queues', 'consumequeue/MANY', false],
  ['the folder of all queues', 'consumequeue', true],
] as const) {
  for (const hint of withoutHint ? ['present', 'missing'] : ['present']) {
    test(`no idle queue opens empty after a clean stop when ${what} is removed, with the file of ends ${hint}`, async () => {
      const machine = await storeWithIdleQueues();
      machine.disk.remove(`${ROOT}/${path}`);
      if (hint === 'missing') machine.disk.remove(HINT);
      const store = await machine.start();
      for (const queueId of [0, 1]) assert.deepEqual(await readBodies(store, 'MANY', queueId), [`idle ${queueId}`]);
      assert.deepEqual(await readBodies(store, 'ONE'), ['idle']);
      assert.equal((await putAndWait(store, { topic: 'MANY', queueId: 1 })).queueOffset, 1);
    });
  }
}

test('without the file of ends a topic that was deleted and made again gets no queue of its old life', async () => {
  const machine = await storeWithIdleQueues();
  let store = await machine.start();
  store.removeTopic('MANY');
  store.removeTopic('ONE');
  await putAndWait(store, { topic: 'MANY', queueId: 0, body: 'new' });
  for (let i = 0; i < 40; i++) await putAndWait(store, { body: Buffer.alloc(6000) });
  await machine.clock.run(store.stop());
  machine.disk.remove(HINT);
  store = await machine.start();
  assert.deepEqual(await readBodies(store, 'MANY', 0), ['new']);
  assert.deepEqual(await readBodies(store, 'MANY', 1), []);
  assert.equal((await putAndWait(store, { topic: 'ONE' })).queueOffset, 0);
});

/** As `cp -r` leaves it: every file was written now. */
function copyInPlace(machine: StoreMachine, folder: string = ROOT): void {
  for (const { name, isDirectory } of machine.disk.list(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) copyInPlace(machine, path);
    else machine.write(path.slice(ROOT.length + 1), 0, machine.disk.readFile(path)!);
  }
}

for (const [what, harm] of [
  ['the end of an idle queue is zeros', (machine: StoreMachine) => machine.write(IDLE_FILE, 0, Buffer.alloc(20))],
  ['the folder of an idle queue is lost', (machine: StoreMachine) => machine.disk.remove(`${ROOT}/${IDLE}`)],
  ['the folder of an idle topic is lost', (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue/ONE`)],
] as const) {
  test(`queues of a copied folder are held against their saved ends: ${what}`, async () => {
    const machine = await storeWithIdleQueues();
    copyInPlace(machine);
    harm(machine);
    const store = await machine.start();
    for (const queueId of [0, 1]) assert.deepEqual(await readBodies(store, 'MANY', queueId), [`idle ${queueId}`]);
    assert.deepEqual(await readBodies(store, 'ONE'), ['idle']);
    assert.equal((await putAndWait(store, { topic: 'MANY', queueId: 1 })).queueOffset, 1);
    const built = /all queues are built again/;
    assert.ok(machine.logLines.some(({ level, sentence }) => level === 'warn' && built.test(sentence)));
  });
}

test('queues of a copied folder that is whole are not built again', async () => {
  const machine = await storeWithIdleQueues();
  copyInPlace(machine);
  const store = await machine.start();
  assert.equal(store.facts.replayedFrom, store.parts.log.files.files.at(-1)!.baseOffset);
  assert.deepEqual(await readBodies(store, 'MANY', 1), ['idle 1']);
});
