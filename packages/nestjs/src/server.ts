import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import {
  BrokerError,
  ClientError,
  type ConsumeContext,
  type Message,
  type MessageExt,
  Producer,
  PushConsumer,
} from '@rocketmq-ts/client';
import { lastValueFrom, toArray } from 'rxjs';
import { type BodyFormat, CONTENT_TYPE, defaultBodyFormat } from './body-format.ts';
import { RocketmqContext } from './context.ts';
import { delayLevelOf } from './errors.ts';
import { nestLogger } from './nest-logger.ts';
import { consumerOptionsOf, type RocketmqServerOptions, replyProducerOptionsOf } from './options.ts';
import { patternOf, patternText } from './pattern.ts';
import { type Answer, replyTo, replyWith } from './reply.ts';
import { Routes } from './routes.ts';
import { ROCKETMQ_TRANSPORT, type RocketmqStatus } from './transport.ts';

/** The broker decides when the message comes again. */
const BROKER_DECIDES = 0;
/** The message can never be handled. */
const DEAD_LETTER = -1;

/** What `RocketmqServer.on` takes. */
export interface RocketmqServerEvents extends Record<string, (...values: never[]) => void> {
  /** A message was not handled and comes again, or becomes a dead letter; `error` is undefined when a handler asked for that. */
  retry: (error: unknown, context: RocketmqContext) => void;
}

/**
 * Serves the handlers of a Nest application over RocketMQ.
 *
 * ```ts
 * const app = await NestFactory.createMicroservice(AppModule, {
 *   strategy: new RocketmqServer({ namesrvAddr: '127.0.0.1:9876', consumerGroup: 'billing' }),
 * });
 * await app.listen();
 * ```
 *
 * A message is acknowledged when all its handlers have ended well, observables included. When one throws, the message comes again
 * later, to all of them, and is a dead letter after `maxReconsumeTimes`; so handlers must tolerate duplicates, as all consumers must.
 * `close` waits for handlers that are under way, replies included (`awaitTerminationMs`), and saves the progress.
 */
export class RocketmqServer extends Server<RocketmqServerEvents, RocketmqStatus> implements CustomTransportStrategy {
  override transportId = ROCKETMQ_TRANSPORT;
  /** Failures of event handlers reach this class; Nest need not log them. */
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: RocketmqServerOptions;
  readonly #format: BodyFormat;
  readonly #consumer: PushConsumer;
  readonly #routes = new Routes();
  readonly #listeners: RocketmqServerEvents['retry'][] = [];
  /** Sends replies; made when a handler may have something to reply. */
  #replies: Producer | undefined;

  /** Connects to nothing yet. Throws ClientError as the constructor of `PushConsumer` does. */
  constructor(options: RocketmqServerOptions) {
    super();
    this.#options = options;
    this.#format = options.format ?? defaultBodyFormat;
    this.#consumer = new PushConsumer({ logger: nestLogger('RocketmqServer'), ...consumerOptionsOf(options) });
  }

  /** Patterns that name no topic are of other transports of a hybrid application; they are logged and not served. */
  override addHandler(pattern: unknown, handler: MessageHandler, isEvent = false, extras = {}): void {
    const parsed = patternOf(pattern);
    if (parsed === undefined) {
      this.logger.warn(`The pattern ${patternText(pattern)} names no topic; it is not served over RocketMQ.`);
      return;
    }
    const isFirst = !this.messageHandlers.has(this.normalizePattern(parsed as never));
    super.addHandler(parsed, handler, isEvent, extras);
    // Event handlers of equal patterns are a chain, which Nest calls as one.
    if (isFirst || !isEvent) this.#routes.add(parsed, handler);
  }

  /** Joins the group; `callback` gets what refuses the start, which may be tried again then. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.#replies?.stop();
      this.#replies = undefined;
      callback(error);
      return;
    }
    this._status$.next('connected');
    callback();
  }

  /** Leaves the group when handlers that are under way have ended; see `awaitTerminationMs`. May be called again. */
  async close(): Promise<void> {
    await this.#consumer.stop();
    await this.#replies?.stop();
    this._status$.next('closed');
  }

  on<Event extends keyof RocketmqServerEvents>(event: Event, listener: RocketmqServerEvents[Event]): void {
    if (event !== 'retry') throw new TypeError(`RocketmqServer has no event ${String(event)}, only retry.`);
    this.#listeners.push(listener as RocketmqServerEvents['retry']);
  }

  /** The client's `PushConsumer`. */
  unwrap<T = PushConsumer>(): T {
    return this.#consumer as T;
  }

