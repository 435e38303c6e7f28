import { DEFAULT_CONSUMER_GROUP, type MessageQueue, retryTopic } from '@rocketmq-ts/protocol';
import type { ClientInstance } from '../instance/client-instance.ts';
import { acquireInstance, releaseInstance } from '../instance/instance-registry.ts';
import { requireGroup, requireTopic } from '../message/outgoing.ts';
import { ServiceStateMachine } from '../state.ts';
import { type PushConsumerOptions, type PushConsumerSettings, resolveConsumerOptions } from './consumer-options.ts';
import type { MessageListener } from './listener.ts';
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
 * A message counts as handled when the listener's promise resolves; when it rejects, the message comes again later, to
 * some member of the group. Every message is delivered at least once, so a listener must tolerate duplicates.
 */
export class PushConsumer implements AsyncDisposable {
  readonly #settings: PushConsumerSettings;
  readonly #state: ServiceStateMachine;
  readonly #subscriptions = new Subscriptions();
  #instance: ClientInstance | undefined;
  #run: PushConsumerRun | undefined;
  #stopped: Promise<void> | undefined;

  /** Connects to nothing yet. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL` or `NAME_ILLEGAL`. */
  constructor(options: PushConsumerOptions) {
    requireGroup(options.consumerGroup, DEFAULT_CONSUMER_GROUP);
    this.#settings = resolveConsumerOptions(options);
    this.#state = new ServiceStateMachine(`PushConsumer of group ${options.consumerGroup}`);
  }

  /** `clientIP@instanceName`: the name under which brokers list this client. Undefined before `start`. */
  get clientId(): string | undefined {
    return this.#instance?.clientId;
  }

  /** Queues that this member holds now. */
  get queues(): readonly MessageQueue[] {
    return this.#run?.queues() ?? [];
  }

  /**
   * Asks for the messages of a topic whose tag the expression names (`TagA || TagB`), or for all of them (`*`, the
   * default). Before or after `start`; a second call for a topic replaces the first. Throws ClientError `NAME_ILLEGAL` or
   * FilterError.
   */
  subscribe(topic: string, expression?: string): void {
    requireTopic(topic);
    this.#subscriptions.add(topic, expression, this.#settings.platform.clock.now());
    this.#run?.subscriptionsChanged();
  }

  /** Lets the queues of a topic go. */
  unsubscribe(topic: string): void {
    this.#subscriptions.delete(topic);
    this.#run?.subscriptionsChanged();
  }

  /**
   * Joins the group and begins to deliver. Resolves once queues were shared for the first time, as far as brokers
   * answered; what could not be reached is tried again from then on. Rejects with ClientError `WRONG_STATE`,
   * `GROUP_TAKEN` or `OFFSETS_UNREADABLE`.
   */
  async start(listener: MessageListener): Promise<void> {
    this.#state.moveTo('STARTING');
    const { consumerGroup, model, platform } = this.#settings;
    let instance: ClientInstance | undefined;
    try {
      if (model === 'CLUSTERING') {
        this.#subscriptions.add(retryTopic(consumerGroup), undefined, platform.clock.now());
      }
      // A broadcasting consumer finds its offsets by its client id, so that must stay the same from run to run.
      instance = await acquireInstance(this.#settings, model === 'CLUSTERING');
      const run = new PushConsumerRun(instance, this.#settings, this.#subscriptions, listener);
      await run.start();
      this.#instance = instance;
      this.#run = run;
      this.#state.moveTo('RUNNING');
    } catch (error) {
      this.#state.moveTo('START_FAILED');
      if (instance !== undefined) await releaseInstance(instance);
      throw error;
    }
  }

  /** Stops pulling; messages that are here already are still delivered. */
  suspend(): void {
    this.#state.requireRunning('suspend');
    this.#run!.pause(true);
  }

  /** Undoes `suspend`. */
  resume(): void {
    this.#state.requireRunning('resume');
    this.#run!.pause(false);
  }

  /**
   * Leaves the group: no new listener calls, waits for those under way (`awaitTerminationMs`), writes offsets, gives
   * queues back. May be called twice.
   */
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

  async #stop(): Promise<void> {
    this.#state.moveTo('SHUTDOWN_ALREADY');
    if (this.#run === undefined || this.#instance === undefined) return;
    await this.#run.stop();
    await releaseInstance(this.#instance);
  }
}
