import type { OldCall } from './endpoint.ts';
import { topicOf } from './topic-of.ts';
import { OldPathError } from './values.ts';

/** `/topic/sendTopicMessage.do`. Source: TopicServiceImpl#sendTopicMessageRequest, SendResult. */
export async function sendResult(call: OldCall): Promise<unknown> {
  const { admin, values } = call;
  const body = values.optional('messageBody');
  if (body === undefined) throw new OldPathError("Required parameter 'messageBody' is not present.");
  const { sendStatus, msgId, offsetMsgId, queue, queueOffset } = await admin.sendMessage({
    topic: topicOf(call),
    body: Buffer.from(body),
    tags: values.optional('tag'),
    keys: values.optional('key'),
  });
  const { topic, brokerName, queueId } = queue;
  return {
    sendStatus,
    msgId,
    messageQueue: { topic, brokerName, queueId },
    queueOffset,
    transactionId: null,
    offsetMsgId,
    regionId: null,
    traceOn: false,
    rawRespBody: null,
    recallHandle: null,
  };
}
