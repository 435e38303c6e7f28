import { type Logger, parseEndpoint } from '@rocketmq-ts/kernel';
import {
  appendProperty,
  compressionType,
  inflateBody,
  MessageProperty,
  MessageSysFlag,
  MessageView,
  type PUSH_REPLY_MESSAGE_TO_CLIENT,
} from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import { MessageExt } from '../message/message-ext.ts';

const NOWHERE = { host: '0.0.0.0', port: 0 };

/**
 * The message of a pushed reply. A body that can not be inflated stays as it came, with the compressed bit set. The broker's
 * position of the message is not known. Source: ClientRemotingProcessor#receiveReplyMessage.
 */
export function receivedReply(
  { header, body }: Pick<Call<typeof PUSH_REPLY_MESSAGE_TO_CLIENT>, 'header' | 'body'>,
  nowMs: number,
  logger: Logger,
): MessageExt {
  const inflated = inflatedBody(header.sysFlag, body, logger);
  const view = new MessageView({
    topic: header.topic,
    queueId: header.queueId,
    flag: header.flag,
    queueOffset: 0,
    physicalOffset: 0,
    sysFlag: inflated === undefined ? header.sysFlag : header.sysFlag & ~MessageSysFlag.COMPRESSED,
    bornTimestamp: header.bornTimestamp,
    bornHost: parseEndpoint(header.bornHost) ?? NOWHERE,
    storeTimestamp: header.storeTimestamp,
    storeHost: parseEndpoint(header.storeHost) ?? NOWHERE,
    reconsumeTimes: header.reconsumeTimes,
    preparedTransactionOffset: 0,
    bodyCrc: 0,
    body: inflated ?? body,
    propertiesText: appendProperty(header.properties, MessageProperty.REPLY_MESSAGE_ARRIVE_TIME, String(nowMs)),
    storeSize: 0,
  });
  return new MessageExt(view, { brokerName: '', queueId: header.queueId });
}

/** Undefined for a compressed body that can not be inflated. */
function inflatedBody(sysFlag: number, body: Buffer, logger: Logger): Buffer | undefined {
  const type = compressionType(sysFlag);
  if (type === undefined) return body;
  try {
    if (type !== 'illegal') return inflateBody(type, body);
    logger.warn('the body of a reply is compressed in a way that is not known', { sysFlag });
  } catch (error) {
    logger.warn('the body of a reply could not be inflated', { error });
  }
  return undefined;
}
