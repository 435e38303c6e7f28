import { type Message, type SendCall, selectByHash } from '@rocketmq-ts/client';
import { type BodyFormat, CONTENT_TYPE } from './body-format.ts';
import { patternOf, patternText } from './pattern.ts';

/** What a message has beside its data. */
export interface RocketmqRecordOptions
  extends Pick<Message, 'keys' | 'uniqueKey' | 'flag' | 'delayLevel' | 'delayMs' | 'deliverAt' | 'waitStoreOk'>,
    Pick<SendCall, 'timeoutMs'> {
  /** Headers: properties of the message. Names that RocketMQ reserves are refused. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** One tag; that of the pattern otherwise. */
  readonly tags?: string | undefined;
  /** Messages with the same text are sent to the same queue, where they keep their order. */
  readonly shardingKey?: string | number | undefined;
}

/**
 * Data with headers, keys, a delay and so on, to be given to `emit` or `send` in the place of the data.
 *
 * ```ts
 * client.emit('Orders', new RocketmqRecord({ id: 7 }, { keys: '7', headers: { tenant: 'a' }, shardingKey: 7 }));
 * ```
 */
export class RocketmqRecord<Data = unknown> {
  readonly data: Data;
  readonly options: RocketmqRecordOptions;

  constructor(data: Data, options: RocketmqRecordOptions = {}) {
    this.data = data;
    this.options = options;
  }
}

/** A message, and how it is sent. */
export interface OutgoingRecord {
  readonly message: Message;
  readonly call: SendCall;
}

/**
 * The message of a packet. `metadata` are properties as well, which headers of the record replace. Throws TypeError for a pattern that
 * names no topic or several tags, or for data that the format can not encode.
 */
export function outgoingRecord(
  packet: { readonly pattern: unknown; readonly data: unknown; readonly metadata?: unknown },
  format: BodyFormat,
): OutgoingRecord {
  const pattern = patternOf(packet.pattern);
  if (pattern === undefined || pattern.sql !== undefined)
    throw new TypeError(
      `A message is sent to a topic, or to { topic, tags }, not to the pattern ${patternText(packet.pattern)}.`,
    );
  const record = packet.data instanceof RocketmqRecord ? packet.data : new RocketmqRecord(packet.data);
  const { headers, shardingKey, timeoutMs, tags = pattern.tags, ...others } = record.options;
  const { body, contentType } = format.encode(record.data);
  const properties = {
    ...textsOf(packet.metadata),
    ...(contentType === undefined ? {} : { [CONTENT_TYPE]: contentType }),
    ...headers,
  };
  return {
    message: { ...others, topic: pattern.topic, tags, body, properties },
    call:
      shardingKey === undefined ? { timeoutMs } : { timeoutMs, select: selectByHash(shardingKey), retryChosen: true },
  };
}

function textsOf(metadata: unknown): Record<string, string> {
  if (typeof metadata !== 'object' || metadata === null) return {};
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => typeof value === 'string'));
}
