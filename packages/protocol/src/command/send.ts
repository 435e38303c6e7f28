import { MessageSysFlag } from '../model/sys-flag.ts';
import { SystemTopic } from '../names.ts';
import {
  bool,
  command,
  int,
  long,
  optional,
  rpcRequestFields,
  str,
  topicRequestFields,
  wire,
  withDefault,
} from './table.ts';

/** Queues of an auto-created topic when the producer does not say how many. Source: DefaultMQProducer. */
export const DEFAULT_TOPIC_QUEUE_NUMS = 4;

const sendFields = {
  producerGroup: str(),
  topic: str(),
  /** Topic whose settings an auto-created one takes. */
  defaultTopic: withDefault(str(), SystemTopic.AUTO_CREATE_TOPIC_KEY),
  defaultTopicQueueNums: withDefault(int(), DEFAULT_TOPIC_QUEUE_NUMS),
  /** Negative: the broker picks a writable queue. */
  queueId: int(),
  sysFlag: withDefault(int(), MessageSysFlag.TRANSACTION_NOT_TYPE),
  /** Milliseconds; 0 when the producer did not say. */
  bornTimestamp: withDefault(long(), 0),
  /** Of the user; stored as it is. */
  flag: withDefault(int(), 0),
  /** Property string, see `message/properties.ts`. */
  properties: withDefault(str(), ''),
  reconsumeTimes: withDefault(int(), 0),
  unitMode: withDefault(bool(), false),
};

/** Chooses the batch path, whatever the code. */
const batch = withDefault(bool(), false);
const maxReconsumeTimes = optional(int());
const sendFieldsV1 = { ...sendFields, batch, maxReconsumeTimes };

const sendFieldsV2 = {
  producerGroup: wire('a', sendFields.producerGroup),
  topic: wire('b', sendFields.topic),
  defaultTopic: wire('c', sendFields.defaultTopic),
  defaultTopicQueueNums: wire('d', sendFields.defaultTopicQueueNums),
  queueId: wire('e', sendFields.queueId),
  sysFlag: wire('f', sendFields.sysFlag),
  bornTimestamp: wire('g', sendFields.bornTimestamp),
  flag: wire('h', sendFields.flag),
  properties: wire('i', sendFields.properties),
  reconsumeTimes: wire('j', sendFields.reconsumeTimes),
  unitMode: wire('k', sendFields.unitMode),
  maxReconsumeTimes: wire('l', maxReconsumeTimes),
  batch: wire('m', batch),
  brokerName: wire('n', optional(str())),
};

const sendResponse = {
  /** Offset message id; of a batch, those of all members joined by `,`. */
  msgId: str(),
  queueId: int(),
  /** Of a batch, that of the first member. */
  queueOffset: long(),
  transactionId: optional(str()),
  batchUniqId: optional(str()),
  recallHandle: optional(str()),
  regionId: wire('MSG_REGION', optional(str())),
  traceOn: wire('TRACE_ON', optional(bool())),
};

/** Stores one message; the body is the message's. Source: SendMessageRequestHeader, SendMessageResponseHeader. */
export const SEND_MESSAGE = command(10, 'SEND_MESSAGE', {
  request: { ...sendFieldsV1, ...topicRequestFields },
  response: sendResponse,
});

/** The same with one-letter keys; what producers really send. Source: SendMessageRequestHeaderV2. */
export const SEND_MESSAGE_V2 = command(310, 'SEND_MESSAGE_V2', {
  request: { ...sendFieldsV2, ...topicRequestFields },
  response: sendResponse,
});

/** Stores several messages of one topic; the body is a row of batch members. Source: SendMessageRequestHeaderV2. */
export const SEND_BATCH_MESSAGE = command(320, 'SEND_BATCH_MESSAGE', {
  request: { ...sendFieldsV2, ...topicRequestFields },
  response: sendResponse,
});

/** Hands the reply of a request-reply message to the broker that pushes it on. Source: ReplyMessageProcessor. */
export const SEND_REPLY_MESSAGE = command(324, 'SEND_REPLY_MESSAGE', {
  request: { ...sendFieldsV1, ...topicRequestFields },
  response: sendResponse,
});

/** The same with one-letter keys. Source: ReplyMessageProcessor. */
export const SEND_REPLY_MESSAGE_V2 = command(325, 'SEND_REPLY_MESSAGE_V2', {
  request: { ...sendFieldsV2, ...topicRequestFields },
  response: sendResponse,
});

/**
 * A consumer could not handle a message: store it again for later, in the retry topic of its group or, after too many
 * tries, in the dead letter topic. Source: ConsumerSendMsgBackRequestHeader.
 */
export const CONSUMER_SEND_MSG_BACK = command(36, 'CONSUMER_SEND_MSG_BACK', {
  request: {
    /** Physical offset of the message. */
    offset: long(),
    group: str(),
    /** Negative: dead letter now; 0: by the count of tries. */
    delayLevel: withDefault(int(), 0),
    originMsgId: optional(str()),
    originTopic: optional(str()),
    unitMode: withDefault(bool(), false),
    maxReconsumeTimes: optional(int()),
    ...rpcRequestFields,
  },
});

/** Broker to client: the reply to a request message. Body: the reply's. Source: ReplyMessageRequestHeader. */
export const PUSH_REPLY_MESSAGE_TO_CLIENT = command(326, 'PUSH_REPLY_MESSAGE_TO_CLIENT', {
  request: {
    ...sendFields,
    /** `ip:port`. */
    bornHost: str(),
    /** `ip:port`. */
    storeHost: str(),
    storeTimestamp: withDefault(long(), 0),
    ...topicRequestFields,
  },
});

/** Cancels a timer message that is not due yet. Source: RecallMessageRequestHeader. */
export const RECALL_MESSAGE = command(370, 'RECALL_MESSAGE', {
  request: { producerGroup: optional(str()), topic: str(), recallHandle: str(), ...topicRequestFields },
  response: { msgId: str(), regionId: wire('MSG_REGION', optional(str())) },
});
