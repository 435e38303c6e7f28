import type { Clock } from '@rocketmq-ts/kernel';
import { ANSWERING_MS, SERVER_LIMITS } from '../limits.ts';
import { Turn } from './turn.ts';

/** The bytes that a connection holds besides those it reserved: laid out, and not read by its peer. */
interface UnsentBytes {
  readonly unsentBytes: number;
}

/** Work that waits for memory. */
interface Waiter {
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * The memory for answers of one process: bytes of answers that are being made, and of those that their peers have not
 * read yet. An answer counts from the moment in which work for it begins, since that work holds memory from then on.
 *
 * A connection may begin an answer while it holds less than its own limit, and the process less than its limit; the last
 * answer to begin may cross either. What may not begin waits, in the order of arrival on its connection, the connections
 * in turn. The second half of the process's memory is reserved for connections that hold none: many peers that do not read
 * cannot stop the answers to one that does.
 *
 * Large answers cost time as well. After ANSWERING_MS of one turn of the event loop the rest waits for the next turn, so
 * that sends are served in between.
 */
export class AnswerMemory {
  readonly limitBytes: number;
  /** Connections with work that may begin as soon as the process has memory. */
  readonly #waiting = new Set<AnswerAccount>();
  readonly turn: Turn;
  #usedBytes = 0;
  #granting = false;

  /** Default: 64 MiB. */
  constructor(clock: Pick<Clock, 'monotonicMs' | 'endOfTurn'>, limitBytes: number = SERVER_LIMITS.maxAnswerBytes) {
    this.turn = new Turn(clock);
    this.turn.onEnd(() => this.grant());
    this.limitBytes = limitBytes;
  }

  /** Bytes of answers that are being made or not read. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** True when connections that do not read must be closed, so that others can be served. */
  get isShort(): boolean {
    return this.#usedBytes >= this.limitBytes || (this.#waiting.size > 0 && this.#usedBytes >= this.limitBytes / 2);
  }

  /** True when no connection may gather more than a little. */
  get isHalfUsed(): boolean {
    return this.#usedBytes >= this.limitBytes / 2;
  }

  /** False when this turn has made answers for ANSWERING_MS; in a new turn always true. */
  get hasTime(): boolean {
    return this.turn.elapsedMs() < ANSWERING_MS;
  }

  /** Whether a connection that has so many bytes in memory may begin another answer. */
  mayBegin(ownBytes: number): boolean {
    return this.#usedBytes < (ownBytes === 0 ? this.limitBytes : this.limitBytes / 2);
  }

  change(bytes: number): void {
    this.#usedBytes += bytes;
  }

  enqueue(account: AnswerAccount): void {
    this.#waiting.add(account);
  }

  forget(account: AnswerAccount): void {
    this.#waiting.delete(account);
  }

  /** Lets work begin for which there is memory now. Work that ends at once makes room for more within the same call. */
  grant(): void {
    if (this.#granting || this.#waiting.size === 0) return;
    this.#granting = true;
    try {
      for (const account of this.#waiting) {
        if (this.#usedBytes >= this.limitBytes || !this.hasTime) break;
        this.#waiting.delete(account);
        // One with more work has its next turn after the others.
        if (account.beginOne()) this.#waiting.add(account);
      }
    } finally {
      this.#granting = false;
    }
  }
}

/** The part of one connection in the memory for answers. */
export class AnswerAccount {
  readonly #memory: AnswerMemory;
  readonly #limitBytes: number;
  readonly #output: UnsentBytes;
  readonly #onServed: () => void;
  #reservedBytes = 0;
  /** Unsent bytes at the last `count`. */
  #countedBytes = 0;
  #waiters: Waiter[] = [];
  #isClosed = false;

  /** `limitBytes` is the connection's own bound; `onServed` runs when nothing waits any more. */
  constructor(memory: AnswerMemory, limitBytes: number, output: UnsentBytes, onServed: () => void) {
    this.#memory = memory;
    this.#limitBytes = limitBytes;
    this.#output = output;
    this.#onServed = onServed;
  }

  /** True while work of this connection waits for memory; then nothing more is read from it. */
  get isWaiting(): boolean {
    return this.#waiters.length > 0;
  }

  get #ownBytes(): number {
    return this.#reservedBytes + this.#output.unsentBytes;
  }

  get #mayBegin(): boolean {
    const own = this.#ownBytes;
    return own < this.#limitBytes && this.#memory.mayBegin(own);
  }

  /** Reserves memory for an answer; false when there is none, or other work of this connection waits for it. */
  reserve(bytes: number): boolean {
    if (this.#waiters.length > 0 || !this.#mayBegin || !this.#memory.hasTime) return false;
    this.#reservedBytes += bytes;
    this.#memory.change(bytes);
    return true;
  }

  /** Runs `go` as soon as the bytes are reserved; never when the connection closes before. */
  whenReserved(bytes: number, go: () => void): void {
    if (this.#isClosed) return;
    this.#waiters.push({ bytes, go });
    this.#memory.enqueue(this);
    this.#memory.grant();
  }

  release(bytes: number): void {
    if (bytes === 0) return;
    this.#reservedBytes -= bytes;
    this.#memory.change(-bytes);
    this.#memoryReleased();
  }

  /** Counts what has been laid out, or has been sent, since the last call. */
  count(): void {
    const unsent = this.#isClosed ? 0 : this.#output.unsentBytes;
    const change = unsent - this.#countedBytes;
    if (change === 0) return;
    this.#countedBytes = unsent;
    this.#memory.change(change);
    if (change < 0) this.#memoryReleased();
  }

  /** The connection is closed: what waits never begins. What is being made counts until it is released. */
  close(): void {
    this.#isClosed = true;
    this.#waiters = [];
    this.#memory.forget(this);
    this.count();
    this.#memory.grant();
  }

  /** Begins the oldest work that waits, if it may; true when there is more that may follow. */
  beginOne(): boolean {
    const waiter = this.#waiters[0];
    if (waiter === undefined || !this.#mayBegin) return false;
    this.#waiters.shift();
    this.#reservedBytes += waiter.bytes;
    this.#memory.change(waiter.bytes);
    waiter.go();
    if (this.#waiters.length === 0 && !this.#isClosed) this.#onServed();
    return this.#waiters.length > 0;
  }

  #memoryReleased(): void {
    if (this.#waiters.length > 0) this.#memory.enqueue(this);
    this.#memory.grant();
  }
}
