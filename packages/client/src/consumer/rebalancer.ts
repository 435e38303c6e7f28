import { asError, sleep } from '@rocketmq-ts/kernel';
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/protocol';
import { seenQueue } from '../message-queue.ts';
import { unlessAborted } from '../state.ts';
import { type Assignment, assignQueues } from './assignment.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext, PulledMessages } from './group-context.ts';
import { ProcessQueue } from './process-queue.ts';
import type { PullOwner } from './pull-loop.ts';
import type { QueueLocks } from './queue-locks.ts';
import { startOffset } from './start-offset.ts';

const WAIT_MS = 20_000;
/** Time between passes when queues are shared again and again. Source: RebalanceService#run. */
const LEAST_INTERVAL_MS = 1000;
/**
 * Time to the next pass when a member joins or leaves right after one. A new member takes over queues after HANDOVER_MS
 * whether we know of it or not, so the first such passes must not wait a whole LEAST_INTERVAL_MS, as Apache's do.
 */
const FIRST_PACE_MS = 100;
/** A queue that was not pulled for so long is released and taken anew. */
const STUCK_PULL_MS = 120_000;
/**
 * How long a new queue is not pulled when other members could still own it. They notice the change when we do, and
 * write their last offset when they release it; reading it earlier would bring their messages twice. A single member does
 * not wait. Source: RebalanceImpl#updateProcessQueueTableInRebalance (its pull request waits so long).
 */
const HANDOVER_MS = 500;
const LOCK_RETRY_MS = 500;

/** What a consumer does as its queues come and go. */
export interface RebalanceHooks {
  /** Resolves when no ordered call is under way for the queue. */
  quiet(window: ProcessQueue): Promise<void>;
  /** Called when queues were taken or released. */
  changed(): void;
  /** A queue is this member's from now on, and is to be pulled from `start` on. */
  taken(window: ProcessQueue, start: number): void;
  /** A queue that was dropped is released: last changes of its offset, which is then written. */
  released(window: ProcessQueue): void;
}

/** Says to readers of the status which queues there are now. */
export function reportQueues({ status, settings }: GroupContext<GroupSettings>, queues: readonly MessageQueue[]): void {
  if (!status.active) return;
  status.emit({ type: 'rebalanced', queues: queues.map((queue) => seenQueue(queue, settings.namespace)) });
}

/** Keeps the queues of this member as they follow from the group's members and the routes. Source: RebalanceService, RebalanceImpl. */
export class Rebalancer implements PullOwner {
  readonly windows = new Map<string, ProcessQueue>();
  readonly #context: GroupContext<GroupSettings>;
  readonly #consume: PulledMessages;
  readonly #locks: QueueLocks;
  readonly #hooks: RebalanceHooks;
  /** Resolves after the first pass, successful or not. */
  readonly firstPass: Promise<void>;
  #firstPassDone: () => void = () => {};
  #wake: (() => void) | undefined;
  #woken = false;
  /** Least time between passes now; doubles with each pass that follows another closely. */
  #paceMs = FIRST_PACE_MS;

