import { javaHashCode } from '@rocketmq-ts/kernel';
import { formatMessageProperties, MessageProperty, parseMessageProperties, SystemTopic } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import { recordOf } from '../store-set-up.ts';
import type { Put } from './plan.ts';

const HOST = Buffer.from('0a00000100002a9f', 'hex');
/** Ids of one operation's messages: its number times this, and on. */
export const IDS_AN_OPERATION = 100;

/** The record of a planned message. Its body begins with its id. */
export function recordInput(put: Put, id: number, delayLevelsMs: readonly number[]): RecordInput {
  const body = Buffer.alloc(8 + put.bytes, id & 0xff);
  body.writeDoubleBE(id);
  const properties: [string, string][] = [];
  if (put.tag !== undefined) properties.push([MessageProperty.TAGS, put.tag]);
  if (put.keys !== undefined) properties.push([MessageProperty.KEYS, put.keys]);
  properties.push([MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey(id)]);
  let { topic, queueId } = put;
  let delayMs: number | undefined;
  if (put.level !== undefined) {
    properties.push([MessageProperty.DELAY_TIME_LEVEL, String(put.level)]);
    topic = SystemTopic.SCHEDULE;
    queueId = put.level - 1;
    delayMs = delayLevelsMs[put.level - 1]!;
  }
  const text = glued(formatMessageProperties(properties), put.glued);
  return recordOf({
    topic,
    queueId,
    sysFlag: put.sysFlag ?? 0,
    bornTimestamp: 1,
    bornHost: HOST,
    storeHost: HOST,
    body,
    properties: text,
    tagsCode: javaHashCode(parseMessageProperties(text).get(MessageProperty.TAGS) ?? ''),
    delayMs,
  });
}

export function uniqueKey(id: number): string {
  return `ID${id}`;
}

/** The same properties by every reader's reading, in a text as agents and old clients leave it. */
function glued(text: string, how: Put['glued']): string {
  switch (how) {
    case 'double':
      return `TAGS\u0001other\u0002DELAY\u00019\u0002KEYS\u0001lost\u0002UNIQ_KEY\u0001no\u0002\u0001\u0002${text}TAGS\u0001\u0002`;
    case 'open':
      return text.slice(0, -1);
    case 'inner':
      return `trace\u0001TAGS\u0001x\u0002${text}`;
    default:
      return text;
  }
}
