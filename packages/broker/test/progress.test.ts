import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  DELETE_TOPIC_IN_BROKER,
  GET_ALL_DELAY_OFFSET,
  GET_MAX_OFFSET,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { SimulatedDisk } from '@rocketmq-ts/testkit';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

let stage: Stage;
let disk: SimulatedDisk;
let clients = 0;
beforeEach(() => {
  stage = new Stage();
  disk = stage.machine().disk;
});
afterEach(() => stage.dispose());

const caller = (): Promise<Caller> => stage.caller('broker:10911', `client${++clients}`);

/** From here on syncs of the log succeed without effect: a loss of power takes it, while small files stay. */
const losesLog = (): void =>
  disk.faults.add({ operation: 'sync', path: 'commitlog', lost: true, times: Number.POSITIVE_INFINITY });

const maxOffset = async (from: Caller, topic: string): Promise<number> =>
  (await from.request(GET_MAX_OFFSET, { topic, queueId: 0 })).header.offset;

const progress = async (from: Caller, topic: string): Promise<number | undefined> =>
  (await from.request(QUERY_CONSUMER_OFFSET, { consumerGroup: 'G', topic, queueId: 0, setZeroIfNotFound: false }))
    .header.offset;

const commit = (from: Caller, topic: string, commitOffset: number): Promise<unknown> =>
  from.commit('G', topic, commitOffset);

async function send(from: Caller, topic: string, count: number, text: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { code } = await from.send(topic, `${text}${i}`.padEnd(1000, '.'));
    assert.equal(code, ResponseCode.SUCCESS);
  }
}

/** All of a topic is consumed and committed, the progress is saved, and the power takes the end of the log. */
async function loseEndOfLog(): Promise<Caller> {
  await stage.broker();
  const first = await caller();
  await send(first, 'T', 5, 'safe');
  await first.pull('T');
  await stage.clock.advance(11_000);
  losesLog();
  await send(first, 'T', 40, 'lost');
  await commit(first, 'T', 45);
  await stage.clock.advance(6000);
  stage.end('power loss');
  await stage.broker();
  return caller();
}

test('a group is not ahead of its queue after a loss of power, and gets every message that comes then', async () => {
  const after = await loseEndOfLog();
  const end = await maxOffset(after, 'T');
  assert.ok(end < 45, 'the power took nothing');
  assert.equal(await progress(after, 'T'), end);
  const [line] = stage.log.with('progress was ahead');
  assert.deepEqual(line?.fields, {
    kind: 'consumer offset',
    topic: 'T',
    queueId: 0,
    offset: 45,
    owner: 'G',
    endOffset: end,
  });
});

test('a consumer that outlived the loss of power can not commit what the log has lost', async () => {
  const after = await loseEndOfLog();
  const end = await maxOffset(after, 'T');
  await commit(after, 'T', 45);
  assert.equal(await progress(after, 'T'), end);
  await send(after, 'T', 60, 'new');
  await commit(after, 'T', end + 7);
  assert.equal(await progress(after, 'T'), end + 7);
});

test('progress that was set back is durable before the first message is taken', async () => {
  const after = await loseEndOfLog();
  const end = await maxOffset(after, 'T');
  await send(after, 'T', 60, 'new');
  stage.end('kill');
  await stage.broker();
  assert.equal(await progress(await caller(), 'T'), end);
});

test('a group has no progress in a queue that the power took as a whole', async () => {
  await stage.broker();
  const first = await caller();
  await first.pull('Other');
  await stage.clock.advance(11_000);
  losesLog();
  await send(first, 'T', 10, 'lost');
  await first.pull('T');
  await commit(first, 'T', 10);
  await stage.clock.advance(6000);
  stage.end('power loss');
  await stage.broker();
  const after = await caller();
  const found = await progress(after, 'T');
  assert.ok(found !== undefined && found <= (await maxOffset(after, 'T')));
});

test('delayed messages are delivered from where the log ends when their progress was ahead of it', async () => {
  await stage.broker();
  const first = await caller();
  const delayed = { properties: properties({ DELAY: '1' }) };
  await first.send('T', 'x');
  await stage.clock.advance(11_000);
  losesLog();
  for (let i = 0; i < 40; i++) await first.send('T', `lost${i}`.padEnd(1000, '.'), delayed);
  await stage.clock.advance(12_000);
  stage.end('power loss');
  await stage.broker();
  const [line] = stage.log.with('progress was ahead');
  assert.equal(line?.fields?.kind, 'delay progress');
  const after = await caller();
  const before = (await after.messages('T')).length;
  for (let i = 0; i < 50; i++) await after.send('T', 'new', delayed);
  // Also when the process ends at once: what it read at its start was saved.
  stage.end('kill');
  await stage.broker();
  await stage.clock.advance(3000);
  const last = await caller();
  const found = (await last.messages('T')).map(({ body }) => body.toString());
  assert.equal(found.filter((body) => body === 'new').length, 50, `${before} were there before`);
  assert.match((await last.request(GET_ALL_DELAY_OFFSET, {})).body.toString(), /offsetTable/);
});

test('a delayed message that was on the disk is delivered again when the power takes its delivery', async () => {
  await stage.broker({ flushDiskType: 'SYNC_FLUSH' });
  const first = await caller();
  await first.send('T', 'x', { properties: properties({ DELAY: '2' }) });
  stage.end('kill');
  // The log stays open for long, the small files do not.
  await stage.broker({ flushIntervalCommitLog: '60000', flushCommitLogThoroughInterval: '60000' });
  disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 60_000, times: Number.POSITIVE_INFINITY });
  await stage.clock.advance(25_000);
  assert.equal((await (await caller()).messages('T')).length, 1);
  stage.end('power loss');
  await stage.broker();
  await stage.clock.advance(10_000);
  const found = (await (await caller()).messages('T')).map(({ body }) => body.toString());
  assert.deepEqual([...new Set(found)], ['x']);
});

test('progress on a topic is removed with the topic, also after a kill at the answer', async () => {
  await stage.broker();
  const first = await caller();
  await send(first, 'T', 10, 'old');
  await first.pull('T');
  await commit(first, 'T', 10);
  await stage.clock.advance(6000);
  assert.equal((await first.request(DELETE_TOPIC_IN_BROKER, { topic: 'T' })).code, ResponseCode.SUCCESS);
  stage.end('kill');
  assert.doesNotMatch(disk.readFile(`${ROOT}/config/consumerOffset.json`)!.toString(), /T@G/);
  await stage.broker();
  const after = await caller();
  await send(after, 'T', 20, 'new');
  assert.equal(await progress(after, 'T'), undefined);
});

test('a negative consumer offset in the file counts as none', async () => {
  const broker = await stage.broker();
  const first = await caller();
  await send(first, 'T', 3, 'x');
  await first.pull('T');
  await commit(first, 'T', 2);
  await stage.stop(broker);
  const path = `${ROOT}/config/consumerOffset.json`;
  const saved = stage.saved('consumerOffset');
  saved.offsetTable['T@G'][0] = -7;
  const bytes = Buffer.from(JSON.stringify(saved));
  for (const name of [path, `${path}.bak`]) {
    disk.remove(name);
    const file = disk.open(name, 'create');
    file.writeSync(bytes, 0, bytes.length, 0);
    file.close();
  }
  await stage.broker();
  const after = await caller();
  assert.equal(await progress(after, 'T'), undefined);
  assert.equal(stage.log.with('negative').length, 1);
  stage.end('kill');
  assert.deepEqual(stage.saved('consumerOffset').offsetTable['T@G'], {});
});
