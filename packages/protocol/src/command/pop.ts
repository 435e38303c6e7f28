import { bool, command, int, long, optional, str, topicRequestFields, withDefault } from './table.ts';

const popResponse = {
  popTime: long(),
  invisibleTime: long(),
  reviveQid: int(),
  restNum: long(),
  startOffsetInfo: optional(str()),
  msgOffsetInfo: optional(str()),
  orderCountInfo: optional(str()),
};

/** Leases messages of any queue of a topic for a time. Source: PopMessageRequestHeader, PopMessageResponseHeader. */
export const POP_MESSAGE = command(200050, 'POP_MESSAGE', {
  request: {
    consumerGroup: str(),
    topic: str(),
    /** −1: all queues. */
    queueId: withDefault(int(), -1),
    maxMsgNums: withDefault(int(), 32),
    invisibleTime: long(),
    pollTime: withDefault(long(), 0),
    /** When the client asked; 0: the broker fills it in. */
    bornTime: withDefault(long(), 0),
    /** Where a new group starts: 0 first, 1 last message. */
    initMode: withDefault(int(), 0),
    expType: optional(str()),
    exp: optional(str()),
    order: withDefault(bool(), false),
    attemptId: optional(str()),
    ...topicRequestFields,
  },
  response: popResponse,
});

/** Ends the lease of one message: it was handled. Source: AckMessageRequestHeader. */
export const ACK_MESSAGE = command(200051, 'ACK_MESSAGE', {
  request: {
    consumerGroup: str(),
    topic: str(),
    queueId: int(),
    extraInfo: str(),
    offset: long(),
    ...topicRequestFields,
  },
});

/** The same for several; body BatchAckMessageRequestBody. Source: AckMessageProcessor. */
export const BATCH_ACK_MESSAGE = command(200151, 'BATCH_ACK_MESSAGE', { request: {} });

/** Changes the length of a lease. Source: ChangeInvisibleTimeRequestHeader, ChangeInvisibleTimeResponseHeader. */
export const CHANGE_MESSAGE_INVISIBLETIME = command(200053, 'CHANGE_MESSAGE_INVISIBLETIME', {
  request: {
    consumerGroup: str(),
    topic: str(),
    queueId: int(),
    extraInfo: str(),
    offset: long(),
    invisibleTime: long(),
    ...topicRequestFields,
  },
  response: { popTime: long(), invisibleTime: long(), reviveQid: int() },
});

/** Looks at messages without leasing them. Source: PeekMessageRequestHeader. */
export const PEEK_MESSAGE = command(200052, 'PEEK_MESSAGE', {
  request: {
    consumerGroup: str(),
    topic: str(),
    queueId: int(),
    maxMsgNums: withDefault(int(), 32),
    ...topicRequestFields,
  },
  response: popResponse,
});

/** Asks whether there is something to pop; may be held. Source: NotificationRequestHeader, NotificationResponseHeader. */
export const NOTIFICATION = command(200054, 'NOTIFICATION', {
  request: {
    consumerGroup: str(),
    topic: str(),
    queueId: withDefault(int(), -1),
    pollTime: withDefault(long(), 0),
    bornTime: withDefault(long(), 0),
    order: withDefault(bool(), false),
    attemptId: optional(str()),
    ...topicRequestFields,
  },
  response: { hasMsg: bool(), pollingFull: optional(bool()) },
});

/** How many pops of a group are held. Source: PollingInfoRequestHeader, PollingInfoResponseHeader. */
export const POLLING_INFO = command(200055, 'POLLING_INFO', {
  request: { consumerGroup: str(), topic: str(), queueId: withDefault(int(), -1), ...topicRequestFields },
  response: { pollingNum: int() },
});

/** Writes what pop consumers hold into the commit log, as brokers before RocksDB keep it. Source: AdminBrokerProcessor#transferPopToFsStore. */
export const POP_ROLLBACK = command(200056, 'POP_ROLLBACK', { request: {} });
