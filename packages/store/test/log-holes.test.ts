import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FlushDiskType, type MessageStore, verifyStore } from '../src/index.ts';
import { apacheLogEnd } from './apache-reader.ts';
import { putAndWait, query, readAll, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine, type StoreSettings } from './store-machine.ts';

const FILE_BYTES = 64 * 1024;
const SECTOR = 512;
const index = { maxHashSlotNum: 16, maxIndexNum: 600 };
const file = (offset: number): string => `commitlog/${String(offset - (offset % FILE_BYTES)).padStart(20, '0')}`;

interface Scene {
  readonly machine: StoreMachine;
  readonly bodies: string[];
  readonly positions: number[];
  readonly end: number;
}

/** 60 acknowledged messages over two files of the log and a third. `quietMs`: between the last one and the end. */
async function scene(ending: 'stop' | 'kill', settings: StoreSettings, quietMs: number): Promise<Scene> {
  const machine = new StoreMachine();
  const store = await machine.start({ index, ...settings });
  const bodies: string[] = [];
  for (let i = 0; i < 60; i++) {
    bodies.push(`${i}`.padEnd(i % 7 === 3 ? 9000 : 1500, '.'));
    await putAndWait(store, { body: bodies[i]!, uniqueKey: `U${i}` });
  }
  await machine.clock.advance(quietMs);
  const positions = (await readAll(store)).map(({ physicalOffset }) => physicalOffset);
  const end = store.facts.appendOffset;
  if (ending === 'stop') await machine.clock.run(store.stop());
  else machine.killProcess();
  return { machine, bodies, positions, end };
}

/** Ways to hurt the record that begins at `at` and ends at `to`. Each touches that one alone. */
const DAMAGES: Readonly<Record<string, (machine: StoreMachine, at: number, to: number) => void>> = {
  'a flipped bit in its body': (machine, at) => write(machine, at + 500, Buffer.from('!')),
  'a size of zero': (machine, at) => write(machine, at, Buffer.alloc(4)),
  'a size beyond the file': (machine, at) => write(machine, at, Buffer.from('7fffffff', 'hex')),
  'another magic number': (machine, at) => write(machine, at + 4, Buffer.from('daa320a8', 'hex')),
  'the magic number of a blank record': (machine, at) => write(machine, at + 4, Buffer.from('cbd43194', 'hex')),
  'another place': (machine, at) => write(machine, at + 30, Buffer.from('7f', 'hex')),
  'a topic that is longer than the record': (machine, at) =>
    write(machine, at + 88 + machine.read(file(at)).readInt32BE((at % FILE_BYTES) + 84), Buffer.from('7f', 'hex')),
  'garbage over all of it': (machine, at, to) => write(machine, at, Buffer.alloc(to - at, 0xee)),
  'zeros over all of it': (machine, at, to) => write(machine, at, Buffer.alloc(to - at)),
  'a zeroed sector': (machine, at) => write(machine, at + SECTOR - (at % SECTOR), Buffer.alloc(SECTOR)),
};

function write(machine: StoreMachine, offset: number, bytes: Buffer): void {
  machine.write(file(offset), offset % FILE_BYTES, bytes);
}

/** Puts more to the store, stops it, and checks that Apache's reader and ours read everything to the same end. */
async function goOn(
  machine: StoreMachine,
  store: MessageStore,
  expected: string[],
  settings: StoreSettings,
): Promise<void> {
  assert.deepEqual(await readBodies(store), expected);
  const later = [1, 2, 3].map((i) => `later ${i}`);
  for (const body of later) await putAndWait(store, { body, uniqueKey: body });
  const end = store.facts.appendOffset;
  await machine.clock.run(store.stop());
  assert.equal(apacheLogEnd(machine), end, 'the end that Apache finds');
  const { damaged, findings, logEnd } = verifyStore({ disk: machine.disk, root: ROOT });
  assert.deepEqual([damaged, logEnd], [false, end], JSON.stringify(findings));
  const again = await machine.start({ index, ...settings });
  assert.equal(again.recovery?.damaged, 0, 'it is reported once');
  assert.deepEqual(await readBodies(again), [...expected, ...later]);
  assert.deepEqual(await query(again, 'later 2'), ['later 2']);
  machine.killProcess();
  const rebuilt = await machine.start({ index, ...settings });
  assert.deepEqual(await readBodies(rebuilt), [...expected, ...later]);
  await machine.clock.run(rebuilt.stop());
  assert.equal(verifyStore({ disk: machine.disk, root: ROOT }).damaged, false);
}

