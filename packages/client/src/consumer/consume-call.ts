import type { MessageQueue } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { MessageExt } from '../message/message-ext.ts';
import type { ConsumeContext } from './listener.ts';

/** A message that is handled, whatever becomes of the call. */
const HANDLED = -2;

/** One call of a concurrent listener: what it sets, and what it says of single messages. */
export class ConsumeCall implements ConsumeContext {
  readonly messageQueue: MessageQueue;
  delayLevelWhenNextConsume = 0;
  ackIndex = Number.MAX_SAFE_INTEGER;
  readonly signal: AbortSignal;
  readonly #messages: readonly MessageExt<unknown>[];
  /** By index: HANDLED, or the delay level after which it comes again. Made at the first use. */
  #marks: Map<number, number> | undefined;

  constructor(messageQueue: MessageQueue, signal: AbortSignal, messages: readonly MessageExt<unknown>[]) {
    this.messageQueue = messageQueue;
    this.signal = signal;
    this.#messages = messages;
  }

  ack(message: MessageExt<unknown>): void {
    this.#mark(message, HANDLED);
  }

  retry(message: MessageExt<unknown>, delayLevel = 0): void {
    if (!Number.isInteger(delayLevel) || delayLevel < -1 || delayLevel > 18)
      throw new ClientError(
        'OPTION_ILLEGAL',
        `The delay level is ${delayLevel}, but must be a whole number, -1 to 18.`,
        { facts: { option: 'delayLevel' } },
      );
    this.#mark(message, delayLevel);
  }

  /** Whether the listener has said something of single messages. */
  get marked(): boolean {
    return this.#marks !== undefined;
  }

  /** The delay level with which a message fails; undefined when it is handled. Those that nothing was said of are as all before `ackIndex`. */
  failureOf(index: number, ackIndex: number, delayLevel: number): number | undefined {
    const mark = this.#marks?.get(index);
    if (mark !== undefined) return mark === HANDLED ? undefined : mark;
    return index <= ackIndex ? undefined : delayLevel;
  }

  #mark(message: MessageExt<unknown>, mark: number): void {
    const index = this.#messages.indexOf(message);
    if (index < 0)
      throw new ClientError('OPTION_ILLEGAL', 'The message is not one of those that the listener was called with.', {
        facts: { option: 'message' },
      });
    this.#marks ??= new Map();
    this.#marks.set(index, mark);
  }
}
