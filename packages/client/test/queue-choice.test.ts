import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectAtRandom, selectByHash } from '@rocketmq-ts/client';
import { SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { BrokerFaults } from '../src/producer/broker-faults.ts';
import { PublishQueues } from '../src/route/publish-queues.ts';

const queues = ['a', 'b'].flatMap((brokerName) => [0, 1].map((queueId) => ({ topic: 'T', brokerName, queueId })));
const nameOf = (queue: { brokerName: string; queueId: number } | undefined) => `${queue?.brokerName}${queue?.queueId}`;

test('queues come in turn and the broker of a failed attempt is avoided', () => {
  const publish = new PublishQueues(queues, new SeededRandom(7));
  const round = [1, 2, 3, 4].map(() => nameOf(publish.next(undefined, undefined)));
  assert.deepEqual([...round].sort(), ['a0', 'a1', 'b0', 'b1']);
  for (let i = 0; i < 10; i++) assert.equal(publish.next('a', undefined)?.brokerName, 'b');
});

test('a single broker is used again after it failed', () => {
  const publish = new PublishQueues(queues.slice(0, 2), new SeededRandom(7));
  assert.equal(publish.next('a', undefined)?.brokerName, 'a');
});

test('without queues there is no choice', () => {
  assert.equal(new PublishQueues([], new SeededRandom(7)).next(undefined, undefined), undefined);
});

// Source: MQFaultStrategy of 5.4.0.
test('a slow broker is avoided for as long as the table says, and only ever longer', async () => {
  const clock = new VirtualClock();
  const faults = new BrokerFaults(clock);
  const fine = { isolate: false, reachable: true };
  for (const [latencyMs, avoidMs] of [
    [549, 0],
    [550, 2000],
    [1799, 2000],
    [1800, 5000],
    [3000, 6000],
    [5000, 10_000],
    [15_000, 30_000],
  ] as const) {
    faults.record(`broker-${latencyMs}`, latencyMs, fine);
    assert.equal(faults.available(`broker-${latencyMs}`), avoidMs === 0, `${latencyMs} ms`);
  }
  faults.record('broker-1800', 10, fine);
  await clock.advance(4999);
  assert.ok(!faults.available('broker-1800'));
  await clock.advance(1);
  assert.ok(faults.available('broker-1800'));
});

test('a broken broker is avoided for ten seconds and stays unreachable until a probe reaches it', async () => {
  const clock = new VirtualClock();
  const faults = new BrokerFaults(clock);
  const publish = new PublishQueues(queues, new SeededRandom(3));
  faults.record('a', 5, { isolate: true, reachable: false });
  for (let i = 0; i < 8; i++) assert.equal(publish.next(undefined, faults)?.brokerName, 'b');
  faults.record('b', 5, { isolate: true, reachable: true });
  for (let i = 0; i < 8; i++) assert.equal(publish.next(undefined, faults)?.brokerName, 'b');
  await clock.advance(10_000);
  assert.deepEqual(faults.unreachable(), ['a']);
  faults.markReachable('a');
  assert.deepEqual(faults.unreachable(), []);
  assert.equal(new Set([1, 2, 3, 4].map(() => publish.next(undefined, faults)?.brokerName)).size, 2);
});

test('a hashed key stays on its queue, as in Java', () => {
  const message = { topic: 'T', body: 'x' };
  assert.equal(selectByHash(10)(queues, message), queues[2]);
  assert.equal(selectByHash(-3)(queues, message), queues[3]);
  // "polygenelubricants".hashCode() is the smallest int.
  assert.equal(selectByHash('polygenelubricants')(queues, message), queues[0]);
  assert.equal(selectByHash('TagA')(queues, message), queues[2598919 % 4]);
});

test('a random choice comes from the random source', () => {
  const choose = selectAtRandom(new SeededRandom(1));
  assert.ok(queues.includes(choose(queues, { topic: 'T', body: 'x' })!));
});
