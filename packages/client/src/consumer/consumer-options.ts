import { type MessageModel, withNamespace } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import { requireSerializer, type Serializer } from '../message/serializer.ts';
import { type ClientOptions, type ClientSettings, type Filled, integersOf, resolveClientOptions } from '../options.ts';
import { type AllocateStrategy, averagely } from '../rebalance/allocate.ts';
import { resolveTraceOptions, type TraceOptions, type TraceSettings } from '../trace/trace-options.ts';
import { parseTimestamp } from './consume-timestamp.ts';

/** Where a group starts in queues for which it has no offset yet. */
export type ConsumeFrom = 'LAST_OFFSET' | 'FIRST_OFFSET' | 'TIMESTAMP';

/** Source of names and defaults: DefaultMQPushConsumer. */
export interface PushConsumerOptions<T = Buffer> extends ClientOptions, TraceOptions {
  /** Names what these consumers do: members of one group share the messages. */
  readonly consumerGroup: string;
  /** Makes `message.value` of the body of each message. Default none: the value is the body. */
  readonly serializer?: Serializer<T> | undefined;
  /** `CLUSTERING`: one member gets a message; `BROADCASTING`: each does. Default `CLUSTERING`. */
  readonly model?: MessageModel | undefined;
  /** Default `LAST_OFFSET`. New topics start at 0 all the same, since brokers answer so. */
  readonly consumeFrom?: ConsumeFrom | undefined;
  /** For `TIMESTAMP`: ms since the epoch, or Apache's `yyyyMMddHHmmss` in local time. Default 30 minutes ago. */
  readonly consumeTimestamp?: number | string | undefined;
  /** How members share queues; all members must use the same. Default `averagely`. */
  readonly allocateStrategy?: AllocateStrategy | undefined;
  /** Listener calls under way at a time, 1 to 1000. Default 20. */
  readonly consumeThreadMin?: number | undefined;
  /** Messages for one call of a batch listener, 1 to 1024. Default 1. */
  readonly consumeMessageBatchMaxSize?: number | undefined;
  /** Largest distance between the lowest and highest offset in the window of a queue, 1 to 65535. Default 2000. */
  readonly consumeConcurrentlyMaxSpan?: number | undefined;
  /** Messages in the window of a queue, 1 to 65535. Default 1000. */
  readonly pullThresholdForQueue?: number | undefined;
  /** MiB of bodies in the window of a queue, 1 to 1024. Default 100. */
  readonly pullThresholdSizeForQueue?: number | undefined;
  /** Pause after a pull that found something, 0 to 65535. Default 0. */
  readonly pullIntervalMs?: number | undefined;
  /** Messages of one pull, 1 to 1024; brokers answer at most 32 by default. Default 32. */
  readonly pullBatchSize?: number | undefined;
  /** Bytes of one pull (5.x brokers). Default 262 144. */
  readonly pullBatchBytes?: number | undefined;
  /** Pause after a pull that failed. Default 1000. */
  readonly pullRetryDelayMs?: number | undefined;
  /** Send the expression with every pull, so that brokers need no heartbeat to know it. Default false. */
  readonly postSubscriptionWhenPull?: boolean | undefined;
  /** Redeliveries before a message is moved to the dead letter queue. Default −1: 16, or without end when ordered. */
  readonly maxReconsumeTimes?: number | undefined;
  /** Pause of a queue after an ordered listener failed, 10 to 30000. Default 1000. */
  readonly suspendCurrentQueueTimeMs?: number | undefined;
  /** A message that is longer in the listener is sent back to the broker. Default 15. */
  readonly consumeTimeoutMinutes?: number | undefined;
  /**
   * How long `stop` waits for listener calls under way. A broker that answers nothing costs one more request's time, to leave the
   * group. Default 5000 (Apache: 0, which redelivers what was being handled).
   */
  readonly awaitTerminationMs?: number | undefined;
  /** Folder of broadcast offsets. Default `<home>/.rocketmq_offsets`, as Apache's. */
  readonly localOffsetDirectory?: string | undefined;
}

/** What consumers of every kind have: how queues are shared and pulled. */
export type GroupSettings = ClientSettings &
  Pick<
    PushConsumerSettings,
    | 'consumerGroup'
    | 'serializer'
    | 'model'
    | 'consumeFrom'
    | 'consumeTimestampMs'
    | 'allocateStrategy'
    | 'consumeConcurrentlyMaxSpan'
    | 'pullThresholdForQueue'
    | 'pullThresholdSizeForQueue'
    | 'pullIntervalMs'
    | 'pullBatchSize'
    | 'pullBatchBytes'
    | 'pullRetryDelayMs'
    | 'localOffsetDirectory'
    | 'trace'
  >;

