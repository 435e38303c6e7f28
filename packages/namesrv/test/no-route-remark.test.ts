import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicConfig } from '@rocketmq-ts/protocol';
import { ComparisonBudget } from '../src/comparison-budget.ts';
import { nearNames, noRouteRemark } from '../src/no-route-remark.ts';
import { RouteTable } from '../src/route-table.ts';
import { registration, topics } from './broker-of-test.ts';

test('without any broker the remark has that fact', () => {
  assert.equal(
    noRouteRemark('T', new RouteTable()),
    'No topic route info in name server for the topic: T\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.\nNo broker is registered at this name server: start one, or check its namesrvAddr.',
  );
});

test('the remark names brokers, automatic creation and similar topics', () => {
  const table = new RouteTable();
  table.register(registration({ topics: topics('OrderTopic') }), 0);
  const remark = noRouteRemark('orderTopics', table);
  assert.match(remark, /Registered here: a \(10\.0\.0\.1:10911\)\./);
  assert.match(remark, /The topic is created when a producer sends to it, on a\./);
  assert.match(remark, /Similar topics: OrderTopic\./);
});

test('without the template topic the remark has how to create one', () => {
  const table = new RouteTable();
  const own = topics('T');
  own.delete('TBW102');
  table.register(registration({ topics: own }), 0);
  assert.match(
    noRouteRemark('x', table),
    /None of them offers the template topic TBW102, as brokers with autoCreateTopicEnable=true do: create the topic with mqadmin updateTopic\./,
  );
});

// wipeWritePerm leaves 5 and addWritePerm 6: the broker's property can't be known from either.
test('a template whose permission was changed here claims nothing of the broker’s property', () => {
  const remarkWith = (perm: number): string => {
    const table = new RouteTable();
    const own = topics('T');
    own.set('TBW102', createTopicConfig('TBW102', { perm }));
    table.register(registration({ topics: own }), 0);
    return noRouteRemark('x', table);
  };
  assert.match(
    remarkWith(5),
    /can not be created by sending now, since a may not be written to \(mqadmin wipeWritePerm/,
  );
  assert.match(
    remarkWith(6),
    /Whether a creates the topic .* is not known here since mqadmin addWritePerm: send to it/,
  );
  for (const perm of [5, 6, 7]) assert.doesNotMatch(remarkWith(perm), /autoCreateTopicEnable/);
});

test('many brokers are counted, not listed', () => {
  const table = new RouteTable();
  for (let i = 0; i < 8; i++) table.register(registration({ brokerName: `b${i}`, brokerAddr: `h:${i}` }), 0);
  assert.match(noRouteRemark('x', table), /b4 \(h:4\) and 3 more\./);
});

test('near names come nearest first, three at the most, and short names allow one letter', () => {
  assert.deepEqual(nearNames('topic', ['tropic', 'topics', 'TOPIC', 'toxicc', 'panic', 'topi']), [
    'TOPIC',
    'tropic',
    'topics',
  ]);
  assert.deepEqual(nearNames('ab', ['ac', 'cd', 'abc', 'abcd']), ['ac', 'abc']);
});

test('names are compared five times a second, ten times at once: unknown topics of many clients do not hold up the others', () => {
  let nowMs = 0;
  const budget = new ComparisonBudget({ monotonicMs: () => nowMs });
  const taken = (): number => Array.from({ length: 100 }, () => budget.take()).filter(Boolean).length;
  assert.equal(taken(), 10);
  nowMs += 600;
  assert.equal(taken(), 3);
  nowMs += 60_000;
  assert.equal(taken(), 10);
  const table = new RouteTable();
  table.register(registration({ topics: topics('orderTopic') }), 0);
  assert.match(noRouteRemark('orderTopics', table), /Similar topics: orderTopic\./);
  assert.doesNotMatch(noRouteRemark('orderTopics', table, false), /Similar/);
});
