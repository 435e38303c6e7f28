import { command, int, long, optional, str, topicRequestFields, wire, withDefault } from './table.ts';

const pullFields = {
  consumerGroup: str(),
  topic: str(),
  queueId: int(),
  queueOffset: long(),
  maxMsgNums: withDefault(int(), 32),
  /** Bits of `PullSysFlag`. */
  sysFlag: withDefault(int(), 0),
  commitOffset: withDefault(long(), 0),
  /** How long an empty answer may be held when the SUSPEND bit is set. */
  suspendTimeoutMillis: withDefault(long(), 0),
  subscription: optional(str()),
  subVersion: withDefault(long(), 0),
  expressionType: withDefault(str(), 'TAG'),
  maxMsgBytes: optional(int()),
  /** −1 SDK, 0 to 2 proxy. */
  requestSource: withDefault(int(), -1),
  /** Misspelled on the wire, as Apache has it. */
  proxyForwardClientId: wire('proxyFrowardClientId', optional(str())),
  ...topicRequestFields,
};

const pullResponse = {
  suggestWhichBrokerId: long(),
  nextBeginOffset: long(),
  minOffset: long(),
  maxOffset: long(),
  offsetDelta: optional(long()),
  topicSysFlag: optional(int()),
  groupSysFlag: optional(int()),
  /** 1 broker, 2 group, 3 topic, 4 broadcasting disabled, 5 subscription. */
  forbiddenType: optional(int()),
};

/**
 * Asks for messages from one queue; may be held until some arrive. Body of the answer: records, see `message/layout.ts`.
 * Source: PullMessageRequestHeader, PullMessageResponseHeader.
 */
export const PULL_MESSAGE = command(11, 'PULL_MESSAGE', { request: pullFields, response: pullResponse });

/** The same for consumers that poll by themselves. Source: PullMessageRequestHeader. */
export const LITE_PULL_MESSAGE = command(361, 'LITE_PULL_MESSAGE', { request: pullFields, response: pullResponse });
