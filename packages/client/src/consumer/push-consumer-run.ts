import { sleep, type Timer } from '@rocketmq-ts/kernel';
import {
  type ConsumeFromWhere,
  type ConsumeMessageDirectlyResult,
  type ConsumerData,
  type ConsumerRunningInfo,
  type MessageQueue,
  PULL_MESSAGE,
  PullSysFlag,
  withoutNamespace,
} from '@rocketmq-ts/protocol';
import type { ClientInstance } from '../instance/client-instance.ts';
import type { ConsumerMember } from '../instance/members.ts';
import { runPeriodically } from '../instance/periodic.ts';
import { watcherOf } from '../instrumentation/watch.ts';
import { defaultOffsetDirectory, LocalOffsets } from '../offset/local-offsets.ts';
import { RemoteOffsets } from '../offset/remote-offsets.ts';
import type { ConsumerStatusEvent } from '../status/status-events.ts';
import type { StatusHub } from '../status/status-hub.ts';
import { ConsumeTrace } from '../trace/consume-trace.ts';
import { TraceDispatcher } from '../trace/trace-dispatcher.ts';
import { ClientIdConflict } from './client-id-conflict.ts';
import { ConsumeConcurrently } from './consume-concurrently.ts';
import { ConsumeOrderly } from './consume-orderly.ts';
import { ConsumeStats } from './consume-stats.ts';
import type { PushConsumerSettings } from './consumer-options.ts';
import { deliver } from './deliver.ts';
import type { ConsumeService, GroupContext } from './group-context.ts';
import type { HeldMessage } from './held-message.ts';
import type { ConsumeBatch, MessageListener } from './listener.ts';
import type { ProcessQueue } from './process-queue.ts';
import { PullLoop } from './pull-loop.ts';
import { QueueLocks } from './queue-locks.ts';
import { Rebalancer, reportQueues } from './rebalancer.ts';
import { pushProperties, runningInfo } from './running-info.ts';
import { checkSelectors } from './selector-check.ts';
import { SendBack } from './send-back.ts';
import type { Subscriptions } from './subscriptions.ts';

const LOCK_PERIOD_MS = 20_000;
/** Source: DefaultMQPushConsumerImpl#BROKER_SUSPEND_MAX_TIME_MILLIS, CONSUMER_TIMEOUT_MILLIS_WHEN_SUSPEND. */
const SUSPEND_MS = 15_000;
const PULL_TIMEOUT_MS = 30_000;

/** What a push consumer was set up with. */
interface PushSetup {
  readonly subscriptions: Subscriptions;
  readonly status: StatusHub<ConsumerStatusEvent>;
  readonly listener: MessageListener<unknown>;
}

/** One push consumer between start and stop: puts its parts together and stops them in order. */
export class PushConsumerRun implements ConsumerMember {
  readonly group: string;
  readonly #context: GroupContext;
  readonly #consume: ConsumeService;
  readonly #locks: QueueLocks;
  readonly #rebalancer: Rebalancer;
  readonly #stopping = new AbortController();
  readonly #timers: Timer[] = [];
  readonly #startedMs: number;
  readonly #conflict: ClientIdConflict;
  readonly #dispatcher: TraceDispatcher | undefined;
  #rebalancing: Promise<void> = Promise.resolve();
  #unwatch: (() => void) | undefined;
  /** Whether it is a member of the client instance. */
  #joined = false;

