import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStore } from '../src/index.ts';
import { LogScan } from '../src/log/scan.ts';
import { put, putAndWait, readAll, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine, type StoreSettings } from './store-machine.ts';

const FIRST_FILE = 'commitlog/00000000000000000000';

async function fill(store: MessageStore, count: number, size = 40, topic = 'T'): Promise<string[]> {
  const bodies: string[] = [];
  for (let i = 0; i < count; i++) {
    const body = `${topic}${i}`.padEnd(size, '.');
    bodies.push(body);
    await putAndWait(store, { topic, body });
  }
  return bodies;
}

/** A machine whose store was killed after these bodies were acknowledged. */
async function killedAfter(
  count: number,
  size = 40,
  settings: StoreSettings = {},
): Promise<{ machine: StoreMachine; bodies: string[]; positions: number[] }> {
  const machine = new StoreMachine();
  const store = await machine.start(settings);
  const bodies = await fill(store, count, size);
  const positions = (await readAll(store)).map((message) => message.physicalOffset);
  // All of it is flushed, also by the checkpoint: what is damaged then was promised.
  await machine.clock.advance(15_000);
  machine.killProcess();
  return { machine, bodies, positions };
}

test('a torn last record is cut off at whatever byte it ends, and the log continues there', async () => {
  const { machine, bodies, positions } = await killedAfter(3);
  const content = machine.read(FIRST_FILE);
  const last = positions[2]!;
  const size = content.readInt32BE(last);
  for (let kept = 0; kept < size; kept++) {
    const torn = Buffer.from(content);
    torn.fill(0, last + kept, last + size);
    // Bytes at the end of the record that are zero anyway tear nothing.
    if (torn.equals(content)) continue;
    machine.write(FIRST_FILE, 0, torn);
    const store = await machine.start();
    assert.deepEqual(await readBodies(store), bodies.slice(0, 2), `${kept} bytes are left`);
    assert.equal(store.facts.appendOffset, last);
    const next = await putAndWait(store, { body: 'next' });
    assert.deepEqual([next.queueOffset, next.physicalOffset], [2, last]);
    assert.deepEqual(await readBodies(store), [...bodies.slice(0, 2), 'next']);
    machine.killProcess();
  }
});

for (const [where, distance] of [
  ['size', 1],
  ['magic number', 5],
  ['queue id', 13],
  ['queue offset', 26],
  ['last byte of the queue offset', 27],
  ['physical offset', 34],
  ['body', 100],
  ['length of the topic', 128],
] as const) {
  test(`a flipped bit in the ${where} of a record costs that record alone and is reported with its place`, async () => {
    const { machine, bodies, positions } = await killedAfter(8);
    const at = positions[3]! + distance;
    const byte = machine.read(FIRST_FILE)[at]!;
    machine.write(FIRST_FILE, at, Buffer.of(byte ^ 0x40));
    for (const round of ['first start', 'second start']) {
      const store = await machine.start();
      assert.deepEqual(
        await readBodies(store),
        bodies.filter((_, i) => i !== 3),
        round,
      );
      const report = machine.logLines.find(({ sentence }) => sentence.startsWith('a damaged place'));
      assert.deepEqual([report?.level, report?.fields.position], ['error', positions[3]]);
      assert.equal((await putAndWait(store, { body: 'next' })).queueOffset, round === 'first start' ? 8 : 9);
      bodies.push('next');
      await machine.clock.run(store.stop());
    }
  });
}

test('a zeroed page costs the records that it touches and no other', async () => {
  const { machine, bodies, positions } = await killedAfter(200, 40);
  machine.write(FIRST_FILE, 8192, Buffer.alloc(4096));
  const store = await machine.start();
  const lost = (i: number): boolean => positions[i]! < 8192 + 4096 && (positions[i + 1] ?? Infinity) > 8192;
  assert.deepEqual(
    await readBodies(store),
    bodies.filter((_, i) => !lost(i)),
  );
  assert.equal((await putAndWait(store)).queueOffset, 200);
});

