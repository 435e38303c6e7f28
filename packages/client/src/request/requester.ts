import { sleep } from '@rocketmq-ts/kernel';
import { MessageProperty, replyTopic } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import type { MessageExt } from '../message/message-ext.ts';
import { type OutgoingMessage, withProperties } from '../message/outgoing.ts';
import type { Delivery, MessageSender } from '../producer/message-sender.ts';
import { aborted } from '../producer/send-loop.ts';
import { PendingReplies, type PendingRequest } from './pending-replies.ts';

/** Brokers that answer no heartbeat hold up a request no longer than this, nor than a quarter of its time. */
const ANNOUNCE_MS = 1000;

/** Runs a send when it is its turn. */
type InTurn = (send: () => Promise<unknown>) => Promise<unknown>;

/** Sends messages that are to be replied to, and resolves each call with its reply. Source: DefaultMQProducerImpl#request. */
export class Requester {
  readonly #instance: ClientInstance;
  readonly #sender: MessageSender;
  readonly #pending: PendingReplies;
  /** Topics whose brokers, and those of their replies, are known. */
  readonly #prepared = new Set<string>();
  readonly #replyTopics = new Set<string>();

  /** `most`: so many requests wait at a time. */
  constructor(instance: ClientInstance, sender: MessageSender, most: number) {
    this.#instance = instance;
    this.#sender = sender;
    this.#pending = new PendingReplies(instance.clock, instance.platform.random, most);
  }

  /** Whether any request waits for its reply. */
  get waits(): boolean {
    return this.#pending.size > 0;
  }

  /** Topics that brokers store replies in; their routes name the brokers that may have a reply for us. */
  get replyTopics(): Iterable<string> {
    return this.#replyTopics;
  }

  /** Resolves with the reply. Rejects as the send does, or with ClientError `REPLY_TIMEOUT`, `TOO_MANY_REQUESTS`, `STOPPED`, `ABORTED`. */
  async request(message: OutgoingMessage, delivery: Delivery, inTurn: InTurn): Promise<MessageExt> {
    const { signal, timeoutMs } = delivery;
    if (signal?.aborted === true) throw aborted(signal, 'unsent');
    let unlisten = (): void => {};
    const reply = this.#pending.add(message.topic, timeoutMs, (request) => {
      const fail = (error: unknown): void => this.#pending.fail(request.correlationId, error);
      if (signal !== undefined) {
        const abort = (): void => fail(aborted(signal, 'sent'));
        signal.addEventListener('abort', abort, { once: true });
        unlisten = () => signal.removeEventListener('abort', abort);
      }
      this.#send(request, message, delivery, inTurn).catch(fail);
    });
    return await reply.finally(() => unlisten());
  }

  /** A broker has a reply for this client; false when no request of this producer waits for it. */
  take(correlationId: string, reply: MessageExt): boolean {
    return this.#pending.take(correlationId, reply);
  }

  /** Ends the wait of all requests: their producer stops. */
  stop(): void {
    this.#pending.failAll(({ topic, correlationId, sent }) => {
      const text = `The producer was stopped before a reply to its request to topic ${topic} came`;
      return new ClientError('STOPPED', text, { facts: { topic, correlationId, perhapsStored: sent } });
    });
  }

  async #send(request: PendingRequest, message: OutgoingMessage, delivery: Delivery, inTurn: InTurn): Promise<void> {
    const { clock, clientId } = this.#instance;
    const { correlationId, timeoutMs } = request;
    // By these it is replied to. Source: DefaultMQProducerImpl#prepareSendRequest.
    const outgoing = withProperties(message, [
      [MessageProperty.CORRELATION_ID, correlationId],
      [MessageProperty.MESSAGE_REPLY_TO_CLIENT, clientId],
      [MessageProperty.MESSAGE_TTL, String(Math.ceil(timeoutMs))],
    ]);
    await this.#announce(request);
    await inTurn(async () => {
      // It may have ended while it waited for its turn.
      if (!this.#pending.has(correlationId)) return;
      const leftMs = Math.max(1, request.deadlineMs - clock.monotonicMs());
      await this.#sender.send(outgoing, { ...delivery, timeoutMs: leftMs, signal: undefined });
      request.sent = true;
    });
  }

  /**
   * A reply comes over any broker of the cluster, and only to a client from which that broker has had a heartbeat. So brokers
   * that know nothing of this client yet get one before the request leaves. (Apache's client does so at the first request
   * to a topic only, and knows no brokers but those of its topics.)
   */
  async #announce({ topic: name, timeoutMs }: PendingRequest): Promise<void> {
    const topic = this.#sender.topicOf(name);
    const { routes, heartbeat, clock, logger } = this.#instance;
    if (!this.#prepared.has(topic)) {
      await this.#sender.publishQueues(topic);
      const replies = routes.clustersOf(topic).map(replyTopic);
      const unknown = replies.filter((each) => !this.#replyTopics.has(each));
      for (const each of unknown) this.#replyTopics.add(each);
      const asked = await Promise.allSettled(unknown.map((each) => routes.refresh(each)));
      for (const outcome of asked)
        if (outcome.status === 'rejected')
          logger.warn('the brokers of a reply topic could not be asked for', { topic, error: outcome.reason });
      this.#prepared.add(topic);
    }
    const announcing = heartbeat.announceToAll();
    if (announcing === undefined) return;
    const settled = new AbortController();
    announcing.finally(() => settled.abort());
    await sleep(clock, Math.min(ANNOUNCE_MS, timeoutMs / 4), settled.signal);
  }
}
