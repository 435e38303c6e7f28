import { flag, integer, list, optional, text } from './field.ts';
import type { BrokerFailure } from './page.ts';
import { answer, route } from './route.ts';

/** A message in a table. */
export interface MessageRow {
  /** The unique key that its producer made, or the offset id of a message without one. */
  readonly msgId: string;
  /** Where it is stored: address of the broker and physical offset. */
  readonly offsetMsgId: string;
  readonly topic: string;
  /** Undefined when its store host is no broker of the cluster's any more. */
  readonly brokerName?: string | undefined;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly storeTimestampMs: number;
  readonly bornTimestampMs: number;
  readonly tags?: string | undefined;
  readonly keys: readonly string[];
  /** After inflating. */
  readonly bodyBytes: number;
  /** The beginning of a body that is text; undefined for one that is not. */
  readonly preview?: string | undefined;
  readonly reconsumeTimes: number;
  /** Of a dead letter, a retry, and of what waits in a system topic: where it is from. */
  readonly origin?: MessageOrigin | undefined;
}

export interface MessageOrigin {
  readonly topic?: string | undefined;
  readonly msgId?: string | undefined;
}

/** Of messages that were stored from `beginMs` to `endMs`, both included. */
const RANGE = {
  topic: text({ max: 255 }),
  beginMs: integer({ min: 0 }),
  endMs: integer({ min: 0 }),
  /** From an earlier answer: the same messages are counted, whatever was stored meanwhile. */
  snapshot: optional(text({ max: 1_000_000 })),
  /** Default: the newest first. */
  oldestFirst: optional(flag()),
};

interface Found {
  /** Newest first, unless asked otherwise. */
  readonly rows: readonly MessageRow[];
  /** In all queues that could be asked. */
  readonly total: number;
  /** Names the messages that are counted. */
  readonly snapshot: string;
  readonly failures: readonly BrokerFailure[];
}

/** One page; each message of the snapshot is on exactly one. */
export interface MessagePage extends Found {
  readonly page: number;
  readonly pageSize: number;
  /** Messages of this page that the brokers have removed since the snapshot. */
  readonly removed: number;
}

/** A part of a search that looks into messages. */
export interface MessageScan extends Found {
  /** Messages that were looked at until now. */
  readonly scanned: number;
  /** Where the next request goes on; undefined when all were looked at. */
  readonly next?: number | undefined;
}

/** What the digits of a message id say, under both readings. */
export interface DecodedId {
  readonly id: string;
  /** `OFFSET`: its address is a broker of this cluster. `UNIQUE_KEY`: it is not. `OTHER`: neither form. */
  readonly kind: 'OFFSET' | 'UNIQUE_KEY' | 'OTHER';
  readonly asOffsetId?: { readonly address: string; readonly physicalOffset: number } | undefined;
  readonly asUniqueKey?:
    | { readonly address: string; readonly processId: number; readonly madeAboutMs: number; readonly counter: number }
    | undefined;
}

/** Messages that were found by an id or a key. */
export interface MessagesFound {
  readonly rows: readonly MessageRow[];
  readonly failures: readonly BrokerFailure[];
  /** Of the id that was asked for. */
  readonly id?: DecodedId | undefined;
}

/** A piece of a queue. */
export interface QueueMessages {
  readonly rows: readonly MessageRow[];
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Offset behind the piece. */
  readonly next: number;
}

/** Everything about one message. */
export interface MessageDetail extends MessageRow {
  readonly id: DecodedId;
  readonly bornHost: string;
  readonly storeHost: string;
  readonly physicalOffset: number;
  readonly storeBytes: number;
  readonly flag: number;
  readonly sysFlag: number;
  /** Names of the bits that are set. */
  readonly sysFlags: readonly string[];
  readonly bodyCrc: number;
  readonly preparedTransactionOffset: number;
  /** In the order in which they are stored. */
  readonly properties: readonly { readonly name: string; readonly value: string; readonly isSystem: boolean }[];
  /** At most `BODY_SHOWN_BYTES` of the body, in base64. */
  readonly bodyBase64: string;
  /** The compression that the stored body has and that could not be undone; undefined for all others. */
  readonly stillCompressed: boolean;
  /** Others with the same unique key: sent twice, or retried. */
  readonly others: readonly MessageRow[];
  /** The topic takes messages of producers, so that it may be published again. */
  readonly mayBeResent: boolean;
}

/** Bytes of a body that a page gets; the download has all. */
export const BODY_SHOWN_BYTES = 65_536;

/** What became of a message in a group. Source: TrackType. */
export type TrackType =
  | 'CONSUMED'
  | 'CONSUMED_BUT_FILTERED'
  | 'PULL'
  | 'NOT_CONSUME_YET'
  | 'NOT_ONLINE'
  | 'CONSUME_BROADCASTING'
  | 'UNKNOWN';

