import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TopicRouteData } from '@rocketmq-ts/protocol';
import { buildClientId } from '../src/instance/client-identity.ts';
import { readableQueues, writableQueues } from '../src/route/topic-queues.ts';

function route(changes: Partial<TopicRouteData> = {}): TopicRouteData {
  const broker = (brokerName: string, ids: number[]) => ({
    cluster: 'c',
    brokerName,
    brokerAddrs: new Map(ids.map((id) => [id, `10.0.0.${id}:10911`])),
    enableActingMaster: false,
    zoneName: undefined,
  });
  const queues = (brokerName: string, perm: number) => ({
    brokerName,
    perm,
    readQueueNums: 2,
    writeQueueNums: 1,
    topicSysFlag: 0,
  });
  return {
    orderTopicConf: undefined,
    brokerDatas: [broker('b', [0, 1]), broker('a', [0]), broker('slave-only', [1]), broker('read-only', [0])],
    queueDatas: [queues('b', 6), queues('a', 6), queues('slave-only', 6), queues('read-only', 4), queues('unknown', 6)],
    filterServerTable: new Map(),
    topicQueueMappingByBroker: undefined,
    ...changes,
  };
}

const names = (queues: readonly { brokerName: string; queueId: number }[]) =>
  queues.map((queue) => `${queue.brokerName}-${queue.queueId}`);

// Source: MQClientInstance#topicRouteData2TopicPublishInfo, #topicRouteData2TopicSubscribeInfo.
test('messages go to writable queues of brokers that have a master, by broker name', () => {
  assert.deepEqual(names(writableQueues('T', route())), ['a-0', 'b-0']);
});

test('messages come from every readable queue, master or not', () => {
  assert.deepEqual(names(readableQueues('T', route())), [
    'b-0',
    'b-1',
    'a-0',
    'a-1',
    'slave-only-0',
    'slave-only-1',
    'read-only-0',
    'read-only-1',
    'unknown-0',
    'unknown-1',
  ]);
});

test('an ordered topic has exactly the queues of its list', () => {
  assert.deepEqual(names(writableQueues('T', route({ orderTopicConf: 'z:2;a:1' }))), ['z-0', 'z-1', 'a-0']);
});

test('a client id has two or three parts', () => {
  assert.equal(buildClientId('10.0.0.1', 'DEFAULT', undefined), '10.0.0.1@DEFAULT');
  assert.equal(buildClientId('10.0.0.1', 'one', 'unit'), '10.0.0.1@one@unit');
});
