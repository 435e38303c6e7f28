import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { GET_TIMER_METRICS, RECALL_MESSAGE } from '@rocketmq-ts/protocol';
import type { Broker } from '../src/index.ts';
import { type Caller, properties, Stage } from './stage.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEARS_MS = 10 * 365 * DAY_MS;
const LATE_MS = 60;

let stage: Stage;
let caller: Caller;
let broker: Broker;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(config: Record<string, string> = {}): Promise<void> {
  broker = await stage.broker({ recallMessageEnable: 'true', ...config });
  caller = await stage.caller();
}

const timed = (body: string, pairs: Record<string, string | number>) =>
  caller.send('T', body, {
    properties: properties(Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, String(value)]))),
  });

async function bodies(): Promise<string[]> {
  const response = await caller.pull('T');
  return response.code === 0 ? caller.bodies('T') : [];
}

async function waiting(): Promise<number> {
  const { body } = await caller.request(GET_TIMER_METRICS, {});
  return JSON.parse(body.toString()).timingCount.T?.count ?? 0;
}

const recall = (recallHandle: string) => caller.request(RECALL_MESSAGE, { topic: 'T', recallHandle });

async function arriveAfter(ms: number, expected: readonly string[]): Promise<void> {
  const before = await bodies();
  await stage.clock.advance(ms - LATE_MS);
  assert.deepEqual(await bodies(), before, 'early');
  await stage.clock.advance(2 * LATE_MS);
  assert.deepEqual(await bodies(), expected);
}

for (const [name, jumpMs] of [
  ['an hour ahead', HOUR_MS],
  ['ten years ahead', YEARS_MS],
  ['an hour back', -HOUR_MS],
  ['ten years back', -YEARS_MS],
] as const) {
  test(`a delay passes by the monotonic clock while the wall clock is set ${name}`, async () => {
    await start();
    await timed('waiting', { TIMER_DELAY_SEC: 10 });
    await stage.clock.advance(2000);
    stage.clock.jumpWallClock(jumpMs);
    await timed('second', { TIMER_DELAY_MS: 9500 });
    await arriveAfter(8000, ['waiting']);
    await arriveAfter(1440, ['waiting', 'second']);
    assert.equal(await waiting(), 0);
  });

  test(`with the wall clock set ${name} and put right, delays pass and times wait for the wall clock`, async () => {
    await start();
    const deliverMs = stage.clock.now() + 30_000;
    stage.clock.jumpWallClock(jumpMs);
    await timed('wrong', { TIMER_DELAY_SEC: 10 });
    await stage.clock.advance(4000);
    stage.clock.jumpWallClock(-jumpMs);
    await timed('time', { TIMER_DELIVER_MS: deliverMs });
    await timed('right', { TIMER_DELAY_SEC: 10 });
    await arriveAfter(6000, ['wrong']);
    await arriveAfter(3900, ['wrong', 'right']);
    await arriveAfter(deliverMs - stage.clock.now(), ['wrong', 'right', 'time']);
    assert.equal(await waiting(), 0);
  });
}

test('a delay that is put in the wheel only after the wall clock was put right does not wait twice as long', async () => {
  await start();
  stage.clock.jumpWallClock(HOUR_MS);
  await timed('first', { TIMER_DELAY_SEC: 5 });
  await caller.configure('timerStopEnqueue=true');
  await timed('late', { TIMER_DELAY_SEC: 10 });
  await stage.clock.advance(1000);
  stage.clock.jumpWallClock(-HOUR_MS);
  await stage.clock.advance(1000);
  await caller.configure('timerStopEnqueue=false');
  await arriveAfter(3000, ['first']);
  await arriveAfter(4940, ['first', 'late']);
});

test('a time of delivery waits as long as the wall clock is set back, and comes when it shows that time', async () => {
  await start();
  await timed('time', { TIMER_DELIVER_MS: stage.clock.now() + 10_000 });
  await stage.clock.advance(2000);
  stage.clock.jumpWallClock(-60_000);
  await arriveAfter(68_000, ['time']);
});

test('a recall finds its message though the wall clock was set back in between', async () => {
  await start();
  const { header } = await timed('gone', { TIMER_DELAY_SEC: 20 });
  await timed('stays', { TIMER_DELAY_SEC: 20 });
  await stage.clock.advance(1000);
  stage.clock.jumpWallClock(-5000);
  assert.equal((await recall(header.recallHandle!)).code, 0);
  await stage.clock.advance(25_000);
  assert.deepEqual(await bodies(), ['stays']);
});

// rocketmq-rust#9154
test('of 3,000 messages of one slot none is early, and the one that the last record recalls does not come', async () => {
  await start();
  const deliverMs = Math.ceil(stage.clock.now() / 1000) * 1000 + 30_000;
  const handles: string[] = [];
  for (let i = 0; i < 3000; i += 100) {
    const sends = Array.from({ length: 100 }, (_, n) => timed(String(i + n), { TIMER_DELIVER_MS: deliverMs }));
    for (const { header } of await Promise.all(sends)) handles.push(header.recallHandle!);
  }
  assert.equal((await recall(handles[1234]!)).code, 0);
  await stage.clock.advance(deliverMs - stage.clock.now() - 1);
  assert.deepEqual(await bodies(), []);
  await stage.clock.advance(300);
  const messages = await caller.messages('T');
  assert.equal(messages.length, 2999);
  assert.ok(messages.every(({ storeTimestamp }) => storeTimestamp >= deliverMs));
  assert.equal(
    messages.some((message) => message.body.toString() === '1234'),
    false,
  );
});

