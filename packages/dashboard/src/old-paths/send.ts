import type { OldCall } from './endpoint.ts';
import { topicOf } from './topic-of.ts';

/** `/topic/sendTopicMessage.do`. Source: TopicServiceImpl#sendTopicMessageRequest, SendResult. */
export async function sendResult(call: OldCall): Promise<unknown> {
  const { admin, values } = call;
  const named = topicOf(call);
  // A mistyped topic is refused, also where brokers create topics by themselves.
  await admin.examineTopicRoute(named);
  const { sendStatus, msgId, offsetMsgId, queue, queueOffset } = await admin.sendMessage({
    topic: named,
    body: Buffer.from(values.optional('messageBody') ?? ''),
    tags: values.optional('tag'),
    keys: values.optional('key'),
  });
  const { topic, brokerName, queueId } = queue;
  return {
    sendStatus,
    msgId,
    messageQueue: { topic, brokerName, queueId },
    queueOffset,
    // Of any message the broker answers its unique key.
    transactionId: msgId,
    offsetMsgId,
    regionId: null,
    traceOn: false,
    rawRespBody: null,
    recallHandle: null,
  };
}
