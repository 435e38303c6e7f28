import { type Clock, sleep } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import { RemotingError } from '@rocketmq-ts/remoting';
import { BrokerError, ClientError } from '../errors.ts';
import type { BrokerHealth, PublishQueues } from '../route/publish-queues.ts';
import type { SendSettings } from './producer-options.ts';
import type { SendResult } from './send-result.ts';

/** Pause when every broker was tried without success; doubled each time up to the largest, and never more than a quarter of what is left. */
const FIRST_PAUSE_MS = 50;
const LARGEST_PAUSE_MS = 500;
/** With less time left nothing more is tried. */
const LEAST_ATTEMPT_MS = 20;

/** What one send with retries needs; the attempt itself is handed in. */
export interface SendLoop
  extends Pick<SendSettings, 'attemptTimeoutMs' | 'retryAnotherBrokerWhenNotStoreOk' | 'retryResponseCodes'> {
  readonly clock: Clock;
  readonly topic: string;
  readonly queues: PublishQueues;
  /** Undefined: brokers are not judged by their latency. */
  readonly health: BrokerHealth | undefined;
  /** 1 + retries. */
  readonly attempts: number;
  /** On the monotonic clock; when the caller's budget started. */
  readonly startMs: number;
  /** Budget of all attempts together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Aborts when the producer makes no further attempts. */
  readonly stopping: AbortSignal | undefined;
  attempt(queue: MessageQueue, timeoutMs: number): Promise<SendResult>;
  /** Called after every attempt. */
  record(brokerName: string, latencyMs: number, outcome: AttemptOutcome): void;
  /** Asks for the route again while all brokers are pausing: one that was started anew may have another address. Never rejects. */
  refresh(): Promise<PublishQueues>;
}

export type AttemptOutcome = 'answered' | 'transport' | 'refused' | 'client';

/**
 * Sends with retries: on another broker at once while there is one that was not tried, else after a pause. An attempt that
 * could not connect sent nothing and is not counted, so a broker that comes back within the time gets the message; with no
 * retries allowed there is one attempt. Resolves with the first stored result, or with an earlier one that was stored but
 * not flushed or copied in time, when nothing better follows. Rejects with BrokerError (a code that no retry helps against),
 * RemotingError (a request that cannot be made), ClientError `SEND_TIMEOUT`, `SEND_FAILED`, `STOPPED` or `ABORTED`.
 * Source: DefaultMQProducerImpl#sendDefaultImpl, which does not pause.
 */
export async function sendWithRetries(loop: SendLoop): Promise<SendResult> {
  let failure: unknown;
  let stored: SendResult | undefined;
  const round = new Round(loop);
  for (let counted = 0; counted < loop.attempts; ) {
    if (loop.signal?.aborted) throw aborted(loop.signal, round.tried.length === 0 ? 'unsent' : 'sent', loop.topic);
    const queue = round.next();
    if (queue === undefined) break;
    const beginMs = loop.clock.monotonicMs();
    const leftMs = round.leftMs;
    if (leftMs <= 0) break;
    round.tried.push(queue.brokerName);
    const capMs = counted + 1 < loop.attempts ? (loop.attemptTimeoutMs ?? leftMs) : leftMs;
    try {
      const result = await loop.attempt(queue, Math.min(leftMs, capMs));
      loop.record(queue.brokerName, loop.clock.monotonicMs() - beginMs, 'answered');
      if (result.sendStatus === 'SEND_OK' || !loop.retryAnotherBrokerWhenNotStoreOk) return result;
      stored = result;
      counted++;
    } catch (error) {
      failure = error;
      const kind = kindOf(error);
      if (kind === undefined) throw error;
      loop.record(queue.brokerName, loop.clock.monotonicMs() - beginMs, kind);
      if (isFinal(loop, error)) {
        if (stored !== undefined) return stored;
        throw error;
      }
      if (sentSomething(error) || loop.attempts === 1) counted++;
    }
    if (counted < loop.attempts && !(await round.another())) break;
  }
  if (stored !== undefined) return stored;
  throw exhausted(loop, round, failure);
}

/** The error of a wait that the caller ended. */
export function aborted(signal: AbortSignal, when: 'unsent' | 'sent', topic?: string): ClientError {
  const text =
    when === 'unsent'
      ? 'The caller ended the wait before the message was sent.'
      : 'The caller ended the wait; the broker may have stored the message.';
  return new ClientError('ABORTED', text, { cause: signal.reason, facts: { topic, perhapsStored: when === 'sent' } });
}

