import {
  encodeQueryConsumeTimeSpanBody,
  encodeResetOffsetBody,
  INVOKE_BROKER_TO_RESET_OFFSET,
  type MessageQueue,
  QUERY_CONSUME_TIME_SPAN,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';
import { answerWhenSaved } from './saved-answer.ts';

type Parts = Pick<AdminParts, 'identity' | 'store' | 'topics' | 'groups' | 'offsets' | 'held' | 'clock' | 'logger'>;

/** Moving groups to another place of a topic. Source: AdminBrokerProcessor#resetOffset with useServerSideResetOffset. */
export function serveOffsetAdmin(server: RemotingServer, parts: Parts): void {
  const { topics, groups, store, offsets, held, identity, logger } = parts;
  server.handle(INVOKE_BROKER_TO_RESET_OFFSET, (call) => {
    const { topic: name, group, timestamp, queueId, offset } = call.header;
    const topic = topics.get(name);
    if (topic === undefined) return call.fail(ResponseCode.TOPIC_NOT_EXIST, `Topic ${name} does not exist`);
    if (groups.get(group) === undefined)
      return call.fail(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${group} does not exist`);
    const table: [MessageQueue, number][] = [];
    const ids = queueId >= 0 ? [queueId] : Array.from({ length: topic.readQueueNums }, (_, index) => index);
    for (const id of ids) {
      const queue = store.queue(name, id);
      if (queueId >= 0 && offset >= 0 && (offset < queue.minOffset || offset > queue.maxOffset + 1)) {
        return call.fail(
          ResponseCode.SYSTEM_ERROR,
          `Target offset ${offset} not in consume queue range [${queue.minOffset}-${queue.maxOffset}]`,
        );
      }
      const target =
        queueId >= 0 && offset >= 0 ? offset : timestamp < 0 ? queue.maxOffset : queue.offsetAt(timestamp, 'LOWER');
      table.push([{ topic: name, brokerName: identity.brokerName, queueId: id }, target]);
    }
    for (const [queue, target] of table) {
      offsets.reset(group, name, queue.queueId, target);
      held.answerNow(store.queue(name, queue.queueId));
    }
    logger.info('a group was moved', { group, topic: name, timestamp, queues: table.length });
    offsets.whenSaved(answerWhenSaved(call, encodeResetOffsetBody(table)));
  });
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