/** `PushConsumerOptions` with every default filled in. */
export type PushConsumerSettings = ClientSettings &
  Filled<
    Omit<PushConsumerOptions, keyof ClientOptions | keyof TraceOptions | 'consumeTimestamp' | 'serializer'>,
    'localOffsetDirectory'
  > & {
    readonly serializer: Serializer<unknown> | undefined;
    readonly trace: TraceSettings | undefined;
    readonly consumeTimestampMs: number;
  };

/** Fills in defaults and checks ranges. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL` or `NAME_ILLEGAL`. */
export function resolveConsumerOptions(options: PushConsumerOptions<unknown>): PushConsumerSettings {
  const number = integersOf(options);
  return {
    ...resolveGroupOptions(options),
    consumeThreadMin: number('consumeThreadMin', 20, 1, 1000),
    consumeMessageBatchMaxSize: number('consumeMessageBatchMaxSize', 1, 1, 1024),
    consumeConcurrentlyMaxSpan: number('consumeConcurrentlyMaxSpan', 2000, 1, 65_535),
    pullIntervalMs: number('pullIntervalMs', 0, 0, 65_535),
    pullBatchSize: number('pullBatchSize', 32, 1, 1024),
    pullBatchBytes: number('pullBatchBytes', 262_144, 1, 0x7fffffff),
    postSubscriptionWhenPull: options.postSubscriptionWhenPull ?? false,
    maxReconsumeTimes: number('maxReconsumeTimes', -1, -1, 0x7fffffff),
    suspendCurrentQueueTimeMs: number('suspendCurrentQueueTimeMs', 1000, 10, 30_000),
    consumeTimeoutMinutes: number('consumeTimeoutMinutes', 15, 1, 1440),
  };
}

/** Options that consumers of all kinds have, with the same defaults. */
type GroupOption =
  | 'consumerGroup'
  | 'serializer'
  | 'model'
  | 'consumeFrom'
  | 'allocateStrategy'
  | 'pullThresholdForQueue'
  | 'pullThresholdSizeForQueue'
  | 'pullRetryDelayMs'
  | 'awaitTerminationMs'
  | 'localOffsetDirectory';
type GroupOptions = ClientOptions & TraceOptions & Pick<PushConsumerOptions<unknown>, GroupOption | 'consumeTimestamp'>;
type ResolvedGroup = ClientSettings & Pick<PushConsumerSettings, GroupOption | 'consumeTimestampMs' | 'trace'>;

/** Those that all kinds have. Throws as `resolveConsumerOptions`. */
export function resolveGroupOptions(options: GroupOptions): ResolvedGroup {
  const client = resolveClientOptions(options);
  const number = integersOf(options);
  return {
    ...client,
    consumerGroup: withNamespace(options.consumerGroup, client.namespace),
    serializer: requireSerializer(options.serializer, 'deserialize'),
    model: oneOf('model', options.model ?? 'CLUSTERING', ['CLUSTERING', 'BROADCASTING']),
    consumeFrom: oneOf('consumeFrom', options.consumeFrom ?? 'LAST_OFFSET', [
      'LAST_OFFSET',
      'FIRST_OFFSET',
      'TIMESTAMP',
    ]),
    consumeTimestampMs: parseTimestamp(options.consumeTimestamp ?? client.platform.clock.now() - 30 * 60_000),
    allocateStrategy: options.allocateStrategy ?? averagely,
    pullThresholdForQueue: number('pullThresholdForQueue', 1000, 1, 65_535),
    pullThresholdSizeForQueue: number('pullThresholdSizeForQueue', 100, 1, 1024),
    pullRetryDelayMs: number('pullRetryDelayMs', 1000, 0, 3_600_000),
    awaitTerminationMs: number('awaitTerminationMs', 5000, 0, 3_600_000),
    localOffsetDirectory: options.localOffsetDirectory,
    trace: resolveTraceOptions(options),
  };
}

/** Throws ClientError `OPTION_ILLEGAL` for any other value. */
export function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new ClientError(
    'OPTION_ILLEGAL',
    `The option ${name} is ${JSON.stringify(value)}, but must be ${allowed.join(' or ')}.`,
    { facts: { option: name } },
  );
}
