import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RocketmqRetryException, RocketmqServer } from '@rocketmq-ts/nestjs';

const handler = async (): Promise<void> => {};
const server = (): RocketmqServer => new RocketmqServer({ namesrvAddr: '127.0.0.1:9', consumerGroup: 'patterns' });

test('an SQL92 expression has its topic for itself', () => {
  const one = server();
  one.addHandler({ topic: 'Priced', sql: 'price > 10' }, handler, true);
  one.addHandler({ topic: 'Other', tags: 'a' }, handler, true);
  assert.throws(() => one.addHandler({ topic: 'Priced', tags: 'a' }, handler, true), /only one SQL92 expression can/);
  assert.throws(() => one.addHandler({ topic: 'Third', tags: 'a', sql: 'b = 1' }, handler), /has both tags and sql/);
});

test('patterns of other transports are not served', () => {
  const one = server();
  one.addHandler({ cmd: 'sum' }, handler);
  one.addHandler({ topic: 7 }, handler);
  assert.equal(one.getHandlers().size, 0);
});

test('a delay level that does not exist is refused where it is named', () => {
  assert.throws(() => new RocketmqRetryException('later', 19), RangeError);
  assert.throws(() => new RocketmqRetryException('later', 1.5), RangeError);
});

test('an event that does not exist is refused', () => {
  assert.throws(() => server().on('error' as 'retry', () => {}), /has no event error/);
});
