import type { MessageQueue } from '@rocketmq-ts/protocol';
import type { HeldMessage } from './held-message.ts';

/**
 * The window of one queue in this client: messages that were pulled and are not finished. The offset that may be committed
 * is the lowest unfinished one. No user code has its objects, since listeners may change what they get. Source: ProcessQueue.
 */
export class ProcessQueue {
  readonly queue: MessageQueue;
  /** Set once, when the queue is assigned to another member: its messages are not consumed and not committed any more. */
  dropped = false;
  /** The user does not want it pulled for now. */
  paused = false;
  /** For ordered consumption: the broker granted the lock, and when. */
  locked = false;
  lastLockMs = Number.NEGATIVE_INFINITY;
  lastPullMs: number;
  lastConsumeMs: number;

  readonly #messages = new Map<number, HeldMessage>();
  /** Offsets of `#messages` in rising order from `#head`; finished ones stay until they are the lowest. */
  #offsets: number[] = [];
  #head = 0;
  /** Taken by an ordered run and not committed yet, in rising order. */
  #taken: HeldMessage[] = [];
  #bytes = 0;
  #maxOffset = 0;
  readonly #roomWaiters: (() => void)[] = [];

  constructor(queue: MessageQueue, nowMs: number) {
    this.queue = queue;
    this.lastPullMs = nowMs;
    this.lastConsumeMs = nowMs;
  }

  /** Messages in the window, also those in a listener. */
  get count(): number {
    return this.#messages.size + this.#taken.length;
  }

  /** Bytes of their bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Distance of the highest from the lowest offset; 0 when fewer than two. */
  get span(): number {
    const { min, max } = this.range;
    return max - min;
  }

  /** Lowest and highest offset for the running info; zeros when empty. */
  get range(): { readonly min: number; readonly max: number } {
    const min = this.#lowest();
    return min === undefined ? { min: 0, max: 0 } : { min, max: this.#highest(min) };
  }

  get takenCount(): number {
    return this.#taken.length;
  }

  /** The lowest offset that is not finished, also of a message in a listener; undefined when empty. */
  get lowestUnfinished(): number | undefined {
    return this.#taken[0]?.queueOffset ?? this.#lowest();
  }

  /** The message with the lowest unfinished offset. */
  first(): HeldMessage | undefined {
    const lowest = this.#lowest();
    return lowest === undefined ? undefined : this.#messages.get(lowest);
  }

  has(message: HeldMessage): boolean {
    return this.#messages.get(message.queueOffset) === message;
  }

  /** Adds what a pull found. An offset that is there already is not added twice. */
  put(messages: readonly HeldMessage[]): void {
    for (const message of messages) {
      const offset = message.queueOffset;
      if (this.#messages.has(offset)) continue;
      this.#messages.set(offset, message);
      this.#insertOffset(offset);
      this.#bytes += message.bodyBytes;
      if (offset > this.#maxOffset) this.#maxOffset = offset;
    }
  }

  /**
   * Removes finished messages. Returns the offset up to which the queue is now finished, or undefined when it was empty
   * before.
   */
  remove(messages: readonly HeldMessage[]): number | undefined {
    if (this.#messages.size === 0) return undefined;
    for (const message of messages) {
      if (!this.has(message)) continue;
      this.#messages.delete(message.queueOffset);
      this.#bytes -= message.bodyBytes;
    }
    this.#wakePull();
    return this.#lowest() ?? this.#maxOffset + 1;
  }

  /** Takes the lowest `limit` messages for an ordered run; they are uncommitted until `commit`, `rollback` or `putBack`. */
  take(limit: number): HeldMessage[] {
    const batch: HeldMessage[] = [];
    while (batch.length < limit) {
      const message = this.first();
      if (message === undefined) break;
      this.#messages.delete(message.queueOffset);
      batch.push(message);
    }
    this.#taken.push(...batch);
    return batch;
  }

  /** Finishes all taken messages; returns the offset behind the last one, or undefined when none was taken. */
  commit(): number | undefined {
    const last = this.#taken.at(-1);
    for (const message of this.#taken) this.#bytes -= message.bodyBytes;
    this.#taken = [];
    this.#wakePull();
    return last === undefined ? undefined : last.queueOffset + 1;
  }

  /** Puts all taken messages back. */
  rollback(): void {
    this.putBack(this.#taken);
  }

  /** Puts these taken messages back, to be consumed again. */
  putBack(messages: readonly HeldMessage[]): void {
    const again = new Set(messages);
    this.#taken = this.#taken.filter((message) => !again.has(message));
    for (const message of again) {
      if (this.#messages.has(message.queueOffset)) continue;
      this.#messages.set(message.queueOffset, message);
      this.#insertOffset(message.queueOffset);
    }
  }

  /** Forgets everything, e.g. when the group's offset is set from outside. */
  clear(): void {
    this.#messages.clear();
    this.#offsets = [];
    this.#head = 0;
    this.#taken = [];
    this.#bytes = 0;
    this.#maxOffset = 0;
    this.#wakePull();
  }

  /** Marks it dropped and wakes the pull that waits for room. */
  drop(): void {
    this.dropped = true;
    this.#wakePull();
  }

  /** Runs `wake` once, at the next removal. */
  onRoom(wake: () => void): void {
    this.#roomWaiters.push(wake);
  }

  #wakePull(): void {
    if (this.#roomWaiters.length > 0) for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  #lowest(): number | undefined {
    while (this.#head < this.#offsets.length) {
      const offset = this.#offsets[this.#head]!;
      if (this.#messages.has(offset)) return offset;
      this.#head++;
    }
    this.#offsets = [];
    this.#head = 0;
    return undefined;
  }

  #highest(lowest: number): number {
    for (let last = this.#offsets.at(-1); last !== undefined; last = this.#offsets.at(-1)) {
      if (this.#messages.has(last)) return last;
      this.#offsets.pop();
    }
    return lowest;
  }

  /** Nearly always an append: pulls bring rising offsets. Lower ones come back from an ordered run or a moved offset. */
  #insertOffset(offset: number): void {
    const offsets = this.#offsets;
    if (this.#head > 4096 && this.#head * 2 > offsets.length) {
      offsets.splice(0, this.#head);
      this.#head = 0;
    }
    let at = offsets.length;
    while (at > this.#head && offsets[at - 1]! > offset) at--;
    if (at > this.#head && offsets[at - 1] === offset) return;
    if (at === offsets.length) offsets.push(offset);
    else offsets.splice(at, 0, offset);
  }
}
