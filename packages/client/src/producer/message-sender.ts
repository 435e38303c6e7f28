import { type MessageQueue, messageQueueKey, ResponseCode, withNamespace } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { type OutgoingMessage, requireTopic } from '../message/outgoing.ts';
import { seenQueue } from '../message-queue.ts';
import { PublishQueues } from '../route/publish-queues.ts';
import { isThenable } from '../user-code.ts';
import { BrokerFaults } from './broker-faults.ts';
import type { SendSettings } from './producer-options.ts';
import { type AttemptOutcome, aborted, sendWithRetries } from './send-loop.ts';
import {
  encodeBatch,
  encodeSingle,
  inNamespace,
  notifyOnce,
  type SendHook,
  type SendRequest,
  sendOnce,
} from './send-request.ts';
import type { SendResult } from './send-result.ts';

/** Picks the queue from all writable queues of the topic. */
export type Choice = (queues: readonly MessageQueue[]) => MessageQueue | undefined;

/** How one send is done. */
export interface Delivery {
  /** Undefined: queues in turn, with retries. */
  readonly choose: Choice | undefined;
  /** With `choose`: attempts as without it, on the queue that is chosen from the route of the moment. Default false: one attempt. */
  readonly retryChosen?: boolean | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Sends prepared messages under one group name: queue choice, retries, avoidance of broken brokers. */
export class MessageSender {
  readonly group: string;
  readonly faults: BrokerFaults;
  readonly #instance: ClientInstance;
  readonly #settings: SendSettings;
  readonly #topics = new Set<string>();
  readonly #trace: SendHook | undefined;
  readonly #stopping = new AbortController();

  constructor(instance: ClientInstance, group: string, settings: SendSettings, trace?: SendHook) {
    this.#instance = instance;
    this.group = group;
    this.#settings = settings;
    this.#trace = trace;
    this.faults = new BrokerFaults(instance.clock);
  }

