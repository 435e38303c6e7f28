import {
  DEFAULT_CONSUMER_GROUP,
  type MessageQueue,
  retryTopic,
  withNamespace,
  withoutNamespace,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { acquireInstance, releaseInstance } from '../instance/instance-registry.ts';
import { checkOptions } from '../known-options.ts';
import { requireGroup, requireTopic } from '../message/outgoing.ts';
import type { DecoderNeeded } from '../message/serializer.ts';
import { seenQueue } from '../message-queue.ts';
import { ServiceLife, type ServiceWork, unlessAborted } from '../state.ts';
import { openStatus } from '../status/open-status.ts';
import type { ConsumerStatusEvent } from '../status/status-events.ts';
import { type StatusCall, StatusHub, type StatusStream } from '../status/status-hub.ts';
import { type PushConsumerOptions, type PushConsumerSettings, resolveConsumerOptions } from './consumer-options.ts';
import type { ConsumeMessage, MessageListener } from './listener.ts';
import { type MessageSelector, requireExpression } from './message-selector.ts';
import { PushConsumerRun } from './push-consumer-run.ts';
import { Subscriptions } from './subscriptions.ts';

/**
 * Gets the messages of its topics from brokers and hands them to a listener.
 *
 * ```ts
 * const consumer = new PushConsumer({ namesrvAddr: '127.0.0.1:9876', consumerGroup: 'billing' });
 * consumer.subscribe('TopicTest', 'TagA || TagB');
 * await consumer.start(async (message) => { await bill(message.body); });
 * await consumer.stop();
 * ```
 *
 * With a `serializer` messages have values: `new PushConsumer({ …, serializer: json<Order>() })` is a `PushConsumer<Order>`, whose
 * listeners find an `Order` in `message.value`. One serializer serves all topics of a consumer; it may look at `message.topic`.
 *
 * A message counts as handled when the listener's promise resolves; when it rejects, the message comes again later, to
 * some member of the group. Every message is delivered at least once, so a listener must tolerate duplicates.
 */
export class PushConsumer<T = Buffer> implements AsyncDisposable {
  readonly #settings: PushConsumerSettings;
  readonly #life: ServiceLife;
  readonly #status: StatusHub<ConsumerStatusEvent>;
  readonly #subscriptions = new Subscriptions();
  /** By topic, as the user knows it. */
  readonly #listeners = new Map<string, ConsumeMessage<T>>();
  #general: MessageListener<T> | undefined;
  /** Between start and stop. */
  #instance: ClientInstance | undefined;
  #run: PushConsumerRun | undefined;
  #clientId: string | undefined;
  #closeStatus: (() => void) | undefined;

  /** Connects to nothing yet. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL`, `OPTION_UNKNOWN` or `NAME_ILLEGAL`. */
  constructor(options: PushConsumerOptions<T> & DecoderNeeded<T>) {
    checkOptions('PushConsumer', options);
    requireGroup(options.consumerGroup, DEFAULT_CONSUMER_GROUP);
    this.#settings = resolveConsumerOptions(options);
    requireGroup(this.#settings.consumerGroup, DEFAULT_CONSUMER_GROUP);
    this.#status = new StatusHub(this.#settings.platform.clock);
    this.#life = new ServiceLife(`PushConsumer of group ${this.#settings.consumerGroup}`, () => this.#status.end());
  }

  /** `clientIP@instanceName`: the name under which brokers list this client. Undefined before `start`. */
  get clientId(): string | undefined {
    return this.#clientId;
  }

  /** Queues that this member holds now. */
  get queues(): readonly MessageQueue[] {
    const { namespace } = this.#settings;
    return (this.#run?.queues() ?? []).map((queue) => seenQueue(queue, namespace));
  }

  /**
   * Asks for the messages of a topic whose tag the expression names (`TagA || TagB`), or for all of them (`*`, the
   * default), or those whose properties match an SQL92 expression (`sql("price > 10")`). Before or after `start`; a second
   * call for a topic replaces the first. Throws ClientError `NAME_ILLEGAL` or `OPTION_ILLEGAL`, and FilterError for an
   * expression that names no tag. Brokers check an SQL92 expression in `start`; what they refuse later is logged.
   *
   * `listener` gets the messages of this topic, others the one that is given to `start`; when every topic has one of its own,
   * `start` needs none. Topics with listeners of their own get single messages in any order. Throws ClientError `LISTENER_ILLEGAL`.
   */
  subscribe(topic: string, expression?: string | MessageSelector, listener?: ConsumeMessage<T>): void {
    requireTopic(topic);
    if (listener !== undefined && typeof listener !== 'function')
      throw new ClientError('LISTENER_ILLEGAL', `The listener for topic ${topic} is not a function.`, {
        facts: { topic },
      });
    this.#requireSingles(listener);
    requireExpression(topic, expression ?? undefined);
    const name = this.#topicOf(topic);
    // With the namespace it may be too long.
    requireTopic(name);
    this.#subscriptions.add(name, expression, this.#settings.platform.clock.now());
    const seen = withoutNamespace(name, this.#settings.namespace);
    if (listener === undefined) this.#listeners.delete(seen);
    else this.#listeners.set(seen, listener);
    this.#run?.subscriptionsChanged();
  }

  /** Releases the queues of a topic. */
  unsubscribe(topic: string): void {
    this.#subscriptions.delete(this.#topicOf(topic));
    this.#run?.subscriptionsChanged();
  }

  /**
   * Joins the group and begins to deliver. Resolves once queues were shared for the first time, as far as brokers
   * answered; what could not be reached is tried again from then on. May be called again after it failed. Rejects with
   * ClientError `GROUP_TAKEN`, `OFFSETS_UNREADABLE`, `FILTER_REFUSED` or `LISTENER_ILLEGAL`, or `WRONG_STATE`, also when
   * `stop` is called meanwhile.
   */
  async start(listener?: MessageListener<T>): Promise<void> {
    if (listener !== undefined || this.#listeners.size === 0) requireListener(listener);
    if (this.#listeners.size > 0 && listener !== undefined && typeof listener !== 'function')
      throw new ClientError(
        'LISTENER_ILLEGAL',
        'Where topics have listeners of their own, that of start is a function.',
      );
    this.#general = listener;
    await this.#life.start(this.#work(typeof listener === 'object' ? listener : this.#dispatch));
  }

  /** The listener of the topic, else that of `start`. */
  readonly #dispatch: ConsumeMessage<T> = (message, context) => {
    const listener = this.#listeners.get(message.topic) ?? this.#general;
    if (typeof listener === 'function') return listener(message, context);
    throw new ClientError('LISTENER_ILLEGAL', `No listener is there for topic ${message.topic}.`, {
      facts: { topic: message.topic },
    });
  };

  #requireSingles(listener: ConsumeMessage<T> | undefined): void {
    if (listener === undefined || typeof this.#general !== 'object') return;
    throw new ClientError('LISTENER_ILLEGAL', 'The listener of start takes batches, so topics have none of their own.');
  }

  /**
   * What happens to this consumer, from now on: `for await (const event of consumer.status())`. Before, while and after it runs, in
   * any number of loops; each first gets what is connected and assigned now, and ends when the consumer has stopped. `statusEvents`
   * has every event. A reader that is slow loses the oldest of 256 events, and the next one says how many (`missed`).
   */
  status(call?: StatusCall): StatusStream<ConsumerStatusEvent> {
    return this.#status.read(call);
  }

  /** Stops pulling; messages that are here already are still delivered. */
  suspend(): void {
    this.#life.requireRunning('suspend');
    this.#run!.pause(true);
  }

  /** Undoes `suspend`. */
  resume(): void {
    this.#life.requireRunning('resume');
    this.#run!.pause(false);
  }

  /**
   * Leaves the group: no new listener calls, waits for those under way (`awaitTerminationMs`), writes offsets, releases
   * queues. May be called at any time and again, also while `start` is under way.
   */
  stop(): Promise<void> {
    return this.#life.stop(this.#work(undefined));
  }

  /** The same as `stop`. */
  shutdown(): Promise<void> {
    return this.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The name of a topic at brokers. */
  #topicOf(name: string): string {
    return withNamespace(name, this.#settings.namespace);
  }

  #work(listener: MessageListener<T> | undefined): ServiceWork {
    const leave = (): Promise<void> => this.#leave();
    return { begin: (stopping) => this.#begin(listener!, stopping), undo: leave, end: leave };
  }

  async #begin(listener: MessageListener<T>, stopping: AbortSignal): Promise<void> {
    const { consumerGroup, model, platform } = this.#settings;
    if (model === 'CLUSTERING') this.#subscriptions.add(retryTopic(consumerGroup), undefined, platform.clock.now());
    // A broadcasting consumer finds its offsets by its client id, so that must stay the same from run to run.
    this.#instance = await acquireInstance(this.#settings, model === 'CLUSTERING');
    this.#clientId = this.#instance.clientId;
    if (stopping.aborted) return;
    this.#run = new PushConsumerRun(this.#instance, this.#settings, {
      subscriptions: this.#subscriptions,
      status: this.#status,
      // It gets what the serializer of these options makes.
      listener: listener as MessageListener<unknown>,
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
      await this.#run?.stop();
    } finally {
      this.#closeStatus?.();
      this.#run = undefined;
      this.#instance = undefined;
      await releaseInstance(instance);
    }
  }
}

function requireListener<T>(listener: MessageListener<T> | undefined): void {
  const given = listener as { readonly concurrently?: unknown; readonly orderly?: unknown } | null | undefined;
  const functions = [given, given?.concurrently, given?.orderly].filter((one) => typeof one === 'function');
  if (functions.length === 1) return;
  throw new ClientError(
    'LISTENER_ILLEGAL',
    'The listener is neither a function nor an object with exactly one function called `concurrently` or `orderly`.',
  );
}
