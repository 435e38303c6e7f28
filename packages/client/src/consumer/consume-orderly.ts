import { asError, sleep } from '@rocketmq-ts/kernel';
import type { MessageExt } from '../message/message-ext.ts';
import { seenQueue } from '../message-queue.ts';
import { TaskPool } from '../task-pool.ts';
import type { Nothing } from '../user-code.ts';
import { consumeFacts } from './consume-facts.ts';
import { deliver, listenerFailure, wholeNumber } from './deliver.ts';
import type { ConsumeService, DirectResult, GroupContext } from './group-context.ts';
import type { HeldMessage } from './held-message.ts';
import {
  type ConsumeOrderlyContext,
  type ConsumeOrderlyStatus,
  type ConsumeOrderly as Listener,
  wrongStatus,
} from './listener.ts';
import type { ProcessQueue } from './process-queue.ts';
import type { QueueLocks } from './queue-locks.ts';
import type { SendBack } from './send-back.ts';

/**
 * A queue leaves its place in the pool to others after so long. Source: ConsumeMessageOrderlyService,
 * MAX_TIME_CONSUME_CONTINUOUSLY.
 */
const MAX_RUN_MS = 60_000;
const LOCK_RETRY_MS = 100;
const LEAST_SUSPEND_MS = 10;
const MOST_SUSPEND_MS = 30_000;

/**
 * Hands messages to the listener in the order of their queue: one call at a time for each queue, and only while the
 * broker's lock on it is ours. Source: ConsumeMessageOrderlyService.
 */
export class ConsumeOrderly implements ConsumeService {
  readonly ordered = true;
  readonly full = false;
  readonly #context: GroupContext;
  readonly #listener: Listener<unknown>;
  readonly #locks: QueueLocks;
  readonly #sendBack: SendBack;
  readonly #pool: TaskPool;
  /** Queues with a run submitted or under way. */
  readonly #busy = new Set<ProcessQueue>();
  /** Calls of the listener under way, by queue. */
  readonly #calls = new Map<ProcessQueue, Promise<unknown>>();

