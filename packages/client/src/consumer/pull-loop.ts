import { matchesTag, type TagExpression } from '@rocketmq-ts/filter';
import { asError, sleep } from '@rocketmq-ts/kernel';
import {
  decodeReadableMessages,
  MASTER_ID,
  MessageSysFlag,
  type MessageView,
  type PULL_MESSAGE,
  PullSysFlag,
  ResponseCode,
  type ResponseHeader,
  unwrapInnerBatch,
} from '@rocketmq-ts/protocol';
import { BrokerError } from '../errors.ts';
import { seenQueue } from '../message-queue.ts';
import type { ReplicaAddress } from '../route/route-table.ts';
import type { ThrottleReason } from '../status/status-events.ts';
import { statusLimits } from '../status/status-limits.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext, PulledMessages } from './group-context.ts';
import { HeldMessage } from './held-message.ts';
import type { ProcessQueue } from './process-queue.ts';

const FLOW_CONTROL_PAUSE_MS = 20;
const PAUSED_MS = 1000;
const FULL_WINDOW_MS = 50;
/** Between two pulls of a broker that says that another one is to be asked. */
const SENT_BACK_MS = 1000;
const MIB = 1024 * 1024;

/** What a pull loop needs of its owner. */
export interface PullOwner {
  /**
   * The broker does not have the offset: the queue continues from `offset`, here or, once the window is dropped, by another
   * loop.
   */
  offsetMoved(window: ProcessQueue, offset: number): Promise<void>;
  /** Nothing is in the window, and nothing below `offset` is wanted. */
  skippedTo(window: ProcessQueue, offset: number): void;
  /** False while an ordered queue is not under our lock. */
  mayPull(window: ProcessQueue): boolean;
}

/**
 * Keeps the window of one queue filled: pulls, puts what came into the window, hands it to the consume service, and pulls
 * again, until the queue is dropped or the consumer stops. One pull at a time. Source: DefaultMQPushConsumerImpl#pullMessage.
 */
export class PullLoop {
  readonly #context: GroupContext<GroupSettings>;
  readonly #window: ProcessQueue;
  readonly #consume: PulledMessages;
  readonly #owner: PullOwner;
  #nextOffset: number;
  /** Replica that the broker suggested for the next pull. */
  #replica: number = MASTER_ID;
  /** When the queue was reported as throttled last. */
  #throttledMs = Number.NEGATIVE_INFINITY;

  constructor(
    context: GroupContext<GroupSettings>,
    window: ProcessQueue,
    nextOffset: number,
    consume: PulledMessages,
    owner: PullOwner,
  ) {
    this.#context = context;
    this.#window = window;
    this.#nextOffset = nextOffset;
    this.#consume = consume;
    this.#owner = owner;
  }

