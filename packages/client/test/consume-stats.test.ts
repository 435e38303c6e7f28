import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ConsumeStats } from '../src/consumer/consume-stats.ts';

const { clock } = new SimulatedEnvironment(1);

test('the first ten seconds count in full, and the minute spans six snapshots', async () => {
  const stats = new ConsumeStats(clock);
  assert.equal(stats.rates('T').consumeOKTPS, 0);
  stats.pulled('T', 30, 16);
  stats.pulled('T', 10, 4);
  for (let i = 0; i < 20; i++) stats.consumed('T', 5, 1, 0);
  assert.equal(stats.rates('T').consumeOKTPS, 0);
  await clock.advance(10_000);
  const { pullRT, pullTPS, consumeRT, consumeOKTPS, consumeFailedTPS } = stats.rates('T');
  assert.deepEqual([pullRT, pullTPS, consumeRT, consumeOKTPS, consumeFailedTPS], [20, 2, 5, 2, 0]);
  await clock.advance(50_000);
  assert.equal(stats.rates('T').pullTPS, 20 / 60);
  await clock.advance(10_000);
  assert.deepEqual([stats.rates('T').pullTPS, stats.rates('T').pullRT], [0, 0]);
});

test('failures are those of the last hour; the time of a call is the hour’s where the minute has none', async () => {
  const stats = new ConsumeStats(clock);
  stats.consumed('T', 8, 2, 3);
  await clock.advance(600_000);
  assert.deepEqual([stats.rates('T').consumeFailedMsgs, stats.rates('T').consumeRT], [3, 8]);
  await clock.advance(3_600_000);
  assert.deepEqual([stats.rates('T').consumeFailedMsgs, stats.rates('T').consumeRT], [0, 0]);
  stats.consumed('T', 8, 0, 1);
  await clock.advance(600_000);
  assert.equal(stats.rates('T').consumeFailedMsgs, 1);
});
