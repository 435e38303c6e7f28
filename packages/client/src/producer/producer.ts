import { DEFAULT_PRODUCER_GROUP, type MessageQueue, withoutNamespace } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { acquireInstance, releaseInstance } from '../instance/instance-registry.ts';
import type { ProducerMember } from '../instance/members.ts';
import type { SendFacts } from '../instrumentation/instrumentation.ts';
import { type Watcher, watcherOf } from '../instrumentation/watch.ts';
import { checkOptions } from '../known-options.ts';
import type { Message } from '../message/message.ts';
import type { MessageExt } from '../message/message-ext.ts';
import { type OutgoingMessage, prepareBatch, prepareMessage, requireGroup, requireTopic } from '../message/outgoing.ts';
import { type EncoderNeeded, encodeBody } from '../message/serializer.ts';
import { Requester } from '../request/requester.ts';
import { ServiceLife, type ServiceWork, unlessAborted } from '../state.ts';
import { openStatus } from '../status/open-status.ts';
import type { ProducerStatusEvent } from '../status/status-events.ts';
import { type StatusCall, StatusHub, type StatusStream } from '../status/status-hub.ts';
import { statusLimits } from '../status/status-limits.ts';
import type { SendTrace } from '../trace/send-trace.ts';
import { Accumulator } from './accumulator.ts';
import { startDetector } from './broker-detector.ts';
import { type Choice, type Delivery, isBatch, MessageSender } from './message-sender.ts';
import { type ProducerOptions, type ProducerSettings, resolveProducerOptions } from './producer-options.ts';
import { gather, openTrace, type ProducerParts } from './producer-parts.ts';
import { recallMessage } from './recall.ts';
import { bytesOf, choiceOf, type QueueChoice, type RequestCall, type SendCall, timeoutOf } from './send-call.ts';
import type { SendResult } from './send-result.ts';
import { SendWindow } from './send-window.ts';

/** What kinds of producers in this room use of a producer, and add to it before it starts. */
interface ProducerInside {
  /** Throws ClientError `BODY_UNENCODABLE`. */
  encode(message: Message<unknown>): Message;
  readonly settings: ProducerSettings;
  /** Calls `send` with what an instrumentation makes of the message. */
  watched<Given extends Message<unknown>, Result extends SendResult>(
    message: Given,
    send: (message: Given) => Promise<Result>,
  ): Promise<Result>;
  /** From the beginning of `start` to the end of `stop`. */
  instance(): ClientInstance | undefined;
  trace(): SendTrace | undefined;
  /** Sends a prepared message when it is its turn. Rejects as `send`; throws what a bad `call` or state deserves. */
  send(
    message: OutgoingMessage,
    choose: Choice | undefined,
    call: Omit<SendCall, keyof QueueChoice>,
  ): Promise<SendResult>;
  /** Answers later what became of a half message. Never throws. */
  checkTransaction: ProducerMember['checkTransaction'];
  /** Work beside sends that `stop` waits for, no longer than so many ms. Never rejects. */
  drainMore: ((timeoutMs: number) => Promise<void>) | undefined;
}

/** The inside of a producer, which its users don't see. */
export let insideOf: <T>(producer: Producer<T>) => ProducerInside;

/**
 * Sends messages.
 *
 * ```ts
 * const producer = new Producer({ namesrvAddr: '127.0.0.1:9876', producerGroup: 'orders' });
 * await producer.start();
 * const result = await producer.send({ topic: 'TopicTest', tags: 'TagA', body: 'Hello' });
 * await producer.stop();
 * ```
 *
 * With a `serializer` bodies are values: `new Producer({ …, serializer: json<Order>() })` is a `Producer<Order>`. Replies to requests
 * have bytes all the same.
 */
export class Producer<T = string | Uint8Array> implements AsyncDisposable {
  readonly #settings: ProducerSettings;
  readonly #life: ServiceLife;
  readonly #status: StatusHub<ProducerStatusEvent>;
  readonly #window: SendWindow;
  readonly #work: ServiceWork;
  /** Between start and stop. */
  #parts: ProducerParts | undefined;
  #clientId: string | undefined;
  #autoBatch: boolean;
  #closeStatus: (() => void) | undefined;
  /** When it was reported last that sends wait. */
  #throttledMs = Number.NEGATIVE_INFINITY;
  readonly #watcher: Watcher | undefined;
  readonly #inside: ProducerInside;

  static {
    insideOf = (producer) => producer.#inside;
  }

