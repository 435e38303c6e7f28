import type { Clock } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import { RemotingError } from '@rocketmq-ts/remoting';
import { BrokerError, ClientError } from '../errors.ts';
import type { BrokerHealth, PublishQueues } from '../route/publish-queues.ts';
import type { SendResult } from './send-result.ts';

/** What one send with retries needs; the attempt itself is handed in. */
export interface SendLoop {
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
  /** Cap of one attempt while another is left; undefined for none. */
  readonly attemptTimeoutMs: number | undefined;
  readonly retryAnotherBrokerWhenNotStoreOk: boolean;
  readonly retryResponseCodes: ReadonlySet<number>;
  readonly signal: AbortSignal | undefined;
  attempt(queue: MessageQueue, timeoutMs: number): Promise<SendResult>;
  /** Called after every attempt. */
  record(brokerName: string, latencyMs: number, outcome: AttemptOutcome): void;
}

export type AttemptOutcome = 'answered' | 'transport' | 'refused' | 'client';

/**
 * Sends with retries on other brokers. Resolves with the first stored result, or with an earlier one that was stored but
 * not flushed or copied in time, when nothing better came. Rejects with BrokerError (a code that no retry mends),
 * ClientError `SEND_TIMEOUT`, `SEND_FAILED` or `ABORTED`. Source: DefaultMQProducerImpl#sendDefaultImpl.
 */
export async function sendWithRetries(loop: SendLoop): Promise<SendResult> {
  let lastQueue: MessageQueue | undefined;
  let failure: unknown;
  let stored: SendResult | undefined;
  const tried: string[] = [];
  let outOfTime = false;
  for (let attempt = 1; attempt <= loop.attempts; attempt++) {
    if (loop.signal?.aborted) throw aborted(loop.signal);
    const queue = loop.queues.next(lastQueue?.brokerName, loop.health);
    if (queue === undefined) break;
    lastQueue = queue;
    const beginMs = loop.clock.monotonicMs();
    const leftMs = loop.timeoutMs - (beginMs - loop.startMs);
    if (leftMs <= 0) {
      outOfTime = true;
      break;
    }
    tried.push(queue.brokerName);
    const capMs = attempt < loop.attempts ? (loop.attemptTimeoutMs ?? leftMs) : leftMs;
    try {
      const result = await loop.attempt(queue, Math.min(leftMs, capMs));
      loop.record(queue.brokerName, loop.clock.monotonicMs() - beginMs, 'answered');
      if (result.sendStatus === 'SEND_OK' || !loop.retryAnotherBrokerWhenNotStoreOk) return result;
      stored = result;
    } catch (error) {
      failure = error;
      const kind = kindOf(error);
      if (kind === undefined) throw error;
      loop.record(queue.brokerName, loop.clock.monotonicMs() - beginMs, kind);
      if (error instanceof ClientError && error.code === 'ABORTED') throw error;
      if (error instanceof BrokerError && !loop.retryResponseCodes.has(error.responseCode)) {
        if (stored !== undefined) return stored;
        throw error;
      }
    }
  }
  if (stored !== undefined) return stored;
  throw exhausted(loop, tried, failure, outOfTime);
}

/** The error of a wait that the caller ended. */
export function aborted(signal: AbortSignal): ClientError {
  return new ClientError('ABORTED', 'The caller ended the wait.', { cause: signal.reason });
}

function kindOf(error: unknown): Exclude<AttemptOutcome, 'answered'> | undefined {
  if (error instanceof BrokerError) return 'refused';
  if (error instanceof RemotingError) return 'transport';
  if (error instanceof ClientError) return 'client';
  return undefined;
}

function exhausted(loop: SendLoop, tried: readonly string[], failure: unknown, outOfTime: boolean): ClientError {
  const spentMs = Math.round(loop.clock.monotonicMs() - loop.startMs);
  const where = tried.length === 0 ? 'no broker was tried' : `brokers tried: ${tried.join(', ')}`;
  const last = failure instanceof Error ? ` Last failure: ${failure.message}` : '';
  const facts = { topic: loop.topic, tried, spentMs };
  return outOfTime
    ? new ClientError(
        'SEND_TIMEOUT',
        `Sending to topic ${loop.topic} took ${spentMs} ms of ${loop.timeoutMs} ms; ${where}.${last}`,
        { cause: failure, facts },
      )
    : new ClientError(
        'SEND_FAILED',
        `Sending to topic ${loop.topic} failed ${tried.length} times in ${spentMs} ms; ${where}.${last}`,
        { cause: failure, facts },
      );
}
