import { sleep, type Timer } from '@rocketmq-ts/kernel';
import {
  type ConsumerData,
  type ConsumerRunningInfo,
  LITE_PULL_MESSAGE,
  type MessageQueue,
  messageQueueKey,
  PullSysFlag,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../../errors.ts';
import type { ClientInstance } from '../../instance/client-instance.ts';
import type { ConsumerMember } from '../../instance/members.ts';
import { runPeriodically } from '../../instance/periodic.ts';
import { watcherOf } from '../../instrumentation/watch.ts';
import { defaultOffsetDirectory, LocalOffsets } from '../../offset/local-offsets.ts';
import { RemoteOffsets } from '../../offset/remote-offsets.ts';
import type { ConsumerStatusEvent } from '../../status/status-events.ts';
import type { StatusHub } from '../../status/status-hub.ts';
import { ConsumeTrace } from '../../trace/consume-trace.ts';
import { TraceDispatcher } from '../../trace/trace-dispatcher.ts';
import { ConsumeStats } from '../consume-stats.ts';
import type { GroupContext } from '../group-context.ts';
import { ProcessQueue } from '../process-queue.ts';
import { PullLoop, type PullOwner } from '../pull-loop.ts';
import { QueueLocks } from '../queue-locks.ts';
import { type RebalanceHooks, Rebalancer, reportQueues } from '../rebalancer.ts';
import { commonProperties, runningInfo } from '../running-info.ts';
import { checkSelectors } from '../selector-check.ts';
import type { Subscriptions } from '../subscriptions.ts';
import { AssignedQueues } from './assigned-queues.ts';
import { type Hand, PolledMessages } from './polled-messages.ts';
import type { PullConsumerSettings } from './pull-consumer-options.ts';
import type { TopicWatch } from './topic-watch.ts';

/** Source: DefaultLitePullConsumerImpl#startScheduleTask. */
const FIRST_METADATA_CHECK_MS = 10_000;
/** A message in hand for longer is traced as one that timed out. Source: DefaultMQPushConsumer#consumeTimeout. */
const TRACE_TIMEOUT_MS = 15 * 60_000;

/** What a pull consumer was made and set up with. */
export interface PullSetup {
  readonly settings: PullConsumerSettings;
  readonly subscriptions: Subscriptions;
  readonly status: StatusHub<ConsumerStatusEvent>;
  readonly watch: TopicWatch;
  /** Undefined: the user chooses later. */
  readonly mode: PullMode | undefined;
  /** Queues that the user chose, with mode `assign`. */
  readonly assigned: readonly MessageQueue[];
}

/** Whether the group shares the queues, or the user chooses them. */
export type PullMode = 'subscribe' | 'assign';

/** One pull consumer between start and stop: puts its parts together and stops them in order. Source: DefaultLitePullConsumerImpl. */
export class PullConsumerRun implements ConsumerMember, PullOwner {
  readonly group: string;
  readonly context: GroupContext<PullConsumerSettings>;
  readonly polled: PolledMessages;
  readonly #watch: TopicWatch;
  readonly #hooks: RebalanceHooks;
  #queues: Rebalancer | AssignedQueues | undefined;
  #assigned: readonly MessageQueue[];
  readonly #stopping = new AbortController();
  readonly #timers: Timer[] = [];
  readonly #startedMs: number;
  readonly #dispatcher: TraceDispatcher | undefined;
  #rebalancing: Promise<void> = Promise.resolve();
  /** Whether it is a member of the client instance. */
  #joined = false;
  /** Hands of loops over the consumer: `stop` waits for them. */
  readonly #loopHands = new Set<Hand>();
  #loopsDone: (() => void) | undefined;

  constructor(instance: ClientInstance, { settings, subscriptions, status, watch, mode, assigned }: PullSetup) {
    const { clock } = settings.platform;
    const group = settings.consumerGroup;
    this.group = group;
    this.#watch = watch;
    this.#assigned = assigned;
    this.#startedMs = clock.now();
    if (settings.trace !== undefined) {
      const traced = { group, kind: 'CONSUME', clientId: instance.clientId } as const;
      this.#dispatcher = new TraceDispatcher(settings, settings.trace, traced);
    }
    const nextId = instance.nextUniqueKey;
    this.context = {
      group,
      settings,
      pulling: {
        command: LITE_PULL_MESSAGE,
        sysFlag: PullSysFlag.SUSPEND | PullSysFlag.LITE_PULL_MESSAGE,
        suspendMs: settings.brokerSuspendMaxTimeMs,
        timeoutMs: settings.consumerTimeoutWhenSuspendMs,
        commits: false,
        postsSubscription: true,
      },
      instance,
      clock,
      logger: instance.logger.named('PullConsumer'),
      subscriptions,
      offsets: offsetsOf(instance, settings),
      stats: new ConsumeStats(clock),
      status,
      trace:
        this.#dispatcher && new ConsumeTrace(this.#dispatcher, { clock, group, timeoutMs: TRACE_TIMEOUT_MS, nextId }),
      watcher: watcherOf(settings, instance.logger),
      stopping: this.#stopping.signal,
      paused: false,
      hasClientIdConflict: () => false,
    };
    this.polled = new PolledMessages(this.context);
    this.#hooks = {
      quiet: () => Promise.resolve(),
      changed: () => {
        void instance.heartbeat.beatAll();
        reportQueues(this.context, this.queues());
      },
      taken: (window, start) => this.#pullFrom(window, start),
      released: (window) => this.#released(window),
    };
    if (mode !== undefined) this.#queues = this.#queuesOf(mode);
  }

  /** Resolves after the first pass, or soon after `stop` was called. Rejects with ClientError `GROUP_TAKEN`, `OFFSETS_UNREADABLE` or `FILTER_REFUSED`. */
  async start(): Promise<void> {
    const { instance, offsets, settings, clock, logger, stopping } = this.context;
    offsets.load();
    instance.members.addConsumer(this);
    this.#joined = true;
    await Promise.allSettled(this.topics().map((topic) => instance.routes.refresh(topic)));
    await checkSelectors(this.context);
    if (stopping.aborted) return;
    await instance.heartbeat.beatAll();
    await this.#watch.check(this.context);
    if (stopping.aborted) return;
    const { autoCommitIntervalMs: commitMs, topicMetadataCheckIntervalMs: checkMs } = settings;
    this.#timers.push(
      runPeriodically(
        clock,
        logger,
        {
          what: 'the look at the queues of topics',
          firstMs: Math.min(FIRST_METADATA_CHECK_MS, checkMs),
          periodMs: checkMs,
        },
        () => this.#watch.check(this.context),
      ),
    );
    if (settings.autoCommit) {
      const plan = { what: 'writing offsets', firstMs: commitMs, periodMs: commitMs };
      this.#timers.push(runPeriodically(clock, logger, plan, () => this.#autoCommit()));
    }
    await this.#begin();
  }

  /** The user has chosen a mode now. */
  choose(mode: PullMode): void {
    if (this.#queues !== undefined) return;
    this.#queues = this.#queuesOf(mode);
    if (mode === 'subscribe') void this.#begin();
  }

  /** Ends it; also while `start` is under way. */
  async stop(): Promise<void> {
    const { instance, settings, offsets } = this.context;
    this.#stopping.abort();
    this.polled.wake();
    for (const timer of this.#timers) timer.cancel();
    if (!this.#joined) return;
    await this.#loopsEnd();
    await this.#rebalancing;
    const queues = this.queues();
    if (settings.autoCommit) this.#updateOffsets();
    await offsets.persistAll(queues);
    this.#queues?.dropAll();
    await instance.removeConsumer(this);
    await this.#dispatcher?.stop(settings.awaitTerminationMs);
  }

  /** Messages for one caller, as soon as there are some; undefined when the time is up, the signal aborts or the consumer stops. */
  async next(limit: number, timeoutMs: number, signal: AbortSignal | undefined): Promise<Hand | undefined> {
    const { clock, stopping } = this.context;
    const endMs = clock.monotonicMs() + timeoutMs;
    for (;;) {
      if (stopping.aborted) return undefined;
      const hand = this.polled.take(limit);
      if (hand !== undefined) return hand;
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0 || signal?.aborted) return undefined;
      await this.polled.wait(leftMs, signal);
    }
  }

  /** The loop is working on these. */
  begins(hand: Hand): void {
    this.#loopHands.add(hand);
  }

  /** The loop asks for more, or was left. */
  ends(hand: Hand, done: boolean): void {
    if (done) this.polled.finish(hand);
    else this.polled.putBack(hand);
    this.#loopHands.delete(hand);
    if (this.#loopHands.size === 0) this.#loopsDone?.();
  }

  queues(): readonly MessageQueue[] {
    return Array.from(this.#windows.values(), ({ queue }) => queue);
  }

  /** Throws ClientError `QUEUE_NOT_ASSIGNED`. */
  requireWindow(queue: MessageQueue): ProcessQueue {
    const window = this.#windows.get(messageQueueKey(queue));
    if (window !== undefined) return window;
    const text = `Queue ${queue.queueId} of topic ${queue.topic} at broker ${queue.brokerName} is not one of this consumer's.`;
    throw new ClientError('QUEUE_NOT_ASSIGNED', text, { facts: { ...queue } });
  }

  /** Reads a queue from `offset` on. What was pulled and is not finished counts no more. */
  seek(queue: MessageQueue, offset: number): void {
    const window = this.requireWindow(queue);
    const next = new ProcessQueue(window.queue, this.context.clock.monotonicMs());
    next.paused = window.paused;
    if (this.#queues?.replace(window, next) !== true) return;
    this.polled.forget(window);
    this.#pullFrom(next, offset);
  }

  /** Writes how far everything that was polled is. Rejects when a broker or the file does not take it. */
  async commit(given: readonly (readonly [MessageQueue, number])[] | undefined): Promise<void> {
    const { offsets } = this.context;
    if (given === undefined) {
      this.polled.finishAll();
      await offsets.commit(this.#updateOffsets());
      return;
    }
    for (const [queue] of given) this.requireWindow(queue);
    for (const [queue, offset] of given) offsets.update(queue, offset, false);
    await offsets.commit(given.map(([queue]) => queue));
  }

  assign(queues: readonly MessageQueue[]): void {
    this.#assigned = queues;
    if (!(this.#queues instanceof AssignedQueues)) return;
    const { routes } = this.context.instance;
    const topics = new Set(queues.map(({ topic }) => topic));
    const known = Promise.allSettled(Array.from(topics, (topic) => routes.refresh(topic)));
    // Rejects never: what could not be written is logged, and written by the next write.
    void this.#queues.assign(queues, known);
  }

  subscriptionsChanged(): void {
    const { logger, instance } = this.context;
    checkSelectors(this.context).catch((error) => logger.error('a broker refuses a subscription', { error }));
    instance.heartbeat.beatAll().then(() => this.rebalanceSoon());
  }

  async offsetMoved(window: ProcessQueue, offset: number): Promise<void> {
    const { clock, logger, settings, stopping } = this.context;
    logger.warn('the broker has no such offset; the queue continues where it has one', { ...window.queue, offset });
    if (window.count === 0) this.polled.moveTo(window, offset);
    await sleep(clock, settings.pullRetryDelayMs, stopping);
  }

  skippedTo(window: ProcessQueue, offset: number): void {
    this.polled.moveTo(window, offset);
  }

  mayPull(): boolean {
    return true;
  }

  topics(): readonly string[] {
    return [...new Set([...this.context.subscriptions.topics(), ...this.#watch.topics()])];
  }

  describe(): ConsumerData {
    const { settings, subscriptions } = this.context;
    return {
      groupName: this.group,
      consumeType: 'CONSUME_ACTIVELY',
      messageModel: settings.model,
      // Source: DefaultLitePullConsumerImpl#consumeFromWhere, whatever the setting is.
      consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
      subscriptionDataSet: subscriptions.describe(),
      unitMode: settings.unitMode,
    };
  }

  probeClientIdConflict(): Promise<void> {
    return Promise.resolve();
  }

  async persistOffsets(): Promise<void> {
    await this.context.offsets.persistAll(this.queues());
  }

  rebalanceSoon(): void {
    if (this.#queues instanceof Rebalancer) this.#queues.wake();
  }

  /** Each queue continues from its offset, which is written. (Apache's lite pull consumer ignores the request.) */
  async resetOffsets(topic: string, offsets: readonly (readonly [MessageQueue, number])[]): Promise<void> {
    const own = offsets.filter(([queue]) => queue.topic === topic && this.#windows.has(messageQueueKey(queue)));
    for (const [queue, offset] of own) {
      this.context.offsets.update(queue, offset, false);
      this.seek(queue, offset);
    }
    await this.context.offsets.commit(own.map(([queue]) => queue));
  }

  offsets(topic: string): readonly (readonly [MessageQueue, number])[] {
    return this.context.offsets.snapshot(topic);
  }

  runningInfo(): ConsumerRunningInfo {
    const { settings } = this.context;
    return runningInfo(this.context, this.#windows.values(), {
      ...commonProperties(this.context, this.#startedMs),
      autoCommit: settings.autoCommit,
      autoCommitIntervalMillis: settings.autoCommitIntervalMs,
      pullThresholdForAll: settings.pullThresholdForAll,
      consumeMaxSpan: settings.consumeConcurrentlyMaxSpan,
      pollTimeoutMillis: settings.pollTimeoutMs,
      brokerSuspendMaxTimeMillis: settings.brokerSuspendMaxTimeMs,
      consumerTimeoutMillisWhenSuspend: settings.consumerTimeoutWhenSuspendMs,
      topicMetadataCheckIntervalMillis: settings.topicMetadataCheckIntervalMs,
      PROP_CONSUMEORDERLY: false,
      PROP_THREADPOOL_CORE_SIZE: 0,
      PROP_CONSUME_TYPE: 'CONSUME_ACTIVELY',
    });
  }

  get #windows(): ReadonlyMap<string, ProcessQueue> {
    return this.#queues?.windows ?? new Map();
  }

  #queuesOf(mode: PullMode): Rebalancer | AssignedQueues {
    if (mode === 'assign') return new AssignedQueues(this.context, this.#hooks);
    return new Rebalancer(this.context, this.polled, new QueueLocks(this.context), this.#hooks);
  }

  async #begin(): Promise<void> {
    if (this.#queues instanceof AssignedQueues) await this.#queues.assign(this.#assigned);
    if (!(this.#queues instanceof Rebalancer)) return;
    this.#rebalancing = this.#queues.run();
    await this.#queues.firstPass;
  }

  #pullFrom(window: ProcessQueue, start: number): void {
    this.polled.moveTo(window, start);
    void new PullLoop(this.context, window, start, this.polled, this).run();
  }

  /** The queue has another member from now on, or none: what is finished of it counts. */
  #released(window: ProcessQueue): void {
    const finished = this.polled.finishedOf(window);
    if (this.context.settings.autoCommit && finished !== undefined)
      this.context.offsets.update(window.queue, finished, false);
    this.polled.forget(window);
  }

  async #autoCommit(): Promise<void> {
    this.#updateOffsets();
    await this.context.offsets.persistAll(this.queues());
  }

  /** Takes over how far each queue is finished. Returns those of which that is known. */
  #updateOffsets(): MessageQueue[] {
    const known: MessageQueue[] = [];
    for (const window of this.#windows.values()) {
      const finished = this.polled.finishedOf(window);
      if (finished === undefined) continue;
      this.context.offsets.update(window.queue, finished, false);
      known.push(window.queue);
    }
    return known;
  }

  async #loopsEnd(): Promise<void> {
    if (this.#loopHands.size === 0) return;
    const { clock, settings, logger } = this.context;
    const done = new AbortController();
    this.#loopsDone = () => done.abort();
    await sleep(clock, settings.awaitTerminationMs, done.signal);
    if (done.signal.aborted) return;
    logger.warn('a loop over the consumer is still busy; its messages come again', { group: this.group });
  }
}

function offsetsOf(instance: ClientInstance, settings: PullConsumerSettings): RemoteOffsets | LocalOffsets {
  const { consumerGroup: group, model, platform, localOffsetDirectory } = settings;
  const logger = instance.logger.named('PullConsumer');
  if (model === 'CLUSTERING') return new RemoteOffsets(instance, group, logger);
  const directory = localOffsetDirectory ?? defaultOffsetDirectory();
  return new LocalOffsets(platform.disk, logger, { directory, clientId: instance.clientId, group });
}
