import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dumpMessages, type FindingKind, inspectStore, type Verification, verifyStore } from '../src/index.ts';
import { put, putAndWait } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const LOG = 'commitlog/00000000000000000000';
const UNITS = 'consumequeue/T/0/00000000000000000000';

/** Twelve messages: four in each of two queues of T, four in one of U. Stopped cleanly by default. */
async function written(end: 'stop' | 'kill' = 'stop'): Promise<StoreMachine> {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 4; i++) {
    await putAndWait(store, { body: `a${i}`, tags: 'A' });
    await putAndWait(store, { queueId: 1, body: `b${i}` });
    await putAndWait(store, { topic: 'U', body: `c${i}` });
    await machine.clock.advance(1000);
  }
  if (end === 'stop') await machine.clock.run(store.stop());
  else machine.killProcess();
  return machine;
}

/** Many messages, over several files of the log and of each queue. */
async function manyFiles(): Promise<StoreMachine> {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 90; i++) {
    put(store, { queueId: i % 2, body: Buffer.alloc(3000, i) });
    if (i % 10 === 9) await machine.clock.advance(1000);
  }
  await machine.clock.run(store.stop());
  assert.equal(machine.names('commitlog').length, 5);
  assert.equal(machine.names('consumequeue/T/1').length, 3);
  return machine;
}

function verify(machine: StoreMachine): Verification {
  return verifyStore({ disk: machine.disk, root: ROOT });
}

function kinds(result: Verification): Partial<Record<FindingKind, number>> {
  return Object.fromEntries(result.findings.map(({ kind, count }) => [kind, count]));
}

/** Where the records of the store begin. */
function offsets(machine: StoreMachine): number[] {
  return [...dumpMessages({ disk: machine.disk, root: ROOT })].map(({ message }) => message.physicalOffset);
}

function copyOf(machine: StoreMachine): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const visit = (path: string): void => {
    for (const { name, isDirectory } of machine.disk.list(path)) {
      if (isDirectory) visit(`${path}/${name}`);
      else files.set(`${path}/${name}`, machine.disk.readFile(`${path}/${name}`)!);
    }
  };
  visit(ROOT);
  return files;
}

test('a store that was stopped cleanly is fine, and looking at it leaves every byte as it is', async () => {
  const machine = await manyFiles();
  const before = copyOf(machine);
  const result = verify(machine);
  inspectStore({ disk: machine.disk, root: ROOT });
  assert.equal(offsets(machine).length, 90);
  assert.deepEqual(copyOf(machine), before);
  assert.deepEqual(result.findings, []);
  const { records, queues, units, damaged, firstDamage } = result;
  assert.deepEqual([records, queues, units, damaged, firstDamage], [90, 2, 90, false, undefined]);
});

test('a store is looked at while a broker runs on it', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 5; i++) await putAndWait(store, { body: `a${i}` });
  const result = verify(machine);
  assert.equal(result.damaged, false);
  assert.equal(result.cleanStop, false);
  // Units go to their files later.
  assert.deepEqual(kinds(result), { UNIT_PENDING: 5 });
  assert.equal(inspectStore({ disk: machine.disk, root: ROOT }).abortProcessId, 4711);
  await machine.clock.run(store.stop());
  assert.deepEqual(kinds(verify(machine)), {});
});

test('a record that was written between two reads is no damage while a broker runs', async () => {
  const machine = await written('kill');
  const place = offsets(machine)[3]!;
  const open = machine.disk.open.bind(machine.disk);
  let early = true;
  machine.disk.open = (path, mode) => {
    const file = open(path, mode);
    const readSync = file.readSync.bind(file);
    file.readSync = (buffer, offset, length, position) => {
      const count = readSync(buffer, offset, length, position);
      if (early && path.endsWith(LOG) && position === 0 && length > place + 100) {
        early = false;
        buffer.fill(0, offset + place, offset + place + 100);
      }
      return count;
    };
    return file;
  };
  const result = verify(machine);
  assert.equal(early, false);
  assert.deepEqual([result.damaged, result.records], [false, 12]);
});

