import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanForciblyRatio, DiskUsage, maxUsedRatio, usedRatio, warningRatio } from '../src/expiry/disk-usage.ts';
import { type DiskFractions, type ExpiryConfig, storeDefaults } from '../src/index.ts';
import { type NotWriteableReason, RunningState } from '../src/put/running-state.ts';
import { expiryOptions, FILE_BYTES, fillDiskTo, filledStore, machineAtNoon } from './expiry-store.ts';
import { put, putAndWait, putBatch, readAll } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

/** Source: UtilAll#getDiskPartitionSpaceUsedPercent. */
test('the used share counts what the process may use, rounded up to a whole percent', () => {
  assert.equal(usedRatio(0, 100), 0);
  assert.equal(usedRatio(100, 0), 1);
  assert.equal(usedRatio(1, 1_000_000), 0.01);
  assert.equal(usedRatio(900_001, 99_999), 0.91);
  for (let percent = 0; percent <= 100; percent++) {
    assert.equal(usedRatio(percent * 1e10, (100 - percent) * 1e10), percent / 100);
    if (percent < 100) assert.equal(usedRatio(percent * 1e10 + 1, (100 - percent) * 1e10 - 1), (percent + 1) / 100);
  }
  assert.equal(usedRatio(0, 0), -1);
});

/** Source: CleanCommitLogService#getDiskSpaceWarningLevelRatio, MessageStoreConfig#getDiskMaxUsedSpaceRatio. */
test('limits are kept within Apache’s clamps, and the command line overrides the configuration', () => {
  const warning = (percent: number, fractions: DiskFractions = {}): number =>
    warningRatio(expiryOptions({ diskSpaceWarningLevelRatio: percent }), fractions);
  const forcibly = (percent: number, fractions: DiskFractions = {}): number =>
    cleanForciblyRatio(expiryOptions({ diskSpaceCleanForciblyRatio: percent }), fractions);
  assert.deepEqual([warning(90), warning(91), warning(80), warning(34)], [0.9, 0.9, 0.8, 0.35]);
  assert.deepEqual([forcibly(85), forcibly(86), forcibly(50), forcibly(29)], [0.85, 0.85, 0.5, 0.3]);
  assert.deepEqual([warning(90, { warningLevel: 0.95 }), warning(90, { warningLevel: 0.4 })], [0.9, 0.4]);
  assert.deepEqual([forcibly(50, { cleanForcibly: 0.8 }), forcibly(50, { cleanForcibly: 0.1 })], [0.8, 0.3]);
  const most = (percent: number): number => maxUsedRatio(expiryOptions({ diskMaxUsedSpaceRatio: percent }));
  assert.deepEqual([most(75), most(9), most(96)], [0.75, 0.1, 0.95]);
});

/** A disk of 1000 pages on which commit log and consume queues lie apart, each as full as the test sets it. */
function twoDisks(options: ExpiryConfig = storeDefaults): {
  usage: DiskUsage;
  isRaised: (reason: NotWriteableReason) => boolean;
  fill: (log: number, queues: number) => void;
} {
  const machine = machineAtNoon();
  const used = { '/log': 0, '/queues': 0 };
  const disk = {
    ...machine.disk,
    stat: (path: string) => (path in used ? { sizeBytes: 0, modifiedMs: 0, isDirectory: true } : undefined),
    space: (path: string) => {
      const usedBytes = used[path as keyof typeof used] * 1000;
      return { totalBytes: 1000, usedBytes, freeBytes: 1000 - usedBytes };
    },
  } as unknown as typeof machine.disk;
  const logger = { debug() {}, info() {}, warn() {}, error() {}, named: () => logger };
  const running = new RunningState(logger);
  running.transitionTo('RUNNING');
  const paths = { commitLog: '/log', consumeQueue: '/queues', index: '/index' };
  const usage = new DiskUsage({
    ...{ disk, clock: machine.clock, logger, running, paths },
    ...{ config: options, fractions: {}, writtenOffset: () => 0 },
  });
  return {
    usage,
    isRaised: (reason) => running.isRaised(reason),
    fill: (log, queues) => Object.assign(used, { '/log': log, '/queues': queues }),
  };
}

/** Source: CleanCommitLogService#isSpaceToDelete. */
test('each limit is passed when the ratio is above it, on either disk', () => {
  for (const swap of [false, true]) {
    const { usage, isRaised, fill } = twoDisks();
    const at = (ratio: number): [boolean, boolean, boolean] => {
      if (swap) fill(0.1, ratio);
      else fill(ratio, 0.1);
      const { clean, forcibly } = usage.look();
      return [clean, forcibly, isRaised('DISK_RATIO')];
    };
    assert.deepEqual(at(0.75), [false, false, false]);
    assert.deepEqual(at(0.76), [true, false, false]);
    assert.deepEqual(at(0.85), [true, false, false]);
    assert.deepEqual(at(0.86), [true, true, false]);
    assert.deepEqual(at(0.9), [true, true, false]);
    assert.deepEqual(at(0.91), [true, true, true]);
    // Full stays full until nothing has to be removed by force any more.
    assert.deepEqual(at(0.86), [true, true, true]);
    assert.deepEqual(at(0.85), [true, false, false]);
  }
});

test('a warning limit below the clean-forcibly limit cleans by force as well', () => {
  const { usage, isRaised, fill } = twoDisks(expiryOptions({ diskSpaceWarningLevelRatio: 50 }));
  fill(0.51, 0.1);
  assert.deepEqual(usage.look(), { clean: true, unknown: false, forcibly: true });
  assert.equal(isRaised('DISK_RATIO'), true);
  fill(0.5, 0.5);
  assert.deepEqual(usage.look(), { clean: false, unknown: false, forcibly: false });
  assert.equal(isRaised('DISK_RATIO'), false);
});