test('a damaged blank record at the end of a file does not hide the next file', async () => {
  const { machine, bodies } = await killedAfter(30, 6000);
  const end = 64 * 1024;
  const content = machine.read(FIRST_FILE);
  const blank = content.indexOf(Buffer.from('cbd43194', 'hex')) - 4;
  assert.equal(content.readInt32BE(blank), end - blank);
  machine.write(FIRST_FILE, blank, Buffer.alloc(8));
  assert.deepEqual(await readBodies(await machine.start()), bodies);
});

test('damage in an old file does not hide the rest of it or the files behind it', async () => {
  const { machine, bodies, positions } = await killedAfter(30, 6000);
  machine.write(FIRST_FILE, positions[2]! + 2, Buffer.from([0x77, 0x77, 0x77, 0x77]));
  assert.deepEqual(
    await readBodies(await machine.start()),
    bodies.filter((_, i) => i !== 2),
  );
});

test('the log continues in later files although the end of one and the beginnings of all behind it are lost', async () => {
  const fileBytes = 64 * 1024;
  const { machine, bodies, positions } = await killedAfter(30, 6000);
  const path = (offset: number): string => `commitlog/${String(offset).padStart(20, '0')}`;
  machine.write(FIRST_FILE, positions[8]!, Buffer.alloc(fileBytes - positions[8]!));
  machine.write(path(fileBytes), 100, Buffer.from('damage'));
  machine.write(path(2 * fileBytes), 4, Buffer.alloc(8));
  // Made ahead, with nothing in it.
  machine.disk.open(`${ROOT}/${path(3 * fileBytes)}`, 'create').close();
  machine.truncate(path(3 * fileBytes), fileBytes);
  const isLost = (at: number): boolean =>
    (at >= positions[8]! && at <= fileBytes) || at === 2 * fileBytes || at >= 3 * fileBytes;
  assert.ok(positions.includes(2 * fileBytes) && positions.at(-1)! < 3 * fileBytes);
  for (const round of [1, 2]) {
    assert.deepEqual(
      await readBodies(await machine.start()),
      bodies.filter((_, i) => !isLost(positions[i]!)),
      `start ${round}`,
    );
    machine.killProcess();
  }
});

test('what was not found behind the last file is no answer for those before it, when the log is looked through again', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await fill(store, 30, 6000);
  const { files } = store.parts.log.files;
  const scan = new LogScan(store.parts.log.files);
  assert.equal(scan.goodRecordBehind(files[2]!, store.facts.appendOffset, 0), undefined);
  assert.equal(scan.goodRecordBehind(files[0]!, files[0]!.endOffset - 8, 0), files[0]!.endOffset);
});

test('a file behind the end that holds records of an earlier life alone does not make the log continue', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  await fill(store, 30, 6000);
  await machine.clock.run(store.stop());
  const second = 'commitlog/00000000000000065536';
  const stale = machine.read(second);
  await machine.clock.advance(10_000);
  machine.disk.remove(`${ROOT}/commitlog`);
  machine.disk.remove(`${ROOT}/consumequeue`);
  store = await machine.start();
  const bodies = await fill(store, 3, 6000);
  machine.killProcess();
  machine.disk.open(`${ROOT}/${second}`, 'create').close();
  machine.truncate(second, 65536);
  machine.write(second, 0, stale);
  store = await machine.start();
  assert.deepEqual(await readBodies(store), bodies);
  assert.ok(store.facts.appendOffset < 65536);
  bodies.push(...(await fill(store, 12, 6000)));
  machine.killProcess();
  assert.deepEqual(await readBodies(await machine.start()), bodies);
});

test('records that are larger than what is allowed today are kept', async () => {
  const { machine, bodies } = await killedAfter(3, 200_000, { mappedFileSizeCommitLog: 1024 * 1024 });
  const store = await machine.start({ mappedFileSizeCommitLog: 1024 * 1024, maxMessageSize: 1024 });
  assert.deepEqual(await readBodies(store), bodies);
});

