import { type ClientOptions, type Filled, integersOf } from '../../options.ts';
import type { TraceOptions } from '../../trace/trace-options.ts';
import { type GroupSettings, type PushConsumerOptions, resolveGroupOptions } from '../consumer-options.ts';

/** Source of names and defaults: DefaultLitePullConsumer. */
export interface PullConsumerOptions<T = Buffer>
  extends ClientOptions,
    TraceOptions,
    Pick<
      PushConsumerOptions<T>,
      | 'consumerGroup'
      | 'serializer'
      | 'model'
      | 'consumeFrom'
      | 'consumeTimestamp'
      | 'allocateStrategy'
      | 'pullThresholdForQueue'
      | 'pullThresholdSizeForQueue'
      | 'pullRetryDelayMs'
      | 'localOffsetDirectory'
    > {
  /**
   * Write by itself how far the group is: messages count as handled once the consumer is asked for more. Without it only
   * `commit` does. Default true.
   */
  readonly autoCommit?: boolean | undefined;
  /** How often, with `autoCommit`, from 1000 on. Default 5000. */
  readonly autoCommitIntervalMs?: number | undefined;
  /** Messages of one pull, and at most of one `poll`, 1 to 1024; brokers answer at most 32 by default. Default 10. */
  readonly pullBatchSize?: number | undefined;
  /** Messages of all queues together that were pulled and are not polled, 1 to 6 553 500. Default 10 000. */
  readonly pullThresholdForAll?: number | undefined;
  /** Largest distance between the lowest and highest offset in the window of a queue, 1 to 65535. Default 2000. */
  readonly consumeMaxSpan?: number | undefined;
  /** How long `poll` waits for messages unless it is given another time. Default 5000. */
  readonly pollTimeoutMs?: number | undefined;
  /** How long a broker may hold a pull that finds nothing, 1 to 300 000. Default 20 000. */
  readonly brokerSuspendMaxTimeMs?: number | undefined;
  /** How long the answer to such a pull is waited for; not less than `brokerSuspendMaxTimeMs`. Default 30 000. */
  readonly consumerTimeoutWhenSuspendMs?: number | undefined;
  /** How often `onTopicQueuesChanged` looks for changes, from 10 on. Default 30 000. */
  readonly topicMetadataCheckIntervalMs?: number | undefined;
  /** How long `stop` waits for the loops over this consumer to be done with what they have in hand. Default 5000. */
  readonly awaitTerminationMs?: number | undefined;
}

type Own =
  | 'autoCommit'
  | 'autoCommitIntervalMs'
  | 'pullThresholdForAll'
  | 'pollTimeoutMs'
  | 'brokerSuspendMaxTimeMs'
  | 'consumerTimeoutWhenSuspendMs'
  | 'topicMetadataCheckIntervalMs'
  | 'awaitTerminationMs';

/** `PullConsumerOptions` with every default filled in. */
export type PullConsumerSettings = GroupSettings & Filled<Pick<PullConsumerOptions, Own>, never>;

/** Fills in defaults and checks ranges. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL` or `NAME_ILLEGAL`. */
export function resolvePullConsumerOptions(options: PullConsumerOptions<unknown>): PullConsumerSettings {
  const number = integersOf(options);
  const brokerSuspendMaxTimeMs = number('brokerSuspendMaxTimeMs', 20_000, 1, 300_000);
  return {
    ...resolveGroupOptions(options),
    autoCommit: options.autoCommit ?? true,
    autoCommitIntervalMs: number('autoCommitIntervalMs', 5000, 1000, 3_600_000),
    pullBatchSize: number('pullBatchSize', 10, 1, 1024),
    pullBatchBytes: 0x7fffffff,
    pullIntervalMs: 0,
    pullThresholdForAll: number('pullThresholdForAll', 10_000, 1, 6_553_500),
    consumeConcurrentlyMaxSpan: number('consumeMaxSpan', 2000, 1, 65_535),
    pollTimeoutMs: number('pollTimeoutMs', 5000, 0, 0x7fffffff),
    brokerSuspendMaxTimeMs,
    consumerTimeoutWhenSuspendMs: number(
      'consumerTimeoutWhenSuspendMs',
      Math.max(30_000, brokerSuspendMaxTimeMs),
      brokerSuspendMaxTimeMs,
      600_000,
    ),
    topicMetadataCheckIntervalMs: number('topicMetadataCheckIntervalMs', 30_000, 10),
  };
}
