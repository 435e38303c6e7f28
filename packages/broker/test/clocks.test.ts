import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Broker } from '../src/index.ts';
import { type Caller, properties, Stage } from './stage.ts';

const HOUR_MS = 3_600_000;
/** To the year 2050, about. */
const AHEAD_MS = 24 * 365 * 24 * HOUR_MS;
/** How late a delivery may be: the schedule looks every 100 ms, and the store writes. */
const LATE_MS = 400;
/** Level 3 by default. */
const DELAY_MS = 10_000;

let stage: Stage;
let caller: Caller;
let broker: Broker;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(config: Record<string, string> = {}): Promise<void> {
  broker = await stage.broker(config);
  caller = await stage.caller();
}

async function restart(): Promise<void> {
  await stage.stop(broker);
  await start();
}

const delayed = (body: string, level = 3) =>
  caller.send('T', body, { properties: properties({ DELAY: String(level) }) });

async function bodies(topic = 'T'): Promise<string[]> {
  const response = await caller.pull(topic);
  return response.code === 0 ? caller.bodies(topic) : [];
}

/** Nothing arrives until so much time has passed, and then this does. */
async function arrivesAfter(ms: number, expected: readonly string[]): Promise<void> {
  const before = await bodies();
  await stage.clock.advance(ms - LATE_MS);
  assert.deepEqual(await bodies(), before, 'early');
  await stage.clock.advance(2 * LATE_MS);
  assert.deepEqual(await bodies(), expected);
}

for (const [name, jumpMs] of [
  ['an hour ahead', HOUR_MS],
  ['in 2050', AHEAD_MS],
  ['an hour behind', -HOUR_MS],
] as const) {
  test(`with the clock ${name}, and put right: no message is early, none late, and stamps are right again`, async () => {
    await start();
    await caller.send('T', 'to make the topic');
    stage.clock.jumpWallClock(jumpMs);
    await delayed('wrong');
    await stage.clock.advance(4000);
    stage.clock.jumpWallClock(-jumpMs);
    const put = stage.clock.now();
    await delayed('right');
    await arrivesAfter(6000, ['to make the topic', 'wrong']);
    await arrivesAfter(3600, ['to make the topic', 'wrong', 'right']);
    const last = (await caller.messages('T')).at(-1)!;
    assert.ok(Math.abs(last.storeTimestamp - put - DELAY_MS) < 1000, `${last.storeTimestamp - put}`);
  });

  test(`a message waits its delay while the clock is put ${name.replace('in', 'to')}`, async () => {
    await start();
    await caller.send('T', 'to make the topic');
    await delayed('waiting');
    await stage.clock.advance(2000);
    stage.clock.jumpWallClock(jumpMs);
    await delayed('second');
    await arrivesAfter(8000, ['to make the topic', 'waiting']);
    await arrivesAfter(1600, ['to make the topic', 'waiting', 'second']);
  });
}

test('a clock that was ahead and is put right over a restart: what was parked waits its delay once more, the next ones as long', async () => {
  await start();
  await caller.send('T', 'to make the topic');
  for (const jumpMs of [HOUR_MS, AHEAD_MS]) {
    stage.clock.jumpWallClock(jumpMs);
    await delayed(`wrong ${jumpMs}`);
    await stage.stop(broker);
    stage.clock.jumpWallClock(-jumpMs);
    await start();
    const before = await bodies();
    await stage.clock.advance(1000);
    await delayed(`right ${jumpMs}`);
    await arrivesAfter(9000, [...before, `wrong ${jumpMs}`]);
    await arrivesAfter(600, [...before, `wrong ${jumpMs}`, `right ${jumpMs}`]);
  }
});

test('restarts that follow each other sooner than a delay hold no message up', async () => {
  await start();
  await caller.send('T', 'to make the topic');
  stage.clock.jumpWallClock(AHEAD_MS);
  await delayed('first', 4);
  await delayed('second', 4);
  await stage.stop(broker);
  stage.clock.jumpWallClock(-AHEAD_MS);
  await start();
  for (let i = 0; i < 3; i++) {
    await stage.clock.advance(10_500);
    await restart();
  }
  await stage.clock.advance(2000);
  assert.deepEqual(await bodies(), ['to make the topic', 'first', 'second']);
});

test('retries keep their delays while and after the clock is wrong, and none comes to the dead letters early', async () => {
  await start();
  stage.clock.jumpWallClock(AHEAD_MS);
  await caller.send('T', 'failing');
  let [message] = await caller.messages('T');
  await caller.sendBack(message!);
  stage.clock.jumpWallClock(-AHEAD_MS);
  for (const [attempt, delayMs] of [10_000, 30_000, 60_000, 120_000].entries()) {
    await stage.clock.advance(delayMs - LATE_MS);
    assert.equal((await bodies('%RETRY%G')).length, attempt);
    await stage.clock.advance(2 * LATE_MS);
    const retries = await caller.messages('%RETRY%G');
    assert.equal(retries.length, attempt + 1);
    message = retries.at(-1);
    await caller.sendBack(message!);
  }
  assert.deepEqual(await bodies('%DLQ%G'), []);
});

test('a clock that is put back and forth while messages are parked makes none early and holds none up', async () => {
  await start();
  await caller.send('T', 'to make the topic');
  const jumps = [0, HOUR_MS, -2 * HOUR_MS, AHEAD_MS, -AHEAD_MS, 50, -50, HOUR_MS, -3, 3];
  for (const [i, jumpMs] of jumps.entries()) {
    stage.clock.jumpWallClock(jumpMs);
    await delayed(String(i));
    await stage.clock.advance(500);
  }
  // The first one was parked five seconds ago.
  await stage.clock.advance(DELAY_MS - jumps.length * 500 - LATE_MS);
  for (let arrived = 1; arrived <= jumps.length; arrived++) {
    const found = await bodies();
    assert.ok(found.length <= arrived, `${found} is early`);
    await stage.clock.advance(500);
    assert.ok((await bodies()).length > arrived, `${arrived} is late`);
  }
});

test('a message keeps the delay that it was parked with, though its level is shorter or removed after a restart', async () => {
  await start({ messageDelayLevel: '1s 20s 30s' });
  await caller.send('T', 'to make the topic');
  await delayed('twenty', 2);
  await delayed('thirty', 3);
  await stage.stop(broker);
  await start({ messageDelayLevel: '1s 2s' });
  await stage.clock.advance(18_000);
  assert.deepEqual(await bodies(), ['to make the topic']);
  await delayed('two', 2);
  await stage.clock.advance(2500);
  assert.deepEqual(await bodies(), ['to make the topic', 'twenty', 'two']);
  await stage.clock.advance(10_500);
  assert.deepEqual(await bodies(), ['to make the topic', 'twenty', 'two', 'thirty']);
});
