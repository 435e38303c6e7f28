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

test('a start after a clean stop reads no record again and goes on where the queues ended', async () => {
  const { machine, bodies } = await stoppedStore();
  const store = await machine.start();
  assert.equal(store.recovery!.records, 0);
  assert.deepEqual(await readBodies(store), bodies);
  assert.equal((await putAndWait(store)).queueOffset, 30);
});

for (const [what, harm] of [
  ['the folder of an idle queue is lost', (machine: StoreMachine) => machine.disk.remove(`${ROOT}/consumequeue/T/0`)],
  [
    'the checkpoint was written by somebody else',
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
