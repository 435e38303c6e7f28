import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import type { DataVersion } from '../model/data-version.ts';
import {
  createSubscriptionGroupConfig,
  type GroupRetryPolicy,
  type SimpleSubscriptionData,
  type SubscriptionGroupConfig,
} from '../model/subscription-group-config.ts';
import { plainDataVersion, readDataVersion } from './data-version.ts';
import { Members } from './members.ts';

/** `{"groupName":"G"}` alone is a valid group. Source: SubscriptionGroupConfig. */
export function decodeSubscriptionGroupConfig(body: Uint8Array): SubscriptionGroupConfig {
  return readSubscriptionGroupConfig(Members.parse(body, 'SubscriptionGroupConfig'));
}

/** The body, as Apache writes it. */
export function encodeSubscriptionGroupConfig(config: SubscriptionGroupConfig): Buffer {
  return encodeJson(subscriptionGroupJson(config));
}

/** Source: SubscriptionGroupList. */
export function decodeSubscriptionGroupList(body: Uint8Array): SubscriptionGroupConfig[] {
  return Members.parse(body, 'SubscriptionGroupList').objects('groupConfigList').map(readSubscriptionGroupConfig);
}

/** The body, as Apache writes it. */
export function encodeSubscriptionGroupList(configs: readonly SubscriptionGroupConfig[]): Buffer {
  return encodeJson({ groupConfigList: configs.map(subscriptionGroupJson) });
}

/** All groups of a broker. Source: SubscriptionGroupWrapper. */
export interface SubscriptionGroupWrapper {
  readonly subscriptionGroupTable: ReadonlyMap<string, SubscriptionGroupConfig>;
  readonly dataVersion: DataVersion;
  /** Group to topic to a bit mask by permission index: 4 forbids reading. */
  readonly forbiddenTable: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** The body, as Apache writes it. */
export function encodeSubscriptionGroupWrapper(wrapper: SubscriptionGroupWrapper): Buffer {
  return encodeJson(subscriptionGroupWrapperJson(wrapper));
}

/** Throws BAD_BODY. */
export function decodeSubscriptionGroupWrapper(body: Uint8Array): SubscriptionGroupWrapper {
  return readSubscriptionGroupWrapper(Members.parse(body, 'SubscriptionGroupWrapper'));
}

/** Also the form of `subscriptionGroup.json`. Source: SubscriptionGroupManager#encode. */
export function subscriptionGroupWrapperJson(wrapper: SubscriptionGroupWrapper): {
  readonly [member: string]: JsonInput;
} {
  return {
    dataVersion: plainDataVersion(wrapper.dataVersion),
    forbiddenTable: wrapper.forbiddenTable,
    subscriptionGroupTable: new Map(
      [...wrapper.subscriptionGroupTable].map(([group, config]) => [group, subscriptionGroupJson(config)]),
    ),
  };
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readSubscriptionGroupWrapper(members: Members): SubscriptionGroupWrapper {
  return {
    subscriptionGroupTable: members.table('subscriptionGroupTable', readSubscriptionGroupConfig),
    dataVersion: readDataVersion(members.object('dataVersion')),
    forbiddenTable: members.numberTables('forbiddenTable'),
  };
}

/** As a member of a larger body. Throws BAD_BODY. */
function readSubscriptionGroupConfig(members: Members): SubscriptionGroupConfig {
  return createSubscriptionGroupConfig(members.text('groupName'), {
    consumeEnable: members.flag('consumeEnable', true),
    consumeFromMinEnable: members.flag('consumeFromMinEnable', true),
    consumeBroadcastEnable: members.flag('consumeBroadcastEnable', true),
    consumeMessageOrderly: members.flag('consumeMessageOrderly', false),
    retryQueueNums: members.integer('retryQueueNums', 1),
    retryMaxTimes: members.integer('retryMaxTimes', 16),
    groupRetryPolicy: readRetryPolicy(members.object('groupRetryPolicy')),
    brokerId: members.integer('brokerId', 0),
    whichBrokerWhenConsumeSlowly: members.integer('whichBrokerWhenConsumeSlowly', 1),
    notifyConsumerIdsChangedEnable: members.flag('notifyConsumerIdsChangedEnable', true),
    groupSysFlag: members.integer('groupSysFlag', 0),
    consumeTimeoutMinute: members.integer('consumeTimeoutMinute', 15),
    subscriptionDataSet: members.has('subscriptionDataSet')
      ? members.objects('subscriptionDataSet').map(readSimpleSubscription)
      : undefined,
    attributes: Object.fromEntries(members.textTable('attributes')),
  });
}

/** For the JSON writer. */
export function subscriptionGroupJson(config: SubscriptionGroupConfig): JsonInput {
  return {
    attributes: config.attributes,
    brokerId: config.brokerId,
    consumeBroadcastEnable: config.consumeBroadcastEnable,
    consumeEnable: config.consumeEnable,
    consumeFromMinEnable: config.consumeFromMinEnable,
    consumeMessageOrderly: config.consumeMessageOrderly,
    consumeTimeoutMinute: config.consumeTimeoutMinute,
    groupName: config.groupName,
    groupRetryPolicy: config.groupRetryPolicy,
    groupSysFlag: config.groupSysFlag,
    notifyConsumerIdsChangedEnable: config.notifyConsumerIdsChangedEnable,
    retryMaxTimes: config.retryMaxTimes,
    retryQueueNums: config.retryQueueNums,
    subscriptionDataSet: config.subscriptionDataSet,
    whichBrokerWhenConsumeSlowly: config.whichBrokerWhenConsumeSlowly,
  };
}

function readRetryPolicy(members: Members | undefined): GroupRetryPolicy {
  if (members === undefined) return { type: 'CUSTOMIZED' };
  const exponential = members.object('exponentialRetryPolicy');
  const customized = members.object('customizedRetryPolicy');
  return {
    type: members.choice('type', ['EXPONENTIAL', 'CUSTOMIZED'], 'CUSTOMIZED'),
    ...(exponential && {
      exponentialRetryPolicy: {
        initial: exponential.integer('initial', 5000),
        max: exponential.integer('max', 7_200_000),
        multiplier: exponential.integer('multiplier', 2),
      },
    }),
    ...(customized && { customizedRetryPolicy: { next: customized.integers('next') } }),
  };
}

function readSimpleSubscription(members: Members): SimpleSubscriptionData {
  return {
    topic: members.text('topic'),
    expressionType: members.text('expressionType', 'TAG'),
    expression: members.text('expression', '*'),
    version: members.integer('version', 0),
  };
}

/** Whether a group may read a topic. Source: GroupForbidden. */
export interface GroupForbidden {
  readonly topic: string;
  readonly group: string;
  readonly readable: boolean | undefined;
}

/** The body, as Apache writes it. */
export function encodeGroupForbidden(forbidden: GroupForbidden): Buffer {
  return encodeJson(forbidden);
}

/** Throws BAD_BODY. */
export function decodeGroupForbidden(body: Uint8Array): GroupForbidden {
  const members = Members.parse(body, 'GroupForbidden');
  return {
    topic: members.text('topic', ''),
    group: members.text('group', ''),
    readable: members.has('readable') ? members.flag('readable', false) : undefined,
  };
}

/**
 * A JSON array of groups, as in the file of `mqadmin updateSubGroupList`; members that are not there take Apache's defaults.
 * Throws BAD_BODY.
 */
export function decodeSubscriptionGroupConfigArray(text: Uint8Array): SubscriptionGroupConfig[] {
  return Members.array(text, 'SubscriptionGroupConfig').map(readSubscriptionGroupConfig);
}
