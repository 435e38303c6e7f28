import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Logger, silentLogger, type Timer } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { runPeriodically } from '../src/instance/periodic.ts';

let clock: VirtualClock;
let warnings: string[];
let calls: PromiseWithResolvers<void>[];
let timer: Timer;
beforeEach(() => {
  clock = new VirtualClock();
  warnings = [];
  calls = [];
  const logger: Logger = { ...silentLogger, warn: (sentence) => warnings.push(sentence) };
  timer = runPeriodically(clock, logger, { what: 'refreshing', firstMs: 10, periodMs: 100 }, () => {
    const call = Promise.withResolvers<void>();
    calls.push(call);
    return call.promise;
  });
});

test('a run that fails is logged, and the next one comes at its time', async () => {
  await clock.advance(10);
  calls[0]!.reject(new Error('no answer'));
  await clock.advance(100);
  assert.deepEqual([calls.length, warnings], [2, ['refreshing failed; it is tried again later']]);
  timer.cancel();
});

test('a run that is under way is not started twice', async () => {
  await clock.advance(510);
  assert.equal(calls.length, 1);
  timer.cancel();
});

test('a run that is broken off by the stop of its owner is no failure', async () => {
  await clock.advance(10);
  timer.cancel();
  calls[0]!.reject(new Error('the client stops'));
  await clock.advance(1000);
  assert.deepEqual([calls.length, warnings], [1, []]);
});