test('inspecting shows files, ranges, times and counts', async () => {
  const machine = await written();
  const all = offsets(machine);
  const { cleanStop, commitLog, consumeQueues } = inspectStore({ disk: machine.disk, root: ROOT, topic: 'T' });
  assert.equal(cleanStop, true);
  assert.deepEqual([commitLog.files, commitLog.fileSizeBytes, commitLog.minOffset], [1, 65536, 0]);
  const end = all.at(-1)! + 94;
  assert.deepEqual(
    [commitLog.maxOffset, commitLog.lastFileUsedBytes, commitLog.lastFile],
    [end, end, `${ROOT}/${LOG}`],
  );
  assert.equal(commitLog.lastStoreTimestamp! - commitLog.firstStoreTimestamp!, 3000);
  assert.deepEqual(consumeQueues.byTopic, [
    { topic: 'T', queues: 2, messages: 8 },
    { topic: 'U', queues: 1, messages: 4 },
  ]);
  assert.deepEqual(consumeQueues.ofTopic, [
    { queueId: 0, files: 1, minOffset: 0, maxOffset: 4 },
    { queueId: 1, files: 1, minOffset: 0, maxOffset: 4 },
  ]);
});

test('the end of the log is found with and without consume queues', async () => {
  const machine = await manyFiles();
  const { commitLog } = inspectStore({ disk: machine.disk, root: ROOT });
  machine.disk.remove(`${ROOT}/consumequeue`);
  const found = inspectStore({ disk: machine.disk, root: ROOT });
  assert.deepEqual(found.commitLog, commitLog);
  assert.equal(commitLog.maxOffset, verify(machine).logEnd);
});

test('each way in which a record is broken has its name, place and nothing else', async () => {
  const at = (offset: number, position: number, bytes: string) => (machine: StoreMachine) =>
    machine.write(LOG, offsets(machine)[3]! + offset + position, Buffer.from(bytes, 'hex'));
  const broken: readonly [FindingKind, (machine: StoreMachine) => void][] = [
    ['RECORD_MAGIC', at(0, 4, '00000001')],
    ['RECORD_LENGTH', at(0, 0, '00000004')],
    ['RECORD_LENGTH', at(0, 0, '7fffffff')],
    ['RECORD_LENGTH', at(0, 84, '00000005')],
    ['RECORD_POSITION', at(0, 28, '0000000000000001')],
    ['RECORD_CRC', at(0, 88, 'ff')],
    ['RECORD_CRC', at(0, 8, 'ff')],
    ['RECORD_ZEROS', at(0, 0, '00'.repeat(102))],
  ];
  for (const [kind, damage] of broken) {
    const machine = await written();
    const place = offsets(machine)[3]!;
    damage(machine);
    const result = verify(machine);
    assert.deepEqual(kinds(result), { [kind]: 1 });
    assert.deepEqual([result.firstDamage!.file, result.firstDamage!.position], [`${ROOT}/${LOG}`, place]);
    assert.deepEqual([result.records, offsets(machine).length], [11, 11]);
  }
});

test('a broken last record is damage after a clean stop, and what a start cuts off after an unclean one', async () => {
  for (const end of ['stop', 'kill'] as const) {
    const machine = await written(end);
    machine.write(LOG, offsets(machine).at(-1)! + 88, Buffer.from('zz'));
    const result = verify(machine);
    assert.equal(result.damaged, end === 'stop');
    const found = kinds(result);
    assert.equal(found.LOG_TAIL, 1);
    if (end === 'stop') assert.deepEqual(found, { LOG_TAIL: 1, UNIT_WITHOUT_RECORD: 1 });
  }
});

test('each way in which a unit is wrong has its name and place', async () => {
  const unit = (index: number, position: number, bytes: string) => (machine: StoreMachine) =>
    machine.write(UNITS, index * 20 + position, Buffer.from(bytes, 'hex'));
  const wrong: readonly [FindingKind, number, (machine: StoreMachine) => void][] = [
    ['UNIT_OFFSET', 40, unit(2, 0, '0000000000000005')],
    ['UNIT_SIZE', 40, unit(2, 8, '00000001')],
    ['UNIT_TAGS_CODE', 20, unit(1, 12, '0000000000000007')],
    ['UNIT_MISSING', 60, unit(3, 0, '00'.repeat(20))],
    ['UNIT_MISSING', 20, unit(1, 0, '0000000000000000 7fffffff 0000000000000000'.replaceAll(' ', ''))],
    ['UNIT_WITHOUT_RECORD', 80, unit(4, 0, '0000000000000000 00000070 0000000000000000'.replaceAll(' ', ''))],
  ];
  for (const [kind, position, damage] of wrong) {
    const machine = await written();
    damage(machine);
    const result = verify(machine);
    assert.deepEqual(kinds(result), { [kind]: 1 });
    const { file } = result.firstDamage!;
    if (file.endsWith(UNITS)) assert.equal(result.firstDamage!.position, position);
    else assert.deepEqual([kind, file], ['UNIT_MISSING', `${ROOT}/${LOG}`]);
  }
});

