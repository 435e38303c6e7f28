import { flag, integer, list, object, oneOf, optional, record, text, type ValuesOf } from './field.ts';
import { type BrokerFailure, type BrokerResult, PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';
import type { ProgressRow, UnknownReason } from './topics.ts';

/** Kinds of groups: by order of consumption, and the system's own. */
export const GROUP_KINDS = ['NORMAL', 'FIFO', 'SYSTEM'] as const;
/** One of `GROUP_KINDS`. */
export type GroupKind = (typeof GROUP_KINDS)[number];

/** One consumer group over all brokers that have it. */
export interface GroupRow {
  readonly group: string;
  readonly kind: GroupKind;
  /** Broker names. */
  readonly brokers: readonly string[];
  readonly online: boolean;
  /** Connected members, merged over all brokers; undefined: not asked yet. */
  readonly members: number | undefined;
  /** Lowest version of a member, `V5_4_0`. */
  readonly version: string | undefined;
  /** `CONSUME_PASSIVELY` (push), `CONSUME_ACTIVELY` (pull), `CONSUME_POP`. */
  readonly consumeType: string | undefined;
  readonly messageModel: string | undefined;
  readonly consumeTps: number | undefined;
  readonly lag: number | undefined;
  /** Why `lag` is undefined. */
  readonly unknown: UnknownReason | undefined;
  readonly collectedAtMs: number | undefined;
}

/** A page of groups with how many there are of each kind under the same text filter. */
export interface GroupPage extends Page<GroupRow> {
  readonly kinds: Readonly<Record<GroupKind, number>>;
}

/** What every tab of a group's page needs. */
export interface GroupSummary {
  readonly group: string;
  readonly kind: GroupKind;
  readonly exists: boolean;
  /** Broker names with the group, and all others of the same clusters. */
  readonly brokers: readonly {
    readonly brokerName: string;
    readonly cluster: string;
    readonly address: string;
    readonly hasGroup: boolean;
  }[];
  /** Topics of which the group has offsets, or that it subscribes to; without its retry topic. */
  readonly topics: readonly string[];
  readonly failures: readonly BrokerFailure[];
}

/** Progress of one topic of a group. */
export interface TopicProgress {
  readonly topic: string;
  /** Sum over the queues with offsets; undefined without one. */
  readonly lag: number | undefined;
  readonly inflight: number | undefined;
  readonly lastConsumedMs: number;
  readonly queues: readonly ProgressRow[];
}

/** How far a group is everywhere. */
export interface GroupProgress {
  readonly topics: readonly TopicProgress[];
  readonly lag: number | undefined;
  readonly unknown: UnknownReason | undefined;
  readonly inflight: number;
  readonly consumeTps: number;
  readonly collectedAtMs: number;
  readonly failures: readonly BrokerFailure[];
}

/** One member of a group. */
export interface GroupClient {
  readonly clientId: string;
  readonly address: string;
  readonly language: string;
  readonly version: string;
  /** Names of the brokers that it is connected to. */
  readonly brokers: readonly string[];
}

/** What one or more brokers know of what a group wants of a topic. */
export interface SubscriptionRow {
  readonly topic: string;
  readonly expression: string;
  readonly expressionType: string;
  readonly subVersionMs: number;
}

/** A member whose subscription is not the one that most have. */
export interface DifferingSubscription {
  readonly topic: string;
  readonly variants: readonly {
    /** Undefined: not subscribed. */
    readonly expression: string | undefined;
    readonly clientIds: readonly string[];
  }[];
}

/** Members of a group, merged over all brokers. */
export interface GroupClients {
  readonly clients: readonly GroupClient[];
  readonly consumeType: string | undefined;
  readonly messageModel: string | undefined;
  readonly consumeFromWhere: string | undefined;
  readonly subscriptions: readonly SubscriptionRow[];
  readonly collectedAtMs: number;
  readonly failures: readonly BrokerFailure[];
}

/** Whether all members want the same. */
export interface SubscriptionCheck {
  readonly differing: readonly DifferingSubscription[];
  /** Members that were asked and did not answer. */
  readonly silent: readonly { readonly clientId: string; readonly message: string }[];
  readonly asked: number;
}

/** Window of one queue in a member. */
export interface MemberQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly commitOffset: number;
  readonly cachedMinOffset: number;
  readonly cachedMaxOffset: number;
  readonly cachedCount: number;
  readonly cachedMiB: number;
  readonly transactionCount: number;
  readonly locked: boolean;
  readonly tryUnlockTimes: number;
  readonly dropped: boolean;
  /** 0: never. */
  readonly lastLockMs: number;
  readonly lastPullMs: number;
  readonly lastConsumeMs: number;
}

