import { asError, type Timer } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import type { MessageExt } from '../message/message-ext.ts';
import { seenQueue } from '../message-queue.ts';
import { TaskPool } from '../task-pool.ts';
import { deliver, listenerFailure, wholeNumber } from './deliver.ts';
import type { ConsumeService, DirectResult, GroupContext } from './group-context.ts';
import type { HeldMessage } from './held-message.ts';
import type { ConsumeBatch, ConsumeContext, ConsumeStatus, Nothing } from './listener.ts';
import type { ProcessQueue } from './process-queue.ts';
import { DEFAULT_MAX_RECONSUME_TIMES, type SendBack } from './send-back.ts';

/** Messages whose send-back failed are consumed again here after so long. */
const LOCAL_RETRY_MS = 5000;
/** Delay level of a message that its listener has held too long. */
const EXPIRED_DELAY_LEVEL = 3;
const EXPIRED_PER_SWEEP = 16;
/** Delay level that means the dead letter queue. */
const DEAD_LETTER = -1;

/** Hands messages to the listener in any order, `consumeThreadMin` calls at a time. Source: ConsumeMessageConcurrentlyService. */
export class ConsumeConcurrently implements ConsumeService {
  readonly ordered = false;
  readonly full = false;
  readonly #context: GroupContext;
  readonly #listener: ConsumeBatch;
  readonly #batchSize: number;
  readonly #sendBack: SendBack;
  readonly #pool: TaskPool;
  readonly #retryTimers = new Set<Timer>();

