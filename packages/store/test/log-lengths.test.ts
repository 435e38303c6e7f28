import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyStore } from '../src/index.ts';
import { apacheLogEnd } from './apache-reader.ts';
import { putAndWait, query, readAll, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const FILE_BYTES = 64 * 1024;
const index = { maxHashSlotNum: 16, maxIndexNum: 60 };
const log = (i: number): string => `commitlog/${String(i * FILE_BYTES).padStart(20, '0')}`;

interface Scene {
  readonly machine: StoreMachine;
  readonly bodies: string[];
  readonly positions: number[];
}

async function stopped(count: number): Promise<Scene> {
  const machine = new StoreMachine();
  const store = await machine.start({ index });
  const bodies: string[] = [];
  for (let i = 0; i < count; i++) {
    bodies.push(`${i}`.padEnd(3000, '.'));
    await putAndWait(store, { body: bodies[i]!, uniqueKey: `U${i}` });
  }
  const positions = (await readAll(store)).map(({ physicalOffset }) => physicalOffset);
  await machine.clock.run(store.stop());
  await machine.clock.advance(1000);
  return { machine, bodies, positions };
}

for (const [what, file, length] of [
  ['the first file of the log is short', 0, 30_000],
  ['the first file of the log is empty', 0, 0],
  ['a file in the middle is short by one byte', 1, FILE_BYTES - 1],
  ['the last file is short', 2, 20_000],
  ['a file is too long', 1, FILE_BYTES + 1],
  ['the last file is much too long', 2, 3 * FILE_BYTES],
] as const) {
  test(`after a clean stop a store opens although ${what}, and what is there is read`, async () => {
    const { machine, bodies, positions } = await stopped(55);
    machine.truncate(log(file), length);
    const store = await machine.start({ index });
    assert.ok(
      machine.logLines.some(({ fields }) => fields.path === `${ROOT}/${log(file)}` && fields.sizeBytes === length),
    );
    const lost = (position: number): boolean =>
      position + 3100 > file * FILE_BYTES + length && position < (file + 1) * FILE_BYTES && length < FILE_BYTES - 1;
    const expected = bodies.filter((_, i) => !lost(positions[i]!));
    const found = await readBodies(store);
    assert.deepEqual(found, expected);
    const next = await putAndWait(store, { body: 'next' });
    assert.equal(next.answer, 'PUT_OK');
    const end = store.facts.appendOffset;
    await machine.clock.run(store.stop());
    assert.equal(apacheLogEnd(machine), end);
    const { damaged, findings } = verifyStore({ disk: machine.disk, root: ROOT });
    assert.equal(damaged, false, JSON.stringify(findings));
    assert.deepEqual(await readBodies(await machine.start({ index })), [...expected, 'next']);
  });
}

test('a size that the store was not written with is refused, whatever the files look like', async () => {
  const { machine, bodies } = await stopped(55);
  for (const mappedFileSizeCommitLog of [FILE_BYTES / 2, FILE_BYTES * 2, FILE_BYTES + 4096])
    await assert.rejects(machine.start({ index, mappedFileSizeCommitLog }), { code: 'STORE_FILE_SIZE' });
  await assert.rejects(machine.start({ index, mappedFileSizeConsumeQueue: 800 }), { code: 'STORE_FILE_SIZE' });
  assert.deepEqual(await readBodies(await machine.start({ index })), bodies);
});

for (const [what, damage] of [
  ['a file is zeros', (machine: StoreMachine, path: string) => machine.write(path, 0, Buffer.alloc(500))],
  ['a bit of an entry is flipped', (machine: StoreMachine, path: string) => machine.write(path, 300, Buffer.from('?'))],
  ['a bit of a slot is flipped', (machine: StoreMachine, path: string) => machine.write(path, 43, Buffer.from('?'))],
  ['a file is too long', (machine: StoreMachine, path: string) => machine.truncate(path, 5000)],
  ['a file is short', (machine: StoreMachine, path: string) => machine.truncate(path, 100)],
  ['a file is missing', (machine: StoreMachine, path: string) => machine.disk.remove(`${ROOT}/${path}`)],
] as const) {
  test(`every message is found by its key when after a clean stop ${what} of the index`, async () => {
    const { machine, bodies } = await stopped(55);
    const names = machine.names('index');
    assert.ok(names.length > 1 || names.length === 1);
    damage(machine, `index/${names[0]}`);
    machine.logLines.length = 0;
    const store = await machine.start({ index });
    assert.ok(machine.logLines.some(({ sentence }) => /index file is broken|index files lack/.test(sentence)));
    for (let i = 0; i < 55; i++) assert.deepEqual(await query(store, `U${i}`), [bodies[i]], `U${i}`);
    await machine.clock.run(store.stop());
    assert.equal(verifyStore({ disk: machine.disk, root: ROOT }).damaged, false);
  });
}