/** Queue that a member pops from. */
export interface MemberPopQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly waitAckCount: number;
  readonly dropped: boolean;
  readonly lastPopMs: number;
}

/** Rates of one topic in a member. */
export interface MemberRate {
  readonly topic: string;
  /** Milliseconds a pull, messages a second. */
  readonly pullRtMs: number;
  readonly pullTps: number;
  /** Milliseconds a call of the listener. */
  readonly consumeRtMs: number;
  readonly consumeOkTps: number;
  readonly consumeFailedTps: number;
  /** In the last hour. */
  readonly consumeFailedCount: number;
}

/** What a member reports about itself. */
export interface RunningInfo {
  /** Names with values, by name. */
  readonly properties: readonly (readonly [string, string])[];
  readonly subscriptions: readonly SubscriptionRow[];
  readonly queues: readonly MemberQueue[];
  readonly popQueues: readonly MemberPopQueue[];
  readonly rates: readonly MemberRate[];
  readonly user: readonly (readonly [string, string])[];
  /** Undefined: not asked for, or the client reports none. */
  readonly stack: string | undefined;
  readonly collectedAtMs: number;
}

/** When failed messages come again: growing times, or a list of them. */
export const RETRY_POLICY = {
  type: oneOf('EXPONENTIAL', 'CUSTOMIZED'),
  initialMs: optional(integer({ min: 1 })),
  maxMs: optional(integer({ min: 1 })),
  multiplier: optional(integer({ min: 1, max: 1000 })),
  nextMs: optional(list(integer({ min: 1 }), { max: 100 })),
};
/** What `RETRY_POLICY` reads. */
export type RetryPolicyForm = ValuesOf<typeof RETRY_POLICY>;