test('ratios are given for folders that are there, and −1 for others', async () => {
  const machine = machineAtNoon(1, 100);
  const store = await machine.start();
  assert.deepEqual([store.facts.diskRatios.consumeQueue, store.facts.diskRatios.index], [0.01, -1]);
  await putAndWait(store);
  await machine.clock.advance(2000);
  assert.deepEqual([store.facts.diskRatios.commitLog, store.facts.diskRatios.consumeQueue], [0.01, 0.01]);
});

test('a disk that other programs fill takes no puts within a second, and takes them again once it is emptied', async () => {
  const machine = machineAtNoon(1, 100);
  const store = await filledStore(machine, 2, expiryOptions());
  machine.logLines.length = 0;
  fillDiskTo(machine, 0.95);
  put(store);
  await machine.clock.advance(1000);
  for (let i = 0; i < 3; i++) assert.equal(put(store).status, 'SERVICE_NOT_AVAILABLE');
  assert.equal(putBatch(store, [{}, {}]).status, 'SERVICE_NOT_AVAILABLE');
  assert.equal(store.facts.state, 'RUNNING');
  assert.equal((await readAll(store)).length, 16, 'reads are served');
  await machine.clock.advance(30_000);
  assert.equal(put(store).status, 'SERVICE_NOT_AVAILABLE');
  fillDiskTo(machine, 0.8);
  await machine.clock.advance(1000);
  assert.equal((await putAndWait(store)).answer, 'PUT_OK');
  const logged = machine.logLines.filter((line) => /puts/.test(line.sentence));
  assert.deepEqual(
    logged.map(({ level, sentence, fields }) => [level, sentence, fields.because]),
    [
      [
        'warn',
        'the store takes no puts for now',
        'the disk of the commit log is full to 95 %, above diskSpaceWarningLevelRatio (90 %)',
      ],
      ['info', 'the store takes puts again', undefined],
    ],
  );
});

test('a store that is opened on a full disk takes nothing from the beginning', async () => {
  const machine = machineAtNoon(1, 100);
  machine.disk.makeDirectory(ROOT);
  fillDiskTo(machine, 0.92);
  const store = await machine.start();
  assert.equal(put(store).status, 'SERVICE_NOT_AVAILABLE');
});

test('a writer of any speed is stopped above the warning ratio, before the disk is full', async () => {
  // 64 MiB, of which each turn takes 1 MiB: the disk would be full 7 turns after the limit.
  const machine = machineAtNoon(1, 1024);
  const store = await machine.start({ mappedFileSizeCommitLog: 4 << 20, maxMessageSize: 2 << 20 });
  const body = Buffer.alloc(1 << 20);
  const answers: (string | undefined)[] = [];
  for (let i = 0; i < 70; i++) {
    const outcome = put(store, { body });
    // No time passes: only what was written leads to a look.
    answers.push(outcome.status === 'PUT_OK' ? await outcome.answered : outcome.status);
  }
  assert.equal(machine.clock.monotonicMs(), 0);
  const { usedBytes, totalBytes } = machine.disk.space(ROOT);
  assert.ok(usedBytes / totalBytes > 0.9 && usedBytes / totalBytes < 0.95, `${usedBytes / totalBytes}`);
  assert.deepEqual(new Set(answers), new Set(['PUT_OK', 'SERVICE_NOT_AVAILABLE']));
  assert.equal(answers.at(-1), 'SERVICE_NOT_AVAILABLE');
});

test('a store makes room for itself: after forced cleaning the producers can send again', async () => {
  const machine = machineAtNoon(1, 40);
  const store = await machine.start({ expiry: expiryOptions() });
  let refused = 0;
  for (let i = 0; i < 700; i++) {
    const outcome = put(store, { body: Buffer.alloc(8192) });
    if (outcome.status === 'PUT_OK') assert.equal(await outcome.answered, 'PUT_OK');
    else refused += 1;
    await machine.clock.advance(400);
  }
  assert.ok(store.facts.appendOffset > 1.5 * 40 * FILE_BYTES, 'more was written than the disk holds');
  assert.ok(store.facts.minOffset > 0);
  assert.ok(refused < 350, `${refused}`);
  assert.equal(store.facts.state, 'RUNNING');
  await machine.clock.run(store.followNow());
  const found = await readAll(store);
  assert.equal(found[0]?.queueOffset, store.findQueue('T', 0)?.minOffset);
  for (const [i, message] of found.entries()) assert.equal(message.queueOffset, found[0]!.queueOffset + i);
});

test('a store to which nothing was put has the folders of its disks, knows how full they are, and does not complain', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ index: { maxHashSlotNum: 16, maxIndexNum: 60 } });
  assert.deepEqual(
    ['commitlog', 'consumequeue', 'index'].map((name) => machine.disk.stat(`/store/${name}`)?.isDirectory),
    [true, true, true],
  );
  const { commitLog, consumeQueue, index } = store.facts.diskRatios;
  assert.ok(commitLog >= 0 && consumeQueue >= 0 && index >= 0, `${commitLog} ${consumeQueue} ${index}`);
  await machine.clock.advance(200_000);
  assert.deepEqual(
    machine.logLines.filter(({ level }) => level === 'warn' || level === 'error'),
    [],
  );
});

test('where the system does not report how full a disk is, the log names that and no limit', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  machine.disk.remove('/store/consumequeue');
  await machine.clock.advance(200_000);
  assert.equal(store.facts.diskRatios.consumeQueue, -1);
  const warnings = machine.logLines.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence);
  assert.deepEqual(warnings, ['how full the disk is is not known, and no commit log file may be removed']);
});