  constructor(
    instance: ClientInstance,
    settings: PushConsumerSettings,
    { subscriptions, status, listener }: PushSetup,
  ) {
    const { clock } = settings.platform;
    const logger = instance.logger.named('PushConsumer');
    const group = settings.consumerGroup;
    this.group = group;
    const { trace: traceSettings } = settings;
    if (traceSettings !== undefined) {
      const traced = { group, kind: 'CONSUME', clientId: instance.clientId } as const;
      this.#dispatcher = new TraceDispatcher(settings, traceSettings, traced);
    }
    this.#startedMs = clock.now();
    this.#context = {
      group: this.group,
      settings,
      pulling: {
        command: PULL_MESSAGE,
        sysFlag: PullSysFlag.SUSPEND,
        suspendMs: SUSPEND_MS,
        timeoutMs: PULL_TIMEOUT_MS,
        commits: true,
        postsSubscription: settings.postSubscriptionWhenPull,
      },
      instance,
      clock,
      logger,
      subscriptions,
      offsets:
        settings.model === 'CLUSTERING'
          ? new RemoteOffsets(instance, this.group, logger)
          : new LocalOffsets(settings.platform.disk, logger, {
              directory: settings.localOffsetDirectory ?? defaultOffsetDirectory(),
              clientId: instance.clientId,
              group: this.group,
            }),
      stats: new ConsumeStats(clock),
      status,
      trace:
        this.#dispatcher &&
        new ConsumeTrace(this.#dispatcher, {
          clock,
          group,
          timeoutMs: settings.consumeTimeoutMinutes * 60_000,
          nextId: instance.nextUniqueKey,
        }),
      watcher: watcherOf(settings, logger),
      stopping: this.#stopping.signal,
      paused: false,
      hasClientIdConflict: () => this.#conflict.present,
    };
    this.#conflict = new ClientIdConflict(this.#context, this.#startedMs);
    this.#locks = new QueueLocks(this.#context);
    const sendBack = new SendBack(this.#context);
    let quiet: (window: ProcessQueue) => Promise<void> = () => Promise.resolve();
    if (typeof listener === 'object' && 'orderly' in listener) {
      const orderly = new ConsumeOrderly(this.#context, listener.orderly, this.#locks, sendBack);
      quiet = orderly.quiet.bind(orderly);
      this.#consume = orderly;
    } else {
      const { batch, size } = batchListener(listener, settings);
      const concurrently = new ConsumeConcurrently(this.#context, batch, size, sendBack);
      const periodMs = settings.consumeTimeoutMinutes * 60_000;
      this.#timers.push(
        runPeriodically(clock, logger, { what: 'the search for stuck messages', firstMs: periodMs, periodMs }, () =>
          concurrently.sweepExpired(this.#rebalancer.windows.values()),
        ),
      );
      this.#consume = concurrently;
    }
    this.#rebalancer = new Rebalancer(this.#context, this.#consume, this.#locks, {
      quiet,
      // A broker that had no queue of ours needs our subscriptions.
      changed: () => {
        void instance.heartbeat.beatAll();
        reportQueues(this.#context, this.queues());
      },
      taken: (window, start) => void new PullLoop(this.#context, window, start, this.#consume, this.#rebalancer).run(),
      released: () => {},
    });
  }

  /**
   * Resolves after the first pass, or soon after `stop` was called. Rejects with ClientError `GROUP_TAKEN`,
   * `OFFSETS_UNREADABLE` or `FILTER_REFUSED`.
   */
  async start(): Promise<void> {
    const { instance, offsets, subscriptions, settings, clock, logger, stopping } = this.#context;
    offsets.load();
    instance.members.addConsumer(this);
    this.#joined = true;
    await Promise.allSettled(subscriptions.topics().map((topic) => instance.routes.refresh(topic)));
    await checkSelectors(this.#context);
    if (stopping.aborted) return;
    // Before the first heartbeat the broker still asks the other process, if there is one.
    void this.#conflict.probe();
    await instance.heartbeat.beatAll();
    if (stopping.aborted) return;
    this.#rebalancing = this.#rebalancer.run();
    this.#unwatch = this.#context.watcher?.consuming({
      ...{ consumerGroup: withoutNamespace(this.group, settings.namespace), clientId: instance.clientId },
      cached: () =>
        Array.from(this.#rebalancer.windows.values(), ({ queue, count, bytes }) => {
          return { topic: withoutNamespace(queue.topic, settings.namespace), messages: count, bytes };
        }),
    });
    if (this.#consume.ordered && settings.model === 'CLUSTERING') {
      const plan = { what: 'renewing queue locks', firstMs: 1000, periodMs: LOCK_PERIOD_MS };
      this.#timers.push(
        runPeriodically(clock, logger, plan, () => this.#locks.renew([...this.#rebalancer.windows.values()])),
      );
    }
    await this.#rebalancer.firstPass;
  }

  /** Ends it; also while `start` is under way. */
  async stop(): Promise<void> {
    const { instance, offsets, settings, clock, logger } = this.#context;
    this.#stopping.abort();
    for (const timer of this.#timers) timer.cancel();
    if (!this.#joined) return;
    const drained = new AbortController();
    const draining = this.#consume.drain().then(() => drained.abort());
    await Promise.race([draining, sleep(clock, settings.awaitTerminationMs, drained.signal)]);
    if (!drained.signal.aborted) {
      logger.warn('listener calls are still under way; their messages come again', { group: this.group });
    }
    await this.#rebalancing;
    const queues = this.#rebalancer.queues();
    await offsets.persistAll(this.#rebalancer.queuesToSave());
    this.#rebalancer.dropAll();
    this.#unwatch?.();
    if (this.#consume.ordered) await this.#locks.unlock(queues);
    await instance.removeConsumer(this);
    await this.#dispatcher?.stop(settings.awaitTerminationMs);
  }

  queues(): readonly MessageQueue[] {
    return this.#rebalancer.queues();
  }

  pause(paused: boolean): void {
    this.#context.paused = paused;
    if (!paused) this.#rebalancer.wake();
  }

  subscriptionsChanged(): void {
    const { logger } = this.#context;
    checkSelectors(this.#context).catch((error) => logger.error('a broker refuses a subscription', { error }));
    this.#context.instance.heartbeat.beatAll().then(() => this.#rebalancer.wake());
  }

  topics(): readonly string[] {
    return this.#context.subscriptions.topics();
  }

  describe(): ConsumerData {
    const { settings, subscriptions } = this.#context;
    return {
      groupName: this.group,
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: settings.model,
      consumeFromWhere: `CONSUME_FROM_${settings.consumeFrom}` satisfies ConsumeFromWhere,
      subscriptionDataSet: subscriptions.describe(),
      unitMode: settings.unitMode,
    };
  }

  probeClientIdConflict(): Promise<void> {
    return this.#conflict.probe();
  }

  async persistOffsets(): Promise<void> {
    await this.#context.offsets.persistAll(this.#rebalancer.queuesToSave());
  }

  rebalanceSoon(): void {
    this.#rebalancer.wake();
  }

  /**
   * Windows are dropped first, so that results of listener calls under way cannot undo the reset. (Apache suspends the whole
   * consumer for ten seconds instead. Source: MQClientInstance#resetOffset.)
   */
  async resetOffsets(topic: string, offsets: readonly (readonly [MessageQueue, number])[]): Promise<void> {
    for (const [queue, offset] of offsets) {
      const window = this.#rebalancer.windowOf(queue);
      if (queue.topic === topic && window !== undefined) await this.#rebalancer.restartAt(window, offset);
    }
    this.#rebalancer.wake();
  }

  offsets(topic: string): readonly (readonly [MessageQueue, number])[] {
    return this.#context.offsets.snapshot(topic);
  }

  runningInfo(): ConsumerRunningInfo {
    const properties = pushProperties(this.#context, {
      ordered: this.#consume.ordered,
      startedMs: this.#startedMs,
      token: this.#conflict.token,
    });
    return runningInfo(this.#context, this.#rebalancer.windows.values(), properties);
  }

  async consumeDirectly(held: HeldMessage): Promise<ConsumeMessageDirectlyResult> {
    const startMs = this.#context.clock.monotonicMs();
    const [message] = deliver([held], this.#context);
    const { result, remark, autoCommit } = await this.#consume.consumeDirectly(message!);
    return {
      order: this.#consume.ordered,
      autoCommit,
      consumeResult: result,
      remark,
      spentTimeMills: Math.round(this.#context.clock.monotonicMs() - startMs),
    };
  }
}

/** A function gets one message a call, whatever `consumeMessageBatchMaxSize` is. */
function batchListener(
  listener: Exclude<MessageListener<unknown>, { readonly orderly: unknown }>,
  settings: PushConsumerSettings,
): { readonly batch: ConsumeBatch<unknown>; readonly size: number } {
  return typeof listener === 'function'
    ? { batch: ([message], context) => listener(message!, context), size: 1 }
    : { batch: listener.concurrently, size: settings.consumeMessageBatchMaxSize };
}
