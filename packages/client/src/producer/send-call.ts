import type { MessageQueue } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import type { OutgoingMessage } from '../message/outgoing.ts';
import { type Choice, isBatch } from './message-sender.ts';
import type { QueueSelector } from './selectors.ts';

/** Which queue a message is sent to. Neither: queues in turn, with retries. At most one of both. */
export interface QueueChoice<T = string | Uint8Array> {
  /** Exactly this queue; no retries unless a send asks for them. */
  readonly queue?: MessageQueue | undefined;
  /** Asked with all writable queues of the topic; no retries unless a send asks for them. For a batch `message` is its first. */
  readonly select?: QueueSelector<T> | undefined;
}

/** What one send has of its own. */
export interface SendCall<T = string | Uint8Array> extends QueueChoice<T> {
  /**
   * With `queue` or `select`: attempts as for other sends (`retryTimesWhenSendFailed`), all on the chosen queue, which is chosen
   * again when the route changes. For ordered messages that are to outlive a short absence of their broker. Default false.
   */
  readonly retryChosen?: boolean | undefined;
  /** Time for the whole send, retries included, once it is under way. Default: the producer's `sendTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait; a message that was sent may be stored nevertheless. */
  readonly signal?: AbortSignal | undefined;
}

/** What one request has of its own. */
export interface RequestCall<T = string | Uint8Array> extends QueueChoice<T> {
  /** Time for the send and the reply together, from the call on. Default: the producer's `sendTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait; a request that was sent may be handled nevertheless. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of the body, or of the bodies of a batch. */
export function bytesOf(message: OutgoingMessage | readonly OutgoingMessage[]): number {
  if (!('length' in message)) return message.bodyBytes;
  let bytes = 0;
  for (const part of message) bytes += part.bodyBytes;
  return bytes;
}

/** Throws ClientError `OPTION_ILLEGAL`. */
export function timeoutOf(asked: number | undefined, fallback: number): number {
  if (asked === undefined || (asked > 0 && Number.isFinite(asked))) return asked ?? fallback;
  throw new ClientError('OPTION_ILLEGAL', `The option timeoutMs of a send is ${asked}, but must be above 0.`, {
    facts: { option: 'timeoutMs' },
  });
}

/** Copies what the caller may change before it is the send's turn. */
export function choiceOf<T>(message: Message<T> | readonly Message<T>[], choice: QueueChoice<T>): Choice | undefined {
  const { queue, select } = choice;
  if (queue === undefined && select === undefined) return undefined;
  if (queue !== undefined && select !== undefined) {
    throw new ClientError('OPTION_ILLEGAL', 'A send takes `queue` or `select`, not both.', {
      facts: { option: 'select' },
    });
  }
  if (queue !== undefined) {
    const { topic, brokerName, queueId } = queue;
    return () => ({ topic, brokerName, queueId });
  }
  const first = { ...(isBatch(message) ? message[0]! : message) };
  return (queues) => select!([...queues], first);
}