for (const ending of ['stop', 'kill'] as const) {
  for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
    for (const [what, damage] of Object.entries(DAMAGES)) {
      test(`after ${what} in what was durable the log has no hole, and all other messages (${ending}, ${flushDiskType})`, async () => {
        const settings: StoreSettings = { flushDiskType, flushCommitLogThoroughInterval: 1000 };
        const { machine, bodies, positions, end } = await scene(ending, settings, 5000);
        // The first record, one in the middle, those at both ends of a file, and one in the last file.
        const lastOfFile = positions.findLastIndex((position) => position < FILE_BYTES);
        const hits = [0, 20, lastOfFile, lastOfFile + 1, 57];
        for (const hit of hits) damage(machine, positions[hit]!, positions[hit + 1] ?? end);
        const expected = bodies.filter((_, i) => !hits.includes(i));
        if (ending === 'stop') machine.disk.remove(`${ROOT}/consumequeue`);
        const store = await machine.start({ index, ...settings });
        assert.ok((store.recovery?.damaged ?? 0) >= 3);
        await goOn(machine, store, expected, settings);
      });
    }
  }
}

/** A machine that lost power while a page of a record was not on its disk, and those behind it were. */
async function tornTail(flushDiskType: FlushDiskType): Promise<Scene & { torn: number }> {
  const settings: StoreSettings = { flushDiskType };
  // Nothing but the first ten is known to be flushed: the checkpoint is written once a second.
  const machine = new StoreMachine();
  const store = await machine.start({ index, ...settings });
  const bodies: string[] = [];
  for (let i = 0; i < 30; i++) {
    bodies.push(`${i}`.padEnd(1500, '.'));
    await putAndWait(store, { body: bodies[i]!, uniqueKey: `U${i}` });
    if (i === 10) await machine.clock.advance(15_000);
  }
  const positions = (await readAll(store)).map(({ physicalOffset }) => physicalOffset);
  const end = store.facts.appendOffset;
  machine.killProcess();
  return { machine, bodies, positions, end, torn: 20 };
}

const TEARS: Readonly<Record<string, (machine: StoreMachine, from: number, to: number) => void>> = {
  'a sector in the middle': (machine, at) => write(machine, at + SECTOR - (at % SECTOR), Buffer.alloc(SECTOR)),
  'the whole write': (machine, at, to) => write(machine, at, Buffer.alloc(to - at)),
  'its beginning': (machine, at) => write(machine, at, Buffer.alloc(SECTOR - (at % SECTOR))),
  'its end': (machine, _, to) => {
    const from = Math.max(0, to - (to % SECTOR));
    // The sector that holds the end holds the beginning of the next record as well.
    write(machine, from, Buffer.alloc(SECTOR));
  },
};

