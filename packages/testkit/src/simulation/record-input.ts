import { formatMessageProperties, javaHashCode, MessageProperty, SystemTopic } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
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
  return {
    topic,
    queueId,
    flag: 0,
    sysFlag: put.sysFlag ?? 0,
    bornTimestamp: 1,
    bornHost: HOST,
    storeHost: HOST,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body,
    properties: formatMessageProperties(properties),
    tagsCode: put.tag === undefined ? 0 : javaHashCode(put.tag),
    delayMs,
  };
}

export function uniqueKey(id: number): string {
  return `ID${id}`;
}
