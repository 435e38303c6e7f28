/** Prefix of the trace topics of cloud regions; the region's id follows. Source: TraceConstants#TRACE_TOPIC_PREFIX. */
export const TRACE_TOPIC_PREFIX = 'rmq_sys_TRACE_DATA_';
/** Groups of the producers that clients send traces with begin so. Source: TraceConstants#GROUP_NAME_PREFIX. */
export const TRACE_PRODUCER_GROUP_PREFIX = '_INNER_TRACE_PRODUCER';
/** The region that clients report where a broker names none. Source: MixAll#DEFAULT_TRACE_REGION_ID. */
export const DEFAULT_TRACE_REGION_ID = 'DefaultRegion';
/** Instance names of clients that send traces begin so. Source: TraceConstants#TRACE_INSTANCE_NAME. */
export const TRACE_INSTANCE_NAME = 'PID_CLIENT_INNER_TRACE_PRODUCER';

const FIELD_END = '\u0001';
const RECORD_END = '\u0002';

/** In the order of their numbers on the wire. Source: MessageType. */
const messageTypes = ['Normal_Msg', 'Trans_Msg_Half', 'Trans_msg_Commit', 'Delay_Msg', 'Order_Msg'] as const;
/** What kind of message is traced. */
export type TraceMessageType = (typeof messageTypes)[number];

/** How a listener ended, in the order of their numbers on the wire. Source: ConsumeReturnType. */
const returnTypes = ['SUCCESS', 'TIME_OUT', 'EXCEPTION', 'RETURNNULL', 'FAILED'] as const;
/** How a listener ended. */
export type TraceReturnType = (typeof returnTypes)[number];

const transactionStates = ['COMMIT_MESSAGE', 'ROLLBACK_MESSAGE', 'UNKNOW'] as const;
/** Source: LocalTransactionState. */
export type TraceTransactionState = (typeof transactionStates)[number];

interface TraceOfMessage {
  readonly topic: string;
  /** Unique key; of a batch all, joined by commas. */
  readonly msgId: string;
}

interface TraceOfKeys {
  /** Separated by blanks. */
  readonly keys: string | undefined;
}

interface TraceHead {
  /** ms since the epoch. */
  readonly timestamp: number;
  readonly regionId: string;
  readonly groupName: string;
}

/** What reports of sends and of outcomes say of the message and its broker. */
interface TraceOfStored extends TraceHead, TraceOfMessage, TraceOfKeys {
  readonly tags: string | undefined;
  /** `host:port` of the broker. */
  readonly storeHost: string;
  readonly messageType: TraceMessageType;
}

/** A broker answered a send. */
export interface TracePub extends TraceOfStored {
  readonly type: 'Pub';
  /** As sent, compressed perhaps. */
  readonly bodyLength: number;
  readonly costTimeMs: number;
  readonly offsetMsgId: string | undefined;
  readonly success: boolean;
}

/** A listener got a message. */
export interface TraceSubBefore extends TraceHead, TraceOfKeys {
  readonly type: 'SubBefore';
  /** The same in the record of the call's end. */
  readonly requestId: string;
  readonly msgId: string;
  readonly retryTimes: number;
}

/** A listener's call ended. */
export interface TraceSubAfter extends TraceOfKeys {
  readonly type: 'SubAfter';
  readonly requestId: string;
  readonly msgId: string;
  readonly costTimeMs: number;
  readonly success: boolean;
  readonly returnType: TraceReturnType;
  /** ms since the epoch. With the group undefined in records of clients in clouds, and of those before 4.9. */
  readonly timestamp: number | undefined;
  readonly groupName: string | undefined;
}

/** A producer sent the outcome of a transaction. */
export interface TraceEndTransaction extends TraceOfStored {
  readonly type: 'EndTransaction';
  readonly transactionId: string | undefined;
  readonly state: TraceTransactionState;
  readonly fromTransactionCheck: boolean;
}

/** A producer recalled a timer message. */
export interface TraceRecall extends TraceHead, TraceOfMessage {
  readonly type: 'Recall';
  readonly success: boolean;
}

/** One event in the life of one message. */
export type TraceRecord = TracePub | TraceSubBefore | TraceSubAfter | TraceEndTransaction | TraceRecall;

/**
 * One record as text; the body of a trace message is some of them in a row. Fields in order, U+0001 between them and U+0002
 * behind the last; what is undefined is `null`:
 *
 * | type | fields |
 * | --- | --- |
 * | Pub | type, timestamp, region, group, topic, msgId, tags, keys, broker's address, body length, cost in ms, number of the message type, offset msgId, success |
 * | SubBefore | type, timestamp, region, group, request id, msgId, retry times, keys |
 * | SubAfter | type, request id, msgId, cost in ms, success, keys, number of the return type, timestamp, group; without the last two, an empty field is last |
 * | EndTransaction | type, timestamp, region, group, topic, msgId, tags, keys, broker's address, number of the message type, transaction id, state, from a check |
 * | Recall | type, timestamp, region, group, topic, msgId, success |
 *
 * Source: TraceDataEncoder#encoderFromContextBean.
 */
export function encodeTraceRecord(record: TraceRecord): string {
  return fieldsOf(record).join(FIELD_END) + RECORD_END;
}