/** Which brokers were tried since the last pause. */
class Round {
  /** Broker of every attempt. */
  readonly tried: string[] = [];
  readonly #loop: SendLoop;
  #queues: PublishQueues;
  /** Length of `tried` at the last pause. */
  #start = 0;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(loop: SendLoop) {
    this.#loop = loop;
    this.#queues = loop.queues;
  }

  get leftMs(): number {
    return this.#loop.timeoutMs - (this.#loop.clock.monotonicMs() - this.#loop.startMs);
  }

  /** A queue of a broker that was not tried in this round, if there is one, however slow it is. */
  next(): MessageQueue | undefined {
    const avoid = this.tried.at(-1);
    const queue = this.#queues.next(avoid, this.#loop.health);
    if (avoid === undefined || queue === undefined) return queue;
    const tried = new Set(this.tried.slice(this.#start));
    if (!tried.has(queue.brokerName)) return queue;
    return this.#queues.queues.find((other) => !tried.has(other.brokerName)) ?? queue;
  }

  /** Pauses when no broker of this round is left. False when the time does not suffice for another attempt. */
  async another(): Promise<boolean> {
    const { clock, signal, stopping } = this.#loop;
    if (this.leftMs < LEAST_ATTEMPT_MS) return false;
    const tried = new Set(this.tried.slice(this.#start));
    if (this.#queues.queues.some((queue) => !tried.has(queue.brokerName))) return true;
    const ends = [signal, stopping].filter((each) => each !== undefined);
    const pauseMs = Math.min(this.#pauseMs, this.leftMs / 4);
    const fetching = this.#loop.refresh().then((queues) => {
      if (queues.queues.length > 0) this.#queues = queues;
    });
    await sleep(clock, pauseMs, ends.length === 0 ? undefined : AbortSignal.any(ends));
    if (stopping?.aborted)
      throw new ClientError('STOPPED', 'The producer was stopped before another attempt.', {
        facts: { topic: this.#loop.topic, perhapsStored: this.tried.length > 0 },
      });
    // A name server that does not answer must not hold the next attempt.
    await Promise.race([fetching, sleep(clock, 0)]);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LARGEST_PAUSE_MS);
    this.#start = this.tried.length;
    return this.leftMs >= LEAST_ATTEMPT_MS;
  }
}

function kindOf(error: unknown): Exclude<AttemptOutcome, 'answered'> | undefined {
  if (error instanceof BrokerError) return 'refused';
  if (error instanceof RemotingError) return 'transport';
  if (error instanceof ClientError) return 'client';
  return undefined;
}

/** True for a failure that no further attempt helps against. */
function isFinal(loop: SendLoop, error: unknown): boolean {
  if (error instanceof BrokerError) return !loop.retryResponseCodes.has(error.responseCode);
  if (error instanceof RemotingError) return !error.retryable;
  return error instanceof ClientError && (error.code === 'ABORTED' || !error.retryable);
}

/** False when the attempt surely left this process with nothing. */
function sentSomething(error: unknown): boolean {
  if (error instanceof RemotingError) return error.code !== 'CONNECT_FAILED' && error.code !== 'TOO_MANY_REQUESTS';
  return !(error instanceof ClientError);
}

function exhausted(loop: SendLoop, round: Round, failure: unknown): ClientError {
  const { tried, leftMs } = round;
  const spentMs = Math.round(loop.clock.monotonicMs() - loop.startMs);
  const names = [...new Set(tried)];
  const where = names.length === 0 ? 'no broker was tried' : `brokers tried: ${names.join(', ')}`;
  const last = failure instanceof Error ? ` The last failure: ${failure.message}` : '';
  const options = {
    cause: failure,
    facts: { topic: loop.topic, brokerName: tried.at(-1), tried: names, attempts: tried.length, spentMs },
  };
  if (leftMs <= 0) {
    const text = `Sending to topic ${loop.topic} took ${spentMs} ms of ${Math.round(loop.timeoutMs)} ms; ${where}.${last}`;
    return new ClientError('SEND_TIMEOUT', text, options);
  }
  const times = tried.length === 1 ? 'once' : `${tried.length} times`;
  const text = `Sending to topic ${loop.topic} failed ${times} in ${spentMs} ms; ${where}.${last}`;
  return new ClientError('SEND_FAILED', text, options);
}
