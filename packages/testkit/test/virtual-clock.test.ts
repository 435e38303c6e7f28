import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep, systemErrorCode } from '@rocketmq-ts/kernel';
import { SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';

test('tasks run in the order of their time, then of their arming, each at its own time', async () => {
  const clock = new VirtualClock();
  const start = clock.monotonicMs();
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name}@${clock.monotonicMs() - start}`);
  clock.after(20, note('c'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  clock.after(30, note('late'));
  await clock.advance(25);
  assert.deepEqual(ran, ['a@10', 'b@10', 'c@20']);
  assert.equal(clock.monotonicMs() - start, 25);
  assert.equal(clock.pendingTimers, 1);
});

test('many timers in any order come out sorted', async () => {
  const clock = new VirtualClock();
  const random = new SeededRandom(7);
  const fired: number[] = [];
  const timers = Array.from({ length: 500 }, () => {
    const delay = random.below(300);
    return clock.after(delay, () => fired.push(delay));
  });
  for (let index = 0; index < 500; index += 3) timers[index]?.cancel();
  await clock.advance(300);
  assert.equal(fired.length, 333);
  assert.deepEqual(
    fired,
    [...fired].sort((a, b) => a - b),
  );
  assert.equal(clock.pendingTimers, 0);
});

test('promises run between two tasks that are due together, and what they arm for now runs too', async () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  clock.after(5, async () => {
    order.push('first');
    await null;
    order.push('its promise');
    clock.after(0, () => order.push('armed by it'));
  });
  clock.after(5, () => order.push('second'));
  await clock.advance(5);
  assert.deepEqual(order, ['first', 'its promise', 'second', 'armed by it']);
});

test('the end of a turn comes after all that is due in it', async () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  clock.after(1, () => clock.endOfTurn(() => order.push('end')));
  clock.after(1, () => order.push('task'));
  await clock.advance(1);
  assert.deepEqual(order, ['task', 'end']);
});

test('a periodic task runs each period until it is cancelled, also by itself', async () => {
  const clock = new VirtualClock();
  let runs = 0;
  const timer = clock.every(10, () => {
    if (++runs === 3) timer.cancel();
  });
  await clock.advance(100);
  assert.equal(runs, 3);
  assert.equal(clock.pendingTimers, 0);
});

test('the wall clock jumps without disturbing timers', async () => {
  const clock = new VirtualClock({ startMs: 1000 });
  let ran = false;
  clock.after(10, () => {
    ran = true;
  });
  clock.jumpWallClock(-500);
  assert.equal(clock.now(), 500);
  await clock.advance(9);
  assert.equal(ran, false);
  await clock.advance(1);
  assert.equal(ran, true);
  assert.equal(clock.now(), 510);
});

test('run passes hours until the work is done, and gives its result or its error', async () => {
  const clock = new VirtualClock({ pump: 'manual' });
  const result = await clock.run(async () => {
    for (let index = 0; index < 10; index++) await sleep(clock, 60_000);
    return 'done';
  });
  assert.equal(result, 'done');
  assert.equal(clock.monotonicMs(), 600_000);
  const failing = clock.run(async () => {
    await sleep(clock, 1);
    throw new Error('broken');
  });
  await assert.rejects(failing, /broken/);
});

test('run names a deadlock and a work that never ends instead of hanging', async () => {
  const clock = new VirtualClock();
  const withCode = (code: string) => (error: unknown) => systemErrorCode(error) === code;
  await assert.rejects(clock.run(new Promise(() => {})), withCode('VIRTUAL_DEADLOCK'));
  clock.every(1000, () => {});
  await assert.rejects(clock.run(new Promise(() => {}), 5000), withCode('VIRTUAL_TIME_LIMIT'));
});

test('what needs no time happens by itself, or with a manual pump only when it is asked for', async () => {
  const automatic = new VirtualClock();
  await new Promise<void>((resolve) => automatic.endOfTurn(resolve));
  await new Promise<void>((resolve) => automatic.after(0, resolve));
  const manual = new VirtualClock({ pump: 'manual' });
  let ran = false;
  manual.endOfTurn(() => {
    ran = true;
  });
  await new Promise<void>((resolve) => automatic.endOfTurn(resolve));
  assert.equal(ran, false);
  await manual.settle();
  assert.equal(ran, true);
});

test('an error in a task reaches the one who lets time pass', async () => {
  const clock = new VirtualClock();
  clock.after(1, () => {
    throw new Error('a bug');
  });
  await assert.rejects(clock.advance(1), /a bug/);
});

test('a seed gives the same chance again, another seed another one, and a fork its own', () => {
  const draw = (random: SeededRandom): number[] => Array.from({ length: 20 }, () => random.below(1_000_000));
  assert.deepEqual(draw(new SeededRandom(1)), draw(new SeededRandom(1)));
  assert.notDeepEqual(draw(new SeededRandom(1)), draw(new SeededRandom(2)));
  const random = new SeededRandom(1);
  assert.notDeepEqual(draw(random.fork()), draw(random));
});

test('chance is spread evenly and stays in its bounds', () => {
  const random = new SeededRandom(42);
  const counts = new Array<number>(10).fill(0);
  for (let index = 0; index < 10_000; index++) counts[random.below(10)]! += 1;
  for (const count of counts) assert.ok(count > 850 && count < 1150, counts.join(' '));
  for (let index = 0; index < 100; index++) assert.ok([3, 4, 5].includes(random.between(3, 5)));
  assert.equal(random.bytes(33).length, 33);
});
