import type { SubscriptionGroupConfig } from '@rocketmq-ts/admin';
import type { GroupChangeForm, GroupSettings, RetryPolicyForm } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';

type RetryPolicy = SubscriptionGroupConfig['groupRetryPolicy'];

/** Settings of a group as they are shown. */
export function groupSettings(config: SubscriptionGroupConfig): GroupSettings {
  return {
    consumeEnable: config.consumeEnable,
    consumeFromMinEnable: config.consumeFromMinEnable,
    consumeBroadcastEnable: config.consumeBroadcastEnable,
    consumeMessageOrderly: config.consumeMessageOrderly,
    retryQueueNums: config.retryQueueNums,
    retryMaxTimes: config.retryMaxTimes,
    retryPolicy: shownPolicy(config.groupRetryPolicy),
    brokerId: config.brokerId,
    whichBrokerWhenConsumeSlowly: config.whichBrokerWhenConsumeSlowly,
    notifyConsumerIdsChangedEnable: config.notifyConsumerIdsChangedEnable,
    consumeTimeoutMinute: config.consumeTimeoutMinute,
    attributes: config.attributes,
  };
}

/** Settings with what a form names changed; the attributes are those of the base. */
export function withChanges(base: SubscriptionGroupConfig, form: GroupChangeForm): SubscriptionGroupConfig {
  const changed: Record<string, unknown> = {};
  for (const name of PLAIN) if (form[name] !== undefined) changed[name] = form[name];
  if (form.retryPolicy !== undefined) changed.groupRetryPolicy = policyOf(form.retryPolicy);
  return { ...base, ...changed };
}

/** Settings that forms name as RocketMQ does. */
const PLAIN = [
  'consumeEnable',
  'consumeFromMinEnable',
  'consumeBroadcastEnable',
  'consumeMessageOrderly',
  'retryQueueNums',
  'retryMaxTimes',
  'brokerId',
  'whichBrokerWhenConsumeSlowly',
  'notifyConsumerIdsChangedEnable',
  'consumeTimeoutMinute',
] as const satisfies readonly (keyof GroupChangeForm & keyof SubscriptionGroupConfig)[];

/** Undefined where the broker uses its own table of times. */
function shownPolicy({
  type,
  exponentialRetryPolicy,
  customizedRetryPolicy,
}: RetryPolicy): RetryPolicyForm | undefined {
  if (type === 'EXPONENTIAL') {
    const { initial = 5000, max = 7_200_000, multiplier = 2 } = exponentialRetryPolicy ?? {};
    return { type, initialMs: initial, maxMs: max, multiplier };
  }
  return customizedRetryPolicy && { type, nextMs: customizedRetryPolicy.next };
}

function policyOf({ type, initialMs, maxMs, multiplier, nextMs }: RetryPolicyForm): RetryPolicy {
  if (type === 'CUSTOMIZED') {
    if (nextMs === undefined) return { type };
    if (nextMs.length === 0) throw new ConsoleError('BAD_REQUEST', 'retryPolicy.nextMs has no time');
    return { type, customizedRetryPolicy: { next: nextMs } };
  }
  const exponential = { initial: initialMs ?? 5000, max: maxMs ?? 7_200_000, multiplier: multiplier ?? 2 };
  if (exponential.max < exponential.initial)
    throw new ConsoleError('BAD_REQUEST', 'retryPolicy.maxMs is less than retryPolicy.initialMs');
  return { type, exponentialRetryPolicy: exponential };
}
