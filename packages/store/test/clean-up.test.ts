import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { parseDeleteWhen } from '../src/index.ts';
import {
  expiryOptions,
  FILE_BYTES,
  fillDiskTo,
  filledStore,
  fillFiles,
  HOUR_MS,
  logFiles,
  MESSAGES_A_FILE,
  MIDNIGHT,
  machineAtNoon,
} from './expiry-store.ts';
import { putAndWait, readAll } from './store-calls.ts';

process.env.TZ = 'UTC';
afterEach(() => {
  process.env.TZ = 'UTC';
});

/** Source: DefaultMessageStore$CleanCommitLogService#deleteExpiredFiles. */
test('expired files go in the hour of deleteWhen and in no other', async () => {
  const machine = machineAtNoon();
  const store = await filledStore(machine, 3, expiryOptions());
  await machine.clock.advance(60_000);
  machine.clock.jumpWallClock(MIDNIGHT + 5 * 24 * HOUR_MS + 3 * HOUR_MS + 59 * 60_000 - machine.clock.now());
  await machine.clock.advance(50_000);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2, 3], 'a minute before four');
  await machine.clock.advance(25_000);
  assert.deepEqual(logFiles(machine, store), [3], 'after four');
});

test('the hour of deleteWhen is that of the time zone of the process', async () => {
  process.env.TZ = 'Asia/Shanghai';
  const machine = machineAtNoon();
  const store = await filledStore(machine, 3, expiryOptions({ deleteWhen: '04' }));
  machine.clock.jumpWallClock(MIDNIGHT + 5 * 24 * HOUR_MS + 4 * HOUR_MS - machine.clock.now());
  await machine.clock.advance(70_000);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2, 3], 'noon in Shanghai');
  machine.clock.jumpWallClock(16 * HOUR_MS);
  await machine.clock.advance(10_000);
  assert.deepEqual(logFiles(machine, store), [3], 'four in the morning there');
});

/** Source: UtilAll#isItTimeToDo. */
test('deleteWhen names several hours', () => {
  assert.deepEqual(parseDeleteWhen('04'), [4]);
  assert.deepEqual(parseDeleteWhen('4; 16;'), [4, 16]);
  assert.deepEqual(parseDeleteWhen('00;23'), [0, 23]);
  for (const text of ['', '24', '-1', '4,16', 'four', ';4', '004'])
    assert.equal(parseDeleteWhen(text), undefined, text);
});

test('a file is expired when it was not written for fileReservedTime, to the millisecond', async () => {
  const machine = machineAtNoon();
  const store = await filledStore(machine, 2, expiryOptions({ deleteWhen: '15', fileReservedTime: 3 }));
  const path = `${store.facts.logDirectory}/00000000000000000000`;
  const writtenMs = machine.disk.stat(path)?.modifiedMs ?? 0;
  // The first round is a minute after the start; by the wall clock the hour begins in it after one millisecond.
  const roundIn = 60_000 - machine.clock.monotonicMs();
  await machine.clock.advance(roundIn - 1);
  machine.clock.jumpWallClock(writtenMs + 3 * HOUR_MS - 2 - machine.clock.now());
  await machine.clock.advance(1);
  assert.equal(machine.clock.now(), writtenMs + 3 * HOUR_MS - 1);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2]);
  await machine.clock.advance(9999);
  machine.clock.jumpWallClock(writtenMs + 3 * HOUR_MS - 1 - machine.clock.now());
  await machine.clock.advance(1);
  assert.equal(machine.clock.now(), writtenMs + 3 * HOUR_MS);
  assert.deepEqual(logFiles(machine, store), [1, 2]);
});

test('the first round is a minute after the start, then there is one every cleanResourceInterval', async () => {
  const machine = machineAtNoon();
  const options = expiryOptions({
    deleteWhen: '12',
    fileReservedTime: 0,
    deleteFileBatchMax: 1,
    cleanResourceInterval: 5000,
  });
  const store = await filledStore(machine, 4, options);
  await machine.clock.advance(60_000 - machine.clock.monotonicMs() - 1);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2, 3, 4]);
  await machine.clock.advance(1);
  assert.deepEqual(logFiles(machine, store), [1, 2, 3, 4]);
  await machine.clock.advance(4999);
  assert.deepEqual(logFiles(machine, store), [1, 2, 3, 4]);
  await machine.clock.advance(1);
  assert.deepEqual(logFiles(machine, store), [2, 3, 4]);
});

test('a round takes deleteFileBatchMax files at the most, with a pause between them', async () => {
  const machine = machineAtNoon();
  const options = expiryOptions({ deleteWhen: '12', fileReservedTime: 0, deleteFileBatchMax: 3 });
  const store = await filledStore(machine, 5, options);
  await machine.clock.advance(60_000 - machine.clock.monotonicMs());
  assert.deepEqual(logFiles(machine, store), [1, 2, 3, 4, 5]);
  await machine.clock.advance(99);
  assert.deepEqual(logFiles(machine, store), [1, 2, 3, 4, 5]);
  await machine.clock.advance(1);
  assert.deepEqual(logFiles(machine, store), [2, 3, 4, 5]);
  await machine.clock.advance(5000);
  assert.deepEqual(logFiles(machine, store), [3, 4, 5]);
  options.deleteFileBatchMax = 10;
  await machine.clock.advance(5000);
  assert.deepEqual(logFiles(machine, store), [5]);
});

