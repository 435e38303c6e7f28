import { DEFAULT_PRODUCER_GROUP, type MessageQueue } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { acquireInstance, releaseInstance } from '../instance/instance-registry.ts';
import type { ProducerMember } from '../instance/members.ts';
import type { Message } from '../message/message.ts';
import { prepareMessage, requireGroup, requireTopic } from '../message/outgoing.ts';
import { ServiceStateMachine } from '../state.ts';
import { startDetector } from './broker-detector.ts';
import { type Choice, MessageSender } from './message-sender.ts';
import { type ProducerOptions, type ProducerSettings, resolveProducerOptions } from './producer-options.ts';
import type { QueueSelector } from './selectors.ts';
import type { SendRequest } from './send-request.ts';
import type { SendResult } from './send-result.ts';

/** Which queue a message goes to. Neither: queues in turn, with retries. At most one of both. */
export interface QueueChoice {
  /** Exactly this queue; no retries. */
  readonly queue?: MessageQueue | undefined;
  /** Asked with all writable queues of the topic; no retries. For a batch `message` is its first. */
  readonly select?: QueueSelector | undefined;
}

export interface SendCall extends QueueChoice {
  /** Time for the whole send, retries included. Default: the producer's `sendTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait; a message that is on its way may be stored nevertheless. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends messages.
 *
 * ```ts
 * const producer = new Producer({ namesrvAddr: '127.0.0.1:9876', producerGroup: 'orders' });
 * await producer.start();
 * const result = await producer.send({ topic: 'TopicTest', tags: 'TagA', body: 'Hello' });
 * await producer.stop();
 * ```
 */
export class Producer implements AsyncDisposable {
  readonly #settings: ProducerSettings;
  readonly #state: ServiceStateMachine;
  #instance: ClientInstance | undefined;
  #sender: MessageSender | undefined;
  #stopDetector: (() => void) | undefined;
  #stopped: Promise<void> | undefined;

  /** Connects to nothing yet. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL` or `NAME_ILLEGAL`. */
  constructor(options: ProducerOptions) {
    this.#settings = resolveProducerOptions(options);
    requireGroup(options.producerGroup, DEFAULT_PRODUCER_GROUP);
    for (const topic of this.#settings.topics) requireTopic(topic);
    this.#state = new ServiceStateMachine(`Producer of group ${options.producerGroup}`);
  }

  /** `clientIP@instanceName`: the name under which brokers list this client. Undefined before `start`. */
  get clientId(): string | undefined {
    return this.#instance?.clientId;
  }

  /**
   * Makes the producer ready. Needs no name server or broker yet; `topics` that cannot be loaded now are loaded at the
   * first send. Rejects with ClientError `WRONG_STATE` or `GROUP_TAKEN`.
   */
  async start(): Promise<void> {
    this.#state.moveTo('STARTING');
    const group = this.#settings.producerGroup;
    let instance: ClientInstance | undefined;
    try {
      instance = await acquireInstance(this.#settings, true);
      const sender = new MessageSender(instance, group, this.#settings.send);
      this.#member = { group, topics: () => [...new Set([...this.#settings.topics, ...sender.topics()])] };
      instance.addProducer(this.#member);
      this.#instance = instance;
      this.#sender = sender;
      await Promise.allSettled(this.#settings.topics.map((topic) => sender.publishQueues(topic)));
      if (this.#settings.send.startDetectorEnable) this.#stopDetector = startDetector(instance, sender);
      this.#state.moveTo('RUNNING');
    } catch (error) {
      this.#state.moveTo('START_FAILED');
      if (instance !== undefined) await releaseInstance(instance);
      throw error;
    }
    // Not awaited: brokers list a producer for their operators only; sending does not depend on it.
    instance.heartbeat.beatAll();
  }

  #member: ProducerMember | undefined;

  /**
   * Sends a message, or several of one topic as one batch, and resolves when the broker has stored it. Rejects with
   * BrokerError, RemotingError (only with `queue` or `select`), or ClientError `MESSAGE_ILLEGAL`, `NAME_ILLEGAL`,
   * `QUEUE_ILLEGAL`, `ROUTE_NOT_FOUND`, `BROKER_UNKNOWN`, `NAMESRV_UNREACHABLE`, `SEND_TIMEOUT`, `SEND_FAILED`, `ABORTED`,
   * `WRONG_STATE`.
   */
  async send(message: Message | readonly Message[], call: SendCall = {}): Promise<SendResult> {
    const sender = this.#running('send');
    return sender.send(this.#encode(sender, message), {
      choose: choiceOf(message, call),
      timeoutMs: call.timeoutMs ?? this.#settings.send.sendTimeoutMs,
      signal: call.signal,
    });
  }

  /** Hands a message or batch to the connection and learns nothing of its fate. Rejects as `send` does before it would wait. */
  async sendOneway(message: Message | readonly Message[], choice: QueueChoice = {}): Promise<void> {
    const sender = this.#running('sendOneway');
    await sender.notify(this.#encode(sender, message), choiceOf(message, choice));
  }

  /** The writable queues of a topic, in the order in which selectors see them. Rejects with ClientError `ROUTE_NOT_FOUND` and others of `send`. */
  async queues(topic: string): Promise<readonly MessageQueue[]> {
    requireTopic(topic);
    return (await this.#running('queues').publishQueues(topic)).queues;
  }

  /** Leaves the group and closes connections that nobody else of this process uses. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** The same as `stop`. */
  shutdown(): Promise<void> {
    return this.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #encode(sender: MessageSender, message: Message | readonly Message[]): SendRequest {
    const limit = this.#settings.send.maxMessageBytes;
    if (!isBatch(message)) return sender.encode([prepareMessage(message, limit)], false);
    return sender.encode(
      message.map((part) => prepareMessage(part, limit)),
      true,
    );
  }

  #running(method: string): MessageSender {
    this.#state.requireRunning(method);
    return this.#sender!;
  }

  async #stop(): Promise<void> {
    const wasRunning = this.#state.running;
    this.#state.moveTo('SHUTDOWN_ALREADY');
    this.#stopDetector?.();
    if (!wasRunning || this.#instance === undefined || this.#member === undefined) return;
    await this.#instance.removeProducer(this.#member);
    await releaseInstance(this.#instance);
  }
}

function isBatch(message: Message | readonly Message[]): message is readonly Message[] {
  return Array.isArray(message);
}

function choiceOf(message: Message | readonly Message[], choice: QueueChoice): Choice | undefined {
  const { queue, select } = choice;
  if (queue !== undefined && select !== undefined) {
    throw new ClientError('OPTION_ILLEGAL', 'A send takes `queue` or `select`, not both.');
  }
  if (queue !== undefined) return () => queue;
  if (select === undefined) return undefined;
  const first = isBatch(message) ? message[0]! : message;
  return (queues) => select(queues, first);
}
