import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicConfig } from '@rocketmq-ts/protocol';
import { nearNames, noRouteRemark } from '../src/no-route-remark.ts';
import { RouteTable } from '../src/route-table.ts';
import { registration, topics } from './broker-of-test.ts';

// rocketmq#278, #463, #484
test('without any broker the remark says so', () => {
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
  assert.match(remark, /created when a producer sends to it \(autoCreateTopicEnable=true on a\)/);
  assert.match(remark, /Similar topics: OrderTopic\./);
});

test('without the template topic the remark says how to create one', () => {
  const table = new RouteTable();
  const own = topics('T');
  own.set('TBW102', createTopicConfig('TBW102', { perm: 6 }));
  table.register(registration({ topics: own }), 0);
  assert.match(noRouteRemark('x', table), /autoCreateTopicEnable=false\): create the topic with mqadmin updateTopic/);
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
