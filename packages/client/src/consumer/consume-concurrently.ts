import { asError, type Timer } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import type { MessageExt } from '../message/message-ext.ts';
import { seenQueue } from '../message-queue.ts';
import { TaskPool } from '../task-pool.ts';
import type { Nothing } from '../user-code.ts';
import { ConsumeCall } from './consume-call.ts';
import { consumeFacts, settleFacts } from './consume-facts.ts';
import { deliver, listenerFailure, wholeNumber } from './deliver.ts';
import type { ConsumeService, DirectResult, GroupContext } from './group-context.ts';
import type { HeldMessage } from './held-message.ts';
import { type ConsumeBatch, type ConsumeStatus, wrongStatus } from './listener.ts';
import type { ProcessQueue } from './process-queue.ts';
import { DEFAULT_MAX_RECONSUME_TIMES, type SendBack } from './send-back.ts';

/** Messages whose send-back failed are consumed again here after so long. */
const LOCAL_RETRY_MS = 5000;
/** Delay level of a message that its listener has held too long. */
const EXPIRED_DELAY_LEVEL = 3;
const EXPIRED_PER_SWEEP = 16;
/** Delay level that means the dead letter queue. */
const DEAD_LETTER = -1;

/**
 * Hands messages to the listener in any order, `consumeThreadMin` calls at a time. Source: ConsumeMessageConcurrentlyService.
 */
export class ConsumeConcurrently implements ConsumeService {
  readonly ordered = false;
  readonly full = false;
  readonly #context: GroupContext;
  readonly #listener: ConsumeBatch<unknown>;
  readonly #batchSize: number;
  readonly #sendBack: SendBack;
  readonly #pool: TaskPool;
  readonly #retryTimers = new Set<Timer>();

  constructor(context: GroupContext, listener: ConsumeBatch<unknown>, batchSize: number, sendBack: SendBack) {
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

  async consumeDirectly(message: MessageExt<unknown>): Promise<DirectResult> {
    const { topic, brokerName, queueId } = message;
    try {
      const call = this.#callOf({ topic, brokerName, queueId }, [message]);
      const status = await this.#listener([message], call);
      const wrong = wrongStatus(status);
      if (wrong !== undefined) throw wrong;
      const failed = call.failureOf(0, status === 'RECONSUME_LATER' ? -1 : 0, 0) !== undefined;
      const result = failed ? 'CR_LATER' : 'CR_SUCCESS';
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
          await this.#giveBack(message, EXPIRED_DELAY_LEVEL);
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
    const { clock, logger, stats, group, trace, watcher } = this.#context;
    const startMs = clock.monotonicMs();
    const messages = deliver(held, this.#context);
    const context = this.#callOf(window.queue, messages);
    const traced = trace?.begin(held);
    let status: ConsumeStatus | Nothing = 'RECONSUME_LATER';
    let threw = false;
    let thrown: unknown;
    let watched: ((failed: number, error: unknown) => void) | undefined;
    try {
      if (watcher === undefined) status = await this.#listener(messages, context);
      else {
        const facts = () => consumeFacts(this.#context, window.queue, messages, held);
        const [answer, ended] = watcher.process(facts, () => this.#listener(messages, context));
        watched = ended;
        status = await answer;
      }
      const wrong = wrongStatus(status);
      if (wrong !== undefined) throw wrong;
    } catch (error) {
      status = 'RECONSUME_LATER';
      threw = true;
      thrown = error;
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
    const failed = failuresOf(held, context, ackIndex);
    // A trace knows no failure in the middle: from the first one on all count as failed.
    const handled = failed.length === 0 ? held.length - 1 : held.indexOf(failed[0]!.message) - 1;
    traced?.ended(threw ? 'EXCEPTION' : failed.length > 0 ? 'FAILED' : 'SUCCESS', handled);
    watched?.(failed.length, thrown);
    const tookMs = window.lastConsumeMs - startMs;
    stats.consumed(window.queue.topic, tookMs, held.length - failed.length, failed.length);
    if (window.dropped) {
      // The queue has another owner now, which gets these messages again; our result must not move its offset.
      logger.info('results of a queue that moved to another member are ignored', { ...window.queue });
      return;
    }
    if (!threw && failed.length > 0 && this.#context.settings.model === 'BROADCASTING') this.#logDropped(failed);
    await this.#finish(window, held, failed);
  }

  async #finish(window: ProcessQueue, messages: readonly HeldMessage[], failed: readonly Failure[]): Promise<void> {
    let finished = messages;
    if (failed.length > 0 && this.#context.settings.model !== 'BROADCASTING') {
      const kept = await this.#giveBackAll(window, failed);
      if (kept.length > 0) finished = messages.filter((message) => !kept.includes(message));
    }
    const offset = window.remove(finished);
    if (offset !== undefined && !window.dropped) this.#context.offsets.update(window.queue, offset, true);
  }

  /** Returns those that could not be given back; they stay in the window and are consumed here again. */
  async #giveBackAll(window: ProcessQueue, failed: readonly Failure[]): Promise<HeldMessage[]> {
    const kept: HeldMessage[] = [];
    for (const { message, delayLevel } of failed) {
      // The sweep may have given it back meanwhile.
      if (!window.has(message)) continue;
      if (this.#mustStayHere(message)) {
        message.reconsumeTimes++;
        kept.push(message);
        continue;
      }
      try {
        await this.#giveBack(message, this.#context.hasClientIdConflict() ? DEAD_LETTER : delayLevel);
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

  #giveBack(message: HeldMessage, delayLevel: number): Promise<void> {
    const { watcher } = this.#context;
    const giveBack = (): Promise<void> => this.#sendBack.giveBack(message, delayLevel);
    if (watcher === undefined) return giveBack();
    return watcher.settle(() => settleFacts(this.#context, message, delayLevel), giveBack);
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

  #logDropped(failed: readonly Failure[]): void {
    for (const { message } of failed) {
      this.#context.logger.warn('a broadcast message failed; there is no second try for it', { msgId: message.msgId });
    }
  }

  #callOf(queue: MessageQueue, messages: readonly MessageExt<unknown>[]): ConsumeCall {
    return new ConsumeCall(seenQueue(queue, this.#context.settings.namespace), this.#context.stopping, messages);
  }
}

/** A message that failed, and after which delay level it is to come again. */
interface Failure {
  readonly message: HeldMessage;
  readonly delayLevel: number;
}

const NO_FAILURE: readonly Failure[] = [];

function failuresOf(held: readonly HeldMessage[], call: ConsumeCall, ackIndex: number): readonly Failure[] {
  if (ackIndex >= held.length - 1 && !call.marked) return NO_FAILURE;
  const level = wholeNumber(call.delayLevelWhenNextConsume, 0);
  return held.flatMap((message, index) => {
    const delayLevel = call.failureOf(index, ackIndex, level);
    return delayLevel === undefined ? [] : [{ message, delayLevel }];
  });
}
