import { bool, command, int, long, optional, rpcRequestFields, str, topicRequestFields, withDefault } from './table.ts';

/**
 * How far a group has come in a queue. Without progress the answer is 0 for a young queue, which is read from its start
 * whatever the consumer asks for, else code 22. Our broker answers 0 for an existing topic's queue without messages as well,
 * where Apache's answers 22: there a consumer starts at the end of the queue, and where the first message came in between it
 * would never see it. In the retry topic of the group itself our
 * broker answers the queue's start. Source: QueryConsumerOffsetRequestHeader, QueryConsumerOffsetResponseHeader,
 * ConsumerManageProcessor#queryConsumerOffset.
 */
export const QUERY_CONSUMER_OFFSET = command(14, 'QUERY_CONSUMER_OFFSET', {
  request: {
    consumerGroup: str(),
    topic: str(),
    queueId: int(),
    /** False: never answer 0 in place of "not found". */
    setZeroIfNotFound: optional(bool()),
    ...topicRequestFields,
  },
  response: { offset: long() },
});

/** Reports how far a group has come in a queue; mostly one-way. Source: UpdateConsumerOffsetRequestHeader. */
export const UPDATE_CONSUMER_OFFSET = command(15, 'UPDATE_CONSUMER_OFFSET', {
  request: { consumerGroup: str(), topic: str(), queueId: int(), commitOffset: long(), ...topicRequestFields },
  response: {},
});

/** The queue offset at a point in time. Source: SearchOffsetRequestHeader, SearchOffsetResponseHeader. */
export const SEARCH_OFFSET_BY_TIMESTAMP = command(29, 'SEARCH_OFFSET_BY_TIMESTAMP', {
  request: {
    topic: str(),
    queueId: int(),
    timestamp: long(),
    /** `LOWER` or, in any case of letters, `UPPER`: which of several messages of one time. */
    boundaryType: withDefault(str(), 'LOWER'),
    ...topicRequestFields,
  },
  response: { offset: long() },
});

/** One past the last message of a queue. Source: GetMaxOffsetRequestHeader, GetMaxOffsetResponseHeader. */
export const GET_MAX_OFFSET = command(30, 'GET_MAX_OFFSET', {
  request: { topic: str(), queueId: int(), committed: withDefault(bool(), true), ...topicRequestFields },
  response: { offset: long() },
});

/** The first message of a queue that is still there. Source: GetMinOffsetRequestHeader, GetMinOffsetResponseHeader. */
export const GET_MIN_OFFSET = command(31, 'GET_MIN_OFFSET', {
  request: { topic: str(), queueId: int(), ...topicRequestFields },
  response: { offset: long() },
});

/** When the first message of a queue was stored. Source: GetEarliestMsgStoretimeRequestHeader and its response header. */
export const GET_EARLIEST_MSG_STORETIME = command(32, 'GET_EARLIEST_MSG_STORETIME', {
  request: { topic: str(), queueId: int(), ...topicRequestFields },
  response: { timestamp: long() },
});

/** Slave to master: all consumer offsets. Answer: ConsumerOffsetSerializeWrapper. Source: SlaveSynchronize. */
export const GET_ALL_CONSUMER_OFFSET = command(43, 'GET_ALL_CONSUMER_OFFSET', { request: {} });

/** Slave to master: progress of the delay levels. Answer: delay offset table. Source: SlaveSynchronize. */
export const GET_ALL_DELAY_OFFSET = command(45, 'GET_ALL_DELAY_OFFSET', { request: {} });

const resetFields = {
  topic: str(),
  group: str(),
  /** −1: the end. */
  timestamp: long(),
  isForce: withDefault(bool(), false),
  /** −1: all queues. */
  queueId: withDefault(int(), -1),
  /** −1: none, go by `timestamp`. */
  offset: withDefault(long(), -1),
  ...topicRequestFields,
};

/** Admin to broker: move a group to a point in time. Answer: ResetOffsetBody. Source: ResetOffsetRequestHeader. */
export const INVOKE_BROKER_TO_RESET_OFFSET = command(222, 'INVOKE_BROKER_TO_RESET_OFFSET', { request: resetFields });

/** Broker to client, one-way: use these offsets from now on. Body: ResetOffsetBody. Source: ResetOffsetRequestHeader. */
export const RESET_CONSUMER_CLIENT_OFFSET = command(220, 'RESET_CONSUMER_CLIENT_OFFSET', { request: resetFields });

/** Copies the offsets of one group to another. Source: CloneGroupOffsetRequestHeader. */
export const CLONE_GROUP_OFFSET = command(314, 'CLONE_GROUP_OFFSET', {
  request: {
    srcGroup: str(),
    destGroup: str(),
    /** Absent: all topics of the source group. */
    topic: optional(str()),
    offline: withDefault(bool(), false),
    ...rpcRequestFields,
  },
});

/** Offsets of a queue as other groups see them. Answer: QueryCorrectionOffsetBody. Source: QueryCorrectionOffsetHeader. */
export const QUERY_CORRECTION_OFFSET = command(308, 'QUERY_CORRECTION_OFFSET', {
  request: { filterGroups: optional(str()), compareGroup: str(), topic: str(), ...topicRequestFields },
});
