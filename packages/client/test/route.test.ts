import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkInterface } from '@rocketmq-ts/kernel';
import type { TopicRouteData } from '@rocketmq-ts/protocol';
import { buildClientId, localAddress } from '../src/instance/client-identity.ts';
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

const net = (name: string, address: string, family: 'IPv4' | 'IPv6' = 'IPv4'): NetworkInterface => ({
  name,
  address,
  family,
  loopback: name === 'lo',
});

// Source: NetworkUtil#getLocalInetAddress.
test('a machine is named by its first public address, else by its last private one', () => {
  assert.equal(
    localAddress([net('lo', '127.0.0.1'), net('eth0', '10.0.0.5'), net('eth1', '203.0.113.9')]),
    '203.0.113.9',
  );
  assert.equal(
    localAddress([net('eth0', '10.0.0.5'), net('eth1', '192.168.1.2'), net('docker0', '172.17.0.1')]),
    '192.168.1.2',
  );
  assert.equal(localAddress([net('docker0', '172.17.0.1')]), '172.17.0.1');
  assert.equal(localAddress([net('eth0', 'fe80::1', 'IPv6'), net('eth0', '2001:db8::1', 'IPv6')]), '[2001:db8::1]');
  assert.equal(localAddress([net('lo', '127.0.0.1')]), '127.0.0.1');
});

test('a client id has two or three parts', () => {
  assert.equal(buildClientId('10.0.0.1', 'DEFAULT', undefined), '10.0.0.1@DEFAULT');
  assert.equal(buildClientId('10.0.0.1', 'one', 'unit'), '10.0.0.1@one@unit');
});
