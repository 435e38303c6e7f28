import assert from 'node:assert/strict';
import test from 'node:test';
import { repeat } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';

test('a task is repeated in the interval of the moment, until it is cancelled', async () => {
  const clock = new VirtualClock();
  const began = clock.monotonicMs();
  const at: number[] = [];
  let delayMs = 100;
  const timer = repeat(
    clock,
    () => delayMs,
    () => {
      at.push(clock.monotonicMs() - began);
      if (at.length === 5) timer.cancel();
    },
  );
  await clock.advance(250);
  delayMs = 10;
  await clock.advance(1000);
  assert.deepEqual(at, [100, 200, 300, 310, 320]);
});
