import { DEFAULT_CONSUMER_GROUP, type MessageQueue, withNamespace } from '@rocketmq-ts/protocol';
import { ClientError } from '../../errors.ts';
import type { ClientInstance } from '../../instance/client-instance.ts';
import { acquireInstance, releaseInstance } from '../../instance/instance-registry.ts';
import { checkOptions } from '../../known-options.ts';
import type { MessageExt } from '../../message/message-ext.ts';
import { requireGroup, requireTopic } from '../../message/outgoing.ts';
import type { DecoderNeeded } from '../../message/serializer.ts';
import { seenQueue } from '../../message-queue.ts';
import { ServiceLife, type ServiceWork, unlessAborted } from '../../state.ts';
import { openStatus } from '../../status/open-status.ts';
import type { ConsumerStatusEvent } from '../../status/status-events.ts';
import { type StatusCall, StatusHub, type StatusStream } from '../../status/status-hub.ts';
import { consumeFacts } from '../consume-facts.ts';
import { deliver } from '../deliver.ts';
import { type MessageSelector, requireExpression } from '../message-selector.ts';
import { maxOffset, minOffset, offsetForTimestamp } from '../queue-offsets.ts';
import { Subscriptions } from '../subscriptions.ts';
import type { Hand } from './polled-messages.ts';
import {
  type PullConsumerOptions,
  type PullConsumerSettings,
  resolvePullConsumerOptions,
} from './pull-consumer-options.ts';
import { PullConsumerRun, type PullMode } from './pull-consumer-run.ts';
import { type TopicQueuesListener, TopicWatch } from './topic-watch.ts';

/** What one `poll` has of its own. */
export interface PollCall {
  /** How long to wait for messages; 0 takes what is here. Default: the consumer's `pollTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait: `poll` rejects, a loop ends. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a group is in a queue: the offset of the next message that it wants. */
export interface QueueOffset {
  readonly queue: MessageQueue;
  readonly offset: number;
}

/**
 * Gets the messages of its topics when it is asked for them, and says itself how far its group is.
 *
 * ```ts
 * await using consumer = new PullConsumer({ namesrvAddr: '127.0.0.1:9876', consumerGroup: 'billing' });
 * consumer.subscribe('TopicTest', 'TagA || TagB');
 * await consumer.start();
 * for await (const message of consumer) await bill(message.body);
 * ```
 *
 * With `autoCommit` a message counts as handled when more are asked for: by the next `poll`, or by the next turn of a loop. Then
 * the group's progress moves, which Java's lite pull consumers of the group share. A loop that is left by `break` or by an error
 * leaves its message unhandled: it is the first to come again, unless `commit` was called. Every message is delivered at least
 * once. A `serializer` makes `message.value`, as of `PushConsumer`. Source: DefaultLitePullConsumer.
 */
export class PullConsumer<T = Buffer> implements AsyncDisposable, AsyncIterable<MessageExt<T>> {
  readonly #settings: PullConsumerSettings;
  readonly #life: ServiceLife;
  readonly #status: StatusHub<ConsumerStatusEvent>;
  readonly #work: ServiceWork;
  readonly #subscriptions = new Subscriptions();
  readonly #watch = new TopicWatch();
  /** Undefined until `subscribe` or `assign` was called. */
  #mode: PullMode | undefined;
  #assigned: readonly MessageQueue[] = [];
  /** Between start and stop. */
  #instance: ClientInstance | undefined;
  #run: PullConsumerRun | undefined;
  #clientId: string | undefined;
  #closeStatus: (() => void) | undefined;
  /** What earlier polls resolved with. */
  #polled: Hand[] = [];

