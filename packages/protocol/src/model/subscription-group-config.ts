/** A consumer group on one broker. Source: SubscriptionGroupConfig. */
export interface SubscriptionGroupConfig {
  readonly groupName: string;
  readonly consumeEnable: boolean;
  readonly consumeFromMinEnable: boolean;
  readonly consumeBroadcastEnable: boolean;
  readonly consumeMessageOrderly: boolean;
  readonly retryQueueNums: number;
  readonly retryMaxTimes: number;
  readonly groupRetryPolicy: GroupRetryPolicy;
  readonly brokerId: number;
  readonly whichBrokerWhenConsumeSlowly: number;
  readonly notifyConsumerIdsChangedEnable: boolean;
  readonly groupSysFlag: number;
  readonly consumeTimeoutMinute: number;
  /** Declared subscriptions; undefined for almost every group. */
  readonly subscriptionDataSet: readonly SimpleSubscriptionData[] | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** How long a message that failed waits before it comes again; 5.x consumers with POP use it. Source: GroupRetryPolicy. */
export interface GroupRetryPolicy {
  readonly type: 'EXPONENTIAL' | 'CUSTOMIZED';
  readonly exponentialRetryPolicy?: { readonly initial: number; readonly max: number; readonly multiplier: number };
  readonly customizedRetryPolicy?: { readonly next: readonly number[] };
}

/** Source: SimpleSubscriptionData. */
export interface SimpleSubscriptionData {
  readonly topic: string;
  readonly expressionType: string;
  readonly expression: string;
  readonly version: number;
}

/** A group with Apache's defaults (everything allowed, 16 retries, 1 retry queue) where nothing else is given. */
export function createSubscriptionGroupConfig(
  groupName: string,
  given: Partial<Omit<SubscriptionGroupConfig, 'groupName'>> = {},
): SubscriptionGroupConfig {
  return {
    groupName,
    consumeEnable: given.consumeEnable ?? true,
    consumeFromMinEnable: given.consumeFromMinEnable ?? true,
    consumeBroadcastEnable: given.consumeBroadcastEnable ?? true,
    consumeMessageOrderly: given.consumeMessageOrderly ?? false,
    retryQueueNums: given.retryQueueNums ?? 1,
    retryMaxTimes: given.retryMaxTimes ?? 16,
    groupRetryPolicy: given.groupRetryPolicy ?? { type: 'CUSTOMIZED' },
    brokerId: given.brokerId ?? 0,
    whichBrokerWhenConsumeSlowly: given.whichBrokerWhenConsumeSlowly ?? 1,
    notifyConsumerIdsChangedEnable: given.notifyConsumerIdsChangedEnable ?? true,
    groupSysFlag: given.groupSysFlag ?? 0,
    consumeTimeoutMinute: given.consumeTimeoutMinute ?? 15,
    subscriptionDataSet: given.subscriptionDataSet,
    attributes: given.attributes ?? {},
  };
}
