import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECALL_MESSAGE } from '@rocketmq-ts/protocol';
import { type Caller, properties, Stage } from './stage.ts';

/** Calls of the disk in the time that is looked at, and how many of them are left out each time: power losses take longer. */
const CALLS = { kill: { count: 40, step: 1 }, 'power loss': { count: 50, step: 3 } } as const;
const CONFIG = {
  recallMessageEnable: 'true',
  timerRollWindowSlot: '4',
  timerFlushIntervalMs: '200',
  mappedFileSizeTimerLog: '1024',
};

const timed = (caller: Caller, body: string, delayMs: number) =>
  caller.send('T', body, { properties: properties({ TIMER_DELAY_MS: String(delayMs) }) });

/**
 * The process ends, or the power is lost, at one call of the disk after the other, while messages are put in the wheel, stored
 * again on their way, delivered and recalled.
 */
for (const how of ['kill', 'power loss'] as const) {
  test(`after a ${how} at any write of log, wheel and checkpoint no timer message is lost, early, or comes though it was recalled`, async () => {
    const { count, step } = CALLS[how];
    for (let calls = 1; calls <= count; calls += step) await oneCrash(how, calls);
  });
}

async function oneCrash(how: 'kill' | 'power loss', calls: number): Promise<void> {
  const stage = new Stage(calls);
  try {
    const due = new Map<string, number>();
    const config = how === 'kill' ? CONFIG : { ...CONFIG, flushDiskType: 'SYNC_FLUSH' };
    await stage.broker(config);
    const caller = await stage.caller();
    const put = async (body: string, delayMs: number) => {
      const { header } = await timed(caller, body, delayMs);
      due.set(body, stage.clock.now() + delayMs);
      return header.recallHandle!;
    };
    for (let i = 0; i < 12; i++) await put(`a${i}`, 1000 + 700 * i);
    const handles = [await put('recalled soon', 5000), await put('recalled late', 9000)];
    await stage.clock.advance(1500);
    for (const recallHandle of handles) {
      const { code } = await caller.request(RECALL_MESSAGE, { topic: 'T', recallHandle });
      assert.equal(code, 0);
    }
    // The calls count from here: enqueueing, rolls, deliveries, flushes.
    let isDead = false;
    const { disk } = stage.machine();
    disk.dieAt(calls, () => {
      isDead = true;
    });
    await stage.clock.advance(2500);
    stage.end(how);
    disk.revive();
    await stage.broker(config);
    const again = await stage.caller();
    await stage.clock.advance(12_000);
    const messages = await again.messages('T');
    const came = new Set(messages.map(({ body }) => body.toString()));
    const expected = [...due.keys()].filter((body) => !body.startsWith('recalled'));
    assert.deepEqual([...came].sort(), expected.sort(), `${how} at call ${calls} (${isDead})`);
    for (const message of messages) {
      const body = message.body.toString();
      // Answers take a moment.
      assert.ok(message.storeTimestamp >= due.get(body)! - 100, `${body} is early after a ${how} at call ${calls}`);
    }
  } finally {
    await stage.dispose();
  }
}