test('a message that is further away than the window is stored again on its way, and can be recalled all the time', async () => {
  await start({ timerRollWindowSlot: '6' });
  const { header } = await timed('gone', { TIMER_DELAY_SEC: 40 });
  await timed('comes', { TIMER_DELAY_MS: 40_321 });
  await stage.clock.advance(17_000);
  assert.equal((await recall(header.recallHandle!)).code, 0);
  await arriveAfter(23_321, ['comes']);
  const { properties: table } = await caller.last('T');
  assert.ok(Number(table.get('TIMER_ROLL_TIMES')) >= 4, String(table.get('TIMER_ROLL_TIMES')));
  assert.equal(await waiting(), 0);
});

test('with the files of timers removed, cut or of another precision nothing is lost, and what was delivered does not come again', async () => {
  await start();
  await timed('first', { TIMER_DELAY_SEC: 5 });
  for (let i = 0; i < 5; i++) await timed(`m${i}`, { TIMER_DELAY_SEC: 100 + 20 * i });
  await stage.clock.advance(50_000);
  const { disk } = stage.machine();
  const damages: readonly ((config: Record<string, string>) => void)[] = [
    () => disk.remove('/store/timerwheel'),
    () => disk.remove('/store/timerlog'),
    (config) => {
      config.timerPrecisionMs = '200';
    },
    () => {
      const file = disk.open('/store/timerlog/00000000000000000000', 'write');
      file.writeSync(Buffer.alloc(4096), 0, 4096, 0);
      file.close();
    },
  ];
  const config: Record<string, string> = {};
  for (const damage of damages) {
    await stage.stop(broker);
    damage(config);
    await start(config);
    await stage.clock.advance(20_000);
  }
  await stage.clock.advance(100_000);
  assert.deepEqual((await bodies()).sort(), ['first', 'm0', 'm1', 'm2', 'm3', 'm4']);
  assert.equal(await waiting(), 0);
});

test('a broker that stops before its files are made again does not deliver a second time what was delivered', async () => {
  await start();
  await timed('first', { TIMER_DELAY_SEC: 5 });
  await timed('later', { TIMER_DELAY_SEC: 60 });
  await stage.clock.advance(20_000);
  await stage.stop(broker);
  stage.machine().disk.remove('/store/timerwheel');
  for (let starts = 0; starts < 2; starts++) {
    await start({ timerStopEnqueue: 'true' });
    await stage.clock.advance(3000);
    await stage.stop(broker);
  }
  await start();
  await stage.clock.advance(60_000);
  assert.deepEqual(await bodies(), ['first', 'later']);
});

test('after the wall clock was set back files that are made again lose nothing that is due by the new time', async () => {
  await start();
  await timed('first', { TIMER_DELAY_SEC: 5 });
  await timed('waits', { TIMER_DELAY_SEC: 10 * 3600 });
  await stage.clock.advance(20_000);
  stage.clock.jumpWallClock(-HOUR_MS);
  const deliverMs = stage.clock.now() + 600_000;
  await timed('time', { TIMER_DELIVER_MS: deliverMs });
  await stage.clock.advance(5000);
  await stage.stop(broker);
  stage.machine().disk.remove('/store/timerwheel');
  await start({ timerStopEnqueue: 'true' });
  await stage.clock.advance(3000);
  await caller.configure('timerStopEnqueue=false');
  await stage.clock.advance(deliverMs - stage.clock.now() + 2000);
  assert.ok((await bodies()).includes('time'));
});

test('a broker that was down for three weeks delivers what became due meanwhile', async () => {
  await start({ fileReservedTime: '9999' });
  for (let i = 0; i < 20; i++) await timed(String(i), { TIMER_DELAY_SEC: 10 + 10_000 * i });
  await stage.clock.advance(2000);
  await stage.stop(broker);
  stage.clock.jumpWallClock(21 * DAY_MS);
  await start({ fileReservedTime: '9999' });
  await timed('new', { TIMER_DELAY_SEC: 100 });
  await stage.clock.advance(5000);
  assert.deepEqual(
    (await bodies()).sort((a, b) => Number(a) - Number(b)),
    Array.from({ length: 20 }, (_, i) => String(i)),
  );
  await stage.clock.advance(100_000);
  assert.equal((await bodies()).at(-1), 'new');
});

test('stopped deliveries wait, and come when they are allowed again; a full disk holds them up and loses none', async () => {
  await start();
  await timed('held', { TIMER_DELAY_SEC: 3 });
  await timed('full', { TIMER_DELAY_SEC: 8 });
  await caller.configure('timerStopDequeue=true');
  await stage.clock.advance(5000);
  assert.deepEqual(await bodies(), []);
  await caller.configure('timerStopDequeue=false');
  await stage.clock.advance(1500);
  assert.deepEqual(await bodies(), ['held']);
  const { faults } = stage.machine().disk;
  faults.add({ operation: 'write', code: 'ENOSPC', times: 1_000_000 });
  await stage.clock.advance(10_000);
  assert.deepEqual(await bodies(), ['held']);
  faults.clear();
  await stage.clock.advance(5000);
  assert.deepEqual(await bodies(), ['held', 'full']);
});