/** Settings of a group on one broker. */
export interface GroupSettings {
  readonly consumeEnable: boolean;
  readonly consumeFromMinEnable: boolean;
  readonly consumeBroadcastEnable: boolean;
  readonly consumeMessageOrderly: boolean;
  readonly retryQueueNums: number;
  readonly retryMaxTimes: number;
  /** Undefined: the policy that the broker has by itself. */
  readonly retryPolicy: RetryPolicyForm | undefined;
  readonly brokerId: number;
  readonly whichBrokerWhenConsumeSlowly: number;
  readonly notifyConsumerIdsChangedEnable: boolean;
  readonly consumeTimeoutMinute: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Settings of a group on every broker. */
export interface GroupConfigView {
  readonly brokers: readonly {
    readonly brokerName: string;
    readonly cluster: string;
    readonly address: string;
    /** Undefined: this broker does not have the group. */
    readonly settings: GroupSettings | undefined;
  }[];
  readonly differing: readonly string[];
  readonly failures: readonly BrokerFailure[];
}

/** One queue before offsets are copied. */
export interface CloneRow {
  readonly brokerName: string;
  readonly queueId: number;
  /** Of the group that is copied from. */
  readonly source: number;
  /** Of the group that is copied to; undefined: none yet. */
  readonly current: number | undefined;
}

/** What a copy of offsets would do. */
export interface ClonePreview {
  readonly rows: readonly CloneRow[];
  /** Where it would be done. */
  readonly brokers: readonly { readonly brokerName: string; readonly address: string }[];
  readonly targetExists: boolean;
  readonly targetOnline: boolean;
  readonly failures: readonly BrokerFailure[];
}

/** Names of brokers: their masters are written to. */
const BROKERS = list(text({ max: 255 }), { max: 1000 });

const GROUP_SETTINGS = {
  consumeEnable: optional(flag()),
  consumeFromMinEnable: optional(flag()),
  consumeBroadcastEnable: optional(flag()),
  consumeMessageOrderly: optional(flag()),
  retryQueueNums: optional(integer({ min: 0, max: 1024 })),
  /** −1: as often as the broker's default. */
  retryMaxTimes: optional(integer({ min: -1, max: 65_535 })),
  retryPolicy: optional(object(RETRY_POLICY)),
  brokerId: optional(integer({ min: 0 })),
  whichBrokerWhenConsumeSlowly: optional(integer({ min: 0 })),
  notifyConsumerIdsChangedEnable: optional(flag()),
  consumeTimeoutMinute: optional(integer({ min: 1, max: 525_600 })),
  attributes: optional(record(text({ min: 0 }))),
};

/** Changes of a group: what is absent stays as it is on each broker. An attribute with an empty text is removed. */
export const GROUP_CHANGE = { brokers: BROKERS, ...GROUP_SETTINGS };
/** What `GROUP_CHANGE` reads. */
export type GroupChangeForm = ValuesOf<typeof GROUP_CHANGE>;

/** A new group: what is absent has its default. */
export const GROUP_FORM = { group: text({ max: 255 }), ...GROUP_CHANGE };
/** What `GROUP_FORM` reads. */
export type GroupForm = ValuesOf<typeof GROUP_FORM>;

/** What of a group is to be deleted, and where; `confirm` is its name once more. */
export const GROUP_DELETION = {
  brokers: BROKERS,
  offsets: flag(),
  retryTopic: flag(),
  deadLetters: flag(),
  confirm: text(),
};
/** What `GROUP_DELETION` reads. */
export type GroupDeletion = ValuesOf<typeof GROUP_DELETION>;

const CLONE_QUERY = { to: text({ max: 255 }), topic: text({ max: 255 }) };

/** Groups and what can be done with one. */
export const GROUP_ROUTES = {
  listGroups: route('GET', '/clusters/:cluster/groups', {
    query: {
      ...PAGE_QUERY,
      types: optional(list(oneOf(...GROUP_KINDS))),
      state: optional(oneOf('online', 'offline')),
    },
    answer: answer<GroupPage>(),
  }),
  createGroup: route('POST', '/clusters/:cluster/groups', {
    access: 'write',
    body: GROUP_FORM,
    answer: answer<readonly BrokerResult[]>(),
  }),
  groupSummary: route('GET', '/clusters/:cluster/groups/:group', { answer: answer<GroupSummary>() }),
  /** `topic`: of this one only. `owners`: members are asked whose each queue is. */
  groupProgress: route('GET', '/clusters/:cluster/groups/:group/progress', {
    query: { topic: optional(text({ max: 255 })), owners: optional(flag()) },
    answer: answer<GroupProgress>(),
  }),
  groupClients: route('GET', '/clusters/:cluster/groups/:group/clients', { answer: answer<GroupClients>() }),
  /** Asks every member for its subscriptions. */
  checkSubscriptions: route('GET', '/clusters/:cluster/groups/:group/subscriptions', {
    answer: answer<SubscriptionCheck>(),
  }),
  runningInfo: route('GET', '/clusters/:cluster/groups/:group/clients/:client', {
    query: { stack: optional(flag()) },
    answer: answer<RunningInfo>(),
  }),
  groupConfig: route('GET', '/clusters/:cluster/groups/:group/config', { answer: answer<GroupConfigView>() }),
  changeGroup: route('PUT', '/clusters/:cluster/groups/:group/config', {
    access: 'write',
    body: GROUP_CHANGE,
    answer: answer<readonly BrokerResult[]>(),
  }),
  previewClone: route('GET', '/clusters/:cluster/groups/:group/clone', {
    query: CLONE_QUERY,
    answer: answer<ClonePreview>(),
  }),
  /** `confirm` is the name of the group that is moved. */
  cloneOffsets: route('POST', '/clusters/:cluster/groups/:group/clone', {
    access: 'write',
    body: { ...CLONE_QUERY, confirm: text() },
    answer: answer<readonly BrokerResult[]>(),
  }),
  deleteGroup: route('POST', '/clusters/:cluster/groups/:group/delete', {
    access: 'write',
    body: GROUP_DELETION,
    answer: answer<readonly BrokerResult[]>(),
  }),
};
