import type { Clock } from '@rocketmq-ts/kernel';
import type { StatusEventBase, StatusReport } from './status-events.ts';
import { statusLimits } from './status-limits.ts';

/** What one reading of `status()` has of its own. */
export interface StatusCall {
  /** Ends the stream: a loop over it ends. */
  readonly signal?: AbortSignal | undefined;
}

/** Events from the call of `status` on. A loop over it ends when the client has stopped; `break` ends it before. */
export interface StatusStream<Event> extends AsyncIterableIterator<Event>, AsyncDisposable {
  [Symbol.asyncIterator](): StatusStream<Event>;
}

/** Gives the events of one client to all that read them. Without a reader nothing is made or kept. */
export class StatusHub<Event extends StatusEventBase<string>> {
  readonly #clock: Clock;
  readonly #readers = new Set<Reader<Event>>();
  /** How things are now, for a reader that begins. Undefined unless the client runs. */
  #current: (() => readonly StatusReport<Event>[]) | undefined;
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether anybody reads: callers make no event otherwise. */
  get active(): boolean {
    return this.#readers.size > 0;
  }

  emit(report: StatusReport<Event>): void {
    if (this.#readers.size === 0) return;
    const event = { ...report, timeMs: this.#clock.now(), missed: 0 } as unknown as Event;
    for (const reader of this.#readers) reader.push(event);
  }

  /** The client runs from now on; `current` is reported to readers, also to those that begin later. */
  begin(current: () => readonly StatusReport<Event>[]): void {
    this.#current = current;
    if (this.active) for (const report of current()) this.emit(report);
  }

  /** The client runs no more, but may be started again. */
  pause(): void {
    this.#current = undefined;
  }

  /** No more events come: readers get those that they have, and end. */
  end(): void {
    this.#ended = true;
    this.#current = undefined;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }

  read({ signal }: StatusCall = {}): StatusStream<Event> {
    const reader = new Reader<Event>(() => this.#readers.delete(reader), signal);
    if (this.#ended || signal?.aborted === true) {
      reader.end();
      return reader;
    }
    for (const report of this.#current?.() ?? [])
      reader.push({ ...report, timeMs: this.#clock.now(), missed: 0 } as unknown as Event);
    this.#readers.add(reader);
    return reader;
  }
}

type Next<Event> = IteratorResult<Event, void>;

const DONE: Next<never> = { done: true, value: undefined };

/** One reader with the events that it has not read yet. */
class Reader<Event extends StatusEventBase<string>> implements StatusStream<Event> {
  #events: Event[] = [];
  /** Dropped before the first of `#events`. */
  #missed = 0;
  #ended = false;
  /** Calls of `next` that wait, the first one first; no event is kept while there are some. */
  #waiting: ((next: Next<Event>) => void)[] = [];
  readonly #left: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.#leave();

  /** `left` is called when the reader wants no more. */
  constructor(left: () => void, signal: AbortSignal | undefined) {
    this.#left = left;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  push(event: Event): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ done: false, value: event });
      return;
    }
    this.#events.push(event);
    if (this.#events.length <= statusLimits.unread) return;
    this.#events.shift();
    this.#missed++;
  }

  end(): void {
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    for (const waiting of this.#waiting.splice(0)) waiting(DONE);
  }

  next(): Promise<Next<Event>> {
    const event = this.#events.shift();
    if (event !== undefined) {
      const missed = this.#missed;
      this.#missed = 0;
      return Promise.resolve({ done: false, value: missed === 0 ? event : { ...event, missed } });
    }
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Next<Event>> {
    this.#leave();
    return Promise.resolve(DONE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #leave(): void {
    this.#events = [];
    this.#left();
    this.end();
  }
}