  constructor(context: GroupContext, listener: Listener<unknown>, locks: QueueLocks, sendBack: SendBack) {
    this.#context = context;
    this.#listener = listener;
    this.#locks = locks;
    this.#sendBack = sendBack;
    this.#pool = new TaskPool(context.settings.consumeThreadMin, (error) =>
      context.logger.error('handling messages in order failed', { group: context.group, error }),
    );
  }

  submit(window: ProcessQueue): void {
    if (this.#busy.has(window)) return;
    this.#busy.add(window);
    this.#pool.submit(() => this.#run(window));
  }

  /** Resolves when no call of the listener is under way for this queue. */
  async quiet(window: ProcessQueue): Promise<void> {
    await this.#calls.get(window);
  }

  async consumeDirectly(message: MessageExt<unknown>): Promise<DirectResult> {
    const { topic, brokerName, queueId } = message;
    const context = this.#contextOf({ topic, brokerName, queueId });
    try {
      const status = await this.#listener([message], context);
      const wrong = wrongStatus(status, true);
      if (wrong !== undefined) throw wrong;
      return { result: directResultOf(status), remark: undefined, autoCommit: context.autoCommit };
    } catch (error) {
      return { result: 'CR_THROW_EXCEPTION', remark: asError(error).message, autoCommit: context.autoCommit };
    }
  }

  drain(): Promise<void> {
    return this.#pool.close();
  }

  async #run(window: ProcessQueue): Promise<void> {
    const { clock, stopping, logger } = this.#context;
    const startMs = clock.monotonicMs();
    let resubmitAfterMs: number | undefined;
    try {
      while (!window.dropped && !stopping.aborted && resubmitAfterMs === undefined) {
        if (!this.#locks.holds(window)) {
          await this.#locks.lock(window);
          resubmitAfterMs = this.#locks.holds(window) ? LEAST_SUSPEND_MS : LOCK_RETRY_MS;
        } else if (clock.monotonicMs() - startMs > MAX_RUN_MS) {
          resubmitAfterMs = LEAST_SUSPEND_MS;
        } else {
          const batch = window.take(this.#context.settings.consumeMessageBatchMaxSize);
          if (batch.length === 0) break;
          resubmitAfterMs = await this.#consume(window, batch);
        }
      }
    } catch (error) {
      logger.error('an ordered run broke; it is started again', { ...window.queue, error });
      resubmitAfterMs = LOCK_RETRY_MS;
    }
    if (resubmitAfterMs === undefined || window.dropped || stopping.aborted) {
      this.#busy.delete(window);
      return;
    }
    this.#resubmit(window, resubmitAfterMs);
  }

  /** The place in the pool is free while the queue waits. */
  async #resubmit(window: ProcessQueue, afterMs: number): Promise<void> {
    await sleep(this.#context.clock, afterMs, this.#context.stopping);
    this.#pool.submit(() => this.#run(window));
  }

  /** Returns how long the queue pauses, undefined for no pause. */
  async #consume(window: ProcessQueue, batch: readonly HeldMessage[]): Promise<number | undefined> {
    const { clock, stats, logger, group, trace, watcher } = this.#context;
    const startMs = clock.monotonicMs();
    const context = this.#contextOf(window.queue);
    const traced = trace?.begin(batch);
    let threw = false;
    let thrown: unknown;
    let watched: ((failed: number, error: unknown) => void) | undefined;
    let status: ConsumeOrderlyStatus = 'SUSPEND_CURRENT_QUEUE_A_MOMENT';
    const failing = (error: unknown): void => {
      threw = true;
      thrown = error;
      logger.warn('the listener threw; its queue pauses', listenerFailure(group, window.queue, batch, error));
    };
    const call = Promise.resolve()
      .then(() => {
        const messages = deliver(batch, this.#context);
        if (watcher === undefined) return this.#listener(messages, context);
        const facts = () => consumeFacts(this.#context, window.queue, messages, batch);
        const [answer, ended] = watcher.process(facts, () => this.#listener(messages, context));
        watched = ended;
        return answer;
      })
      .then((answer) => {
        const wrong = wrongStatus(answer, true);
        if (wrong === undefined) status = answer ?? 'SUCCESS';
        else failing(wrong);
      }, failing);
    this.#calls.set(window, call);
    await call;
    this.#calls.delete(window);
    window.lastConsumeMs = clock.monotonicMs();
    const failed = status === 'SUSPEND_CURRENT_QUEUE_A_MOMENT' || status === 'ROLLBACK';
    watched?.(failed ? batch.length : 0, thrown);
    traced?.ended(threw ? 'EXCEPTION' : failed ? 'FAILED' : 'SUCCESS', failed ? -1 : batch.length - 1);
    stats.consumed(
      window.queue.topic,
      window.lastConsumeMs - startMs,
      failed ? 0 : batch.length,
      failed ? batch.length : 0,
    );
    return this.#finish(window, batch, status, context);
  }

  async #finish(
    window: ProcessQueue,
    batch: readonly HeldMessage[],
    status: ConsumeOrderlyStatus,
    context: ConsumeOrderlyContext,
  ): Promise<number | undefined> {
    const suspendMs = this.#suspendMs(context);
    if (status === 'SUSPEND_CURRENT_QUEUE_A_MOMENT') {
      if (await this.#mustSuspend(batch)) {
        window.putBack(batch);
        return suspendMs;
      }
    } else if (!context.autoCommit && status === 'ROLLBACK') {
      window.rollback();
      return suspendMs;
    } else if (!context.autoCommit && status === 'SUCCESS') {
      return undefined;
    }
    const offset = window.commit();
    if (offset !== undefined && !window.dropped) this.#context.offsets.update(window.queue, offset, false);
    return undefined;
  }

  /**
   * Counts one more try of each; those that were tried too often are sent to the retry topic, and the broker moves them to the
   * dead letter queue.
   */
  async #mustSuspend(batch: readonly HeldMessage[]): Promise<boolean> {
    const { maxReconsumeTimes } = this.#context.settings;
    const maximum = maxReconsumeTimes === -1 ? 0x7fffffff : maxReconsumeTimes;
    let suspend = false;
    for (const message of batch) {
      if (message.reconsumeTimes < maximum) {
        message.reconsumeTimes++;
        suspend = true;
        continue;
      }
      try {
        await this.#sendBack.sendToRetryTopic(message, maximum);
      } catch (error) {
        this.#context.logger.warn('a message that failed too often could not be put aside', {
          msgId: message.msgId,
          error,
        });
        suspend = true;
      }
    }
    return suspend;
  }

  #suspendMs(context: ConsumeOrderlyContext): number {
    const asked = wholeNumber(context.suspendCurrentQueueTimeMs, -1);
    const wanted = asked === -1 ? this.#context.settings.suspendCurrentQueueTimeMs : asked;
    return Math.min(MOST_SUSPEND_MS, Math.max(LEAST_SUSPEND_MS, wanted));
  }

  #contextOf(messageQueue: ConsumeOrderlyContext['messageQueue']): ConsumeOrderlyContext {
    return {
      messageQueue: seenQueue(messageQueue, this.#context.settings.namespace),
      autoCommit: true,
      suspendCurrentQueueTimeMs: -1,
      signal: this.#context.stopping,
    };
  }
}

function directResultOf(status: ConsumeOrderlyStatus | Nothing): DirectResult['result'] {
  switch (status) {
    case 'COMMIT':
      return 'CR_COMMIT';
    case 'ROLLBACK':
      return 'CR_ROLLBACK';
    case 'SUSPEND_CURRENT_QUEUE_A_MOMENT':
      return 'CR_LATER';
    default:
      return 'CR_SUCCESS';
  }
}
