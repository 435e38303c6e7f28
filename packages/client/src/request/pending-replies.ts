import type { Clock, Random, Timer } from '@rocketmq-ts/kernel';
import { ClientError } from '../errors.ts';
import type { MessageExt } from '../message/message-ext.ts';

/** How often the requests that wait are looked at; a time-out is late by this much at the most. */
const SWEEP_PERIOD_MS = 50;

/** A request whose reply is awaited. */
export interface PendingRequest {
  readonly correlationId: string;
  readonly topic: string;
  readonly timeoutMs: number;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** A broker has stored it. */
  sent: boolean;
  readonly resolve: (reply: MessageExt) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The requests of one producer that wait for their replies, by correlation id. One timer watches over the time of all of them,
 * and runs only while there are any. Source: RequestFutureHolder.
 */
export class PendingReplies {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #most: number;
  readonly #byId = new Map<string, PendingRequest>();
  #timer: Timer | undefined;

  /** `most`: so many wait at a time. */
  constructor(clock: Clock, random: Random, most: number) {
    this.#clock = clock;
    this.#random = random;
    this.#most = most;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(correlationId: string): boolean {
    return this.#byId.has(correlationId);
  }

  /** Waits for a reply from now on; `begin` gets the request at once. Rejects with ClientError `TOO_MANY_REQUESTS`, `REPLY_TIMEOUT`, or as `fail` is called. */
  add(topic: string, timeoutMs: number, begin: (request: PendingRequest) => void): Promise<MessageExt> {
    return new Promise((resolve, reject) => {
      if (this.#byId.size >= this.#most) return reject(tooMany(topic, this.#byId.size));
      const correlationId = uuid(this.#random);
      const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
      const request = { correlationId, topic, timeoutMs, deadlineMs, sent: false, resolve, reject };
      this.#byId.set(correlationId, request);
      this.#timer ??= this.#clock.every(SWEEP_PERIOD_MS, () => this.#sweep());
      begin(request);
    });
  }

  /** Hands a reply to its request; false when none waits for it: it is late, a second one, or not for us. */
  take(correlationId: string, reply: MessageExt): boolean {
    const request = this.#remove(correlationId);
    request?.resolve(reply);
    return request !== undefined;
  }

  /** Ends the wait of a request, if it still waits. */
  fail(correlationId: string, error: unknown): void {
    this.#remove(correlationId)?.reject(error);
  }

  failAll(errorOf: (request: PendingRequest) => ClientError): void {
    for (const request of [...this.#byId.values()]) this.fail(request.correlationId, errorOf(request));
  }

  #remove(correlationId: string): PendingRequest | undefined {
    const request = this.#byId.get(correlationId);
    this.#byId.delete(correlationId);
    if (this.#byId.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    return request;
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const request of this.#byId.values())
      if (request.deadlineMs <= now) this.fail(request.correlationId, timedOut(request));
  }
}

function timedOut({ topic, correlationId, timeoutMs, sent }: PendingRequest): ClientError {
  const where = sent ? 'a broker has the request' : 'the request is not known to be stored';
  const text = `No reply to the request to topic ${topic} came within ${Math.round(timeoutMs)} ms; ${where}.`;
  return new ClientError('REPLY_TIMEOUT', text, { facts: { topic, correlationId, sent, responseCode: 10006 } });
}

function tooMany(topic: string, waiting: number): ClientError {
  return new ClientError('TOO_MANY_REQUESTS', `${waiting} requests wait for their replies already.`, {
    facts: { topic, waiting },
  });
}

/** Version 4: random, so that nobody can guess the id of a request and reply to it. */
function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
