import type { SubscriptionGroupConfig } from '@rocketmq-ts/admin';
import { hashOrder, javaList, javaMap } from '../../java-text.ts';

/** The settings of a group in Java's order of declaration; undefined where Java holds null. Source: SubscriptionGroupConfig. */
export function groupConfigFields(group: SubscriptionGroupConfig): [string, string | undefined][] {
  return [
    ['groupName', group.groupName],
    ['consumeEnable', String(group.consumeEnable)],
    ['consumeFromMinEnable', String(group.consumeFromMinEnable)],
    ['consumeBroadcastEnable', String(group.consumeBroadcastEnable)],
    ['consumeMessageOrderly', String(group.consumeMessageOrderly)],
    ['retryQueueNums', String(group.retryQueueNums)],
    ['retryMaxTimes', String(group.retryMaxTimes)],
    ['groupRetryPolicy', retryPolicyText(group)],
    ['brokerId', String(group.brokerId)],
    ['whichBrokerWhenConsumeSlowly', String(group.whichBrokerWhenConsumeSlowly)],
    ['notifyConsumerIdsChangedEnable', String(group.notifyConsumerIdsChangedEnable)],
    ['groupSysFlag', String(group.groupSysFlag)],
    ['consumeTimeoutMinute', String(group.consumeTimeoutMinute)],
    ['subscriptionDataSet', subscriptionsText(group)],
    ['attributes', attributesText(group)],
  ];
}

/** Source: SubscriptionGroupConfig#toString. */
export function groupConfigText(group: SubscriptionGroupConfig): string {
  const fields = groupConfigFields(group).map(([name, value]) => `${name}=${value ?? 'null'}`);
  return `SubscriptionGroupConfig{${fields.join(', ')}}`;
}

function retryPolicyText({ groupRetryPolicy: policy }: SubscriptionGroupConfig): string {
  const { exponentialRetryPolicy: exponential, customizedRetryPolicy: customized } = policy;
  const exponentialText =
    exponential === undefined
      ? 'null'
      : `ExponentialRetryPolicy{initial=${exponential.initial}, max=${exponential.max}, multiplier=${exponential.multiplier}}`;
  const customizedText = customized === undefined ? 'null' : `CustomizedRetryPolicy{next=${javaList(customized.next)}}`;
  return `GroupRetryPolicy{type=${policy.type}, exponentialRetryPolicy=${exponentialText}, customizedRetryPolicy=${customizedText}}`;
}

function subscriptionsText(group: SubscriptionGroupConfig): string | undefined {
  return (
    group.subscriptionDataSet &&
    javaList(
      group.subscriptionDataSet.map(
        (one) =>
          `SimpleSubscriptionData{topic='${one.topic}', expressionType='${one.expressionType}', expression='${one.expression}', version=${one.version}}`,
      ),
    )
  );
}

function attributesText(group: SubscriptionGroupConfig): string {
  return javaMap(hashOrder(Object.keys(group.attributes)).map((key) => [key, group.attributes[key] ?? '']));
}
