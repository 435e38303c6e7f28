import { flag, integer, list, object, oneOf, optional, record, text, type ValuesOf } from './field.ts';
import { type BrokerFailure, type BrokerResult, PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';

/** What a topic is for: what its attribute `message.type` says, or the system's own use of it. */
export const TOPIC_KINDS = [
  'NORMAL',
  'FIFO',
  'DELAY',
  'TRANSACTION',
  'PRIORITY',
  'MIXED',
  'UNSPECIFIED',
  'RETRY',
  'DLQ',
  'SYSTEM',
] as const;
/** One of `TOPIC_KINDS`; UNSPECIFIED: no type is declared, which brokers treat as NORMAL. */
export type TopicKind = (typeof TOPIC_KINDS)[number];

/** Kinds that an operator can create. */
export const CREATABLE_KINDS = ['NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'PRIORITY', 'MIXED'] as const;
/** One of `CREATABLE_KINDS`. */
export type CreatableKind = (typeof CREATABLE_KINDS)[number];

/** One topic over all brokers that have it. */
export interface TopicRow {
  readonly topic: string;
  readonly kind: TopicKind;
  /** RocketMQ clusters behind the same name servers. */
  readonly clusters: readonly string[];
  /** Broker names. */
  readonly brokers: readonly string[];
  /** Summed over the brokers. */
  readonly readQueues: number;
  readonly writeQueues: number;
  /** Bits of all brokers together: 4 read, 2 write. */
  readonly perm: number;
  readonly order: boolean;
  /** Brokers have different settings for it. */
  readonly differs: boolean;
  /** Stored and consumed messages a second; undefined until every broker has reported. */
  readonly inTps: number | undefined;
  readonly outTps: number | undefined;
  /** Stored in the last 24 hours, or since the start of the brokers. */
  readonly inCount24h: number | undefined;
}

/** A page of topics with how many there are of each kind under the same text filter. */
export interface TopicPage extends Page<TopicRow> {
  readonly kinds: Readonly<Record<TopicKind, number>>;
}

/** One broker name that has a topic, and where it is asked. */
export interface TopicBroker {
  readonly brokerName: string;
  readonly cluster: string;
  /** By broker id, lowest first; 0 is the master. */
  readonly addresses: readonly { readonly brokerId: number; readonly address: string }[];
}

/** What every tab of a topic's page needs. */
export interface TopicSummary {
  readonly topic: string;
  readonly kind: TopicKind;
  readonly exists: boolean;
  /** Brokers that have it. */
  readonly brokers: readonly TopicBroker[];
  /** All others. */
  readonly otherBrokers: readonly TopicBroker[];
  readonly failures: readonly BrokerFailure[];
}

/** Bounds of one queue. */
export interface QueueRow {
  readonly brokerName: string;
  readonly queueId: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** 0: no message. */
  readonly lastUpdateMs: number;
}

/** Offsets of a topic's queues. */
export interface TopicStatus {
  readonly queues: readonly QueueRow[];
  /** Stored messages a second as each broker counts them; undefined when no broker says. */
  readonly putTps: number | undefined;
  readonly collectedAtMs: number;
  readonly failures: readonly BrokerFailure[];
}

/** What name servers say about a topic. */
export interface TopicRouteView {
  readonly brokers: readonly (TopicBroker & {
    readonly readQueues: number;
    readonly writeQueues: number;
    readonly perm: number;
  })[];
  /** `a:4;b:4` of topics with a global order. */
  readonly orderTopicConf: string | undefined;
  readonly collectedAtMs: number;
}

/** Settings of a topic on one broker. */
export interface TopicSettings {
  readonly readQueues: number;
  readonly writeQueues: number;
  readonly perm: number;
  readonly order: boolean;
  readonly filterType: string;
  readonly sysFlag: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Settings of a topic on every broker. */
export interface TopicConfigView {
  readonly brokers: readonly {
    readonly brokerName: string;
    readonly cluster: string;
    readonly address: string;
    /** Undefined: this broker does not have the topic. */
    readonly settings: TopicSettings | undefined;
  }[];
  /** Names of settings, and of attributes as `attributes.<key>`, that are not the same on all brokers. */
  readonly differing: readonly string[];
  readonly failures: readonly BrokerFailure[];
}

/** Why a number is not known, for words on the page. */
export type UnknownReason = 'NOT_ONLINE' | 'BROADCASTING' | 'NO_OFFSETS' | 'BROKER_FAILED' | 'NOT_COLLECTED';

/** How far a group is in one queue. */
export interface ProgressRow {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  /** Undefined: the group has committed nothing in this queue. */
  readonly consumerOffset: number | undefined;
  readonly lag: number | undefined;
  /** Pulled and not committed; undefined where that is not known. */
  readonly inflight: number | undefined;
  /** Store time of the last consumed message; 0: none. */
  readonly lastConsumedMs: number;
  /** Id of the client that the queue belongs to now; undefined: of none that reports it. */
  readonly clientId: string | undefined;
}

/** A group that consumes a topic. */
export interface TopicConsumer {
  readonly group: string;
  readonly online: boolean;
  readonly members: number;
  readonly lag: number | undefined;
  readonly unknown: UnknownReason | undefined;
  readonly consumeTps: number;
}

/** All groups that consume a topic. */
export interface TopicConsumers {
  readonly groups: readonly TopicConsumer[];
  /** Groups behind the first ones that were not looked at. */
  readonly omitted: number;
  readonly collectedAtMs: number;
  readonly failures: readonly BrokerFailure[];
}

/** Where a sent message is. */
export interface SendAnswer {
  readonly sendStatus: string;
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly transactionId: string | undefined;
  /** Of a timer message, until it is due. */
  readonly recallHandle: string | undefined;
  readonly costMs: number;
  /** Undefined: not asked for. `problem` undefined: the trace is stored. */
  readonly trace: { readonly problem: string | undefined } | undefined;
}

/** One queue before it is moved. */
export interface ResetPreviewRow {
  readonly brokerName: string;
  readonly queueId: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Undefined: nothing committed yet. */
  readonly current: number | undefined;
  readonly target: number;
}

/** What a reset would do. */
export interface ResetPreview {
  readonly rows: readonly ResetPreviewRow[];
  /** Where it would be done. */
  readonly brokers: readonly { readonly brokerName: string; readonly address: string }[];
  readonly online: boolean;
  /** Its members keep their offsets themselves: nothing can be moved. */
  readonly broadcasting: boolean;
  /** The time that was asked for is later than now: every message up to the end is passed over. */
  readonly inFuture: boolean;
  readonly failures: readonly BrokerFailure[];
}

/** Names of brokers: their masters are written to. */
const BROKERS = list(text({ max: 255 }), { max: 1000 });
/** Queues of a topic on one broker. Source: TopicConfig; Apache's broker takes any number, clients do not. */
const QUEUES = integer({ min: 1, max: 65_535 });
/** 0 (nothing), 2 (write), 4 (read), 6 (both); with 1 topics are created from it. Source: PermName. */
const PERM = integer({ min: 0, max: 7 });
/** The longest body that is sent; brokers take 4 MiB by default. */
const MAX_BODY_LENGTH = 4 * 1024 * 1024;

/** A new topic. `brokers`: broker names, whose masters get it. `attributes`: plain names, without a sign. */
export const TOPIC_FORM = {
  topic: text({ max: 255 }),
  brokers: BROKERS,
  kind: oneOf(...CREATABLE_KINDS),
  readQueues: QUEUES,
  writeQueues: QUEUES,
  perm: PERM,
  order: flag(),
  attributes: optional(record(text())),
};
/** What `TOPIC_FORM` reads. */
export type TopicForm = ValuesOf<typeof TOPIC_FORM>;

/** Changes of an existing topic: what is absent stays as it is on each broker. An attribute with an empty text is removed. */
export const TOPIC_CHANGE = {
  brokers: BROKERS,
  readQueues: optional(QUEUES),
  writeQueues: optional(QUEUES),
  perm: optional(PERM),
  order: optional(flag()),
  attributes: optional(record(text({ min: 0 }))),
};
/** What `TOPIC_CHANGE` reads. */
export type TopicChangeForm = ValuesOf<typeof TOPIC_CHANGE>;

/** A message to send. */
export const SEND_FORM = {
  /** Not empty: clients refuse to send such a message. Source: Validators#checkMessage. */
  body: text({ max: MAX_BODY_LENGTH }),
  tag: optional(text()),
  /** Separated by blanks. */
  keys: optional(text()),
  properties: optional(record(text({ min: 0, max: 32_767 }))),
  /** Of the broker's table of delay levels. */
  delayLevel: optional(integer({ min: 1, max: 99 })),
  /** Delivered after this time; not together with a level. */
  delayMs: optional(integer({ min: 1 })),
  /** Same key, same queue: for topics with order. */
  shardingKey: optional(text()),
  trace: optional(flag()),
};
/** What `SEND_FORM` reads. */
export type SendForm = ValuesOf<typeof SEND_FORM>;

/** Where a group is to be moved: to a time, the end, the start, or the same offset in all queues. */
export const RESET_QUERY = {
  group: text({ max: 255 }),
  to: oneOf('time', 'end', 'start', 'offset'),
  /** With `time`: milliseconds since 1970. */
  timestampMs: optional(integer({ min: 0, max: 8_640_000_000_000_000 })),
  /** With `offset`. */
  offset: optional(integer({ min: 0 })),
};

/** Queues with the offsets that a preview showed; `confirm` is the group's name once more. */
export const RESET_FORM = {
  group: text({ max: 255 }),
  queues: list(object({ brokerName: text({ max: 255 }), queueId: integer({ min: 0 }), offset: integer({ min: 0 }) }), {
    max: 65_535,
  }),
  confirm: text(),
};
/** What `RESET_FORM` reads. */
export type ResetForm = ValuesOf<typeof RESET_FORM>;

/** Topics and what can be done with one. */
export const TOPIC_ROUTES = {
  listTopics: route('GET', '/clusters/:cluster/topics', {
    query: { ...PAGE_QUERY, types: optional(list(oneOf(...TOPIC_KINDS))) },
    answer: answer<TopicPage>(),
  }),
  /** Every broker name, for forms that create something. */
  writeTargets: route('GET', '/clusters/:cluster/targets', {
    answer: answer<{ readonly brokers: readonly TopicBroker[] }>(),
  }),
  createTopic: route('POST', '/clusters/:cluster/topics', {
    access: 'write',
    body: TOPIC_FORM,
    answer: answer<readonly BrokerResult[]>(),
  }),
  topicSummary: route('GET', '/clusters/:cluster/topics/:topic', { answer: answer<TopicSummary>() }),
  topicStatus: route('GET', '/clusters/:cluster/topics/:topic/status', { answer: answer<TopicStatus>() }),
  topicRoute: route('GET', '/clusters/:cluster/topics/:topic/route', { answer: answer<TopicRouteView>() }),
  topicConfig: route('GET', '/clusters/:cluster/topics/:topic/config', { answer: answer<TopicConfigView>() }),
  changeTopic: route('PUT', '/clusters/:cluster/topics/:topic/config', {
    access: 'write',
    body: TOPIC_CHANGE,
    answer: answer<readonly BrokerResult[]>(),
  }),
  topicConsumers: route('GET', '/clusters/:cluster/topics/:topic/consumers', { answer: answer<TopicConsumers>() }),
  sendTopicMessage: route('POST', '/clusters/:cluster/topics/:topic/messages', {
    access: 'write',
    body: SEND_FORM,
    answer: answer<SendAnswer>(),
  }),
  previewReset: route('GET', '/clusters/:cluster/topics/:topic/reset', {
    query: RESET_QUERY,
    answer: answer<ResetPreview>(),
  }),
  resetOffsets: route('POST', '/clusters/:cluster/topics/:topic/reset', {
    access: 'write',
    body: RESET_FORM,
    answer: answer<readonly BrokerResult[]>(),
  }),
  /** `confirm` is the topic's name once more. Name servers lose the route in clusters where no broker keeps the topic. */
  deleteTopic: route('POST', '/clusters/:cluster/topics/:topic/delete', {
    access: 'write',
    body: { brokers: BROKERS, confirm: text() },
    answer: answer<readonly BrokerResult[]>(),
  }),
};