  /** Connects to nothing yet. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL`, `OPTION_UNKNOWN` or `NAME_ILLEGAL`. */
  constructor(options: ProducerOptions<T> & EncoderNeeded<T>) {
    checkOptions(new.target === Producer ? 'Producer' : 'TransactionProducer', options);
    requireGroup(options.producerGroup, DEFAULT_PRODUCER_GROUP);
    this.#settings = resolveProducerOptions(options);
    requireGroup(this.#settings.producerGroup, DEFAULT_PRODUCER_GROUP);
    for (const topic of this.#settings.topics) requireTopic(topic);
    this.#status = new StatusHub(this.#settings.platform.clock);
    this.#life = new ServiceLife(`Producer of group ${this.#settings.producerGroup}`, () => this.#status.end());
    this.#window = new SendWindow(this.#settings.send, () => this.#reportFull());
    this.#autoBatch = this.#settings.send.autoBatch;
    this.#watcher = watcherOf(this.#settings, this.#settings.logger);
    this.#work = {
      begin: (stopping) => this.#begin(stopping),
      undo: () => this.#leave(),
      end: () => this.#end(),
    };
    this.#inside = {
      settings: this.#settings,
      encode: (message) => encodeBody(message, this.#settings.serializer),
      watched: (message, send) =>
        this.#watcher === undefined
          ? send(message)
          : this.#watcher.send(message, this.#facts('sendInTransaction'), send),
      instance: () => this.#parts?.instance,
      trace: () => this.#parts?.trace,
      send: (message, choose, call) =>
        this.#sendInTurn(this.#running('send').sender, message, this.#delivery(choose, call)),
      checkTransaction: undefined,
      drainMore: undefined,
    };
  }

  /** `clientIP@instanceName`: the name under which brokers list this client. Undefined before `start`. */
  get clientId(): string | undefined {
    return this.#clientId;
  }

  /**
   * Sends that are under way, and those that wait: for their turn (`maxInFlight`, `maxInFlightBytes`), or for more of their
   * batch (`autoBatch`). A batch under way, or waiting for its turn, counts once.
   */
  get pendingSends(): { readonly inFlight: number; readonly waiting: number } {
    const gathered = this.#parts?.accumulator.waiting ?? 0;
    return { inFlight: this.#window.inFlight, waiting: this.#window.waiting + gathered };
  }

  /** Whether later sends gather messages to batches. */
  get autoBatch(): boolean {
    return this.#autoBatch;
  }

  /** Changes `autoBatch` for later sends; what was gathered before is sent now. */
  setAutoBatch(autoBatch: boolean): void {
    this.#autoBatch = autoBatch;
    this.#parts?.accumulator.flush();
  }

  /**
   * Makes the producer ready. Needs no name server or broker yet; `topics` that cannot be loaded now are loaded at the
   * first send. May be called again after it failed. Rejects with ClientError `GROUP_TAKEN`, or `WRONG_STATE`, also when
   * `stop` is called meanwhile.
   */
  start(): Promise<void> {
    return this.#life.start(this.#work);
  }

  /**
   * Sends a message, or several of one topic as one batch, and resolves when the broker has stored it. Rejects with
   * BrokerError, RemotingError (only with `queue` or `select`), or ClientError `MESSAGE_ILLEGAL`, `BODY_UNENCODABLE`, `NAME_ILLEGAL`,
   * `QUEUE_ILLEGAL`, `ROUTE_NOT_FOUND`, `BROKER_UNKNOWN`, `NAMESRV_UNREACHABLE`, `SEND_TIMEOUT`, `SEND_FAILED`, `ABORTED`,
   * `WRONG_STATE`.
   */
  send(message: Message<T> | readonly Message<T>[], call: SendCall<T> = {}): Promise<SendResult> {
    if (this.#watcher === undefined) return this.#send(message, call);
    return this.#watcher.send(message, this.#facts('send'), (watched) => this.#send(watched, call));
  }

  #send(message: Message<T> | readonly Message<T>[], call: SendCall<T>): Promise<SendResult> {
    try {
      const parts = this.#running('send');
      const outgoing = this.#prepare(message);
      const choose = choiceOf(message, call);
      if (this.#autoBatch && call.timeoutMs === undefined && call.signal === undefined && !isBatch(outgoing)) {
        const gathered = gather(parts, outgoing, choose);
        if (gathered !== undefined) return gathered;
      }
      return this.#sendInTurn(parts.sender, outgoing, this.#delivery(choose, call));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Hands a message or batch to the connection, without an answer of the broker. Waits for its turn and rejects as `send`
   * does before it would wait for the broker. The promise may be ignored: an unhandled rejection has no effect.
   */
  sendOneway(message: Message<T> | readonly Message<T>[], choice: QueueChoice<T> = {}): Promise<void> {
    if (this.#watcher === undefined) return this.#sendOneway(message, choice);
    return this.#watcher.send(message, this.#facts('sendOneway'), (watched) => this.#sendOneway(watched, choice));
  }

  #sendOneway(message: Message<T> | readonly Message<T>[], choice: QueueChoice<T>): Promise<void> {
    try {
      const { sender } = this.#running('sendOneway');
      const outgoing = this.#prepare(message);
      const choose = choiceOf(message, choice);
      const sent = this.#window.add(bytesOf(outgoing), undefined, (keepPlace) =>
        sender.notify(outgoing, choose, keepPlace()),
      );
      sent.catch(() => {});
      return sent;
    } catch (error) {
      const refused = Promise.reject(error);
      refused.catch(() => {});
      return refused;
    }
  }

  /**
   * Cancels a message with `delayMs` or `deliverAt` that is not due yet: no consumer gets it. `handle` is `recallHandle` of its
   * send, also of one in another process. Resolves to the message's id once the broker has stored the request; a message that
   * is due at this moment, or was delivered, is not called back. Needs `recallMessageEnable` at the broker. Rejects with
   * BrokerError, RemotingError, or ClientError `RECALL_HANDLE_ILLEGAL`, `NAME_ILLEGAL`, `BROKER_UNKNOWN`, `OPTION_ILLEGAL`,
   * `NAMESRV_UNREACHABLE`, `WRONG_STATE`.
   */
  async recall(topic: string, handle: string, call: { readonly timeoutMs?: number | undefined } = {}): Promise<string> {
    const { instance, sender } = this.#running('recall');
    const { producerGroup, send } = this.#settings;
    const timeoutMs = timeoutOf(call.timeoutMs, send.sendTimeoutMs);
    requireTopic(topic);
    return recallMessage(instance, { topic: sender.topicOf(topic), handle, producerGroup, timeoutMs });
  }

  /**
   * Sends a message to a consumer that replies to it (`createReplyMessage`), and resolves with the reply. Rejects as `send` does,
   * and with ClientError `REPLY_TIMEOUT`, `TOO_MANY_REQUESTS`, or `STOPPED` when the producer stops meanwhile.
   *
   * ```ts
   * const reply = await producer.request({ topic: 'RequestTopic', body: 'how much?' }, { timeoutMs: 3000 });
   * console.log(reply.text());
   * ```
   */
  async request(message: Message<T>, call: RequestCall<T> = {}): Promise<MessageExt> {
    if (this.#watcher === undefined) return await this.#request(message, call);
    return await this.#watcher.send(message, this.#facts('request'), (watched) => this.#request(watched, call));
  }

  async #request(message: Message<T>, call: RequestCall<T>): Promise<MessageExt> {
    const { requester } = this.#running('request');
    const outgoing = this.#prepareOne(message);
    if (outgoing.isReply)
      throw new ClientError('MESSAGE_ILLEGAL', 'A reply can not be a request; use `send`.', {
        facts: { topic: outgoing.topic },
      });
    const delivery = this.#delivery(choiceOf(message, call), call);
    return await requester.request(outgoing, delivery, (send) =>
      this.#window.add(outgoing.bodyBytes, call.signal, send),
    );
  }

  /**
   * A new unique key as this client gives its messages, for `Message.uniqueKey`: Apache's tools read from it when it was made.
   * Throws ClientError `WRONG_STATE` unless started.
   */
  nextUniqueKey(): string {
    return this.#running('nextUniqueKey').instance.nextUniqueKey();
  }

  /**
   * Checks a message as `send` does before it asks a broker. Throws ClientError `MESSAGE_ILLEGAL`, `BODY_UNENCODABLE` or `NAME_ILLEGAL`; the
   * same message would be refused every time.
   */
  requireSendable(message: Message<T>): void {
    this.#prepareOne(message);
  }

  /** The writable queues of a topic, in the order in which selectors see them. Rejects with ClientError `ROUTE_NOT_FOUND` and others of `send`. */
  async queues(topic: string): Promise<readonly MessageQueue[]> {
    requireTopic(topic);
    return this.#running('queues').sender.queues(topic);
  }

  /**
   * What happens to this producer, from now on: `for await (const event of producer.status())`. Before, while and after it runs, in
   * any number of loops; each first gets what is connected now, and ends when the producer has stopped. `statusEvents`
   * has every event. A reader that is slow loses the oldest of 256 events, and the next one says how many (`missed`).
   */
  status(call?: StatusCall): StatusStream<ProducerStatusEvent> {
    return this.#status.read(call);
  }

  /**
   * Takes no more sends, lets those that were begun end (`awaitTerminationMs`), leaves the group and closes connections that
   * no other client of this process uses. May be called at any time and again, also while `start` is under way.
   */
  stop(): Promise<void> {
    return this.#life.stop(this.#work);
  }

  /** The same as `stop`. */
  shutdown(): Promise<void> {
    return this.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #facts(operation: SendFacts['operation']): Omit<SendFacts, 'topic' | 'messages'> {
    const { producerGroup, namespace } = this.#settings;
    return {
      operation,
      producerGroup: withoutNamespace(producerGroup, namespace),
      clientId: this.#clientId,
      namespace,
    };
  }

  #delivery(
    choose: Choice | undefined,
    { timeoutMs, signal, retryChosen }: Omit<SendCall, keyof QueueChoice>,
  ): Delivery {
    return { choose, timeoutMs: timeoutOf(timeoutMs, this.#settings.send.sendTimeoutMs), signal, retryChosen };
  }

  #sendInTurn(
    sender: MessageSender,
    message: OutgoingMessage | readonly OutgoingMessage[],
    delivery: Delivery,
  ): Promise<SendResult> {
    return this.#window.add(bytesOf(message), delivery.signal, () => sender.send(message, delivery));
  }

  #prepareOne(message: Message<T>): OutgoingMessage {
    return prepareMessage(encodeBody(message, this.#settings.serializer), this.#settings.send.maxMessageBytes);
  }

  #prepare(message: Message<T> | readonly Message<T>[]): OutgoingMessage | readonly OutgoingMessage[] {
    if (!isBatch(message)) return this.#prepareOne(message);
    const { serializer, send } = this.#settings;
    const parts = serializer === undefined ? message : message.map((part) => encodeBody(part, serializer));
    return prepareBatch(parts as readonly Message[], send.maxMessageBytes);
  }

  #reportFull(): void {
    const { clock } = this.#settings.platform;
    if (!this.#status.active || clock.monotonicMs() - this.#throttledMs < statusLimits.throttledPeriodMs) return;
    this.#throttledMs = clock.monotonicMs();
    const { inFlight: count, inFlightBytes: bytes } = this.#window;
    this.#status.emit({ type: 'throttled', reason: 'SENDS', queue: undefined, count, bytes });
  }

  #running(method: string): ProducerParts {
    this.#life.requireRunning(method);
    return this.#parts!;
  }

  async #begin(stopping: AbortSignal): Promise<void> {
    const { producerGroup: group, topics, send, maxPendingRequests } = this.#settings;
    const instance = await acquireInstance(this.#settings, true);
    this.#clientId = instance.clientId;
    const { dispatcher, trace } = openTrace(this.#settings, instance.clientId);
    const sender = new MessageSender(instance, group, send, trace);
    const requester = new Requester(instance, sender, maxPendingRequests);
    const member: ProducerMember = {
      group,
      topics: () => [...new Set([...topics, ...sender.topics(), ...requester.replyTopics])],
      checkTransaction: this.#inside.checkTransaction,
      awaitsReplies: () => requester.waits,
      takeReply: (correlationId, reply) => requester.take(correlationId, reply),
    };
    const accumulator = new Accumulator(this.#settings.platform.clock, send, (message, bytes, queue) => {
      const delivery = this.#delivery(queue === undefined ? undefined : () => queue, {});
      return this.#window.add(bytes, undefined, () => sender.send(message, delivery));
    });
    this.#parts = { instance, sender, requester, accumulator, member, trace, dispatcher, stopDetector: undefined };
    instance.members.addProducer(member);
    this.#closeStatus = openStatus(this.#status, instance.peers, () => []);
    await unlessAborted(stopping, Promise.allSettled(topics.map((topic) => sender.publishQueues(topic))));
    if (stopping.aborted) return;
    if (send.startDetectorEnable) this.#parts.stopDetector = startDetector(instance, sender);
    // Not awaited: brokers list a producer for their operators only; sending does not depend on it.
    instance.heartbeat.beatAll();
  }

  async #end(): Promise<void> {
    const { awaitTerminationMs, platform } = this.#settings;
    const { clock } = platform;
    const endMs = clock.monotonicMs() + awaitTerminationMs;
    this.#parts?.accumulator.flush();
    await this.#window.drain(clock, awaitTerminationMs);
    await this.#inside.drainMore?.(endMs - clock.monotonicMs());
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined) return;
    parts.requester.stop();
    parts.sender.giveUp();
    parts.stopDetector?.();
    try {
      await parts.instance.removeProducer(parts.member);
    } finally {
      this.#closeStatus?.();
      this.#parts = undefined;
      await parts.dispatcher?.stop(this.#settings.awaitTerminationMs);
      await releaseInstance(parts.instance);
    }
  }
}