  async #start(): Promise<void> {
    for (const topic of this.#routes.topics) this.#consumer.subscribe(topic, this.#routes.selectorOf(topic));
    if ([...this.messageHandlers.values()].some(({ isEventHandler }) => isEventHandler !== true)) {
      this.#replies ??= new Producer({
        logger: nestLogger('RocketmqServer'),
        ...replyProducerOptionsOf(this.#options),
      });
      await this.#replies.start();
    }
    if (this.#options.ordered === true) {
      await this.#consumer.start({
        orderly: async ([message], delivery) =>
          (await this.#handle(message!, delivery)) === undefined ? 'SUCCESS' : 'SUSPEND_CURRENT_QUEUE_A_MOMENT',
      });
      return;
    }
    await this.#consumer.start(async (message, delivery) => {
      const delayLevel = await this.#handle(message, delivery);
      if (delayLevel !== undefined) delivery.retry(message, delayLevel);
    });
  }

  /** Resolves with the delay level after which the message is to come again; undefined when it is handled. Never rejects. */
  async #handle(
    message: MessageExt,
    { messageQueue, signal }: Pick<ConsumeContext, 'messageQueue' | 'signal'>,
  ): Promise<number | undefined> {
    const context = new RocketmqContext([message, { messageQueue, signal, consumer: this.#consumer }]);
    let failure: { readonly error: unknown; readonly delayLevel: number } | undefined;
    try {
      await this.#withHooks(context, async () => {
        failure = await this.#serve(message, context);
      });
    } catch (error) {
      failure = { error, delayLevel: delayLevelOf(error) ?? BROKER_DECIDES };
    }
    const { wish } = context;
    if (wish === 'ack') return undefined;
    const delayLevel = wish ?? failure?.delayLevel;
    if (delayLevel === undefined) return undefined;
    this.#report(failure?.error, context, delayLevel);
    return delayLevel;
  }

  /** Calls the handlers. Resolves with why the message must come again; undefined when it need not. */
  async #serve(
    message: MessageExt,
    context: RocketmqContext,
  ): Promise<{ readonly error: unknown; readonly delayLevel: number } | undefined> {
    const handlers = this.#routes.handlersOf(message.topic, message.tags);
    if (handlers.length === 0) {
      const error = new Error(`No handler is there for topic ${message.topic} with the tag ${message.tags ?? 'none'}.`);
      return { error, delayLevel: BROKER_DECIDES };
    }
    let data: unknown;
    try {
      data = this.#format.decode(message.body, context.getHeader(CONTENT_TYPE));
    } catch (error) {
      const sentence = `The body of message ${message.msgId} of topic ${message.topic} can not be read.`;
      return { error: new Error(sentence, { cause: error }), delayLevel: DEAD_LETTER };
    }
    const reply = replyTo(message);
    const outcomes = await Promise.all(
      handlers.map(async (handler) => {
        const answer = await this.#call(handler, data, context);
        if (reply === undefined || handler.isEventHandler === true) return 'error' in answer ? answer : undefined;
        // An error without a delay level is the answer; the message is handled.
        if ('error' in answer && delayLevelOf(answer.error) !== undefined) return answer;
        await this.#reply(reply, answer, context);
        return undefined;
      }),
    );
    const failures = outcomes.filter((outcome) => outcome !== undefined);
    if (failures.length === 0) return undefined;
    const [{ error }] = failures as [{ error: unknown }];
    const levels = failures.map((each) => delayLevelOf(each.error)).filter((level) => level !== undefined);
    return { error, delayLevel: levels[0] ?? BROKER_DECIDES };
  }

  /** All values of a handler, or its error. Never rejects. */
  async #call(handler: MessageHandler, data: unknown, context: RocketmqContext): Promise<Answer> {
    try {
      const result: unknown = await handler(data, context);
      return { values: await lastValueFrom(this.transformToObservable(result).pipe(toArray())) };
    } catch (error) {
      return { error };
    }
  }

  /**
   * The requester hears of a value that can't be sent, being of no form of the format or too large: another try of the handler would
   * fail as this one. A reply that nobody gets is logged: its sender sees a time-out, and may ask again.
   */
  async #reply(empty: Message, answer: Answer, context: RocketmqContext): Promise<void> {
    const { msgId, topic } = context.getMessage();
    try {
      await this.#replies?.send(replyWith(empty, answer, this.#format));
    } catch (error) {
      this.logger.warn(`The reply to message ${msgId} of topic ${topic} was not delivered: ${textOf(error)}`);
      const isSendable = error instanceof ClientError && error.code !== 'MESSAGE_ILLEGAL';
      if (isSendable || error instanceof BrokerError) return;
      const message = `The reply of the handler could not be sent: ${textOf(error)}`;
      const failure = replyWith(empty, { error: { status: 'error', message } }, defaultBodyFormat);
      await this.#replies?.send(failure).catch(() => {});
    }
  }

  #report(error: unknown, context: RocketmqContext, delayLevel: number): void {
    const { msgId, topic, reconsumeTimes } = context.getMessage();
    if (error !== undefined) {
      const what = delayLevel === DEAD_LETTER ? 'it becomes a dead letter' : 'it comes again later';
      this.logger.warn(
        `Message ${msgId} of topic ${topic} failed (${reconsumeTimes} tries before), ${what}: ${textOf(error)}`,
      );
    }
    for (const listener of this.#listeners) {
      try {
        listener(error, context);
      } catch (thrown) {
        this.logger.error(`A listener of the event retry threw: ${textOf(thrown)}`);
      }
    }
  }

  /** Runs the work between the hooks that instrumentation may have set. */
  #withHooks(context: RocketmqContext, work: () => Promise<void>): Promise<void> {
    const done = async (): Promise<void> => {
      try {
        await work();
      } finally {
        this.onProcessingEndHook?.(this.transportId, context);
      }
    };
    return new Promise((resolve, reject) => {
      this.onProcessingStartHook(this.transportId, context, () => {
        const ended = done();
        ended.then(resolve, reject);
        return ended;
      });
    });
  }
}

function textOf(error: unknown): string {
  if (error instanceof Error)
    return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
  return patternText((error as { readonly message?: unknown } | null)?.message ?? error);
}
