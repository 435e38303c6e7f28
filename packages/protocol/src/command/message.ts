import { bool, command, int, long, optional, str, topicRequestFields, wire, withDefault } from './table.ts';

/** Messages by key and time. Answer: records. Source: QueryMessageRequestHeader, QueryMessageResponseHeader. */
export const QUERY_MESSAGE = command(12, 'QUERY_MESSAGE', {
  request: {
    topic: str(),
    key: str(),
    maxNum: withDefault(int(), 32),
    beginTimestamp: withDefault(long(), 0),
    endTimestamp: withDefault(long(), Number.MAX_SAFE_INTEGER),
    /** `K` key, `T` tag, `U` unique key. */
    indexType: optional(str()),
    lastKey: optional(str()),
    uniqueKeyQuery: wire('_UNIQUE_KEY_QUERY', optional(bool())),
    ...topicRequestFields,
  },
  response: { indexLastUpdateTimestamp: long(), indexLastUpdatePhyoffset: long() },
});

/** One message by its physical offset. Answer: one record. Source: ViewMessageRequestHeader. */
export const VIEW_MESSAGE_BY_ID = command(33, 'VIEW_MESSAGE_BY_ID', {
  request: { topic: optional(str()), offset: long() },
});

/** Units of a consume queue. Answer: QueryConsumeQueueResponseBody. Source: QueryConsumeQueueRequestHeader. */
export const QUERY_CONSUME_QUEUE = command(321, 'QUERY_CONSUME_QUEUE', {
  request: {
    topic: str(),
    queueId: int(),
    index: withDefault(long(), 0),
    count: withDefault(int(), 10),
    consumerGroup: optional(str()),
    ...topicRequestFields,
  },
});
