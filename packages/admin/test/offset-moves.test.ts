import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeHeartbeatData,
  encodeConsumerIdList,
  encodeMessage,
  encodeOffsetMovedEvent,
  GET_CONSUMER_LIST_BY_GROUP,
  HEART_BEAT,
  PULL_MESSAGE,
  QUERY_CONSUMER_OFFSET,
  UNREGISTER_CLIENT,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { type SmallCluster, withSmallCluster } from './small-cluster.ts';

const host = { host: '10.0.0.1', port: 10911 };
const messageQueue = { topic: 'Orders', brokerName: 'a', queueId: 2 };
const event = { consumerGroup: 'billing', messageQueue, offsetRequest: 9, offsetNew: 3 };

function stored(queueOffset: number, body: Buffer): Buffer {
  return encodeMessage({
    ...{ topic: 'OFFSET_MOVED_EVENT', queueId: 0, flag: 0, queueOffset, physicalOffset: queueOffset, sysFlag: 0 },
    ...{ bornTimestamp: 1, bornHost: host, storeTimestamp: 1234, storeHost: host, reconsumeTimes: 0 },
    ...{ preparedTransactionOffset: 0, body, propertiesText: '' },
  });
}

/** Brokers that know one consumer; queue 0 of broker `a` has two messages. */
function serveEvents({ brokers }: SmallCluster, seen: { groups: Set<string>; left: number }): void {
  let clientId = '';
  for (const [name, broker] of Object.entries(brokers)) {
    broker.handle(HEART_BEAT, (call) => {
      const heartbeat = decodeHeartbeatData(call.body);
      clientId = heartbeat.clientID;
      for (const { groupName } of heartbeat.consumers) seen.groups.add(groupName);
      call.answer({});
    });
    broker.handle(GET_CONSUMER_LIST_BY_GROUP, (call) => call.answer({}, { body: encodeConsumerIdList([clientId]) }));
    broker.handle(QUERY_CONSUMER_OFFSET, (call) => call.answer({ offset: 0 }));
    broker.handle(UPDATE_CONSUMER_OFFSET, (call) => call.answer({}));
    broker.handle(UNREGISTER_CLIENT, (call) => {
      seen.left += 1;
      call.answer({});
    });
    broker.handle(PULL_MESSAGE, (call) => {
      const range = { suggestWhichBrokerId: 0, nextBeginOffset: 2, minOffset: 0, maxOffset: 2 };
      const { topic, queueId, queueOffset } = call.header;
      if (topic !== 'OFFSET_MOVED_EVENT' || name !== 'a' || queueId !== 0 || queueOffset !== 0)
        return new Promise(() => {});
      const body = Buffer.concat([stored(0, Buffer.from('no event')), stored(1, encodeOffsetMovedEvent(event))]);
      return call.answer(range, { body });
    });
  }
}

// Source: MonitorService.
test('events of moved offsets come with the time when they were stored, and what is none is passed over', async () => {
  const seen = { groups: new Set<string>(), left: 0 };
  const found: object[] = [];
  await withSmallCluster(
    (cluster) => serveEvents(cluster, seen),
    async (admin, { environment }) => {
      await admin.watchOffsetMoves((moved, storeTimestampMs) => found.push({ ...moved, storeTimestampMs }));
      await environment.clock.advance(10_000);
    },
  );
  assert.deepEqual(found, [{ ...event, storeTimestampMs: 1234 }]);
  assert.deepEqual([...seen.groups], ['__MONITOR_CONSUMER']);
  // The end of the admin ends the consumer, which leaves its group on both brokers.
  assert.equal(seen.left, 2);
});