test('the file that is appended to stays, whatever its age, and so does one whose last records are not flushed', async () => {
  const machine = machineAtNoon();
  const options = expiryOptions({ deleteWhen: '12', fileReservedTime: 0 });
  const store = await machine.start({
    expiry: options,
    flushCommitLogLeastPages: 1000,
    flushCommitLogThoroughInterval: 90_000,
  });
  for (let i = 0; i < 2 * MESSAGES_A_FILE + 1; i++) await putAndWait(store, { body: Buffer.alloc(8192) });
  await machine.clock.advance(70_000);
  assert.equal(store.facts.flushedOffset, 0);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2]);
  await machine.clock.advance(40_000);
  assert.deepEqual(logFiles(machine, store), [2]);
  await machine.clock.advance(60_000);
  assert.deepEqual(logFiles(machine, store), [2]);
  assert.equal((await putAndWait(store)).answer, 'PUT_OK');
});

test('a request by hand lasts for the next twenty rounds', async () => {
  const machine = machineAtNoon();
  const options = expiryOptions({ fileReservedTime: 0, deleteFileBatchMax: 1 });
  const store = await filledStore(machine, 22, options);
  await machine.clock.advance(60_000);
  assert.equal(store.facts.minOffset, 0);
  store.cleanSoon();
  await machine.clock.advance(19 * 10_000);
  assert.equal(store.facts.minOffset, 19 * FILE_BYTES);
  await machine.clock.advance(60_000);
  assert.equal(store.facts.minOffset, 20 * FILE_BYTES);
});

test('a disk above diskMaxUsedSpaceRatio costs expired files at any hour, and no others', async () => {
  const machine = machineAtNoon(1, 100);
  const options = expiryOptions({ fileReservedTime: 1 });
  const store = await filledStore(machine, 3, options);
  fillDiskTo(machine, 0.74);
  machine.clock.jumpWallClock(2 * HOUR_MS);
  await machine.clock.advance(70_000);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2, 3], 'not above');
  fillDiskTo(machine, 0.76);
  options.fileReservedTime = 3;
  await machine.clock.advance(10_000);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2, 3], 'not expired');
  options.fileReservedTime = 1;
  await machine.clock.advance(10_000);
  assert.deepEqual(logFiles(machine, store), [3]);
});

test('a disk above diskSpaceCleanForciblyRatio costs the oldest files, no more than make room', async () => {
  const machine = machineAtNoon(1, 100);
  const options = expiryOptions();
  const store = await filledStore(machine, 6, options);
  fillDiskTo(machine, 0.87);
  options.cleanFileForciblyEnable = false;
  await machine.clock.advance(70_000);
  assert.deepEqual(logFiles(machine, store), [0, 1, 2, 3, 4, 5, 6], 'not allowed');
  assert.equal(machine.logLines.filter((line) => line.sentence.includes('above a limit')).length, 1);
  options.cleanFileForciblyEnable = true;
  await machine.clock.advance(10_000);
  assert.ok(store.facts.diskRatios.commitLog <= 0.85);
  const left = logFiles(machine, store);
  assert.ok(left.length >= 4 && left[0]! > 0 && left.at(-1) === 6, `${left}`);
});

test('a file that can not be removed stays in the log and is tried again', async () => {
  const machine = machineAtNoon();
  const store = await filledStore(machine, 3, expiryOptions({ deleteWhen: '12', fileReservedTime: 0 }));
  machine.disk.faults.add({ operation: 'remove', path: 'commitlog', code: 'EIO', skip: 1, times: 2 });
  await machine.clock.advance(60_000);
  assert.deepEqual(logFiles(machine, store), [1, 2, 3]);
  assert.equal(store.facts.minOffset, FILE_BYTES);
  assert.equal((await readAll(store)).length, 2 * MESSAGES_A_FILE + 1);
  await machine.clock.advance(20_000);
  assert.deepEqual(logFiles(machine, store), [3]);
});

test('a store that stops in the middle of a round stops at once and leaves no timer', async () => {
  const machine = machineAtNoon();
  const options = expiryOptions({ deleteWhen: '12', fileReservedTime: 0, deleteCommitLogFilesInterval: 60_000 });
  const store = await filledStore(machine, 3, options);
  await machine.clock.advance(60_000 - machine.clock.monotonicMs());
  assert.deepEqual(logFiles(machine, store), [1, 2, 3]);
  const beganMs = machine.clock.monotonicMs();
  await machine.clock.run(store.stop());
  assert.ok(machine.clock.monotonicMs() - beganMs < 1000);
  assert.equal(machine.clock.pendingTimers, 0);
  const again = await machine.start();
  assert.equal(again.parts.log.minOffset, FILE_BYTES);
  assert.equal((await readAll(again)).length, 2 * MESSAGES_A_FILE + 1);
});

test('a store whose files all expired but the newest continues where it was, also after a restart', async () => {
  const machine = machineAtNoon();
  const options = expiryOptions({ deleteWhen: '12;13', fileReservedTime: 0 });
  let store = await filledStore(machine, 3, options);
  const { appendOffset } = store.facts;
  await machine.clock.advance(60_000);
  await machine.clock.run(store.stop());
  store = await machine.start({ expiry: options });
  assert.equal(store.facts.appendOffset, appendOffset);
  assert.equal(store.recovery?.damaged, 0);
  assert.equal((await putAndWait(store)).queueOffset, 3 * MESSAGES_A_FILE + 1);
  await fillFiles(machine, store, 1);
  assert.equal((await readAll(store)).length, MESSAGES_A_FILE + 3);
});
