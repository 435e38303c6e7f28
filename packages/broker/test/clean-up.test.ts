import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  CLEAN_EXPIRED_CONSUMEQUEUE,
  CLEAN_UNUSED_TOPIC,
  DELETE_EXPIRED_COMMITLOG,
  decodeKVTable,
  GET_BROKER_RUNTIME_INFO,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

process.env.TZ = 'UTC';
const FILE_BYTES = 64 * 1024;
const BODY = 'b'.repeat(8192);

let stage: Stage;
let caller: Caller;

beforeEach(async () => {
  stage = new Stage(1, 200 * FILE_BYTES);
});
afterEach(() => stage.dispose());

async function start(settings: Record<string, string> = {}): Promise<void> {
  await stage.broker({ mappedFileSizeCommitLog: String(FILE_BYTES), maxMessageSize: '32768', ...settings });
  caller = await stage.caller();
}

function fillDiskTo(ratio: number): void {
  const { disk } = stage.machine();
  disk.remove('/foreign');
  const { usedBytes, totalBytes } = disk.space(ROOT);
  const file = disk.open('/foreign', 'create');
  const bytes = Buffer.alloc(Math.max(0, Math.floor((totalBytes * ratio - usedBytes) / 4096) * 4096), 1);
  file.writeSync(bytes, 0, bytes.length, 0);
  file.close();
}

async function send(count: number, topic = 'T'): Promise<void> {
  for (let i = 0; i < count; i++) assert.equal((await caller.send(topic, BODY)).code, 0);
}

function logFiles(): string[] {
  return stage
    .machine()
    .disk.list(`${ROOT}/commitlog`)
    .map((entry) => entry.name);
}

async function runtimeInfo(): Promise<Map<string, string>> {
  return decodeKVTable((await caller.request(GET_BROKER_RUNTIME_INFO, {})).body);
}

/** Source: SendMessageProcessor#handlePutMessageResult, #diskUtil of 5.4.0. */
test('sends to a full disk are refused in the words of Apache, and taken again when it is emptied', async () => {
  await start();
  await send(2);
  await stage.clock.advance(2000);
  fillDiskTo(0.95);
  await caller.send('T', 'sees that it is full');
  await stage.clock.advance(1000);
  const refused = await caller.send('T', BODY);
  assert.equal(refused.code, ResponseCode.SERVICE_NOT_AVAILABLE);
  // The folder of the index is made with the first key.
  assert.equal(
    refused.remark?.replace('INDEX:  0.95', 'INDEX: -1.00'),
    "service not available now. It may be caused by one of the following reasons: the broker's disk is full [CL:  0.95 CQ:  0.95 INDEX: -1.00], messages are put to the slave, message store has been shut down, etc.",
  );
  const info = await runtimeInfo();
  assert.equal(info.get('commitLogDiskRatio'), '0.95');
  assert.equal(info.get(`commitLogDiskRatio_${ROOT}/commitlog`), '0.95');
  assert.equal(info.get('consumeQueueDiskRatio'), '0.95');
  fillDiskTo(0.5);
  await stage.clock.advance(1000);
  assert.equal((await caller.send('T', BODY)).code, 0);
  assert.match((await runtimeInfo()).get('commitLogDiskRatio') ?? '', /^0\.51?$/);
  assert.deepEqual(
    stage.log.with('puts').map((line) => line.sentence),
    ['the store takes no puts for now', 'the store takes puts again'],
  );
});

test('expired files are removed on request, without waiting for the hour', async () => {
  await start({ fileReservedTime: '0' });
  await send(15);
  await stage.clock.advance(61_000);
  assert.equal(logFiles()[0], '00000000000000000000');
  assert.equal((await caller.request(DELETE_EXPIRED_COMMITLOG, {})).code, 0);
  await stage.clock.advance(10_000);
  assert.equal(logFiles()[0], String(2 * FILE_BYTES).padStart(20, '0'));
  assert.equal((await runtimeInfo()).get('commitLogMinOffset'), String(2 * FILE_BYTES));
});

test('the hour and the age of files to be removed may be changed while the broker runs', async () => {
  await start();
  await send(15);
  await stage.clock.advance(61_000);
  const hour = new Date(stage.clock.now()).getUTCHours();
  const nonsense = await caller.configure('deleteWhen=25\n');
  assert.notEqual(nonsense.code, 0);
  assert.match(nonsense.remark ?? '', /deleteWhen=25 is not allowed: deleteWhen takes hours from 0 to 23/);
  assert.equal((await caller.configure(`deleteWhen=${hour};${(hour + 1) % 24}\nfileReservedTime=0\n`)).code, 0);
  await stage.clock.advance(10_000);
  assert.equal(logFiles()[0], String(2 * FILE_BYTES).padStart(20, '0'));
});