test('stale bytes behind the end never come back, however far behind they lie', async () => {
  const settings = { mappedFileSizeCommitLog: 4 * 1024 * 1024, maxMessageSize: 4096 };
  const machine = new StoreMachine();
  const store = await machine.start(settings);
  for (let i = 0; i < 2500; i++) put(store, { body: Buffer.alloc(1000, `${i % 10}`) });
  await machine.clock.advance(1);
  assert.equal((await readAll(store)).length, 2500);
  const positions = (await readAll(store)).map((message) => message.physicalOffset);
  machine.killProcess();
  // The log ends after ten records; far behind there are whole records of its earlier life.
  machine.write(FIRST_FILE, positions[10]!, Buffer.alloc(positions[2000]! - positions[10]!));
  let again = await machine.start(settings);
  assert.equal((await readAll(again)).length, 10);
  for (let i = 10; i < 2000; i++) put(again, { body: Buffer.alloc(1000, 'n') });
  await machine.clock.advance(1);
  assert.equal(again.parts.log.appendOffset, positions[2000]);
  machine.killProcess();
  again = await machine.start(settings);
  assert.equal((await readAll(again)).length, 2000);
});

test('left-over records that are older than the end of the log are not taken for its continuation', async () => {
  const { machine, bodies, positions } = await killedAfter(6);
  const old = machine.read(FIRST_FILE);
  // As Apache leaves it: the end was moved back to the third record, then one record of another length was written.
  machine.write(FIRST_FILE, positions[2]!, Buffer.alloc(5000));
  await machine.clock.advance(10);
  const store = await machine.start();
  await putAndWait(store, { body: 'other length' });
  const end = store.facts.appendOffset;
  await machine.clock.run(store.stop());
  machine.write(FIRST_FILE, end, old.subarray(end, positions[5]! + 400));
  const again = await machine.start();
  assert.deepEqual(await readBodies(again), [...bodies.slice(0, 2), 'other length']);
});

test('a file that was made ahead, full of zeros, does not matter; an empty last one is removed', async () => {
  const { machine, bodies } = await killedAfter(5, 10_000);
  const ahead = `${ROOT}/commitlog/00000000000000131072`;
  const file = machine.disk.open(ahead, 'create');
  file.truncate(64 * 1024);
  file.close();
  machine.disk.open(`${ROOT}/commitlog/00000000000000196608`, 'create').close();
  const store = await machine.start();
  assert.deepEqual(await readBodies(store), bodies);
  assert.deepEqual(await fill(store, 20, 10_000), (await readBodies(store)).slice(5));
});

test('foreign files in the folders are left alone and mentioned', async () => {
  const { machine, bodies } = await killedAfter(3);
  for (const name of ['commitlog/.DS_Store', 'commitlog/00000000000000000007', 'consumequeue/notes.txt']) {
    machine.disk.makeDirectory(`${ROOT}/consumequeue`);
    const file = machine.disk.open(`${ROOT}/${name}`, 'create');
    file.writeSync(Buffer.from('mine'), 0, 4, 0);
    file.close();
  }
  assert.deepEqual(await readBodies(await machine.start()), bodies);
  assert.equal(machine.read('commitlog/.DS_Store').toString(), 'mine');
  assert.equal(machine.logLines.filter(({ sentence }) => sentence === 'a foreign file is ignored').length, 3);
});

test('a log file of another length than configured is refused by name, a short one after a crash is given its length', async () => {
  const { machine, bodies } = await killedAfter(3);
  await assert.rejects(machine.start({ mappedFileSizeCommitLog: 32 * 1024 }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'STORE_FILE_SIZE');
    assert.match(error.message, /00000000000000000000 has 65536 bytes but files of 32768/);
    return true;
  });
  machine.killProcess();
  const file = machine.disk.open(`${ROOT}/commitlog/00000000000000065536`, 'create');
  file.truncate(1000);
  file.close();
  assert.deepEqual(await readBodies(await machine.start()), bodies);
});

