import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putAndWait, query, readBodies } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const index = { maxHashSlotNum: 16, maxIndexNum: 60 };
const MiB = 1024 * 1024;

for (const ending of ['clean', 'killed'] as const) {
  test(`messages larger than a maxMessageSize that was lowered are read, looked up and found by key (${ending})`, async () => {
    const machine = new StoreMachine();
    const files = { mappedFileSizeCommitLog: 64 * MiB, index, maxTransferBytesOnMessageInMemory: 256 * MiB };
    let store = await machine.start({ ...files, maxMessageSize: 16 * MiB });
    const bodies = ['small', 'L'.repeat(9 * MiB), 'small too'];
    const offsets: number[] = [];
    for (const [i, body] of bodies.entries())
      offsets.push((await putAndWait(store, { body, uniqueKey: `U${i}` })).physicalOffset);
    await machine.clock.advance(2000);
    if (ending === 'clean') await machine.clock.run(store.stop());
    else machine.killProcess();
    store = await machine.start({ ...files, maxMessageSize: 1024 });
    assert.deepEqual(await readBodies(store), bodies);
    for (const [i, offset] of offsets.entries()) {
      assert.ok((store.recordAt(offset)?.length ?? 0) > bodies[i]!.length, `at ${offset}`);
      assert.deepEqual(await query(store, `U${i}`), [bodies[i]]);
    }
    assert.equal(store.recovery?.damaged, 0);
  });
}

test('a larger record of before that is damaged does not end the log for what follows it', async () => {
  const machine = new StoreMachine();
  const files = { mappedFileSizeCommitLog: 64 * MiB };
  let store = await machine.start({ ...files, maxMessageSize: 16 * MiB });
  await putAndWait(store, { body: 'before' });
  const { physicalOffset } = await putAndWait(store, { body: Buffer.alloc(15 * MiB, 'L') });
  await putAndWait(store, { body: 'after' });
  machine.killProcess();
  machine.write('commitlog/00000000000000000000', physicalOffset + 200, Buffer.from('damage'));
  store = await machine.start({ ...files, maxMessageSize: 1024 });
  assert.deepEqual(await readBodies(store), ['before', 'after']);
});
