import { isDeadLetterTopic, isRetryTopic, MessageProperty, type MessageView } from '@rocketmq-ts/admin';
import type { MessageOrigin, MessageRow } from '../api/index.ts';

const PREVIEW_BYTES = 400;
const PREVIEW_CHARACTERS = 200;

/** A message as tables show it. */
export function messageRow(message: MessageView, brokerName: string | undefined): MessageRow {
  return {
    msgId: message.msgId,
    offsetMsgId: message.offsetMsgId,
    topic: message.topic,
    brokerName,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    storeTimestampMs: message.storeTimestamp,
    bornTimestampMs: message.bornTimestamp,
    tags: message.tags,
    keys: message.keys,
    bodyBytes: message.body.length,
    preview: previewOf(message.body),
    reconsumeTimes: message.reconsumeTimes,
    origin: originOf(message),
  };
}

/** Where a message was sent to before a broker stored it elsewhere. */
export function originOf(message: MessageView): MessageOrigin | undefined {
  const retried = isDeadLetterTopic(message.topic) || isRetryTopic(message.topic);
  const topic =
    (retried
      ? (message.property(MessageProperty.DLQ_ORIGIN_TOPIC) ?? message.property(MessageProperty.RETRY_TOPIC))
      : undefined) ?? message.property(MessageProperty.REAL_TOPIC);
  const msgId = retried
    ? (message.property(MessageProperty.DLQ_ORIGIN_MESSAGE_ID) ?? message.property(MessageProperty.ORIGIN_MESSAGE_ID))
    : undefined;
  if ((topic === undefined || topic === message.topic) && msgId === undefined) return undefined;
  return { topic, msgId };
}

/** The beginning of a text on one line; undefined for what is none. */
function previewOf(body: Buffer): string | undefined {
  const start = body.subarray(0, PREVIEW_BYTES);
  const text = textOf(start, start.length < body.length);
  return text?.replace(/\s+/g, ' ').slice(0, PREVIEW_CHARACTERS);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary bodies from texts
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/;

/** The body as UTF-8; undefined when it is something else. `isCut`: the last character may be a part of one. */
export function textOf(body: Uint8Array, isCut = false): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body, { stream: isCut });
    return CONTROL.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
