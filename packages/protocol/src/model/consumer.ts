/** How a consumer gets its messages, in order of the enum's ordinals. Source: ConsumeType. */
export const CONSUME_TYPES = ['CONSUME_ACTIVELY', 'CONSUME_PASSIVELY', 'CONSUME_POP'] as const;
/** Pull, push or pop. */
export type ConsumeType = (typeof CONSUME_TYPES)[number];

/** Source: MessageModel. */
export const MESSAGE_MODELS = ['BROADCASTING', 'CLUSTERING'] as const;
/** Each member gets every message, or one member of the group does. */
export type MessageModel = (typeof MESSAGE_MODELS)[number];

/** Where a group without offsets starts. Source: ConsumeFromWhere. */
export const CONSUME_FROM_WHERES = [
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST',
  'CONSUME_FROM_MIN_OFFSET',
  'CONSUME_FROM_MAX_OFFSET',
  'CONSUME_FROM_FIRST_OFFSET',
  'CONSUME_FROM_TIMESTAMP',
] as const;
/** Only the last, first and by-timestamp forms are not deprecated. */
export type ConsumeFromWhere = (typeof CONSUME_FROM_WHERES)[number];

/** What became of a message that was handed to a consumer by an admin. Source: CMResult. */
export const CONSUME_RESULTS = [
  'CR_SUCCESS',
  'CR_LATER',
  'CR_ROLLBACK',
  'CR_COMMIT',
  'CR_THROW_EXCEPTION',
  'CR_RETURN_NULL',
] as const;
/** One of `CONSUME_RESULTS`. */
export type ConsumeResult = (typeof CONSUME_RESULTS)[number];

/** Source: MessageRequestMode. */
export const MESSAGE_REQUEST_MODES = ['PULL', 'POP'] as const;
/** Whether a group pulls its queues or pops. */
export type MessageRequestMode = (typeof MESSAGE_REQUEST_MODES)[number];

/** Source: TopicFilterType. */
export const TOPIC_FILTER_TYPES = ['SINGLE_TAG', 'MULTI_TAG'] as const;
/** One tag a message, or several; stored, and without effect on filtering. */
export type TopicFilterType = (typeof TOPIC_FILTER_TYPES)[number];

/** Expression types of subscriptions. Source: ExpressionType. */
export const ExpressionType = { TAG: 'TAG', SQL92: 'SQL92' } as const;
