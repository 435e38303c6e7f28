import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { decodeKVTable, FrameReader, GET_BROKER_RUNTIME_INFO } from '@rocketmq-ts/protocol';
import { type Caller, properties, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

const info = async (): Promise<Map<string, string>> =>
  decodeKVTable((await caller.request(GET_BROKER_RUNTIME_INFO, {})).body);

/** The table that a 5.4.0 broker answered two minutes after its start. */
function recorded(): Map<string, string> {
  const file = new URL('../../protocol/test/fixtures/admin.json', import.meta.url);
  const { frames } = JSON.parse(readFileSync(file, 'utf8')) as {
    frames: { code: number; kind: string; hex: string }[];
  };
  const reader = new FrameReader();
  reader.push(Buffer.from(frames.find(({ code, kind }) => code === 28 && kind === 'response')!.hex, 'hex'));
  return decodeKVTable(reader.next()!.body);
}

/** Whole numbers and doubles kept apart, folders left out. */
function shapes(table: ReadonlyMap<string, string>): Map<string, string> {
  const entries = [...table].map(([key, value]): [string, string] => [
    key.replace(/^(commitLogDiskRatio_).*/, '$1<folder>'),
    value
      .replace(/\d+\.\d+(E-?\d+)?/g, '<double>')
      .replace(/\d+/g, '<int>')
      .replace(/(<double>|<int>) ([KMGT]i)?B/g, '<bytes>'),
  ]);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('every key and the form of every value are those of Apache’s broker', async () => {
  await caller.send('T', 'x');
  await caller.send('T', 'later', { properties: properties({ DELAY: '1' }) });
  await caller.pull('T');
  await stage.clock.advance(146_000);
  assert.deepEqual(shapes(await info()), shapes(recorded()));
});

test('a broker that has just started and done nothing gives the same keys', async () => {
  const golden = shapes(recorded());
  golden.delete('scheduleMessageOffset_1');
  const table = await info();
  assert.deepEqual([...shapes(table).keys()], [...golden.keys()]);
  assert.deepEqual(
    ['putTps', 'getTotalTps', 'putMessageDistributeTime', 'putLatency99', 'putMessageAverageSize'].map((key) =>
      table.get(key),
    ),
    ['  ', '0.0 0.0 0.0', 'null', '0.00', '0.0'],
  );
});

test('free space is all that no file takes, also what the system keeps back', async () => {
  const GIB = 2 ** 30;
  const { disk } = stage.machine();
  disk.space = () => ({ totalBytes: 252 * GIB, usedBytes: 15.5 * GIB, freeBytes: 75 * GIB });
  assert.equal((await info()).get('commitLogDirCapacity'), 'Total : 252.0 GiB, Free : 236.5 GiB.');
});

test('the last full minute of puts is shown in classes and percentiles', async () => {
  await stage.clock.advance(61_000);
  for (let i = 0; i < 8; i++) await caller.send('T', 'x');
  assert.match((await info()).get('putMessageDistributeTime') ?? '', /^(\[[^\]]+\]:0 ){13}$/);
  await stage.clock.advance(60_000);
  const table = await info();
  assert.match(table.get('putMessageDistributeTime') ?? '', /^\[<=0ms\]:8 (\[[^\]]+\]:0 ){12}$/);
  assert.equal(table.get('putLatency999'), '0.88');
});