  constructor(context: GroupContext, listener: ConsumeBatch, batchSize: number, sendBack: SendBack) {
    this.#context = context;
    this.#listener = listener;
    this.#batchSize = batchSize;
    this.#sendBack = sendBack;
    this.#pool = new TaskPool(context.settings.consumeThreadMin, (error) =>
      context.logger.error('handling messages failed; they come again after a restart', {
        group: context.group,
        error,
      }),
    );
  }

  submit(window: ProcessQueue, messages: readonly HeldMessage[]): void {
    for (let start = 0; start < messages.length; start += this.#batchSize) {
      const batch = messages.slice(start, start + this.#batchSize);
      this.#pool.submit(() => this.#consume(window, batch));
    }
  }

  async consumeDirectly(message: MessageExt): Promise<DirectResult> {
    const { topic, brokerName, queueId } = message;
    try {
      const status = await this.#listener([message], this.#contextOf({ topic, brokerName, queueId }));
      const result = status === 'RECONSUME_LATER' ? 'CR_LATER' : 'CR_SUCCESS';
      return { result, remark: undefined, autoCommit: true };
    } catch (error) {
      return { result: 'CR_THROW_EXCEPTION', remark: asError(error).message, autoCommit: true };
    }
  }

  drain(): Promise<void> {
    for (const timer of this.#retryTimers) timer.cancel();
    this.#retryTimers.clear();
    return this.#pool.close();
  }

  /** Gives back messages that are longer in a listener than `consumeTimeoutMinutes`. Source: ProcessQueue#cleanExpiredMsg. */
  async sweepExpired(windows: Iterable<ProcessQueue>): Promise<void> {
    const { clock, settings, logger } = this.#context;
    if (this.#context.hasClientIdConflict()) return;
    for (const window of windows) {
      for (let count = 0; count < EXPIRED_PER_SWEEP; count++) {
        const message = window.first();
        if (message === undefined || window.dropped) break;
        const { deliveredMs } = message;
        if (deliveredMs === undefined) break;
        if (clock.monotonicMs() - deliveredMs <= settings.consumeTimeoutMinutes * 60_000) break;
        try {
          await this.#sendBack.giveBack(message, EXPIRED_DELAY_LEVEL);
        } catch (error) {
          logger.warn('a message that is too long in the listener could not be given back', { error });
          break;
        }
        logger.warn('a message is too long in the listener; it comes again later', { msgId: message.msgId });
        if (window.first() === message) window.remove([message]);
      }
    }
  }

  async #consume(window: ProcessQueue, held: readonly HeldMessage[]): Promise<void> {
    if (window.dropped) return;
    const { clock, logger, stats, group, trace } = this.#context;
    const startMs = clock.monotonicMs();
    const context = this.#contextOf(window.queue);
    const traced = trace?.begin(held);
    let status: ConsumeStatus | Nothing = 'RECONSUME_LATER';
    let threw = false;
    try {
      status = await this.#listener(deliver(held, this.#context), context);
    } catch (error) {
      threw = true;
      const sentence =
        this.#context.settings.model === 'BROADCASTING'
          ? 'the listener threw; a broadcast message is not tried again'
          : 'the listener threw; its messages come again later';
      logger.warn(sentence, listenerFailure(group, window.queue, held, error));
    }
    window.lastConsumeMs = clock.monotonicMs();
    // What is no whole number acknowledges nothing: a message that comes twice is better than a lost one.
    const ackIndex =
      status === 'RECONSUME_LATER' ? -1 : Math.max(-1, Math.min(wholeNumber(context.ackIndex, -1), held.length - 1));
    traced?.ended(threw ? 'EXCEPTION' : ackIndex < held.length - 1 ? 'FAILED' : 'SUCCESS', ackIndex);
    const tookMs = window.lastConsumeMs - startMs;
    stats.consumed(window.queue.topic, tookMs, ackIndex + 1, held.length - ackIndex - 1);
    if (window.dropped) {
      // The queue has another owner now, which gets these messages again; our result must not move its offset.
      logger.info('results of a queue that moved to another member are ignored', { ...window.queue });
      return;
    }
    if (!threw && ackIndex < held.length - 1 && this.#context.settings.model === 'BROADCASTING') {
      this.#logDropped(held.slice(ackIndex + 1));
    }
    await this.#finish(window, held, ackIndex, wholeNumber(context.delayLevelWhenNextConsume, 0));
  }

  async #finish(
    window: ProcessQueue,
    messages: readonly HeldMessage[],
    ackIndex: number,
    delayLevel: number,
  ): Promise<void> {
    let finished = messages;
    if (ackIndex < messages.length - 1 && this.#context.settings.model !== 'BROADCASTING') {
      const kept = await this.#giveBackAll(window, messages.slice(ackIndex + 1), delayLevel);
      if (kept.length > 0) finished = messages.filter((message) => !kept.includes(message));
    }
    const offset = window.remove(finished);
    if (offset !== undefined && !window.dropped) this.#context.offsets.update(window.queue, offset, true);
  }

  /** Returns those that could not be given back; they stay in the window and are consumed here again. */
  async #giveBackAll(window: ProcessQueue, failed: readonly HeldMessage[], delayLevel: number): Promise<HeldMessage[]> {
    const kept: HeldMessage[] = [];
    for (const message of failed) {
      // The sweep may have given it back meanwhile.
      if (!window.has(message)) continue;
      if (this.#mustStayHere(message)) {
        message.reconsumeTimes++;
        kept.push(message);
        continue;
      }
      try {
        await this.#sendBack.giveBack(message, this.#context.hasClientIdConflict() ? DEAD_LETTER : delayLevel);
      } catch (error) {
        this.#context.logger.warn('a failed message could not be given back; it is tried here again', {
          msgId: message.msgId,
          error,
        });
        message.reconsumeTimes++;
        kept.push(message);
      }
    }
    if (kept.length > 0) this.#submitLater(window, kept);
    return kept;
  }

  /**
   * While another process consumes under our client id, it gets each of our messages too. If both gave a failed one back,
   * there would be two copies, then four, and so on. So it is tried again here, as often as a broker would deliver it.
   */
  #mustStayHere(message: HeldMessage): boolean {
    if (!this.#context.hasClientIdConflict()) return false;
    const { maxReconsumeTimes } = this.#context.settings;
    return message.reconsumeTimes < (maxReconsumeTimes === -1 ? DEFAULT_MAX_RECONSUME_TIMES : maxReconsumeTimes);
  }

  #submitLater(window: ProcessQueue, messages: readonly HeldMessage[]): void {
    const timer = this.#context.clock.after(LOCAL_RETRY_MS, () => {
      this.#retryTimers.delete(timer);
      this.submit(window, messages);
    });
    this.#retryTimers.add(timer);
  }

  #logDropped(failed: readonly HeldMessage[]): void {
    for (const message of failed) {
      this.#context.logger.warn('a broadcast message failed; there is no second try for it', { msgId: message.msgId });
    }
  }

  #contextOf(queue: MessageQueue): ConsumeContext {
    return {
      messageQueue: seenQueue(queue, this.#context.settings.namespace),
      delayLevelWhenNextConsume: 0,
      ackIndex: Number.MAX_SAFE_INTEGER,
      signal: this.#context.stopping,
    };
  }
}