  /** Connects to nothing yet. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL`, `OPTION_UNKNOWN` or `NAME_ILLEGAL`. */
  constructor(options: PullConsumerOptions<T> & DecoderNeeded<T>) {
    checkOptions('PullConsumer', options);
    requireGroup(options.consumerGroup, DEFAULT_CONSUMER_GROUP);
    this.#settings = resolvePullConsumerOptions(options);
    requireGroup(this.#settings.consumerGroup, DEFAULT_CONSUMER_GROUP);
    this.#status = new StatusHub(this.#settings.platform.clock);
    this.#life = new ServiceLife(`PullConsumer of group ${this.#settings.consumerGroup}`, () => this.#status.end());
    const leave = (): Promise<void> => this.#leave();
    this.#work = { begin: (stopping) => this.#begin(stopping), undo: leave, end: leave };
  }

  /** `clientIP@instanceName`: the name under which brokers list this client. Undefined before `start`. */
  get clientId(): string | undefined {
    return this.#clientId;
  }

  /** Queues that this consumer reads now. */
  get queues(): readonly MessageQueue[] {
    return (this.#run?.queues() ?? []).map((queue) => seenQueue(queue, this.#settings.namespace));
  }

  /**
   * Shares the queues of a topic with the other members of the group, and wants the messages that the expression selects; see
   * `PushConsumer.subscribe`. Before or after `start`. Throws ClientError `NAME_ILLEGAL`, `OPTION_ILLEGAL`,
   * `SUBSCRIPTION_CONFLICT` after `assign`, and FilterError.
   */
  subscribe(topic: string, expression?: string | MessageSelector): void {
    const name = this.#topicOf(topic);
    requireExpression(topic, expression);
    this.#setMode('subscribe');
    this.#subscriptions.add(name, expression, this.#settings.platform.clock.now());
    this.#run?.choose('subscribe');
    this.#run?.subscriptionsChanged();
  }

  /** Releases the queues of a topic. */
  unsubscribe(topic: string): void {
    const name = this.#topicOf(topic);
    this.#subscriptions.delete(name);
    this.#assigned = this.#assigned.filter((queue) => queue.topic !== name);
    if (this.#mode === 'assign') this.#run?.assign(this.#assigned);
    else this.#run?.subscriptionsChanged();
  }

  /**
   * Reads exactly these queues, whatever other members do, in place of those before. Before or after `start`. `expression`
   * selects messages, as with `subscribe`; for topics that have one already the later one counts. Throws ClientError
   * `NAME_ILLEGAL`, `OPTION_ILLEGAL`, `SUBSCRIPTION_CONFLICT` after `subscribe`, and FilterError.
   */
  assign(queues: readonly MessageQueue[], expression?: string | MessageSelector): void {
    const own = queues.map((queue) => this.#ownQueue(queue));
    for (const { topic } of own) requireExpression(topic, expression);
    this.#setMode('assign');
    const topics = new Set(own.map(({ topic }) => topic));
    for (const topic of this.#subscriptions.topics()) if (!topics.has(topic)) this.#subscriptions.delete(topic);
    for (const topic of topics) {
      if (expression === undefined && this.#subscriptions.get(topic) !== undefined) continue;
      this.#subscriptions.add(topic, expression, this.#settings.platform.clock.now());
    }
    this.#assigned = own;
    this.#run?.choose('assign');
    this.#run?.assign(own);
  }

  /**
   * Joins the group and begins to pull. Resolves once queues were shared for the first time, as far as brokers answered. May be
   * called again after it failed. Rejects with ClientError `GROUP_TAKEN`, `OFFSETS_UNREADABLE`, `FILTER_REFUSED` or
   * `WRONG_STATE`, also when `stop` is called meanwhile.
   */
  start(): Promise<void> {
    return this.#life.start(this.#work);
  }

  /**
   * Resolves with the messages of one pull of one queue, at most `pullBatchSize`; with none when the time is up or the consumer
   * stops. What earlier polls resolved with counts as handled. Rejects with ClientError `WRONG_STATE`, `OPTION_ILLEGAL` or
   * `ABORTED`.
   */
  async poll({ timeoutMs = this.#settings.pollTimeoutMs, signal }: PollCall = {}): Promise<readonly MessageExt<T>[]> {
    this.#life.requireRunning('poll');
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
      throw new ClientError('OPTION_ILLEGAL', `timeoutMs is ${timeoutMs}, but must be a number from 0 on.`, {
        facts: { option: 'timeoutMs' },
      });
    const run = this.#run!;
    for (const hand of this.#polled.splice(0)) run.polled.finish(hand);
    const beganMs = run.context.clock.monotonicMs();
    const hand = signal?.aborted ? undefined : await run.next(this.#settings.pullBatchSize, timeoutMs, signal);
    if (hand === undefined) {
      if (signal?.aborted)
        throw new ClientError('ABORTED', 'The poll was ended by its signal.', {
          cause: signal.reason,
          facts: { group: this.#settings.consumerGroup },
        });
      return [];
    }
    this.#polled.push(hand);
    return received<T>(run, hand, beganMs);
  }

  /** The messages one by one; the loop ends when the consumer stops or the signal aborts. Needs a started consumer. */
  async *messages({ signal }: Pick<PollCall, 'signal'> = {}): AsyncGenerator<MessageExt<T>, void, undefined> {
    for await (const [message] of this.#loop(1, signal)) yield message!;
  }

  /** The same in lists: each has messages of one pull of one queue, at most `pullBatchSize`. */
  batches({ signal }: Pick<PollCall, 'signal'> = {}): AsyncGenerator<readonly MessageExt<T>[], void, undefined> {
    return this.#loop(this.#settings.pullBatchSize, signal);
  }

  [Symbol.asyncIterator](): AsyncGenerator<MessageExt<T>, void, undefined> {
    return this.messages();
  }

  /**
   * Writes how far the group is: behind all messages that this consumer has given out, those that a loop has in hand included;
   * or exactly at the given offsets. Resolves when brokers (or the file of a broadcasting consumer) have it. Rejects with
   * ClientError `WRONG_STATE`, `QUEUE_NOT_ASSIGNED`, `OPTION_ILLEGAL`, BrokerError or RemotingError; then the next write mends
   * it.
   */
  async commit(offsets?: readonly QueueOffset[]): Promise<void> {
    this.#life.requireRunning('commit');
    const given = offsets?.map(({ queue, offset }) => [this.#ownQueue(queue), requireOffset(offset)] as const);
    if (given === undefined) this.#polled = [];
    await this.#run!.commit(given);
  }

  /** How far the group is in a queue; undefined where it has not written anything. Rejects as `commit`. */
  async committed(queue: MessageQueue): Promise<number | undefined> {
    this.#life.requireRunning('committed');
    const own = this.#ownQueue(queue);
    const { offsets } = this.#run!.context;
    return offsets.inMemory(own) ?? (await offsets.stored(own));
  }

  /**
   * Continues a queue at an offset. What was pulled of it and is not polled is dropped. Rejects with ClientError
   * `QUEUE_NOT_ASSIGNED`, `OFFSET_ILLEGAL` for one that the queue does not have, `WRONG_STATE`, BrokerError or RemotingError.
   */
  async seek(queue: MessageQueue, offset: number): Promise<void> {
    const assigned = this.#assignedQueue(queue, 'seek');
    requireOffset(offset);
    const { context } = this.#run!;
    const own = await this.#reachable(assigned);
    const [least, most] = await Promise.all([minOffset(context, own), maxOffset(context, own)]);
    if (offset < least || offset > most) {
      const { topic, queueId } = own;
      const text = `Queue ${queueId} of topic ${topic} has the offsets ${least} to ${most}, not ${offset}.`;
      throw new ClientError('OFFSET_ILLEGAL', text, { facts: { ...own, offset, minOffset: least, maxOffset: most } });
    }
    this.#seek(own, offset);
  }

  /** Continues a queue at its first message. Rejects as `seek`. */
  async seekToBegin(queue: MessageQueue): Promise<void> {
    const own = this.#assignedQueue(queue, 'seekToBegin');
    this.#seek(own, await this.minOffset(queue));
  }

  /** Continues a queue behind its last message. Rejects as `seek`. */
  async seekToEnd(queue: MessageQueue): Promise<void> {
    const own = this.#assignedQueue(queue, 'seekToEnd');
    this.#seek(own, await this.maxOffset(queue));
  }

  /**
   * The offset of the first message of a queue that was stored then or later. Rejects with ClientError, BrokerError or
   * RemotingError.
   */
  async offsetForTimestamp(queue: MessageQueue, timestamp: number | Date): Promise<number> {
    this.#life.requireRunning('offsetForTimestamp');
    return offsetForTimestamp(this.#run!.context, await this.#reachable(queue), requireOffset(Number(timestamp)));
  }

  /** The lowest offset that a queue still has. Rejects as `offsetForTimestamp`. */
  async minOffset(queue: MessageQueue): Promise<number> {
    this.#life.requireRunning('minOffset');
    return minOffset(this.#run!.context, await this.#reachable(queue));
  }

  /** The offset that the next message of a queue gets. Rejects as `offsetForTimestamp`. */
  async maxOffset(queue: MessageQueue): Promise<number> {
    this.#life.requireRunning('maxOffset');
    return maxOffset(this.#run!.context, await this.#reachable(queue));
  }

  /**
   * Pulls no more of these queues; what was pulled before still comes. Throws ClientError `QUEUE_NOT_ASSIGNED` or
   * `WRONG_STATE`.
   */
  pause(queues: readonly MessageQueue[]): void {
    this.#setPaused('pause', queues, true);
  }

  /** Undoes `pause`. */
  resume(queues: readonly MessageQueue[]): void {
    this.#setPaused('resume', queues, false);
  }

  /**
   * The queues of a topic that can be read, by broker and id. Rejects with ClientError `ROUTE_NOT_FOUND`, `NAMESRV_UNREACHABLE`
   * or `WRONG_STATE`.
   */
  async fetchMessageQueues(topic: string): Promise<readonly MessageQueue[]> {
    this.#life.requireRunning('fetchMessageQueues');
    const { routes, nameServers } = this.#run!.context.instance;
    const name = this.#topicOf(topic);
    await routes.refresh(name);
    const queues = routes.subscribeQueues(name);
    if (queues !== undefined) return queues.map((queue) => seenQueue(queue, this.#settings.namespace));
    const asked = nameServers.addresses.join(', ');
    const text = `The name server ${asked} knows no readable queue of topic ${topic}.`;
    throw new ClientError('ROUTE_NOT_FOUND', text, { facts: { topic, nameServers: asked } });
  }

  /**
   * Calls the listener when a topic gets or loses queues, which is looked at every `topicMetadataCheckIntervalMs` while the
   * consumer runs. Returns a function that ends it. Throws ClientError `NAME_ILLEGAL`.
   */
  onTopicQueuesChanged(topic: string, listener: TopicQueuesListener): () => void {
    return this.#watch.add(this.#topicOf(topic), listener);
  }

  /**
   * What happens to this consumer, from now on: `for await (const event of consumer.status())`. Before, while and after it
   * runs, in any number of loops; each first gets what is connected and assigned now, and ends when the consumer has stopped.
   * `statusEvents` has every event. A reader that is slow loses the oldest of 256 events, and the next one says how many
   * (`missed`).
   */
  status(call?: StatusCall): StatusStream<ConsumerStatusEvent> {
    return this.#status.read(call);
  }

  /**
   * Leaves the group: waits for loops to be done with what they have in hand (`awaitTerminationMs`), writes offsets with
   * `autoCommit`, releases queues. A `poll` that waits resolves with nothing, loops end. Inside a loop use `break`, and stop
   * after it. May be called at any time and again, also while `start` is under way.
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

  async *#loop(
    limit: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly MessageExt<T>[], void, undefined> {
    this.#life.requireRunning('a loop over it');
    const run = this.#run!;
    for (;;) {
      const beganMs = run.context.clock.monotonicMs();
      const hand = await run.next(limit, Number.POSITIVE_INFINITY, signal);
      if (hand === undefined) return;
      let done = false;
      run.begins(hand);
      try {
        yield received<T>(run, hand, beganMs);
        done = true;
      } finally {
        run.ends(hand, done);
      }
    }
  }

  #setMode(mode: PullMode): void {
    if (this.#mode !== undefined && this.#mode !== mode) {
      const text = `${mode} was called, but ${this.#mode} was called before.`;
      throw new ClientError('SUBSCRIPTION_CONFLICT', text, { facts: { before: this.#mode, now: mode } });
    }
    this.#mode = mode;
  }

  #setPaused(method: string, queues: readonly MessageQueue[], paused: boolean): void {
    const own = queues.map((queue) => this.#assignedQueue(queue, method));
    for (const queue of own) this.#run!.requireWindow(queue).paused = paused;
  }

  #seek(queue: MessageQueue, offset: number): void {
    // A rebalance or a stop may have come between.
    this.#life.requireRunning('seek');
    this.#run!.seek(queue, offset);
  }

  /** Throws ClientError `WRONG_STATE` or `QUEUE_NOT_ASSIGNED`. */
  #assignedQueue(queue: MessageQueue, method: string): MessageQueue {
    this.#life.requireRunning(method);
    const own = this.#ownQueue(queue);
    this.#run!.requireWindow(own);
    return own;
  }

  /** A queue whose broker is known, as far as name servers know it. */
  async #reachable(queue: MessageQueue): Promise<MessageQueue> {
    const own = this.#ownQueue(queue);
    const { routes } = this.#run!.context.instance;
    if (routes.masterOf(own) === undefined) await routes.refresh(own.topic);
    return own;
  }

  /** A copy of a queue, by its name at brokers. Throws ClientError `NAME_ILLEGAL` or `QUEUE_ILLEGAL`. */
  #ownQueue(queue: MessageQueue): MessageQueue {
    const { topic, brokerName, queueId } = queue ?? {};
    if (typeof brokerName !== 'string' || !Number.isInteger(queueId) || queueId < 0)
      throw new ClientError('QUEUE_ILLEGAL', 'A queue has a topic, a brokerName and a queueId.', { facts: { queue } });
    return { topic: this.#topicOf(topic), brokerName, queueId };
  }

  /** The name of a topic at brokers. Throws ClientError `NAME_ILLEGAL`. */
  #topicOf(topic: string): string {
    requireTopic(topic);
    const name = withNamespace(topic, this.#settings.namespace);
    // With the namespace it may be too long.
    requireTopic(name);
    return name;
  }

  async #begin(stopping: AbortSignal): Promise<void> {
    // A broadcasting consumer finds its offsets by its client id, so that must stay the same from run to run.
    this.#instance = await acquireInstance(this.#settings, this.#settings.model === 'CLUSTERING');
    this.#clientId = this.#instance.clientId;
    if (stopping.aborted) return;
    this.#run = new PullConsumerRun(this.#instance, {
      settings: this.#settings,
      subscriptions: this.#subscriptions,
      status: this.#status,
      watch: this.#watch,
      mode: this.#mode,
      assigned: this.#assigned,
    });
    this.#closeStatus = openStatus(this.#status, this.#instance.peers, () => {
      const { queues } = this;
      return queues.length === 0 ? [] : [{ type: 'rebalanced' as const, queues }];
    });
    await unlessAborted(stopping, this.#run.start());
  }

  async #leave(): Promise<void> {
    const instance = this.#instance;
    if (instance === undefined) return;
    try {
      // A poll that waits has said that what was polled before is handled.
      await this.#run?.stop();
    } finally {
      this.#closeStatus?.();
      this.#run = undefined;
      this.#instance = undefined;
      await releaseInstance(instance);
    }
  }
}

/** Throws ClientError `OPTION_ILLEGAL`. */
function requireOffset(offset: number): number {
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new ClientError('OPTION_ILLEGAL', `The offset or time is ${offset}, but must be a whole number from 0 on.`, {
    facts: { offset },
  });
}

/** What the user gets of these messages. */
function received<T>({ context }: PullConsumerRun, hand: Hand, beganMs: number): MessageExt<T>[] {
  const messages = deliver(hand.messages, context) as MessageExt<T>[];
  const facts = () => consumeFacts(context, hand.window.queue, messages, hand.messages);
  context.watcher?.received(facts, context.clock.monotonicMs() - beganMs);
  return messages;
}