  /** Resolves at the end; never rejects. */
  async run(): Promise<void> {
    const { clock, stopping, logger, settings } = this.#context;
    while (!this.#window.dropped && !stopping.aborted) {
      try {
        const pauseMs = this.#obstacle();
        if (pauseMs === undefined) await this.#pull();
        else await this.#pause(pauseMs);
        // A window that is full, or paused, for long is not stuck.
        if (pauseMs !== undefined) this.#window.lastPullMs = clock.monotonicMs();
      } catch (error) {
        if (this.#window.dropped || stopping.aborted) return;
        const busy = error instanceof BrokerError && error.responseCode === ResponseCode.FLOW_CONTROL;
        if (busy) this.#reportThrottled('BROKER_BUSY');
        else logger.warn('a pull failed; it is tried again', { ...this.#window.queue, error: asError(error) });
        await sleep(clock, busy ? FLOW_CONTROL_PAUSE_MS : settings.pullRetryDelayMs, stopping);
      }
    }
  }

  /** The pause when a pull has to wait, undefined when it may start. */
  #obstacle(): number | undefined {
    const { settings, paused, subscriptions } = this.#context;
    const window = this.#window;
    if (paused || window.paused) return PAUSED_MS;
    if (this.#consume.full) return this.#full('ALL_QUEUES');
    if (window.count > settings.pullThresholdForQueue) return this.#full('COUNT');
    if (Math.floor(window.bytes / MIB) > settings.pullThresholdSizeForQueue) return this.#full('BYTES');
    if (!this.#consume.ordered && window.span > settings.consumeConcurrentlyMaxSpan) return this.#full('SPAN');
    if (!this.#owner.mayPull(window)) return settings.pullRetryDelayMs;
    return subscriptions.get(window.queue.topic) === undefined ? settings.pullRetryDelayMs : undefined;
  }

  #full(reason: ThrottleReason): number {
    this.#reportThrottled(reason);
    return FULL_WINDOW_MS;
  }

  #reportThrottled(reason: ThrottleReason): void {
    const { status, clock, settings } = this.#context;
    if (!status.active || clock.monotonicMs() - this.#throttledMs < statusLimits.throttledPeriodMs) return;
    this.#throttledMs = clock.monotonicMs();
    const { queue, count, bytes } = this.#window;
    status.emit({ type: 'throttled', reason, queue: seenQueue(queue, settings.namespace), count, bytes });
  }

  /**
   * The replica that was asked, which found nothing, says that it is to be asked: it is not the one that our route takes it
   * for.
   */
  #isSentBack({ suggestWhichBrokerId, nextBeginOffset }: ResponseHeader<typeof PULL_MESSAGE>): boolean {
    return suggestWhichBrokerId === this.#replica && nextBeginOffset === this.#nextOffset;
  }

  /**
   * A broker whose queue ends before the next pull (a slave that became the master) answers with that end: what is not handled
   * yet lies before it, and must not be skipped. Every other answer is followed, such as that of a reset.
   */
  async #moved({ nextBeginOffset, maxOffset }: ResponseHeader<typeof PULL_MESSAGE>): Promise<void> {
    const isEnd = maxOffset < this.#nextOffset;
    const offset = isEnd
      ? Math.min(nextBeginOffset, this.#window.lowestUnfinished ?? nextBeginOffset)
      : nextBeginOffset;
    this.#nextOffset = nextBeginOffset;
    await this.#owner.offsetMoved(this.#window, offset);
  }

  /** A slave that acted for its master has found it again. Where name servers do not know that yet, it is asked again later. */
  async #findMaster(asked: ReplicaAddress): Promise<void> {
    const { clock, stopping, instance } = this.#context;
    const { queue } = this.#window;
    await instance.routes.refresh(queue.topic);
    if (instance.routes.replicaOf(queue, this.#replica)?.address === asked.address)
      await sleep(clock, SENT_BACK_MS, stopping);
  }

  /** A full window is checked again as soon as messages are removed. */
  #pause(pauseMs: number): Promise<void> {
    const { clock, stopping } = this.#context;
    if (pauseMs !== FULL_WINDOW_MS) return sleep(clock, pauseMs, stopping);
    const room = new AbortController();
    this.#window.onRoom(() => room.abort());
    return sleep(clock, pauseMs, room.signal, stopping);
  }

  async #pull(): Promise<void> {
    const { group, clock, settings, instance, offsets, subscriptions, stats, pulling } = this.#context;
    const window = this.#window;
    const { topic, brokerName, queueId } = window.queue;
    const subscription = subscriptions.get(topic)!;
    const target = await this.#replicaAddress();
    const commits = pulling.commits && settings.model !== 'BROADCASTING';
    const committed = commits ? (offsets.inMemory(window.queue) ?? -1) : 0;
    const startMs = clock.monotonicMs();
    window.lastPullMs = startMs;
    const response = await instance.remoting.request(
      target.address,
      pulling.command,
      {
        consumerGroup: group,
        topic,
        queueId,
        queueOffset: this.#nextOffset,
        maxMsgNums: settings.pullBatchSize,
        sysFlag:
          pulling.sysFlag |
          (committed > 0 && !target.slave ? PullSysFlag.COMMIT_OFFSET : 0) |
          (pulling.postsSubscription ? PullSysFlag.SUBSCRIPTION : 0),
        commitOffset: committed,
        suspendTimeoutMillis: pulling.suspendMs,
        subscription: pulling.postsSubscription ? subscription.expression.text : undefined,
        subVersion: subscription.version,
        expressionType: subscription.type,
        maxMsgBytes: settings.pullBatchBytes,
        targetBrokerName: brokerName,
      },
      { timeoutMs: pulling.timeoutMs },
    );
    // The answer to an expression that was replaced meanwhile skips messages that are wanted now.
    if (window.dropped || subscriptions.get(topic) !== subscription) return;
    const { header } = response;
    switch (response.code) {
      case ResponseCode.SUCCESS:
        this.#replica = header.suggestWhichBrokerId;
        await this.#found(response.body, header, subscription.expression, startMs);
        return;
      case ResponseCode.PULL_NOT_FOUND:
      case ResponseCode.PULL_RETRY_IMMEDIATELY:
        if (response.code === ResponseCode.PULL_RETRY_IMMEDIATELY && this.#isSentBack(header))
          await this.#findMaster(target);
        this.#replica = header.suggestWhichBrokerId;
        this.#nextOffset = header.nextBeginOffset;
        this.#skipUnmatched();
        return;
      case ResponseCode.PULL_OFFSET_MOVED:
        await this.#moved(header);
        return;
      default:
        stats.pulled(topic, clock.monotonicMs() - startMs, 0);
        throw new BrokerError(
          `${pulling.command.name} of topic ${topic}, queue ${queueId},`,
          target.address,
          response,
          window.queue,
        );
    }
  }

  async #found(
    body: Buffer,
    header: ResponseHeader<typeof PULL_MESSAGE>,
    expression: TagExpression,
    startMs: number,
  ): Promise<void> {
    const { clock, settings, stats, stopping, watcher } = this.#context;
    const arrivedMs = watcher === undefined ? 0 : clock.now();
    const window = this.#window;
    const from = this.#nextOffset;
    this.#nextOffset = header.nextBeginOffset;
    const messages: HeldMessage[] = [];
    const records = decodeReadableMessages(body, (fault, message) => this.#reportUnreadable(fault, message));
    for (const record of records) {
      for (const view of this.#unwrapped(record)) {
        // A pull in the middle of a batch brings all of it.
        if (view.queueOffset + (header.offsetDelta ?? 0) < from) continue;
        if (expression.matchesEverything || matchesTag(expression, view.tags)) {
          messages.push(new HeldMessage(view, window.queue, header, arrivedMs));
        }
      }
    }
    stats.pulled(window.queue.topic, clock.monotonicMs() - startMs, messages.length);
    if (messages.length === 0) {
      this.#skipUnmatched();
      return;
    }
    window.put(messages);
    this.#consume.submit(window, messages);
    if (settings.pullIntervalMs > 0) await sleep(clock, settings.pullIntervalMs, stopping);
  }

  /** The messages of an inner batch; a batch that cannot be taken apart is one message with its body as stored. */
  #unwrapped(record: MessageView): readonly MessageView[] {
    // Its body could not be inflated, which is reported.
    if ((record.sysFlag & MessageSysFlag.COMPRESSED) !== 0) return [record];
    try {
      return unwrapInnerBatch(record);
    } catch (fault) {
      this.#reportUnreadable(fault, record);
      return [record];
    }
  }

  #reportUnreadable(fault: unknown, message: MessageView | undefined): void {
    const { logger, group } = this.#context;
    const facts = { group, ...this.#window.queue, error: asError(fault) };
    if (message === undefined) {
      logger.warn('a record of a pull answer cannot be read; it is left out', facts);
      return;
    }
    const { queueOffset, msgId } = message;
    logger.warn('the body of a message cannot be read; the listener gets it as it is stored', {
      ...facts,
      queueOffset,
      msgId,
    });
  }

  /**
   * With nothing in the window, everything below the next pull is finished. Source:
   * DefaultMQPushConsumerImpl#correctTagsOffset.
   */
  #skipUnmatched(): void {
    if (this.#window.count === 0) this.#owner.skippedTo(this.#window, this.#nextOffset);
  }

  async #replicaAddress(): Promise<ReplicaAddress> {
    const { routes } = this.#context.instance;
    const { queue } = this.#window;
    return routes.replicaOf(queue, this.#replica) ?? routes.refreshedAddress(queue, this.#replica);
  }
}