for (const [what, tear] of Object.entries(TEARS)) {
  for (const flushDiskType of ['SYNC_FLUSH', 'ASYNC_FLUSH'] as const) {
    test(`with ${flushDiskType} the log ends where ${what} was lost behind the flush point, since nothing behind it was promised`, async () => {
      const { machine, bodies, positions, torn } = await tornTail(flushDiskType);
      tear(machine, positions[torn]!, positions[torn + 1]!);
      const settings = { flushDiskType };
      const store = await machine.start({ index, ...settings });
      assert.equal(store.facts.appendOffset, positions[torn]);
      await goOn(machine, store, bodies.slice(0, torn), settings);
    });
  }

  test(`below the flush point of SYNC_FLUSH ${what} that is zeroed costs no other record`, async () => {
    const { machine, bodies, positions } = await tornTail('SYNC_FLUSH');
    tear(machine, positions[5]!, positions[6]!);
    const settings = { flushDiskType: 'SYNC_FLUSH' } as const;
    const store = await machine.start({ index, ...settings });
    const left = await readBodies(store);
    assert.equal(left.length >= 28 && left.at(-1) === bodies.at(-1) && left[4] === bodies[4], true);
    await goOn(machine, store, left, settings);
  });
}

test('with SYNC_FLUSH damage that is no lost write ends the log nowhere: what follows it may have been acknowledged', async () => {
  const { machine, bodies, positions } = await tornTail('SYNC_FLUSH');
  write(machine, positions[20]! + 300, Buffer.from('!!'));
  const settings = { flushDiskType: 'SYNC_FLUSH' } as const;
  const store = await machine.start({ index, ...settings });
  await goOn(machine, store, bodies.toSpliced(20, 1), settings);
});

test('what a damaged place held is kept in a file named by its offset; of zeros there is none', async () => {
  const { machine, positions } = await scene('stop', {}, 5000);
  const before = machine.read(file(0));
  write(machine, positions[5]! + 300, Buffer.from('!!'));
  write(machine, positions[8]!, Buffer.alloc(positions[9]! - positions[8]!));
  machine.disk.remove(`${ROOT}/consumequeue`);
  await machine.clock.run((await machine.start()).stop());
  assert.deepEqual(machine.names('damaged-log'), [String(positions[5]!).padStart(20, '0')]);
  const kept = machine.read(`damaged-log/${machine.names('damaged-log')[0]}`);
  const expected = Buffer.from(before.subarray(positions[5]!, positions[6]!));
  expected.write('!!', 300);
  assert.deepEqual(kept, expected);
});

test('a hole of several megabytes gets several records, and one at the end of a file a small one and a blank one', async () => {
  const settings: StoreSettings = {
    mappedFileSizeCommitLog: 32 << 20,
    maxMessageSize: 16 << 20,
    maxTransferBytesOnMessageInMemory: 64 << 20,
  };
  const machine = new StoreMachine();
  let store = await machine.start(settings);
  const large = Buffer.alloc(9 << 20, 'x').toString();
  for (const body of ['first', large, 'between', large, large, large, 'last']) await putAndWait(store, { body });
  const { files } = store.parts.log.files;
  assert.equal(files.length, 2);
  await machine.clock.run(store.stop());
  machine.write('commitlog/00000000000000000000', 3000, Buffer.from('!!'));
  machine.disk.remove(`${ROOT}/consumequeue`);
  store = await machine.start(settings);
  const end = store.facts.appendOffset;
  const short = (await readBodies(store)).map((body) => body.slice(0, 7));
  assert.deepEqual(short, ['first', 'between', 'xxxxxxx', 'xxxxxxx', 'xxxxxxx', 'last']);
  await machine.clock.run(store.stop());
  assert.equal(apacheLogEnd(machine), end);
  // The end of the first file is lost, and with it all that lies there.
  machine.write('commitlog/00000000000000000000', 200, Buffer.alloc((32 << 20) - 200));
  machine.disk.remove(`${ROOT}/consumequeue`);
  store = await machine.start(settings);
  assert.deepEqual(
    (await readBodies(store)).map((body) => body.slice(0, 7)),
    ['first', 'xxxxxxx', 'last'],
  );
  await machine.clock.run(store.stop());
  assert.equal(apacheLogEnd(machine), end);
  assert.equal(verifyStore({ disk: machine.disk, root: ROOT }).damaged, false);
});
