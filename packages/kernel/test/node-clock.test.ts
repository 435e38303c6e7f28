import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeClock, sleep } from '@rocketmq-ts/kernel';

test('the wall clock is the system time and the monotonic one does not go back', () => {
  const before = Date.now();
  assert.ok(nodeClock.now() >= before);
  const first = nodeClock.monotonicMs();
  assert.ok(nodeClock.monotonicMs() >= first);
});

test('a task runs once after its delay, and a cancelled one never', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const ran: string[] = [];
  nodeClock.after(100, () => ran.push('kept'));
  const cancelled = nodeClock.after(100, () => ran.push('cancelled'));
  cancelled.cancel();
  cancelled.cancel();
  context.mock.timers.tick(99);
  assert.deepEqual(ran, []);
  context.mock.timers.tick(1000);
  assert.deepEqual(ran, ['kept']);
});

test('a delay that is longer than setTimeout can hold is waited for in parts', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const longest = 2 ** 31 - 1;
  let runs = 0;
  nodeClock.after(longest + 1000, () => runs++);
  context.mock.timers.tick(longest);
  context.mock.timers.tick(999);
  assert.equal(runs, 0);
  context.mock.timers.tick(1);
  assert.equal(runs, 1);
});

test('a periodic task runs until it is cancelled, also by itself', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  let runs = 0;
  const timer = nodeClock.every(10, () => {
    if (++runs === 3) timer.cancel();
  });
  context.mock.timers.tick(100);
  assert.equal(runs, 3);
});

test('the end of the turn comes after the promises of the turn', async () => {
  const order: string[] = [];
  const ended = new Promise<void>((resolve) => {
    nodeClock.endOfTurn(() => {
      order.push('end of turn');
      resolve();
    });
  });
  await Promise.resolve();
  order.push('promise');
  await ended;
  assert.deepEqual(order, ['promise', 'end of turn']);
});

test('no cancelled timer keeps the process alive', () => {
  const timers = [nodeClock.after(60_000, () => {}), nodeClock.every(60_000, () => {})];
  for (const timer of timers) timer.cancel();
  assert.ok(!process.getActiveResourcesInfo().includes('Timeout'));
});

test('a sleep ends early when its signal aborts', async () => {
  const abort = new AbortController();
  const sleeping = sleep(nodeClock, 60_000, abort.signal);
  abort.abort();
  await sleeping;
  await sleep(nodeClock, 60_000, abort.signal);
});
