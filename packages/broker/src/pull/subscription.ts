import {
  compileExpression,
  compileSubscription,
  FilterError,
  isTagType,
  type MessageFilter,
} from '@rocketmq-ts/filter';
import { type PULL_MESSAGE, PullSysFlag, ResponseCode, type SubscriptionGroupConfig } from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import type { ConsumerFilters } from '../filter/consumer-filters.ts';
import type { ConsumerGroup } from '../group/client-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import { Refusal } from '../refusal.ts';

export function forbidden(type: number, remark: string): Refusal {
  return new Refusal(ResponseCode.NO_PERMISSION, remark, type);
}

/** 1 broker, 2 group, 3 topic, 4 broadcasting disabled, 5 subscription. Source: ForbiddenType. */
export const ForbiddenType = { BROKER: 1, GROUP: 2, TOPIC: 3, BROADCASTING: 4, SUBSCRIPTION: 5 } as const;

/**
 * The filter of a pull, undefined when every message is wanted, or why it is refused: of the subscription in the request, or of
 * the one that the group's members registered. Source: PullMessageProcessor.
 */
export function filterOfPull(
  call: Call<typeof PULL_MESSAGE>,
  settings: SubscriptionGroupConfig,
  group: ConsumerGroup | undefined,
  groups: Pick<GroupTable, 'isReadForbidden'>,
  filters: Pick<ConsumerFilters, 'ofExpression' | 'ofGroup'>,
): MessageFilter | Refusal | undefined {
  const { header } = call;
  if ((header.sysFlag & PullSysFlag.SUBSCRIPTION) !== 0) return filterOfExpression(header, filters);
  if (group === undefined) {
    return new Refusal(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's group info not exist: no member of ${header.consumerGroup} is online at this broker; does the consumer send heartbeats?`,
    );
  }
  if (group.messageModel === 'BROADCASTING' && !settings.consumeBroadcastEnable) {
    const remark = `the consumer group[${header.consumerGroup}] can not consume by broadcast way`;
    return forbidden(ForbiddenType.BROADCASTING, remark);
  }
  if (groups.isReadForbidden(header.consumerGroup, header.topic)) {
    const remark = `the consumer group[${header.consumerGroup}] is forbidden for topic[${header.topic}]`;
    return forbidden(ForbiddenType.SUBSCRIPTION, remark);
  }
  const subscription = group.subscriptions.get(header.topic);
  if (subscription === undefined) {
    return new Refusal(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's subscription not exist: the group ${header.consumerGroup} subscribes to ${[...group.subscriptions.keys()].join(', ')} but not to ${header.topic}`,
    );
  }
  if (subscription.subVersion < header.subVersion) {
    return new Refusal(
      ResponseCode.SUBSCRIPTION_NOT_LATEST,
      `the consumer's subscription not latest: the broker knows version ${subscription.subVersion}, the pull has ${header.subVersion}`,
    );
  }
  if (!isTagType(subscription.expressionType)) return filters.ofGroup(group.name, header.topic, header.subVersion);
  return compileSubscription(subscription);
}

function filterOfExpression(
  { topic, subscription, expressionType }: Call<typeof PULL_MESSAGE>['header'],
  filters: Pick<ConsumerFilters, 'ofExpression'>,
): MessageFilter | Refusal | undefined {
  if (!isTagType(expressionType)) return filters.ofExpression(topic, subscription ?? '', expressionType);
  try {
    return compileExpression(subscription);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return new Refusal(
      ResponseCode.SUBSCRIPTION_PARSE_FAILED,
      `parse the consumer's subscription failed: ${error.message}`,
    );
  }
}
