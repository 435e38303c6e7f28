import {
  type CompressionType,
  DEFAULT_TOPIC_QUEUE_NUMS,
  ResponseCode,
  SystemTopic,
  withNamespace,
} from '@rocketmq-ts/protocol';
import { DEFAULT_MAX_MESSAGE_BYTES } from '../message/outgoing.ts';
import { requireSerializer, type Serializer } from '../message/serializer.ts';
import { type ClientOptions, type ClientSettings, type Filled, integersOf, resolveClientOptions } from '../options.ts';
import { resolveTraceOptions, type TraceOptions, type TraceSettings } from '../trace/trace-options.ts';

/** What a producer sends with. Source of names and defaults: DefaultMQProducer. */
export interface SendOptions {
  /** Topic whose settings an auto-created topic takes. Default `TBW102`. */
  readonly createTopicKey?: string | undefined;
  /** Queues of an auto-created topic on each broker. Default 4. */
  readonly defaultTopicQueueNums?: number | undefined;
  /** Time for one send, retries included, from the moment that it is under way; waiting for its turn does not count. Default 3000. */
  readonly sendTimeoutMs?: number | undefined;
  /**
   * Limit of one attempt while another is left. Default: none, so that a broker which does not answer uses up the whole time
   * in the first attempt, as with Apache's client; set it to retry after time-outs too.
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * Attempts after the first, on other brokers if there are any. One that could not connect is not counted: while there is
   * time, another follows after a pause. 0: one attempt only. Default 2.
   */
  readonly retryTimesWhenSendFailed?: number | undefined;
  /** Also retry when the message is stored, but not flushed or copied in time. Default false. */
  readonly retryAnotherBrokerWhenNotStoreOk?: boolean | undefined;
  /** Response codes after which another attempt makes sense. Default 17, 14, 1, 2, 16, 204, 205, 1500. */
  readonly retryResponseCodes?: readonly number[] | undefined;
  /** Bodies from this size on are compressed. Default 4096. */
  readonly compressOverBytes?: number | undefined;
  /** Default `ZLIB`. `ZSTD` needs Node.js 22.15 or newer. */
  readonly compressType?: CompressionType | undefined;
  /** 0 to 9. Default 5. */
  readonly compressLevel?: number | undefined;
  /** Largest body, and largest body of a batch. Default 4 194 304. */
  readonly maxMessageBytes?: number | undefined;
  /** Sends under way at a time; later ones wait for their turn in order. Default 1024. */
  readonly maxInFlight?: number | undefined;
  /** Bytes of bodies under way at a time, before compression. Default 67 108 864. */
  readonly maxInFlightBytes?: number | undefined;
  /**
   * Sends that may wait for their turn; one more is refused with `TOO_MANY_SENDS`. Each keeps a copy of its body. Default
   * 1 048 576.
   */
  readonly maxWaitingSends?: number | undefined;
  /**
   * Gather messages that are sent one by one, and send those of equal topic, tag, `waitStoreOk` and chosen queue as one batch.
   * Each send has its own result, up to `batchMaxDelayMs` later. Alone and at once are sent: delayed messages, those of
   * `batchMaxBytes` or more, sends with a `timeoutMs` or `signal` of their own, one-way sends, and lists. Default false.
   */
  readonly autoBatch?: boolean | undefined;
  /** A gathered batch is sent at the latest so long after its first message, 1 to 30 000. Default 10. */
  readonly batchMaxDelayMs?: number | undefined;
  /** A gathered batch is sent when its bodies have so many bytes together, 1 to 2 097 152. Default 32 768. */
  readonly batchMaxBytes?: number | undefined;
  /**
   * Bytes of bodies in all gathered batches together, until they are answered. A message that has no room is sent by
   * itself, as without `autoBatch`. Default 33 554 432.
   */
  readonly totalBatchMaxBytes?: number | undefined;
  /** Avoid brokers that were slow or failed. Default false. */
  readonly sendLatencyEnable?: boolean | undefined;
  /** With `sendLatencyEnable`: probe brokers that failed, every 3 s. Default false. */
  readonly startDetectorEnable?: boolean | undefined;
}

/** What `new Producer` takes: what connects it, how it sends, what it reports as trace. */
export interface ProducerOptions<T = string | Uint8Array> extends ClientOptions, SendOptions, TraceOptions {
  /** Names what these producers do; brokers list it. */
  readonly producerGroup: string;
  /** Makes the body of each message that is sent. Default none: bodies are text or bytes. */
  readonly serializer?: Serializer<T> | undefined;
  /** Topics whose routes are loaded at start. Default none: at the first send. */
  readonly topics?: readonly string[] | undefined;
  /**
   * How long `stop` waits for sends that were begun before, those that wait for their turn included. What is not answered
   * by then fails with `STOPPED`. A broker that answers nothing costs one more request's time, to leave the group. Default 5000.
   */
  readonly awaitTerminationMs?: number | undefined;
  /** Requests that may wait for their replies; one more is refused with `TOO_MANY_REQUESTS`. Default 65 536. */
  readonly maxPendingRequests?: number | undefined;
}