test('a queue offset that is no longer that of the unit, was given twice, or is passed over is found', async () => {
  const queueOffset = (value: number) => (machine: StoreMachine) =>
    machine.write(LOG, offsets(machine)[6]! + 20, Buffer.from([0, 0, 0, 0, 0, 0, 0, value]));
  for (const value of [0, 1, 3, 200]) {
    const machine = await written();
    queueOffset(value)(machine);
    assert.deepEqual(kinds(verify(machine)), { RECORD_QUEUE_OFFSET: 1 });
    // Without a unit that contradicts it the record is believed.
    machine.write(UNITS, 40, Buffer.alloc(20, 1));
    assert.equal(verify(machine).damaged, true);
  }
});

test('missing and short files are found', async () => {
  const remove = (path: string) => (machine: StoreMachine) => machine.disk.remove(`${ROOT}/${path}`);
  const shorten = (path: string, bytes: number) => (machine: StoreMachine) => {
    const file = machine.disk.open(`${ROOT}/${path}`, 'write');
    file.truncate(bytes);
    file.close();
  };
  const cases: readonly [FindingKind, string, (machine: StoreMachine) => void][] = [
    ['LOG_FILE_MISSING', 'commitlog/00000000000000196608', remove('commitlog/00000000000000131072')],
    ['LOG_FILE_SIZE', 'commitlog/00000000000000065536', shorten('commitlog/00000000000000065536', 60_000)],
    ['QUEUE_FILE_MISSING', 'consumequeue/T/0/00000000000000000800', remove('consumequeue/T/0/00000000000000000400')],
    ['QUEUE_FILE_SIZE', 'consumequeue/T/1/00000000000000000400', shorten('consumequeue/T/1/00000000000000000400', 200)],
    ['QUEUE_FILE_SIZE', 'consumequeue/T/0/00000000000000000000', shorten('consumequeue/T/0/00000000000000000000', 200)],
    ['LOG_FILE_SIZE', 'commitlog/00000000000000000000', shorten('commitlog/00000000000000000000', 60_000)],
  ];
  for (const [kind, file, damage] of cases) {
    const machine = await manyFiles();
    damage(machine);
    const result = verify(machine);
    assert.equal(kinds(result)[kind], 1, kind);
    assert.deepEqual([result.firstDamage!.kind, result.firstDamage!.file], [kind, `${ROOT}/${file}`]);
    assert.equal(inspectStore({ disk: machine.disk, root: ROOT }).findings[0]!.kind, kind);
  }
});

test('units whose records were in a missing file are not named one by one', async () => {
  const machine = await manyFiles();
  machine.disk.remove(`${ROOT}/commitlog/00000000000000131072`);
  const result = verify(machine);
  assert.deepEqual(kinds(result), { LOG_FILE_MISSING: 1 });
  assert.deepEqual(inspectStore({ disk: machine.disk, root: ROOT }).commitLog.missing, [{ from: 131072, to: 196608 }]);
});

test('what lies before the begin of an expired log is no damage', async () => {
  const machine = await manyFiles();
  machine.disk.remove(`${ROOT}/commitlog/00000000000000000000`);
  machine.disk.remove(`${ROOT}/commitlog/00000000000000065536`);
  assert.deepEqual(kinds(verify(machine)), {});
  const { commitLog, consumeQueues } = inspectStore({ disk: machine.disk, root: ROOT, topic: 'T' });
  assert.equal(commitLog.minOffset, 131072);
  assert.equal(consumeQueues.messages, offsets(machine).length);
});

