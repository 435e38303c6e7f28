import { type Clock, sleep } from '@rocketmq-ts/kernel';
import { ClientError } from '../errors.ts';
import type { SendSettings } from './producer-options.ts';
import { aborted } from './send-loop.ts';

type SendWindowLimits = Pick<SendSettings, 'maxInFlight' | 'maxInFlightBytes' | 'maxWaitingSends'>;

/** Lets a send keep its place after its promise is settled; the returned function gives the place back. */
export type KeepPlace = () => () => void;

interface Entry {
  /** 0 once its place is kept by others beyond its end. */
  bytes: number;
  /** Undefined once it is dispatched or cancelled, so that a settled send retains no memory. */
  work: ((keepPlace: KeepPlace) => Promise<unknown>) | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** Its place in `#inFlight`. */
  at: number;
  /** Stops listening to the caller's signal; only while it waits. */
  unlisten: (() => void) | undefined;
}

/**
 * Bounds the sends of a producer that are under way, by count and by bytes of bodies; later ones wait for their turn in the
 * order in which they came. A send that alone is larger than the bound in bytes starts when nothing else is under way.
 */
export class SendWindow {
  readonly #limits: SendWindowLimits;
  /**
   * In any order. Not a set: V8 links each table that a set has outgrown to the next one, so that one old table keeps all
   * later ones, with every send in them, until the next full collection.
   */
  readonly #inFlight: Entry[] = [];
  #inFlightBytes = 0;
  /** In order; cancelled ones stay until they are at the head. */
  #queue: Entry[] = [];
  #head = 0;
  #waiting = 0;
  /** Places that are kept beyond the end of their send. */
  #kept = 0;
  #idle: (() => void)[] = [];
  readonly #full: () => void;

  /** `full` is called for each send that has to wait. */
  constructor(limits: SendWindowLimits, full: () => void = () => {}) {
    this.#limits = limits;
    this.#full = full;
  }

  /** Sends that hold a place now. */
  get inFlight(): number {
    return this.#inFlight.length + this.#kept;
  }

  /** Bytes of bodies that hold a place now. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Sends that wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs `work` when there is room and settles as it does. Rejects with ClientError `TOO_MANY_SENDS` when too many wait, and
   * with `ABORTED` when the signal aborts before its turn.
   */
  add<T>(bytes: number, signal: AbortSignal | undefined, work: (keepPlace: KeepPlace) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const entry: Entry = { bytes, work, resolve, reject, at: -1, unlisten: undefined };
      if (this.#waiting === 0 && this.#hasRoom(bytes)) this.#dispatch(entry);
      else if (signal?.aborted === true) reject(aborted(signal, 'unsent'));
      else if (this.#waiting >= this.#limits.maxWaitingSends) reject(tooMany(this.#waiting, this.inFlight));
      else this.#enqueue(entry, signal);
    });
  }

  /**
   * Resolves when nothing is under way or waits any more, or when the time is over: then what waits is rejected with
   * ClientError `STOPPED` as not sent, and what is under way as perhaps stored.
   */
  async drain(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.#busy()) {
      const drained = new AbortController();
      this.#idle.push(() => drained.abort());
      await sleep(clock, timeoutMs, drained.signal);
    }
    if (this.#busy()) this.#giveUp(timeoutMs);
  }

  #enqueue(entry: Entry, signal: AbortSignal | undefined): void {
    this.#queue.push(entry);
    this.#waiting++;
    this.#full();
    if (signal === undefined) return;
    const onAbort = (): void => {
      entry.work = undefined;
      this.#waiting--;
      entry.reject(aborted(signal, 'unsent'));
      this.#report();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    entry.unlisten = () => signal.removeEventListener('abort', onAbort);
  }

  #dispatch(entry: Entry): void {
    const work = entry.work!;
    entry.work = undefined;
    entry.unlisten?.();
    entry.unlisten = undefined;
    entry.at = this.#inFlight.push(entry) - 1;
    this.#inFlightBytes += entry.bytes;
    work(() => this.#keep(entry)).then(
      (value) => {
        entry.resolve(value as never);
        this.#end(entry);
      },
      (error: unknown) => {
        entry.reject(error);
        this.#end(entry);
      },
    );
  }

  #keep(entry: Entry): () => void {
    const { bytes } = entry;
    entry.bytes = 0;
    this.#kept++;
    return () => {
      this.#kept--;
      this.#inFlightBytes -= bytes;
      this.#next();
    };
  }

  #end(entry: Entry): void {
    const last = this.#inFlight.pop()!;
    if (last !== entry) {
      this.#inFlight[entry.at] = last;
      last.at = entry.at;
    }
    this.#inFlightBytes -= entry.bytes;
    this.#next();
  }

  #next(): void {
    while (this.#head < this.#queue.length) {
      const entry = this.#queue[this.#head]!;
      if (entry.work !== undefined) {
        if (!this.#hasRoom(entry.bytes)) break;
        this.#waiting--;
        this.#dispatch(entry);
      }
      this.#head++;
    }
    // Cut in large pieces, so that the cost of a send stays the same however many wait.
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 4096 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    this.#report();
  }

  #hasRoom(bytes: number): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    if (this.inFlight === 0) return true;
    return this.inFlight < maxInFlight && this.#inFlightBytes + bytes <= maxInFlightBytes;
  }

  #busy(): boolean {
    return this.#inFlight.length > 0 || this.#waiting > 0;
  }

  #report(): void {
    if (this.#idle.length > 0 && !this.#busy()) for (const idle of this.#idle.splice(0)) idle();
  }

  #giveUp(timeoutMs: number): void {
    const seconds = `the ${Math.round(timeoutMs)} ms that \`stop\` waits (awaitTerminationMs)`;
    for (let at = this.#head; at < this.#queue.length; at++) {
      const entry = this.#queue[at]!;
      if (entry.work === undefined) continue;
      entry.work = undefined;
      entry.unlisten?.();
      entry.reject(stopped(`The message waited for its turn until ${seconds} were over, and was not sent.`, false));
    }
    this.#queue = [];
    this.#head = 0;
    this.#waiting = 0;
    for (const entry of this.#inFlight) {
      entry.reject(stopped(`No answer came within ${seconds}; the broker may have stored the message.`, true));
    }
  }
}

function stopped(text: string, perhapsStored: boolean): ClientError {
  return new ClientError('STOPPED', text, { facts: { perhapsStored } });
}

function tooMany(waiting: number, inFlight: number): ClientError {
  return new ClientError(
    'TOO_MANY_SENDS',
    `${waiting} sends wait while ${inFlight} are under way; this one was not sent.`,
    { facts: { waiting, inFlight } },
  );
}