  constructor(context: GroupContext<GroupSettings>, consume: PulledMessages, locks: QueueLocks, hooks: RebalanceHooks) {
    this.#context = context;
    this.#consume = consume;
    this.#locks = locks;
    this.#hooks = hooks;
    locks.onLost((window) => void this.#retake(window));
    this.firstPass = new Promise((resolve) => {
      this.#firstPassDone = resolve;
    });
  }

  /** Shares queues now, then every 20 s and whenever woken; in a row of calls at most once a second. Resolves after the consumer stops. */
  async run(): Promise<void> {
    const { clock, stopping } = this.#context;
    while (!stopping.aborted) {
      const startMs = clock.monotonicMs();
      this.#woken = false;
      const balanced = this.#context.paused || (await this.#guardedRebalance());
      this.#firstPassDone();
      await this.#waitUntil(startMs, balanced ? WAIT_MS : LEAST_INTERVAL_MS);
    }
  }

  /** Shares queues as soon as the pace allows. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  windowOf(queue: MessageQueue): ProcessQueue | undefined {
    return this.windows.get(messageQueueKey(queue));
  }

  /** Queues that this member holds. */
  queues(): MessageQueue[] {
    return [...this.windows.values()].map((window) => window.queue);
  }

  /** Those whose progress is this member's to write: without the lock another member may be further. */
  queuesToSave(): MessageQueue[] {
    return [...this.windows.values()].filter((window) => this.mayPull(window)).map((window) => window.queue);
  }

  async offsetMoved(window: ProcessQueue, offset: number): Promise<void> {
    this.#context.logger.warn('the broker has no such offset; the queue is started anew', { ...window.queue, offset });
    await this.restartAt(window, offset);
    this.wake();
  }

  /** Drops a queue and saves `offset` for the member that takes it next. */
  async restartAt(window: ProcessQueue, offset: number): Promise<void> {
    const { offsets } = this.#context;
    window.drop();
    offsets.updateAndFreeze(window.queue, offset);
    await offsets.persist(window.queue);
    offsets.remove(window.queue);
    this.#forget(window);
  }

  skippedTo(window: ProcessQueue, offset: number): void {
    this.#context.offsets.update(window.queue, offset, true);
  }

  /** Puts another window in the place of one of the same queue; false when that is none of this member's any more. */
  replace(window: ProcessQueue, by: ProcessQueue): boolean {
    if (this.windowOf(window.queue) !== window) return false;
    window.drop();
    this.windows.set(messageQueueKey(window.queue), by);
    return true;
  }

  mayPull(window: ProcessQueue): boolean {
    return !this.#consume.ordered || this.#locks.holds(window);
  }

  /** Marks every queue dropped: the consumer stops. */
  dropAll(): void {
    for (const window of this.windows.values()) window.drop();
    this.windows.clear();
  }

  async #waitUntil(startMs: number, waitMs: number): Promise<void> {
    const { clock, stopping } = this.#context;
    const sinceMs = (): number => clock.monotonicMs() - startMs;
    if (!this.#woken) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await sleep(clock, Math.max(0, waitMs - sinceMs()), woken.signal, stopping);
      this.#wake = undefined;
    }
    if (sinceMs() >= LEAST_INTERVAL_MS) {
      this.#paceMs = FIRST_PACE_MS;
      return;
    }
    if (sinceMs() < this.#paceMs) await sleep(clock, this.#paceMs - sinceMs(), stopping);
    this.#paceMs = Math.min(this.#paceMs * 2, LEAST_INTERVAL_MS);
  }

  /** Topics whose last attempt failed, with the reason that was logged. */
  readonly #failing = new Map<string, string>();

  /** A pass that fails is logged and made again. */
  async #guardedRebalance(): Promise<boolean> {
    try {
      return await this.#rebalance();
    } catch (error) {
      this.#context.logger.error('sharing the queues broke; it is done again', { group: this.#context.group, error });
      return false;
    }
  }