export interface GroupTrack {
  readonly group: string;
  readonly type: TrackType;
  /** Committed in the message's queue; undefined when the group has committed none. */
  readonly consumerOffset?: number | undefined;
  /** Why the type is UNKNOWN. */
  readonly message?: string | undefined;
}

/** What a client made of a message that it was handed. Source: ConsumeMessageDirectlyResult. */
export interface DirectResult {
  readonly result: string;
  readonly remark?: string | undefined;
  readonly spentMs: number;
  readonly order: boolean;
  readonly autoCommit: boolean;
}

/** Where a message was stored that the console sent. */
export interface SentMessage {
  readonly sendStatus: string;
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
}

/** A member of a group that can be handed a message. */
export interface OnlineClient {
  readonly clientId: string;
  readonly address: string;
  readonly language: string;
  readonly version: string;
}

/** Messages that an export has at most. */
export const EXPORT_LIMIT = 10_000;
/** Messages that are chosen for one action at most. */
export const CHOSEN_LIMIT = 200;

/** Messages: by topic and time, key, id and queue; one in detail; and what may be done with it. */
export const MESSAGE_ROUTES = {
  searchMessages: route('POST', '/clusters/:cluster/messages/search', {
    body: {
      ...RANGE,
      page: optional(integer({ min: 1, max: 1_000_000_000 })),
      pageSize: optional(integer({ min: 1, max: 200 })),
    },
    answer: answer<MessagePage>(),
  }),
  /** Looks into the messages, a bounded number for each request. */
  scanMessages: route('POST', '/clusters/:cluster/messages/scan', {
    body: {
      ...RANGE,
      /** `next` of the answer before. */
      from: optional(integer({ min: 0 })),
      tag: optional(text()),
      key: optional(text()),
      /** In the body, read as UTF-8, or in the value of a property; upper and lower case count. */
      contains: optional(text()),
    },
    answer: answer<MessageScan>(),
  }),
  messagesByKey: route('GET', '/clusters/:cluster/messages/by-key', {
    query: { topic: text({ max: 255 }), key: text(), beginMs: optional(integer()), endMs: optional(integer()) },
    answer: answer<MessagesFound>(),
  }),
  /** By either kind of id. Without a topic only offset ids are found. */
  messagesById: route('GET', '/clusters/:cluster/messages/by-id', {
    query: { topic: optional(text({ max: 255 })), id: text({ max: 256 }) },
    answer: answer<MessagesFound>(),
  }),
  messagesOfQueue: route('GET', '/clusters/:cluster/messages/of-queue', {
    query: {
      topic: text({ max: 255 }),
      brokerName: text({ max: 255 }),
      queueId: integer({ min: 0 }),
      /** Default: the last ones. */
      offset: optional(integer({ min: 0 })),
      count: optional(integer({ min: 1, max: 200 })),
    },
    answer: answer<QueueMessages>(),
  }),
  /** All found in a range of time, or those with these offset ids. */
  exportMessages: route('GET', '/clusters/:cluster/messages/export', {
    query: {
      topic: text({ max: 255 }),
      format: text({ max: 8 }),
      beginMs: optional(integer({ min: 0 })),
      endMs: optional(integer({ min: 0 })),
      ids: optional(list(text({ max: 64 }), { max: CHOSEN_LIMIT })),
    },
    answer: answer<undefined>(),
  }),
  /** Some topics whose names have this in them, to choose one. */
  topicNames: route('GET', '/clusters/:cluster/topic-names', {
    query: { filter: optional(text({ min: 0, max: 255 })) },
    answer: answer<{ readonly names: readonly string[]; readonly total: number }>(),
  }),
  brokerNames: route('GET', '/clusters/:cluster/broker-names', {
    answer: answer<{ readonly names: readonly string[] }>(),
  }),
  /** Members of a group that take messages directly. */
  onlineClients: route('GET', '/clusters/:cluster/messages/clients', {
    query: { group: text({ max: 255 }) },
    answer: answer<{ readonly clients: readonly OnlineClient[]; readonly failures: readonly BrokerFailure[] }>(),
  }),
  message: route('GET', '/clusters/:cluster/messages/:topic/:id', { answer: answer<MessageDetail>() }),
  messageBody: route('GET', '/clusters/:cluster/messages/:topic/:id/body', { answer: answer<undefined>() }),
  messageTrack: route('GET', '/clusters/:cluster/messages/:topic/:id/track', {
    answer: answer<{ readonly groups: readonly GroupTrack[]; readonly failures: readonly BrokerFailure[] }>(),
  }),
  /** Publishes it once more to its topic, under a new unique key: every group gets it. */
  resendMessage: route('POST', '/clusters/:cluster/messages/:topic/:id/resend', {
    access: 'write',
    answer: answer<SentMessage>(),
  }),
  /** Hands it to one client of a group; progress of the group does not change. */
  consumeDirectly: route('POST', '/clusters/:cluster/messages/:topic/:id/consume-directly', {
    access: 'write',
    body: { group: text({ max: 255 }), clientId: text({ max: 1024 }) },
    answer: answer<DirectResult>(),
  }),
};
