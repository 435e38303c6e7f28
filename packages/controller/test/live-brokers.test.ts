import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { LiveBrokers } from '../src/live/live-brokers.ts';

class TestConnection {
  readonly listeners: (() => void)[] = [];

  onClose(listener: () => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    for (const listener of this.listeners) listener();
  }
}

function makeLiveBrokers() {
  const dead: string[] = [];
  const { clock } = new SimulatedEnvironment(1);
  const live = new LiveBrokers({
    ...{ clock, logger: silentLogger, silenceLimitMs: () => 7000 },
    onDead: (brokerName) => dead.push(brokerName),
  });
  const heartbeat = (connection: TestConnection, brokerName: string, brokerId = 1) =>
    live.heartbeat({
      ...{ clusterName: 'c', brokerName, brokerId, timeoutMs: undefined, connection },
      ...{ epoch: 1, maxOffset: 0, electionPriority: 0 },
    });
  const isAlive = (brokerName: string, brokerId = 1) => live.isAlive({ clusterName: 'c', brokerName }, brokerId);
  return { dead, heartbeat, isAlive };
}

test('a connection is listened to once, however often the heartbeats of a broker change between two', () => {
  const { dead, heartbeat, isAlive } = makeLiveBrokers();
  const [left, right] = [new TestConnection(), new TestConnection()];
  for (let i = 0; i < 1000; i++) heartbeat(i % 2 === 0 ? left : right, 'a');
  assert.deepEqual([left.listeners.length, right.listeners.length], [1, 1]);
  left.close();
  assert.deepEqual([isAlive('a'), dead], [true, []]);
  right.close();
  assert.deepEqual([isAlive('a'), dead], [false, ['a']]);
});

test('all brokers whose last heartbeat came over a connection die with it, no others', () => {
  const { dead, heartbeat, isAlive } = makeLiveBrokers();
  const [shared, other] = [new TestConnection(), new TestConnection()];
  heartbeat(shared, 'a');
  heartbeat(shared, 'a', 2);
  heartbeat(shared, 'b');
  heartbeat(other, 'b');
  heartbeat(other, 'c');
  shared.close();
  assert.deepEqual([isAlive('a'), isAlive('a', 2), isAlive('b'), isAlive('c')], [false, false, true, true]);
  assert.deepEqual(dead, ['a', 'a']);
});
