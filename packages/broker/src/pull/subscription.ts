import {
  compileExpression,
  compileSubscription,
  FilterError,
  isTagType,
  type MessageFilter,
} from '@rocketmq-ts/filter';
import { type PULL_MESSAGE, PullSysFlag, ResponseCode, type SubscriptionGroupConfig } from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import type { ConsumerGroup } from '../group/client-table.ts';
import type { GroupTable } from '../group/group-table.ts';

/** Why a pull may not be served. */
export interface Refusal {
  readonly code: number;
  readonly remark: string;
  readonly forbiddenType?: number;
}

export function forbidden(type: number, remark: string): Refusal {
  return { code: ResponseCode.NO_PERMISSION, remark, forbiddenType: type };
}

/** 1 broker, 2 group, 3 topic, 4 broadcasting disabled, 5 subscription. Source: ForbiddenType. */
export const ForbiddenType = { BROKER: 1, GROUP: 2, TOPIC: 3, BROADCASTING: 4, SUBSCRIPTION: 5 } as const;

/** Filter of a pull, undefined when every message is wanted; or why it is refused. */
export type PullFilter = { readonly filter: MessageFilter | undefined } | { readonly refusal: Refusal };

/**
 * The subscription in the request, or the one that the group's members registered. Source: PullMessageProcessor.
 */
export function filterOfPull(
  call: Call<typeof PULL_MESSAGE>,
  settings: SubscriptionGroupConfig,
  group: ConsumerGroup | undefined,
  groups: Pick<GroupTable, 'isReadForbidden'>,
): PullFilter {
  const { header } = call;
  if ((header.sysFlag & PullSysFlag.SUBSCRIPTION) !== 0)
    return filterOfExpression(header.subscription, header.expressionType);
  if (group === undefined) {
    return refuse(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's group info not exist: no member of ${header.consumerGroup} is online at this broker; does the consumer send heartbeats?`,
    );
  }
  if (group.messageModel === 'BROADCASTING' && !settings.consumeBroadcastEnable) {
    const remark = `the consumer group[${header.consumerGroup}] can not consume by broadcast way`;
    return { refusal: forbidden(ForbiddenType.BROADCASTING, remark) };
  }
  if (groups.isReadForbidden(header.consumerGroup, header.topic)) {
    const remark = `the consumer group[${header.consumerGroup}] is forbidden for topic[${header.topic}]`;
    return { refusal: forbidden(ForbiddenType.SUBSCRIPTION, remark) };
  }
  const subscription = group.subscriptions.get(header.topic);
  if (subscription === undefined) {
    return refuse(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's subscription not exist: the group ${header.consumerGroup} subscribes to ${[...group.subscriptions.keys()].join(', ')} but not to ${header.topic}`,
    );
  }
  if (subscription.subVersion < header.subVersion) {
    return refuse(
      ResponseCode.SUBSCRIPTION_NOT_LATEST,
      `the consumer's subscription not latest: the broker knows version ${subscription.subVersion}, the pull has ${header.subVersion}`,
    );
  }
  if (!isTagType(subscription.expressionType)) return refuseType(subscription.expressionType);
  return { filter: compileSubscription(subscription) };
}

function filterOfExpression(expression: string | undefined, type: string): PullFilter {
  if (!isTagType(type)) return refuseType(type);
  try {
    return { filter: compileExpression(expression) };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return refuse(ResponseCode.SUBSCRIPTION_PARSE_FAILED, `parse the consumer's subscription failed: ${error.message}`);
  }
}

function refuseType(type: string): PullFilter {
  const remark = `The broker does not support consumer to filter message by ${type}; subscribe with tags`;
  return refuse(ResponseCode.SYSTEM_ERROR, remark);
}

function refuse(code: number, remark: string): PullFilter {
  return { refusal: { code, remark } };
}
