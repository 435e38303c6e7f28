import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { GracefulStop, STOP_LIMIT_MS } from '../src/graceful-stop.ts';

let clock: VirtualClock;
let codes: number[];

beforeEach(() => {
  clock = new VirtualClock();
  codes = [];
});

function stopping(stop: () => Promise<void>): GracefulStop {
  return new GracefulStop({ clock, logger: silentLogger, stop, print: () => {}, exit: (code) => codes.push(code) });
}

test('a signal stops the server, and the process ends with 0', async () => {
  let stops = 0;
  stopping(async () => {
    stops++;
  }).onSignal('SIGTERM');
  await clock.advance(0);
  assert.deepEqual([stops, codes], [1, [0]]);
  assert.equal(clock.pendingTimers, 0);
});

test('a stop that fails ends with 1', async () => {
  stopping(() => Promise.reject(new Error('disk'))).onSignal('SIGTERM');
  await clock.advance(0);
  assert.deepEqual(codes, [1]);
});

test('a stop that takes too long ends with 1', async () => {
  stopping(() => new Promise(() => {})).onSignal('SIGTERM');
  await clock.advance(STOP_LIMIT_MS - 1);
  assert.deepEqual(codes, []);
  await clock.advance(1);
  assert.deepEqual(codes, [1]);
});

test('Ctrl-C that npm passes on a second time is one wish; a later one ends at once', async () => {
  let stops = 0;
  const graceful = stopping(() => {
    stops++;
    return new Promise(() => {});
  });
  graceful.onSignal('SIGINT');
  await clock.advance(100);
  graceful.onSignal('SIGINT');
  assert.deepEqual(codes, []);
  await clock.advance(1000);
  graceful.onSignal('SIGINT');
  assert.deepEqual([stops, codes], [1, [130]]);
});