test('a topic that was deleted, and one that was made again, are to know but no damage', async () => {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 3; i++) {
    await putAndWait(store, { body: `old ${i}` });
    await putAndWait(store, { topic: 'Deleted', body: `deleted ${i}` });
  }
  await machine.clock.advance(5000);
  store.parts.queues.removeTopic('T');
  store.parts.queues.removeTopic('Deleted');
  for (let i = 0; i < 2; i++) await putAndWait(store, { body: `new ${i}` });
  await machine.clock.run(store.stop());
  const result = verify(machine);
  assert.equal(result.damaged, false);
  assert.deepEqual(kinds(result), { EARLIER_LIFE: 1, TOPIC_DELETED: 3 });
});

test('a queue of a configured topic that is not there is damage', async () => {
  const machine = await written();
  const file = machine.disk.open(`${ROOT}/config`, 'create');
  file.close();
  machine.disk.remove(`${ROOT}/config`);
  machine.disk.makeDirectory(`${ROOT}/config`);
  writeFile(
    machine,
    'config/topics.json',
    '{"dataVersion":{"counter":3,"timestamp":5},"topicConfigTable":{"T":{},"U":{}}}',
  );
  machine.disk.remove(`${ROOT}/consumequeue/U`);
  assert.deepEqual(kinds(verify(machine)), { QUEUE_MISSING: 4 });
});

test('configuration is counted, and what does not parse is named', async () => {
  const machine = await written();
  machine.disk.makeDirectory(`${ROOT}/config`);
  const version = '"dataVersion":{"counter":3,"stateVersion":0,"timestamp":5}';
  writeFile(machine, 'config/topics.json', `{${version},"topicConfigTable":{"T":{},"U":{}}}`);
  writeFile(machine, 'config/consumerOffset.json', `{"offsetTable":{"T@g":{0:1,1:2}}}`);
  writeFile(machine, 'config/delayOffset.json', '{"offsetTable":{"1":4}}');
  writeFile(machine, 'config/subscriptionGroup.json', '{"subscriptionGroupTable":');
  writeFile(machine, 'config/note.txt', 'x');
  const found = inspectStore({ disk: machine.disk, root: ROOT });
  assert.deepEqual(
    found.config.map(({ name, counts, dataVersion }) => [name, counts, dataVersion?.counter]),
    [
      ['consumerOffset.json', { subscriptions: 1 }, undefined],
      ['delayOffset.json', { levels: 1 }, undefined],
      ['subscriptionGroup.json', {}, undefined],
      ['topics.json', { topics: 2 }, 3],
    ],
  );
  assert.deepEqual(found.writers, ['Apache', 'rocketmq-ts']);
  assert.deepEqual(
    verify(machine).findings.map(({ kind, samples }) => [kind, samples[0]!.file]),
    [
      ['CONFIG_UNREADABLE', `${ROOT}/config/subscriptionGroup.json`],
      ['FOREIGN_FILE', `${ROOT}/config/note.txt`],
    ],
  );
});

test('foreign files are named and do not matter', async () => {
  const machine = await written();
  writeFile(machine, 'commitlog/.DS_Store', 'x');
  writeFile(machine, 'consumequeue/T/0/copy', 'x');
  writeFile(machine, 'readme', 'x');
  const result = verify(machine);
  assert.equal(result.damaged, false);
  assert.deepEqual(kinds(result), { FOREIGN_FILE: 3 });
});

test('a folder that is no store is refused with the reason', async () => {
  const machine = await written();
  const look = (root: string) => (): unknown => inspectStore({ disk: machine.disk, root });
  assert.throws(look('/nowhere'), { code: 'STORE_NOT_FOUND', message: 'there is no folder /nowhere' });
  assert.throws(look(`${ROOT}/checkpoint`), { code: 'STORE_NOT_FOUND', message: /is a file/ });
  assert.throws(look(`${ROOT}/commitlog`), { code: 'STORE_NOT_FOUND', message: /give the folder above it/ });
});

function writeFile(machine: StoreMachine, path: string, text: string): void {
  const bytes = Buffer.from(text);
  const file = machine.disk.open(`${ROOT}/${path}`, 'create');
  file.writeSync(bytes, 0, bytes.length, 0);
  file.close();
}
