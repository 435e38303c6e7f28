import type { Logger } from '@rocketmq-ts/kernel';
import type { PromiseRefusal, ReplicationPromise } from './replication-promise.ts';

/**
 * CREATED: not open. RUNNING: open. READ_ONLY: a write or a flush failed in a way that leaves the page cache in doubt, so
 * nothing is promised any more until the store is opened again; reads are served. STOPPED: closed for ever.
 */
export type StoreState = 'CREATED' | 'RUNNING' | 'READ_ONLY' | 'STOPPED';

/** From each state, those that may follow. */
export const STORE_MOVES: Readonly<Record<StoreState, readonly StoreState[]>> = {
  CREATED: ['RUNNING', 'STOPPED'],
  RUNNING: ['READ_ONLY', 'STOPPED'],
  READ_ONLY: ['STOPPED'],
  STOPPED: [],
};

/**
 * Why a store that is RUNNING takes no puts for the time being; each is raised and lowered by the part that sees it; everything
 * else is served. Source: RunningFlags (diskFull, logicDiskFull, writeLogicsQueueError).
 * DISK_RATIO: the disk is fuller than the warning ratio. NO_SPACE: the system refused a write or a file for want of space
 * or handles. QUEUES_UNWRITTEN: the disk takes no consume queues, and as many units as may be wait in memory. CUTTING: the end
 * of the log is being cut off. UNCONFIRMED: as many records as may be wait in memory until replicas have them.
 */
export type NotWriteableReason = 'DISK_RATIO' | 'NO_SPACE' | 'QUEUES_UNWRITTEN' | 'CUTTING' | 'UNCONFIRMED';

/** Reasons that hold against the log of another store as well. */
const AGAINST_RAW: readonly NotWriteableReason[] = ['NO_SPACE', 'QUEUES_UNWRITTEN', 'CUTTING'];

/** Whether a store takes puts: its state, and the reasons against it. Each change is one log line. */
export class RunningState {
  readonly #logger: Logger;
  readonly #reasons = new Map<NotWriteableReason, string>();
  #state: StoreState = 'CREATED';
  /** Why the store is READ_ONLY. */
  failure: Error | undefined;
  /** Kept beside the state, the reasons and the promise, since every put asks. */
  #refusal: PromiseRefusal | undefined = 'SERVICE_NOT_AVAILABLE';
  #refusalOfWaiting: PromiseRefusal | undefined = 'SERVICE_NOT_AVAILABLE';
  /** Of the promise. */
  #promised: PromiseRefusal | undefined;
  #promisedBecause = '';

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get state(): StoreState {
    return this.#state;
  }

  /** True when puts are taken: RUNNING, and no reason against it. With too few replicas those that do not wait are taken. */
  get writable(): boolean {
    return this.#refusal === undefined;
  }

  /** Why a put is refused; undefined when it is taken. */
  refusalOf(waits: boolean): PromiseRefusal | undefined {
    return waits ? this.#refusalOfWaiting : this.#refusal;
  }

  /** True when the log of another store is taken: that is as safe there, so that this disk may become fuller than for puts. */
  get takesRaw(): boolean {
    return this.#state === 'RUNNING' && !AGAINST_RAW.some((reason) => this.#reasons.has(reason));
  }

  /** Why puts are refused, in plain words; undefined when all are taken. */
  get notWritableBecause(): string | undefined {
    if (this.#refusalOfWaiting === undefined) return undefined;
    if (this.#state !== 'RUNNING') return `the store is ${this.#state}`;
    const reasons = [...this.#reasons.values()];
    if (this.#promised !== undefined) reasons.push(this.#promisedBecause);
    return reasons.join('; ');
  }

  /** The promise refuses puts, or not any more. Each change is one log line. */
  promise({ refusal, because }: ReplicationPromise): void {
    const before = this.#promised;
    this.#promised = refusal;
    this.#promisedBecause = because ?? (refusal === undefined ? '' : PROMISE_REASONS[refusal]);
    this.#see();
    if (refusal === before) return;
    const fields = { refusal: refusal ?? 'none', because: this.#promisedBecause };
    if (refusal === undefined) this.#logger.info('replication allows puts again', { before });
    else this.#logger.info('replication does not allow puts for now', fields);
  }

  /** Moves to another state; a move that the table does not have is a mistake in the program. */
  transitionTo(next: StoreState): void {
    if (!STORE_MOVES[this.#state].includes(next)) {
      throw new Error(`a store that is ${this.#state} can't become ${next}`);
    }
    this.#logger.debug('the store changes its state', { from: this.#state, to: next });
    this.#state = next;
    this.#see();
  }

  /** A write or a flush failed: nothing is promised any more until the store is opened again. */
  fail(error: Error): void {
    if (this.#state === 'RUNNING') this.transitionTo('READ_ONLY');
    this.failure = error;
  }

  /** Refuses puts for a reason, until it is lowered. Raised again it may get another text, without a line. */
  raise(reason: NotWriteableReason, text: string): void {
    if (!this.#reasons.has(reason)) this.#logger.warn('the store takes no puts for now', { reason, because: text });
    this.#reasons.set(reason, text);
    this.#see();
  }

  lower(reason: NotWriteableReason): void {
    const text = this.#reasons.get(reason);
    if (text === undefined) return;
    this.#reasons.delete(reason);
    this.#see();
    this.#logger.info(this.writable ? 'the store takes puts again' : 'a reason against puts has ended', { reason });
  }

  isRaised(reason: NotWriteableReason): boolean {
    return this.#reasons.has(reason);
  }

  #see(): void {
    const isOpen = this.#state === 'RUNNING' && this.#reasons.size === 0;
    this.#refusalOfWaiting = isOpen ? this.#promised : 'SERVICE_NOT_AVAILABLE';
    this.#refusal = this.#refusalOfWaiting === 'IN_SYNC_REPLICAS_NOT_ENOUGH' ? undefined : this.#refusalOfWaiting;
  }
}

/** Where the promise itself names no reason. */
const PROMISE_REASONS: Readonly<Record<PromiseRefusal, string>> = {
  IN_SYNC_REPLICAS_NOT_ENOUGH: 'fewer replicas are in sync than required',
  SERVICE_NOT_AVAILABLE: 'this broker takes no messages in its role',
};
