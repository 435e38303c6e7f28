import { inTurns } from '@rocketmq-ts/kernel';
import {
  decodeQueryConsumeQueueResponseBody,
  decodeReadableMessages,
  MessageSysFlag,
  type MessageView,
  ProtocolError,
  PULL_MESSAGE,
  PullSysFlag,
  QUERY_CONSUME_QUEUE,
  QUERY_MESSAGE,
  ResponseCode,
  SystemGroup,
  unwrapInnerBatch,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { LONG_TIMEOUT_MS, type Wire } from './wire.ts';

/** Messages of one broker, for callers that ask several and go on without one that is down. */
export interface MessageReadOperations {
  /**
   * Messages of a queue from an offset on. By the units of the queue and their physical offsets, which brokers count as no
   * consumption; where a broker does not serve that (batch queues, static topics, versions before 4.3) by pulls, which they count.
   */
  readQueue(read: QueueRead): Promise<QueuePiece>;
  /** The message at a physical offset of a broker; undefined when none begins there. */
  messageAtPhysicalOffset(address: string, topic: string, physicalOffset: number): Promise<MessageView | undefined>;
  /** Messages with an index key on one broker, oldest first; none is an empty list. */
  queryMessageInBroker(address: string, query: MessageQuery): Promise<MessageView[]>;
}

/** Which messages of a queue. */
interface QueueRead {
  readonly address: string;
  readonly topic: string;
  readonly queueId: number;
  /** Queue offset of the first one. */
  readonly from: number;
  /** At most so many; the answer may have fewer, see `QueuePiece.next`. */
  readonly count: number;
}

/** A piece of a queue. */
interface QueuePiece {
  /** In the order of the queue; what the broker has removed is left out. */
  readonly messages: readonly MessageView[];
  /** The queue offset behind the piece: above `from`, at most `from + count`. */
  readonly next: number;
}

/** Which messages are looked for, by one of their keys. */
export interface MessageQuery {
  readonly topic: string;
  readonly key: string;
  /** Default 32. */
  readonly maxNum?: number;
  readonly beginTimestampMs?: number;
  readonly endTimestampMs?: number;
  /** The key is a producer's unique key and not one of the message's keys. */
  readonly unique?: boolean;
  /** The key is a message's tag, by which brokers from 5.4.0 on find it. */
  readonly tag?: boolean;
  /** Index key of the last message of an earlier answer: brokers that keep their index in RocksDB continue behind it. */
  readonly lastKey?: string | undefined;
}

/** Messages that are asked for at a time: as many are in memory, each of them up to 4 MiB. */
const READS_AT_A_TIME = 8;
/** Of one pull. */
const MAX_PULLED = 32;
/** Messages of a piece together, so that a caller never holds more; a single one may be larger. */
const MAX_PIECE_BYTES = 16 * 1024 * 1024;

const NOTHING_PULLED: readonly number[] = [
  ResponseCode.PULL_NOT_FOUND,
  ResponseCode.PULL_RETRY_IMMEDIATELY,
  ResponseCode.PULL_OFFSET_MOVED,
];

/** `MessageReadOperations` over the wire. */
export function messageReadOperations(wire: Wire): MessageReadOperations {
  async function messageAtPhysicalOffset(
    address: string,
    topic: string,
    offset: number,
  ): Promise<MessageView | undefined> {
    const accept = [ResponseCode.SYSTEM_ERROR];
    const response = await wire.broker(address, VIEW_MESSAGE_BY_ID, { topic, offset }, { accept });
    return response.code === ResponseCode.SUCCESS ? readableMessages(response.body)[0] : undefined;
  }

  /** Undefined where the units say nothing that can be relied on. */
  async function byUnits(read: QueueRead): Promise<QueuePiece | undefined> {
    const { address, topic, queueId, from, count } = read;
    const header = { topic, queueId, index: from, count };
    const accept = [ResponseCode.SYSTEM_ERROR, ResponseCode.REQUEST_CODE_NOT_SUPPORTED];
    const response = await wire.broker(address, QUERY_CONSUME_QUEUE, header, { accept });
    // An index that the queue does not have is a success without a body.
    if (response.code !== ResponseCode.SUCCESS || response.body.length === 0) return undefined;
    const units = inOnePiece(unitsOf(response.body).slice(0, count));
    if (units.length === 0) return undefined;
    const messages = await inTurns(units, READS_AT_A_TIME, ({ physicOffset }) =>
      messageAtPhysicalOffset(address, topic, physicOffset),
    );
    // A unit of a batch queue has several messages, and one of a static topic another offset.
    const isTrue = messages.every((message, index) => isAt(message, read, from + index));
    return isTrue ? { messages: messages.filter((each) => each !== undefined), next: from + units.length } : undefined;
  }

  async function byPull({ address, topic, queueId, from, count }: QueueRead): Promise<QueuePiece> {
    const header = {
      ...{ consumerGroup: SystemGroup.TOOLS_CONSUMER, topic, queueId, queueOffset: from },
      ...{ maxMsgNums: Math.min(count, MAX_PULLED), sysFlag: PullSysFlag.SUBSCRIPTION, commitOffset: 0 },
      ...{ suspendTimeoutMillis: 0, subscription: '*', subVersion: 0, expressionType: 'TAG' },
    };
    const options = { accept: NOTHING_PULLED, timeoutMs: LONG_TIMEOUT_MS };
    const response = await wire.broker(address, PULL_MESSAGE, header, options);
    const { nextBeginOffset } = response.header;
    const end = from + count;
    const next = nextBeginOffset > from ? Math.min(nextBeginOffset, end) : end;
    const pulled = response.code === ResponseCode.SUCCESS ? readableMessages(response.body) : [];
    return { messages: pulled.filter(({ queueOffset }) => queueOffset >= from && queueOffset < end), next };
  }

  return {
    messageAtPhysicalOffset,

    async readQueue(read) {
      return (await byUnits(read)) ?? byPull(read);
    },

    queryMessageInBroker: (address, query) => queryMessageInBroker(wire, address, query),
  };
}

/** Messages with an index key on one broker, oldest first. */
export async function queryMessageInBroker(wire: Wire, address: string, query: MessageQuery): Promise<MessageView[]> {
  const unique = query.unique === true;
  const header = {
    topic: query.topic,
    key: query.key,
    maxNum: query.maxNum ?? 32,
    beginTimestamp: query.beginTimestampMs ?? 0,
    endTimestamp: query.endTimestampMs ?? Number.MAX_SAFE_INTEGER,
    indexType: unique ? 'U' : query.tag === true ? 'T' : 'K',
    lastKey: query.lastKey,
    uniqueKeyQuery: unique ? true : undefined,
  };
  const options = { accept: [ResponseCode.QUERY_NOT_FOUND], timeoutMs: LONG_TIMEOUT_MS };
  const response = await wire.broker(address, QUERY_MESSAGE, header, options);
  if (response.code !== ResponseCode.SUCCESS) return [];
  // The index is by hash, so it may find others too.
  const exact = (message: MessageView): boolean =>
    unique
      ? message.uniqueKey === query.key
      : query.tag === true
        ? message.tags === query.key
        : message.keys.includes(query.key);
  return readableMessages(response.body)
    .filter(exact)
    .sort((a, b) => a.storeTimestamp - b.storeTimestamp);
}

/**
 * The messages of an answer, those of batches one by one; one whose body cannot be inflated has it as it is stored. Throws
 * BAD_MESSAGE.
 */
export function readableMessages(body: Buffer): MessageView[] {
  const records = decodeReadableMessages(body, (fault, message) => {
    if (message === undefined) throw fault;
  });
  return records.flatMap((record) => unwrapInnerBatch(record));
}

function isAt(message: MessageView | undefined, read: QueueRead, queueOffset: number): boolean {
  // The file of the message may have been removed between the two requests.
  if (message === undefined) return true;
  if ((message.sysFlag & MessageSysFlag.INNER_BATCH) !== 0) return false;
  return message.topic === read.topic && message.queueId === read.queueId && message.queueOffset === queueOffset;
}

interface Unit {
  readonly physicOffset: number;
  readonly physicSize: number;
}

function inOnePiece(units: readonly Unit[]): readonly Unit[] {
  let bytes = 0;
  const end = units.findIndex(({ physicSize }, index) => {
    bytes += physicSize;
    return index > 0 && bytes > MAX_PIECE_BYTES;
  });
  return end < 0 ? units : units.slice(0, end);
}

function unitsOf(body: Buffer): readonly Unit[] {
  try {
    return decodeQueryConsumeQueueResponseBody(body).queueData;
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}
