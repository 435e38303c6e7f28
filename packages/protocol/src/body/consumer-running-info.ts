import { JsonDouble, type JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { CONSUME_RESULTS, type ConsumeResult } from '../model/consumer.ts';
import { Members } from './members.ts';
import { type QueueTable, queueTableJson, readQueueTable } from './message-queue.ts';
import { readSubscriptionData, type SubscriptionData, subscriptionDataJson } from './subscription-data.ts';

/** Local window of one queue. Source: ProcessQueueInfo. */
export interface ProcessQueueInfo {
  readonly commitOffset: number;
  readonly cachedMsgMinOffset: number;
  readonly cachedMsgMaxOffset: number;
  readonly cachedMsgCount: number;
  readonly cachedMsgSizeInMiB: number;
  readonly transactionMsgMinOffset: number;
  readonly transactionMsgMaxOffset: number;
  readonly transactionMsgCount: number;
  readonly locked: boolean;
  readonly tryUnlockTimes: number;
  readonly lastLockTimestamp: number;
  /** Misspelt on the wire: `droped`. */
  readonly dropped: boolean;
  readonly lastPullTimestamp: number;
  readonly lastConsumeTimestamp: number;
}

/** Source: PopProcessQueueInfo. */
interface PopProcessQueueInfo {
  readonly waitAckCount: number;
  readonly dropped: boolean;
  readonly lastPopTimestamp: number;
}

/** Rates of one topic over the last minute. Source: ConsumeStatus. */
export interface ConsumeStatus {
  /** Milliseconds a pull. */
  readonly pullRT: number;
  /** Messages a second. */
  readonly pullTPS: number;
  /** Milliseconds a call of the listener; where the last minute has none, over the last hour. */
  readonly consumeRT: number;
  readonly consumeOKTPS: number;
  readonly consumeFailedTPS: number;
  /** Over the last hour. */
  readonly consumeFailedMsgs: number;
}

/** State of one consumer. Source: ConsumerRunningInfo. */
export interface ConsumerRunningInfo {
  /** Must hold PROP_CONSUME_TYPE and PROP_CONSUMER_START_TIMESTAMP: Apache's tool fails without. */
  readonly properties: ReadonlyMap<string, string>;
  readonly subscriptionSet: readonly SubscriptionData[];
  readonly mqTable: QueueTable<ProcessQueueInfo>;
  readonly mqPopTable: QueueTable<PopProcessQueueInfo>;
  readonly statusTable: ReadonlyMap<string, ConsumeStatus>;
  readonly userConsumerInfo: ReadonlyMap<string, string>;
  readonly jstack: string | undefined;
}

/** The body, as Apache writes it. */
export function encodeConsumerRunningInfo(info: ConsumerRunningInfo): Buffer {
  return encodeJson({
    jstack: info.jstack,
    mqPopTable: queueTableJson(info.mqPopTable, ({ dropped, ...rest }) => ({ ...rest, droped: dropped })),
    mqTable: queueTableJson(info.mqTable, ({ dropped, ...rest }) => ({ ...rest, droped: dropped })),
    properties: info.properties,
    statusTable: new Map([...info.statusTable].map(([topic, status]) => [topic, statusJson(status)])),
    subscriptionSet: info.subscriptionSet.map(subscriptionDataJson),
    userConsumerInfo: info.userConsumerInfo,
  });
}

/** Throws BAD_BODY. */
export function decodeConsumerRunningInfo(body: Uint8Array): ConsumerRunningInfo {
  const members = Members.parse(body, 'ConsumerRunningInfo');
  return {
    properties: members.textTable('properties'),
    subscriptionSet: members.objects('subscriptionSet').map(readSubscriptionData),
    mqTable: readQueueTable(members, 'mqTable', (value, where) => readProcessQueueInfo(new Members(value, where))),
    mqPopTable: readQueueTable(members, 'mqPopTable', (value, where) => readPopQueueInfo(new Members(value, where))),
    statusTable: members.table('statusTable', readStatus),
    userConsumerInfo: members.textTable('userConsumerInfo'),
    jstack: members.optionalText('jstack'),
  };
}

function readProcessQueueInfo(members: Members): ProcessQueueInfo {
  return {
    commitOffset: members.integer('commitOffset', 0),
    cachedMsgMinOffset: members.integer('cachedMsgMinOffset', 0),
    cachedMsgMaxOffset: members.integer('cachedMsgMaxOffset', 0),
    cachedMsgCount: members.integer('cachedMsgCount', 0),
    cachedMsgSizeInMiB: members.integer('cachedMsgSizeInMiB', 0),
    transactionMsgMinOffset: members.integer('transactionMsgMinOffset', 0),
    transactionMsgMaxOffset: members.integer('transactionMsgMaxOffset', 0),
    transactionMsgCount: members.integer('transactionMsgCount', 0),
    locked: members.flag('locked', false),
    tryUnlockTimes: members.integer('tryUnlockTimes', 0),
    lastLockTimestamp: members.integer('lastLockTimestamp', 0),
    dropped: readDropped(members),
    lastPullTimestamp: members.integer('lastPullTimestamp', 0),
    lastConsumeTimestamp: members.integer('lastConsumeTimestamp', 0),
  };
}

function readPopQueueInfo(members: Members): PopProcessQueueInfo {
  return {
    waitAckCount: members.integer('waitAckCount', 0),
    dropped: readDropped(members),
    lastPopTimestamp: members.integer('lastPopTimestamp', 0),
  };
}

/** Go clients spell it right. */
function readDropped(members: Members): boolean {
  return members.flag(members.has('droped') ? 'droped' : 'dropped', false);
}

function readStatus(members: Members): ConsumeStatus {
  return {
    pullRT: members.double('pullRT', 0),
    pullTPS: members.double('pullTPS', 0),
    consumeRT: members.double('consumeRT', 0),
    consumeOKTPS: members.double('consumeOKTPS', 0),
    consumeFailedTPS: members.double('consumeFailedTPS', 0),
    consumeFailedMsgs: members.integer('consumeFailedMsgs', 0),
  };
}

function statusJson(status: ConsumeStatus): JsonInput {
  return {
    consumeFailedMsgs: status.consumeFailedMsgs,
    consumeFailedTPS: new JsonDouble(status.consumeFailedTPS),
    consumeOKTPS: new JsonDouble(status.consumeOKTPS),
    consumeRT: new JsonDouble(status.consumeRT),
    pullRT: new JsonDouble(status.pullRT),
    pullTPS: new JsonDouble(status.pullTPS),
  };
}

/** What became of a message that an admin had consumed. Source: ConsumeMessageDirectlyResult. */
export interface ConsumeMessageDirectlyResult {
  readonly order: boolean;
  readonly autoCommit: boolean;
  readonly consumeResult: ConsumeResult;
  readonly remark: string | undefined;
  readonly spentTimeMills: number;
}

/** The body, as Apache writes it. */
export function encodeConsumeMessageDirectlyResult(result: ConsumeMessageDirectlyResult): Buffer {
  return encodeJson(result);
}

/** Go clients send the result as a number. */
export function decodeConsumeMessageDirectlyResult(body: Uint8Array): ConsumeMessageDirectlyResult {
  const members = Members.parse(body, 'ConsumeMessageDirectlyResult');
  return {
    order: members.flag('order', false),
    autoCommit: members.flag('autoCommit', true),
    consumeResult: members.choice('consumeResult', CONSUME_RESULTS, 'CR_SUCCESS'),
    remark: members.optionalText('remark'),
    spentTimeMills: members.integer('spentTimeMills', 0),
  };
}