  /** True when every topic has all its queues. */
  async #rebalance(): Promise<boolean> {
    const { subscriptions, logger } = this.#context;
    const topics = subscriptions.topics();
    let changed = false;
    for (const window of [...this.windows.values()]) {
      if (topics.includes(window.queue.topic)) continue;
      await this.#release(window);
      changed = true;
    }
    const outcomes = await Promise.all(
      topics.map(async (topic) => {
        try {
          const assignment = await assignQueues(this.#context, topic);
          if (this.#failing.delete(topic)) logger.info('queues of a topic are shared again', { topic });
          return assignment;
        } catch (error) {
          const reason = asError(error).message;
          // Logged once for each reason, since it is tried several times a second.
          if (this.#failing.get(topic) !== reason) {
            logger.warn('queues of a topic could not be shared; tried again', { topic, error });
          }
          this.#failing.set(topic, reason);
          return undefined;
        }
      }),
    );
    const assignments = outcomes.filter((outcome) => outcome !== undefined);
    for (const assignment of assignments) changed = (await this.#releaseOthers(assignment)) || changed;
    const added = await this.#takeNew(assignments);
    if (changed || added.count > 0) this.#hooks.changed();
    return assignments.length === topics.length && added.complete;
  }

  async #releaseOthers(assignment: Assignment): Promise<boolean> {
    const { clock, logger } = this.#context;
    const own = new Set(assignment.queues.map(messageQueueKey));
    let changed = false;
    for (const [key, window] of [...this.windows]) {
      if (window.queue.topic !== assignment.topic) continue;
      const stuck = clock.monotonicMs() - window.lastPullMs > STUCK_PULL_MS;
      if (own.has(key) && !stuck) continue;
      if (stuck && own.has(key))
        logger.error('a queue was not pulled for two minutes; it is taken anew', { ...window.queue });
      await this.#release(window);
      changed = true;
    }
    return changed;
  }

  /** Releases a queue: nothing more of it is consumed, its offset is written, its lock released. */
  async #release(window: ProcessQueue): Promise<void> {
    const { offsets } = this.#context;
    window.drop();
    // A call that never ends must not block a stop, which waits for calls itself, for a limited time.
    if (this.#consume.ordered) await unlessAborted(this.#context.stopping, this.#hooks.quiet(window));
    this.#hooks.released(window);
    if (this.mayPull(window)) await offsets.persist(window.queue);
    offsets.remove(window.queue);
    this.#forget(window);
    if (this.#consume.ordered) await this.#locks.unlock([window.queue]);
  }

  /** Drops a queue whose lock was lost; the next pass takes it anew, from the group's progress, once the lock is ours. */
  async #retake(window: ProcessQueue): Promise<void> {
    const { logger, offsets, stopping } = this.#context;
    logger.info('the lock of a queue was lost; it is taken anew', { ...window.queue });
    window.drop();
    await unlessAborted(stopping, this.#hooks.quiet(window));
    if (this.windowOf(window.queue) !== window) return;
    offsets.remove(window.queue);
    this.#forget(window);
    this.wake();
  }

  #forget(window: ProcessQueue): void {
    const key = messageQueueKey(window.queue);
    if (this.windows.get(key) === window) this.windows.delete(key);
  }

  async #takeNew(assignments: readonly Assignment[]): Promise<{ readonly count: number; readonly complete: boolean }> {
    const { clock, stopping } = this.#context;
    const isNew = (queue: MessageQueue): boolean => !this.windows.has(messageQueueKey(queue));
    const wanted = assignments.flatMap((assignment) => assignment.queues.filter(isNew));
    if (wanted.length === 0) return { count: 0, complete: true };
    if (assignments.some((assignment) => assignment.shared && assignment.queues.some(isNew))) {
      await sleep(clock, HANDOVER_MS, stopping);
    }
    if (stopping.aborted) return { count: 0, complete: true };
    const windows = wanted.map((queue) => new ProcessQueue(queue, clock.monotonicMs()));
    if (this.#consume.ordered) await this.#locks.renew(windows);
    const taken = await Promise.all(windows.map((window) => this.#take(window)));
    const count = taken.filter(Boolean).length;
    if (this.#consume.ordered && count < windows.length) clock.after(LOCK_RETRY_MS, () => this.wake());
    return { count, complete: count === windows.length };
  }

  async #take(window: ProcessQueue): Promise<boolean> {
    const { offsets, logger, stopping } = this.#context;
    if (this.#consume.ordered && !this.#locks.holds(window)) return false;
    offsets.remove(window.queue);
    try {
      const start = await startOffset(this.#context, window.queue);
      if (stopping.aborted) return false;
      this.windows.set(messageQueueKey(window.queue), window);
      logger.info('a queue is ours', { ...window.queue, start });
      this.#hooks.taken(window, start);
      return true;
    } catch (error) {
      logger.warn('a queue cannot be taken yet', { ...window.queue, error });
      return false;
    }
  }
}
