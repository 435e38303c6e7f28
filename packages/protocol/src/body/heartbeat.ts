import { javaHashCode } from '@rocketmq-ts/kernel';
import type { JsonInput } from '../json/value.ts';
import { encodeJson, writeJson } from '../json/write.ts';
import {
  CONSUME_FROM_WHERES,
  CONSUME_TYPES,
  type ConsumeFromWhere,
  type ConsumeType,
  MESSAGE_MODELS,
  type MessageModel,
} from '../model/consumer.ts';
import { Members } from './members.ts';
import { readSubscriptionData, type SubscriptionData, subscriptionDataJson } from './subscription-data.ts';

/** A consumer group of a client. Source: ConsumerData. */
export interface ConsumerData {
  readonly groupName: string;
  readonly consumeType: ConsumeType;
  readonly messageModel: MessageModel;
  readonly consumeFromWhere: ConsumeFromWhere;
  readonly subscriptionDataSet: readonly SubscriptionData[];
  readonly unitMode: boolean;
}

/** What a client reports to each broker about itself. Source: HeartbeatData. */
export interface HeartbeatData {
  readonly clientID: string;
  /** Names of producer groups. */
  readonly producerGroups: readonly string[];
  readonly consumers: readonly ConsumerData[];
  /** 0: no fingerprint, a plain heartbeat. */
  readonly heartbeatFingerprint: number;
  /** The subscriptions are left out since the fingerprint says that they did not change. */
  readonly withoutSub: boolean;
}

/** The body, as Apache writes it. */
export function encodeHeartbeatData(data: HeartbeatData): Buffer {
  return encodeJson(heartbeatJson(data));
}

/** Throws BAD_BODY. */
export function decodeHeartbeatData(body: Uint8Array): HeartbeatData {
  const members = Members.parse(body, 'HeartbeatData');
  return {
    clientID: members.text('clientID'),
    producerGroups: members.objects('producerDataSet').map((producer) => producer.text('groupName')),
    consumers: members.objects('consumerDataSet').map(readConsumerData),
    heartbeatFingerprint: members.integer('heartbeatFingerprint', 0),
    withoutSub: members.flag('withoutSub', false),
  };
}

/** Equal for equal subscriptions; compared only with itself. Source: HeartbeatData#computeHeartbeatFingerprint. */
export function heartbeatFingerprint(data: HeartbeatData): number {
  const consumers = data.consumers.map((consumer) => ({
    ...consumer,
    subscriptionDataSet: consumer.subscriptionDataSet.map((subscription) => ({ ...subscription, subVersion: 0 })),
  }));
  return javaHashCode(
    writeJson(heartbeatJson({ ...data, consumers, clientID: '', heartbeatFingerprint: 0, withoutSub: false })),
  );
}

function readConsumerData(members: Members): ConsumerData {
  return {
    groupName: members.text('groupName'),
    consumeType: members.choice('consumeType', CONSUME_TYPES, 'CONSUME_PASSIVELY'),
    messageModel: members.choice('messageModel', MESSAGE_MODELS, 'CLUSTERING'),
    consumeFromWhere: members.choice('consumeFromWhere', CONSUME_FROM_WHERES, 'CONSUME_FROM_LAST_OFFSET'),
    subscriptionDataSet: members.objects('subscriptionDataSet').map(readSubscriptionData),
    unitMode: members.flag('unitMode', false),
  };
}

function heartbeatJson(data: HeartbeatData): JsonInput {
  return {
    clientID: data.clientID,
    consumerDataSet: data.consumers.map((consumer) => ({
      consumeFromWhere: consumer.consumeFromWhere,
      consumeType: consumer.consumeType,
      groupName: consumer.groupName,
      messageModel: consumer.messageModel,
      subscriptionDataSet: consumer.subscriptionDataSet.map(subscriptionDataJson),
      unitMode: consumer.unitMode,
    })),
    heartbeatFingerprint: data.heartbeatFingerprint,
    producerDataSet: data.producerGroups.map((groupName) => ({ groupName })),
    withoutSub: data.withoutSub,
  };
}

/** Asks a broker whether it understands a subscription. Source: CheckClientRequestBody. */
export interface CheckClientRequestBody {
  readonly clientId: string;
  readonly group: string;
  readonly namespace: string | undefined;
  readonly subscriptionData: SubscriptionData;
}

/** The body, as Apache writes it. */
export function encodeCheckClientRequestBody(body: CheckClientRequestBody): Buffer {
  return encodeJson({ ...body, subscriptionData: subscriptionDataJson(body.subscriptionData) });
}

/** `subscriptionData` is undefined when a peer sends none. */
export function decodeCheckClientRequestBody(
  body: Uint8Array,
): Omit<CheckClientRequestBody, 'subscriptionData'> & { readonly subscriptionData: SubscriptionData | undefined } {
  const members = Members.parse(body, 'CheckClientRequestBody');
  const subscription = members.object('subscriptionData');
  return {
    clientId: members.text('clientId', ''),
    group: members.text('group', ''),
    namespace: members.optionalText('namespace'),
    subscriptionData: subscription && readSubscriptionData(subscription),
  };
}