  /** Every topic that was sent to. */
  topics(): readonly string[] {
    return [...this.#topics];
  }

  /** Sends one message, or several as a batch. The time of the delivery counts from the turn after this call. */
  async send(message: OutgoingMessage | readonly OutgoingMessage[], delivery: Delivery): Promise<SendResult> {
    // Many sends in one turn take long: that must not count as time of the first ones.
    await undefined;
    const startMs = this.#instance.clock.monotonicMs();
    const request = this.#encode(message);
    // Awaited rather than returned: an async function that returns a promise makes three more turns of the microtask queue.
    if (delivery.signal === undefined) return await this.#send(request, delivery, startMs);
    return await raceAbort(delivery.signal, () => this.#send(request, delivery, startMs));
  }

  /** Resolves when the bytes are handed to the connection; `onSent` runs when they have left it, or are given up with it. */
  async notify(
    message: OutgoingMessage | readonly OutgoingMessage[],
    choose: Choice | undefined,
    onSent: () => void,
  ): Promise<void> {
    let handedOver = false;
    try {
      const request = this.#encode(message);
      const queues = await this.publishQueues(request.topic);
      const queue =
        choose === undefined ? queues.next(undefined, this.#health()) : this.#chosen(choose, queues, request.topic);
      if (queue === undefined) throw this.#noQueue(request.topic);
      await notifyOnce(this.#instance, request, queue, { group: this.group, settings: this.#settings, onSent });
      handedOver = true;
    } finally {
      if (!handedOver) onSent();
    }
  }

  /** No further attempt is made; those under way may still end. */
  giveUp(): void {
    this.#stopping.abort();
  }

  /** The name of a topic at brokers. */
  topicOf(name: string): string {
    return withNamespace(name, this.#settings.namespace);
  }

  /** As the users of the namespace know them; rejects as `publishQueues`. */
  async queues(name: string): Promise<MessageQueue[]> {
    return [...this.#seen((await this.publishQueues(this.topicOf(name))).queues)];
  }

  /** `topic`: as brokers know it. Never empty. Rejects with ClientError `ROUTE_NOT_FOUND`, `NAMESRV_UNREACHABLE` or BrokerError. */
  async publishQueues(topic: string): Promise<PublishQueues> {
    if (!this.#topics.has(topic)) requireTopic(topic);
    this.#topics.add(topic);
    const queues = await this.#instance.routes.publishQueues(topic, this.#settings.defaultTopicQueueNums);
    if (queues === undefined || queues.queues.length === 0) throw this.#noQueue(topic);
    return queues;
  }

  /** The queue of a choice; undefined while the queues of the topic are not known. Throws ClientError `QUEUE_ILLEGAL`. */
  chooseQueue(name: string, choose: Choice): MessageQueue | undefined {
    const topic = this.topicOf(name);
    const queues = this.#knownQueues(topic);
    return queues === undefined ? undefined : this.#chosen(choose, queues, topic);
  }

  /** Of a topic that was sent to before: most sends need not wait for a route. */
  #knownQueues(topic: string): PublishQueues | undefined {
    return this.#topics.has(topic) ? this.#instance.routes.knownPublishQueues(topic) : undefined;
  }

  #encode(message: OutgoingMessage | readonly OutgoingMessage[]): SendRequest {
    const { nextUniqueKey } = this.#instance;
    const request = isBatch(message)
      ? encodeBatch(message, nextUniqueKey, this.#settings)
      : encodeSingle(message, nextUniqueKey, this.#settings);
    return inNamespace(request, this.#settings.namespace);
  }

  async #send(request: SendRequest, delivery: Delivery, startMs: number): Promise<SendResult> {
    const instance = this.#instance;
    const settings = this.#settings;
    const queues = this.#knownQueues(request.topic) ?? (await this.publishQueues(request.topic));
    const attempt = (queue: MessageQueue, timeoutMs: number) =>
      sendOnce(instance, request, queue, { group: this.group, settings, timeoutMs, trace: this.#trace });
    const { choose } = delivery;
    if (choose !== undefined && delivery.retryChosen !== true) {
      const queue = this.#chosen(choose, queues, request.topic);
      const leftMs = delivery.timeoutMs - (instance.clock.monotonicMs() - startMs);
      if (leftMs > 0) return await attempt(queue, leftMs);
      throw new ClientError(
        'SEND_TIMEOUT',
        `Finding the queues of topic ${request.topic} took all ${Math.round(delivery.timeoutMs)} ms of the send.`,
        { facts: { ...queue, spentMs: Math.round(instance.clock.monotonicMs() - startMs) } },
      );
    }
    return await sendWithRetries({
      clock: instance.clock,
      topic: request.topic,
      queues: choose === undefined ? queues : this.#onlyChosen(choose, queues, request.topic),
      health: this.#health(),
      attempts: 1 + settings.retryTimesWhenSendFailed,
      startMs,
      timeoutMs: delivery.timeoutMs,
      attemptTimeoutMs: settings.attemptTimeoutMs,
      retryAnotherBrokerWhenNotStoreOk: settings.retryAnotherBrokerWhenNotStoreOk,
      retryResponseCodes: settings.retryResponseCodes,
      signal: delivery.signal,
      stopping: this.#stopping.signal,
      attempt,
      refresh: () => this.#refreshed(request.topic, queues, choose),
      record: (brokerName, latencyMs, outcome) => this.#record(brokerName, latencyMs, outcome),
    });
  }

  /** The queues after the route was asked for again, or those before; with `choose` the one that it chooses from them. */
  async #refreshed(topic: string, before: PublishQueues, choose: Choice | undefined): Promise<PublishQueues> {
    try {
      await this.#instance.routes.refresh(topic);
      const queues = (await this.#instance.routes.publishQueues(topic, this.#settings.defaultTopicQueueNums)) ?? before;
      return choose === undefined || queues.queues.length === 0 ? queues : this.#onlyChosen(choose, queues, topic);
    } catch (error) {
      this.#instance.logger.debug('the route of a topic could not be refreshed', { topic, error });
      return new PublishQueues([], this.#instance.platform.random);
    }
  }

  /** The choice is made among queues as the users of the namespace know them. */
  #chosen(choose: Choice, queues: PublishQueues, topic: string): MessageQueue {
    const given = choose(this.#seen(queues.queues));
    if (given === undefined)
      throw new ClientError('QUEUE_ILLEGAL', `No queue of topic ${topic} was selected.`, { facts: { topic } });
    if (isThenable(given) || !isQueue(given)) {
      const text = `What was chosen for a message to topic ${topic} is no queue with a topic, a brokerName and a queueId.`;
      throw new ClientError('QUEUE_ILLEGAL', text, { facts: { topic } });
    }
    const queue = given.topic === topic ? given : { ...given, topic: this.topicOf(given.topic) };
    if (queue.topic !== topic) {
      throw new ClientError(
        'QUEUE_ILLEGAL',
        `The message is for topic ${topic}, but the queue is ${messageQueueKey(queue)}.`,
        { facts: { topic, brokerName: queue.brokerName, queueId: queue.queueId, queueTopic: queue.topic } },
      );
    }
    return queue;
  }

  #onlyChosen(choose: Choice, queues: PublishQueues, topic: string): PublishQueues {
    return new PublishQueues([this.#chosen(choose, queues, topic)], this.#instance.platform.random);
  }

  #seen(queues: readonly MessageQueue[]): readonly MessageQueue[] {
    const { namespace } = this.#settings;
    if (namespace === undefined) return queues;
    return queues.map((queue) => seenQueue(queue, namespace));
  }

  #noQueue(topic: string): ClientError {
    const asked = this.#instance.nameServers.addresses.join(', ');
    const readable = this.#instance.routes.subscribeQueues(topic)?.length ?? 0;
    const text =
      readable === 0
        ? `The name server ${asked} knows no writable queue of topic ${topic}.`
        : `Topic ${topic} can be read but not written: its brokers have lost the permission, or have no master now.`;
    const facts = { topic, responseCode: ResponseCode.TOPIC_NOT_EXIST, nameServers: asked, readableQueues: readable };
    return new ClientError('ROUTE_NOT_FOUND', text, { facts });
  }

  #health(): BrokerFaults | undefined {
    return this.#settings.sendLatencyEnable ? this.faults : undefined;
  }

  /** Source: DefaultMQProducerImpl#sendDefaultImpl, the calls of updateFaultItem. */
  #record(brokerName: string, latencyMs: number, outcome: AttemptOutcome): void {
    if (!this.#settings.sendLatencyEnable) return;
    const isolate = outcome === 'transport' || outcome === 'refused';
    // Without the detector nothing would mark the broker reachable again after a broken connection.
    const reachable = outcome === 'transport' ? !this.#settings.startDetectorEnable : outcome !== 'refused';
    this.faults.record(brokerName, latencyMs, { isolate, reachable });
  }
}

function isQueue(given: MessageQueue | null): boolean {
  return typeof given?.topic === 'string' && typeof given.brokerName === 'string' && Number.isInteger(given.queueId);
}

/** `Array.isArray` does not know readonly arrays. */
export function isBatch<T>(message: T | readonly T[]): message is readonly T[] {
  return Array.isArray(message);
}

/** Rejects as soon as the signal aborts; what is under way then continues, and its result is dropped. */
function raceAbort<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted(signal, 'unsent'));
    const abort = (): void => reject(aborted(signal, 'sent'));
    signal.addEventListener('abort', abort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