test('what was read after a kill is still there after a loss of power', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const machine = new StoreMachine(seed, { disk: { writeBackChance: 0 } });
    const bodies = await fill(await machine.start({ flushDiskType: 'SYNC_FLUSH' }), 3);
    machine.killProcess();
    let store = await machine.start();
    bodies.push(...(await fill(store, 3)));
    machine.killProcess();
    store = await machine.start({ flushDiskType: 'SYNC_FLUSH' });
    assert.deepEqual(await readBodies(store), bodies);
    machine.losePower();
    assert.deepEqual(await readBodies(await machine.start()), bodies, `seed ${seed}`);
  }
});

test('a topic that was deleted and made again has its new messages after a crash', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  await fill(store, 5, 40, 'T');
  store.removeTopic('T');
  assert.equal((await readAll(store)).length, 0);
  await putAndWait(store, { body: 'new 0' });
  await putAndWait(store, { body: 'new 1' });
  machine.killProcess();
  assert.deepEqual(await readBodies(await machine.start()), ['new 0', 'new 1']);
});

for (const old of [2, 5]) {
  test(`a topic that was made again keeps its first message when the second is lost and its old life had ${old}`, async () => {
    const machine = new StoreMachine();
    let store = await machine.start();
    await fill(store, old, 40, 'T');
    store.removeTopic('T');
    for (const body of ['new 0', 'new 1', 'new 2', 'new 3']) await putAndWait(store, { body });
    const [, lost, next] = (await readAll(store)).map((message) => message.physicalOffset);
    await machine.clock.advance(15_000);
    machine.killProcess();
    machine.write(FIRST_FILE, lost!, Buffer.alloc(next! - lost!));
    for (const round of [1, 2]) {
      store = await machine.start();
      assert.deepEqual(await readBodies(store), ['new 0', 'new 2', 'new 3'], `start ${round}`);
      machine.killProcess();
    }
  });
}

test('a whole record whose queue offset is taken stays in the log, also as its last one, and what follows is put behind it', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  const bodies = await fill(store, 5, 40, 'T');
  store.removeTopic('T');
  const made = [];
  for (const body of ['new 0', 'new 1', 'new 2']) made.push(await putAndWait(store, { body }));
  const [first, , last] = made.map(({ physicalOffset }) => physicalOffset);
  const end = store.facts.appendOffset;
  await machine.clock.advance(15_000);
  machine.killProcess();
  machine.write(FIRST_FILE, first!, Buffer.alloc(last! - first!));
  machine.disk.remove(`${ROOT}/consumequeue`);
  for (const round of [1, 2]) {
    store = await machine.start();
    assert.equal(store.facts.appendOffset, end, `start ${round}`);
    assert.deepEqual(await readBodies(store), bodies);
    await machine.clock.run(store.stop());
    machine.disk.remove(`${ROOT}/consumequeue-ends`);
  }
});

test('half a record at the beginning of the last file does not make recovery begin there', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  const bodies = await fill(store, 1, 6000);
  await machine.clock.run(store.stop());
  await machine.clock.advance(10_000);
  store = await machine.start();
  bodies.push(...(await fill(store, 30, 6000)));
  const last = store.facts.appendOffset - (store.facts.appendOffset % (64 * 1024));
  const kept = (await readAll(store)).filter((message) => message.physicalOffset < last).length;
  machine.killProcess();
  // Cut inside of its store time, which then looks older than the checkpoint of the first life.
  machine.write(`commitlog/${String(last).padStart(20, '0')}`, 59, Buffer.alloc(64 * 1024 - 59));
  assert.ok(kept > 1 && kept < bodies.length);
  assert.deepEqual(await readBodies(await machine.start()), bodies.slice(0, kept));
});