/** `SendOptions` with every default filled in. */
export type SendSettings = Filled<Omit<SendOptions, 'retryResponseCodes'>, 'attemptTimeoutMs'> & {
  readonly retryResponseCodes: ReadonlySet<number>;
} & SendPlace;

/** Where the messages of a producer belong. */
type SendPlace = Pick<ClientSettings, 'namespace' | 'unitMode'>;

export type ProducerSettings = ClientSettings &
  Filled<Omit<ProducerOptions, keyof ClientOptions | keyof SendOptions | keyof TraceOptions | 'serializer'>, never> & {
    readonly serializer: Serializer<unknown> | undefined;
    readonly send: SendSettings;
    readonly trace: TraceSettings | undefined;
  };

/** Source: DefaultMQProducer#retryResponseCodes. */
export const defaultRetryResponseCodes: readonly number[] = [
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.NO_PERMISSION,
  ResponseCode.NO_BUYER_ID,
  ResponseCode.NOT_IN_CURRENT_UNIT,
  ResponseCode.GO_AWAY,
];

/** Fills in defaults. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL` or `NAME_ILLEGAL`. */
export function resolveProducerOptions(options: ProducerOptions<unknown>): ProducerSettings {
  const client = resolveClientOptions(options);
  const { namespace } = client;
  return {
    ...client,
    producerGroup: withNamespace(options.producerGroup, namespace),
    serializer: requireSerializer(options.serializer, 'serialize'),
    topics: (options.topics ?? []).map((topic) => withNamespace(topic, namespace)),
    awaitTerminationMs: integersOf(options)('awaitTerminationMs', 5000, 0, 3_600_000),
    maxPendingRequests: integersOf(options)('maxPendingRequests', 65_536, 1),
    send: resolveSendOptions(options, client),
    trace: resolveTraceOptions(options),
  };
}

/** Fills in defaults. Without a `place` all names are given as they are at brokers. Throws ClientError `OPTION_ILLEGAL`. */
export function resolveSendOptions(
  options: SendOptions,
  { namespace, unitMode }: SendPlace = { namespace: undefined, unitMode: false },
): SendSettings {
  const { attemptTimeoutMs } = options;
  const integer = integersOf(options);
  return {
    createTopicKey: options.createTopicKey ?? SystemTopic.AUTO_CREATE_TOPIC_KEY,
    defaultTopicQueueNums: integer('defaultTopicQueueNums', DEFAULT_TOPIC_QUEUE_NUMS, 1),
    sendTimeoutMs: integer('sendTimeoutMs', 3000, 1),
    attemptTimeoutMs: attemptTimeoutMs === undefined ? undefined : integer('attemptTimeoutMs', attemptTimeoutMs, 1),
    retryTimesWhenSendFailed: integer('retryTimesWhenSendFailed', 2, 0),
    retryAnotherBrokerWhenNotStoreOk: options.retryAnotherBrokerWhenNotStoreOk ?? false,
    retryResponseCodes: new Set(options.retryResponseCodes ?? defaultRetryResponseCodes),
    compressOverBytes: integer('compressOverBytes', 4096, 0),
    compressType: options.compressType ?? 'ZLIB',
    compressLevel: integer('compressLevel', 5, 0, 9),
    maxMessageBytes: integer('maxMessageBytes', DEFAULT_MAX_MESSAGE_BYTES, 1),
    maxInFlight: integer('maxInFlight', 1024, 1, 65_535),
    maxInFlightBytes: integer('maxInFlightBytes', 64 * 1024 * 1024, 1),
    maxWaitingSends: integer('maxWaitingSends', 1024 * 1024, 0),
    autoBatch: options.autoBatch ?? false,
    batchMaxDelayMs: integer('batchMaxDelayMs', 10, 1, 30_000),
    batchMaxBytes: integer('batchMaxBytes', 32 * 1024, 1, 2 * 1024 * 1024),
    totalBatchMaxBytes: integer('totalBatchMaxBytes', 32 * 1024 * 1024, 1),
    sendLatencyEnable: options.sendLatencyEnable ?? false,
    startDetectorEnable: options.startDetectorEnable ?? false,
    namespace,
    unitMode,
  };
}
