import { encodeQueryConsumeTimeSpanBody, QUERY_CONSUME_TIME_SPAN, ResponseCode } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'identity' | 'store' | 'topics' | 'offsets' | 'clock'>;

/** How old the messages are that a group is at. Source: AdminBrokerProcessor#queryConsumeTimeSpan. */
export function serveTimeSpans(server: RemotingServer, parts: Parts): void {
  const { topics, store, offsets, identity } = parts;
  server.handle(QUERY_CONSUME_TIME_SPAN, (call) => {
    const { topic: name, group } = call.header;
    const topic = topics.get(name);
    if (topic === undefined) return call.fail(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist`);
    const spans = [];
    for (let queueId = 0; queueId < topic.writeQueueNums; queueId++) {
      const queue = store.queue(name, queueId);
      const consumed = offsets.query(group, name, queueId) ?? queue.minOffset;
      const consumeTimeStamp = queue.storeTimestampAt(Math.max(queue.minOffset, consumed - 1));
      const behind = consumed < queue.maxOffset ? parts.clock.now() - queue.storeTimestampAt(consumed) : 0;
      spans.push({
        messageQueue: { topic: name, brokerName: identity.brokerName, queueId },
        minTimeStamp: queue.storeTimestampAt(queue.minOffset),
        maxTimeStamp: queue.storeTimestampAt(queue.maxOffset - 1),
        consumeTimeStamp,
        delayTime: behind,
      });
    }
    call.answer({}, { body: encodeQueryConsumeTimeSpanBody(spans) });
  });
}