function takeOutOfTable(topic: string): void {
  const { disk } = stage.machine();
  const topics = disk.readFile(`${ROOT}/config/topics.json`)?.toString() ?? '';
  const without = Buffer.from(topics.replaceAll(`"${topic}"`, '"Other"'));
  assert.notEqual(without.toString(), topics);
  disk.remove(`${ROOT}/config/topics.json`);
  const file = disk.open(`${ROOT}/config/topics.json`, 'create');
  file.writeSync(without, 0, without.length, 0);
  file.close();
}

/** Source: DefaultMessageStore#cleanUnusedTopic. */
test('queues of topics that the table does not know are removed on request', async () => {
  await start();
  await send(2, 'Used');
  await send(2, 'Deleted');
  await stage.clock.advance(2000);
  const { disk } = stage.machine();
  assert.equal((await caller.request(CLEAN_UNUSED_TOPIC, {})).code, 0);
  assert.equal(disk.stat(`${ROOT}/consumequeue/Deleted`)?.isDirectory, true, 'both are known');
  // The topic is taken out of the table: only the store has it then.
  await stage.dispose();
  takeOutOfTable('Deleted');
  await start();
  await send(1, 'Used');
  assert.equal((await caller.request(CLEAN_EXPIRED_CONSUMEQUEUE, {})).code, 0);
  assert.equal(disk.stat(`${ROOT}/consumequeue/Deleted`)?.isDirectory, true, 'its records are there');
  assert.equal((await caller.request(CLEAN_UNUSED_TOPIC, {})).code, 0);
  assert.equal(disk.stat(`${ROOT}/consumequeue/Deleted`), undefined);
  assert.equal(disk.stat(`${ROOT}/consumequeue/Used`)?.isDirectory, true);
  assert.equal((await caller.send('Used', 'x')).code, 0);
});

test('queues without records of deleted topics are removed on request; those in use keep their offsets', async () => {
  await start({ fileReservedTime: '0' });
  await send(3, 'Used');
  await send(3, 'Deleted');
  await send(15);
  const { disk } = stage.machine();
  await stage.dispose();
  takeOutOfTable('Deleted');
  await start({ fileReservedTime: '0' });
  await caller.request(DELETE_EXPIRED_COMMITLOG, {});
  await stage.clock.advance(61_000);
  assert.equal(disk.stat(`${ROOT}/consumequeue/Deleted`)?.isDirectory, true);
  assert.equal((await caller.request(CLEAN_EXPIRED_CONSUMEQUEUE, {})).code, 0);
  assert.equal(disk.stat(`${ROOT}/consumequeue/Deleted`), undefined);
  const again = await caller.send('Used', 'x', { queueId: 0 });
  assert.equal(again.header.queueOffset > 0, true);
});

test('while the disk is full consumers read and commit on; what the broker would store waits or is refused', async () => {
  await start();
  await send(2);
  await caller.send('T', 'later', { queueId: 1, properties: properties({ DELAY: '2' }) });
  await stage.clock.advance(1100);
  fillDiskTo(0.95);
  await caller.send('T', 'sees that it is full');
  await stage.clock.advance(1000);
  const batch = await caller.send('T', 'x', { batch: true });
  assert.notEqual(batch.code, 0);
  const found = await caller.messages('T');
  assert.equal(found.length, 3);
  await caller.commit('G', 'T', 2);
  const committed = await caller.request(QUERY_CONSUMER_OFFSET, { consumerGroup: 'G', topic: 'T', queueId: 0 });
  assert.equal(committed.header.offset, 2);
  const back = await caller.sendBack(found[0]!);
  assert.equal(back.code, ResponseCode.SYSTEM_ERROR);
  assert.match(
    back.remark ?? '',
    /^SERVICE_NOT_AVAILABLE: CONSUMER_SEND_MSG_BACK was not stored, since the disk of the commit log is full to/,
  );
  await stage.clock.advance(10_000);
  assert.equal((await caller.pull('T', { queueId: 1 })).code, ResponseCode.PULL_NOT_FOUND, 'nothing is delivered');
  fillDiskTo(0.5);
  await stage.clock.advance(2000);
  assert.equal((await caller.messages('T', { queueId: 1 }))[0]?.body.toString(), 'later');
});

test('delayed messages whose files were removed before they were due are passed over, and later ones are delivered', async () => {
  await start({ fileReservedTime: '0' });
  for (let i = 0; i < 120; i++) await caller.send('T', 'lost', { properties: properties({ DELAY: '14' }) });
  await send(15, 'Filler');
  await caller.request(DELETE_EXPIRED_COMMITLOG, {});
  await stage.clock.advance(80_000);
  assert.equal(stage.log.with('expired before they were delivered').length, 1);
  await caller.send('T', 'kept', { properties: properties({ DELAY: '14' }) });
  await stage.clock.advance(10 * 60_000 + 2000);
  assert.deepEqual(await caller.bodies('T'), ['kept']);
});
