import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AllocateStrategy, averagely, averagelyByCircle, byConfig, consistentHash } from '@rocketmq-ts/client';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import fc from 'fast-check';
import { ringPosition } from '../src/rebalance/consistent-hash.ts';

const ids = ['192.168.0.1@1', '192.168.0.2@2', '192.168.0.3@3'];
const queues = ['broker-a', 'broker-b'].flatMap((brokerName) =>
  [0, 1, 2, 3].map((queueId): MessageQueue => ({ topic: 'TopicTest', brokerName, queueId })),
);

function shares(strategy: AllocateStrategy, members = ids): string[] {
  return members.map((id) =>
    strategy
      .allocate('group', id, queues, members)
      .map((queue) => `${queue.brokerName.at(-1)}${queue.queueId}`)
      .join(' '),
  );
}

// Vectors taken from Apache's classes.
test('queues are shared as the Java members of the group compute it', () => {
  assert.deepEqual(shares(averagely), ['a0 a1 a2', 'a3 b0 b1', 'b2 b3']);
  assert.deepEqual(shares(averagelyByCircle), ['a0 a3 b2', 'a1 b0 b3', 'a2 b1']);
  assert.deepEqual(shares(consistentHash()), ['a0 a2 b0 b1', '', 'a1 a3 b2 b3']);
});

test('ring positions are the first four bytes of MD5', () => {
  assert.equal(ringPosition('192.168.0.1@1-0'), 2325484510);
  assert.equal(ringPosition('MessageQueue [topic=TopicTest, brokerName=broker-a, queueId=0]'), 1987926524);
});

test('with more members than queues each queue has one owner and the last members have none', () => {
  const members = Array.from({ length: 10 }, (_unused, index) => `id${index}`);
  assert.deepEqual(shares(averagely, members), ['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3', '', '']);
});

test('a client that the broker does not list yet gets nothing', () => {
  for (const strategy of [averagely, averagelyByCircle, consistentHash()]) {
    assert.deepEqual(strategy.allocate('group', 'stranger', queues, ids), []);
  }
});

test('a fixed list is taken as it is', () => {
  assert.deepEqual(byConfig([queues[3]!]).allocate('group', 'stranger', queues, ids), [queues[3]]);
});

test('whatever the counts, every queue has exactly one owner', () => {
  const strategies = [averagely, averagelyByCircle, consistentHash()];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), (queueCount, memberCount) => {
      const all = Array.from({ length: queueCount }, (_unused, queueId) => ({ topic: 't', brokerName: 'b', queueId }));
      const members = Array.from(
        { length: memberCount },
        (_unused, index) => `member-${String(index).padStart(2, '0')}`,
      );
      for (const strategy of strategies) {
        const owned = members.flatMap((id) =>
          strategy.allocate('group', id, all, members).map((queue) => queue.queueId),
        );
        assert.deepEqual(
          owned.sort((left, right) => left - right),
          all.map((queue) => queue.queueId),
        );
      }
    }),
    { numRuns: 60 },
  );
});