function fieldsOf(record: TraceRecord): unknown[] {
  const { type, msgId } = record;
  if (type === 'SubAfter') {
    const { requestId, costTimeMs, success, keys, returnType, timestamp, groupName } = record;
    const fields = [type, requestId, msgId, costTimeMs, success, nullable(keys), returnTypes.indexOf(returnType)];
    return timestamp === undefined ? [...fields, ''] : [...fields, timestamp, nullable(groupName)];
  }
  const head = [type, record.timestamp, record.regionId, record.groupName];
  if (type === 'SubBefore') return [...head, record.requestId, msgId, record.retryTimes, nullable(record.keys)];
  if (type === 'Recall') return [...head, record.topic, msgId, record.success];
  const common = [...head, record.topic, msgId, nullable(record.tags), nullable(record.keys), record.storeHost];
  const messageType = messageTypes.indexOf(record.messageType);
  if (type === 'EndTransaction') {
    const { transactionId, state, fromTransactionCheck } = record;
    return [...common, messageType, nullable(transactionId), state, fromTransactionCheck];
  }
  const { bodyLength, costTimeMs, offsetMsgId, success } = record;
  return [...common, bodyLength, costTimeMs, messageType, nullable(offsetMsgId), success];
}

/**
 * Reads the body of a trace message, as text. Never throws: records of unknown types and damaged ones are passed over. Older
 * and newer clients' records are read too: a Pub of 13 fields has no offset msgId, one of 15 has the client's host; a SubAfter
 * may end after the sixth or seventh. Source: TraceDataEncoder#decoderFromTraceDataString.
 */
export function decodeTraceRecords(text: string): TraceRecord[] {
  const records: TraceRecord[] = [];
  for (const part of text.split(RECORD_END)) {
    const fields = part.split(FIELD_END);
    // Java's split leaves out empty texts at the end.
    while (fields.at(-1) === '') fields.pop();
    const record = decoders.get(fields[0] ?? '')?.(new Fields(fields));
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** The fields of one record. What reads a field that is missing or damaged marks the record as damaged. */
class Fields {
  readonly count: number;
  damaged = false;
  readonly #fields: readonly string[];

  constructor(fields: readonly string[]) {
    this.#fields = fields;
    this.count = fields.length;
  }

  text(at: number): string {
    const text = this.#fields[at];
    if (text === undefined) this.damaged = true;
    return text ?? '';
  }

  optional(at: number): string | undefined {
    const text = this.text(at);
    return text === 'null' ? undefined : text;
  }

  integer(at: number): number {
    const text = this.text(at);
    const value = Number(text);
    if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    this.damaged = true;
    return 0;
  }

  /** Source: Boolean#parseBoolean. */
  flag(at: number): boolean {
    return this.text(at).toLowerCase() === 'true';
  }

  oneOf<Name extends string>(names: readonly Name[], index: number): Name {
    const name = names[index];
    if (name === undefined) this.damaged = true;
    return name ?? names[0]!;
  }

  head(): TraceHead {
    return { timestamp: this.integer(1), regionId: this.text(2), groupName: this.text(3) };
  }

  message(): TraceOfMessage {
    return { topic: this.text(4), msgId: this.text(5) };
  }

  /** `messageTypeAt`: the place of the number of the message type. */
  stored(messageTypeAt: number): TraceOfStored {
    return {
      ...this.head(),
      ...this.message(),
      tags: this.optional(6),
      keys: this.optional(7),
      storeHost: this.text(8),
      messageType: this.oneOf(messageTypes, this.integer(messageTypeAt)),
    };
  }

  ifWhole(record: TraceRecord): TraceRecord | undefined {
    return this.damaged ? undefined : record;
  }
}

const decoders = new Map<string, (fields: Fields) => TraceRecord | undefined>([
  ['Pub', decodePub],
  ['SubBefore', decodeSubBefore],
  ['SubAfter', decodeSubAfter],
  ['EndTransaction', decodeEndTransaction],
  ['Recall', decodeRecall],
]);

function decodePub(fields: Fields): TraceRecord | undefined {
  const hasOffsetId = fields.count !== 13;
  return fields.ifWhole({
    type: 'Pub',
    ...fields.stored(11),
    bodyLength: fields.integer(9),
    costTimeMs: fields.integer(10),
    offsetMsgId: hasOffsetId ? fields.optional(12) : undefined,
    success: fields.flag(hasOffsetId ? 13 : 12),
  });
}

function decodeSubBefore(fields: Fields): TraceRecord | undefined {
  return fields.ifWhole({
    type: 'SubBefore',
    ...fields.head(),
    requestId: fields.text(4),
    msgId: fields.text(5),
    retryTimes: fields.integer(6),
    keys: fields.optional(7),
  });
}

function decodeSubAfter(fields: Fields): TraceRecord | undefined {
  const hasGroup = fields.count >= 9;
  return fields.ifWhole({
    type: 'SubAfter',
    requestId: fields.text(1),
    msgId: fields.text(2),
    costTimeMs: fields.integer(3),
    success: fields.flag(4),
    keys: fields.optional(5),
    returnType: fields.count >= 7 ? fields.oneOf(returnTypes, fields.integer(6)) : 'SUCCESS',
    timestamp: hasGroup ? fields.integer(7) : undefined,
    groupName: hasGroup ? fields.optional(8) : undefined,
  });
}

function decodeEndTransaction(fields: Fields): TraceRecord | undefined {
  return fields.ifWhole({
    type: 'EndTransaction',
    ...fields.stored(9),
    transactionId: fields.optional(10),
    state: fields.oneOf(transactionStates, transactionStates.indexOf(fields.text(11) as TraceTransactionState)),
    fromTransactionCheck: fields.flag(12),
  });
}

function decodeRecall(fields: Fields): TraceRecord | undefined {
  return fields.ifWhole({ type: 'Recall', ...fields.head(), ...fields.message(), success: fields.flag(6) });
}

function nullable(text: string | undefined): string {
  return text ?? 'null';
}
