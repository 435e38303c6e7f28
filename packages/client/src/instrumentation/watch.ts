import type { Clock, Logger } from '@rocketmq-ts/kernel';
import type { Message } from '../message/message.ts';
import type { MessageExt } from '../message/message-ext.ts';
import type { ClientSettings } from '../options.ts';
import type { SendResult } from '../producer/send-result.ts';
import type { Nothing } from '../user-code.ts';
import type {
  ClientInstrumentation,
  ConsumeFacts,
  RunningConsumer,
  SendFacts,
  SettleFacts,
} from './instrumentation.ts';

/** The user's instrumentation, which must not disturb a client. */
export class Watcher {
  readonly #instrumentation: ClientInstrumentation;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(instrumentation: ClientInstrumentation, clock: Clock, logger: Logger) {
    this.#instrumentation = instrumentation;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Sends with what the instrumentation adds to the messages. Settles as `send` does. */
  send<Result extends SendResult | MessageExt | Nothing, Given extends Message<unknown> | readonly Message<unknown>[]>(
    given: Given,
    facts: Omit<SendFacts, 'topic' | 'messages'>,
    send: (message: Given) => Promise<Result>,
  ): Promise<Result> {
    const messages: readonly Message<unknown>[] = Array.isArray(given) ? given : [given as Message<unknown>];
    const topic = (messages[0] as Message<unknown> | null | undefined)?.topic;
    // What is no message is refused by the send itself.
    if (typeof topic !== 'string' || messages.some((each) => typeof each !== 'object' || each === null))
      return send(given);
    const watch = this.#guard(() => this.#instrumentation.sending?.({ ...facts, topic, messages }));
    if (watch === undefined) return send(given);
    const beganMs = this.#clock.monotonicMs();
    const ended = (result: Result | undefined, error: unknown): void =>
      void this.#guard(() => watch.ended({ result: result ?? undefined, error, tookMs: this.#since(beganMs) }));
    const { properties } = watch;
    const sent = send(properties === undefined ? given : withProperties(given, properties));
    sent.then(
      (result) => ended(result, undefined),
      (error) => ended(undefined, error),
    );
    return sent;
  }

  /** Calls a listener; the second function is to be called with the outcome. */
  process<Answer>(
    facts: () => ConsumeFacts,
    listener: () => Answer,
  ): [Answer, (failed: number, error: unknown) => void] {
    const watch = this.#guard(() => this.#instrumentation.processing?.(facts()));
    if (watch === undefined) return [listener(), () => {}];
    const beganMs = this.#clock.monotonicMs();
    const ended = (failed: number, error: unknown): void =>
      void this.#guard(() => watch.ended({ failed, error, tookMs: this.#since(beganMs) }));
    let called: { readonly answer: Answer } | { readonly thrown: unknown } | undefined;
    this.#guard(() =>
      watch.run(() => {
        try {
          called = { answer: listener() };
        } catch (thrown) {
          called = { thrown };
        }
      }),
    );
    // It did not do what it must: the messages are handled all the same.
    if (called === undefined) return [listener(), ended];
    if ('thrown' in called) {
      const { thrown } = called;
      return [Promise.reject(thrown) as Answer, ended];
    }
    return [called.answer, ended];
  }

  received(facts: () => ConsumeFacts, tookMs: number): void {
    this.#guard(() => this.#instrumentation.received?.(facts(), tookMs));
  }

  /** The function is to be called when it has stopped. */
  consuming(consumer: RunningConsumer): () => void {
    const stopped = this.#guard(() => this.#instrumentation.consuming?.(consumer));
    return () => this.#guard(() => stopped?.());
  }

  /** Settles as `work` does. */
  async settle(facts: () => SettleFacts, work: () => Promise<void>): Promise<void> {
    const ended = this.#guard(() => this.#instrumentation.settling?.(facts()));
    const beganMs = this.#clock.monotonicMs();
    try {
      await work();
    } catch (error) {
      this.#guard(() => ended?.(error, this.#since(beganMs)));
      throw error;
    }
    this.#guard(() => ended?.(undefined, this.#since(beganMs)));
  }

  #since(beganMs: number): number {
    return this.#clock.monotonicMs() - beganMs;
  }

  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#logger.warn('the instrumentation threw; what it was to follow continues without it', { error });
      return undefined;
    }
  }
}

/** Undefined without an instrumentation: then nothing is paid for it. */
export function watcherOf(
  { instrumentation, platform }: Pick<ClientSettings, 'instrumentation' | 'platform'>,
  logger: Logger,
): Watcher | undefined {
  return instrumentation === undefined ? undefined : new Watcher(instrumentation, platform.clock, logger);
}

function withProperties<Given extends Message<unknown> | readonly Message<unknown>[]>(
  given: Given,
  properties: Readonly<Record<string, string>>,
): Given {
  const add = (message: Message<unknown>): Message<unknown> => ({
    ...fieldsOf(message),
    properties: { ...message.properties, ...properties },
  });
  return (Array.isArray(given) ? given.map(add) : add(given as Message<unknown>)) as Given;
}

/** Read one by one: a message may be an object of the user's class, with getters that a copy of its own fields would lack. */
function fieldsOf(message: Message<unknown>): { readonly [Field in keyof Required<Message>]: Message<unknown>[Field] } {
  const { topic, body, tags, keys, uniqueKey, properties, flag } = message;
  const { delayLevel, delayMs, deliverAt, waitStoreOk, replyTo } = message;
  return {
    ...{ topic, body, tags, keys, uniqueKey, properties, flag },
    ...{ delayLevel, delayMs, deliverAt, waitStoreOk, replyTo },
  };
}
