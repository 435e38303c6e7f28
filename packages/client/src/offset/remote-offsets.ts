import type { Logger } from '@rocketmq-ts/kernel';
import {
  MASTER_ID,
  type MessageQueue,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { BrokerError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { OffsetStore } from './offset-store.ts';

const QUERY_TIMEOUT_MS = 5000;

/** Offsets of a clustering group: brokers keep them. Source: RemoteBrokerOffsetStore. */
export class RemoteOffsets extends OffsetStore {
  readonly isLocal = false;
  readonly #instance: ClientInstance;
  readonly #group: string;
  readonly #logger: Logger;

  constructor(instance: ClientInstance, group: string, logger: Logger) {
    super();
    this.#instance = instance;
    this.#group = group;
    this.#logger = logger;
  }

  load(): void {}

  async stored(queue: MessageQueue): Promise<number | undefined> {
    const address = await this.#addressOf(queue);
    const response = await this.#instance.remoting.request(
      this.#instance.administrationAddress(address),
      QUERY_CONSUMER_OFFSET,
      this.#headerOf(queue),
      { timeoutMs: QUERY_TIMEOUT_MS },
    );
    if (response.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    if (response.code !== ResponseCode.SUCCESS) {
      throw new BrokerError(`QUERY_CONSUMER_OFFSET of group ${this.#group}`, address, response, queue);
    }
    this.update(queue, response.header.offset, false);
    return response.header.offset;
  }

  async persist(queue: MessageQueue): Promise<void> {
    const offset = this.inMemory(queue);
    if (offset === undefined) return;
    try {
      const address = await this.#addressOf(queue);
      await this.#instance.remoting.notify(this.#instance.administrationAddress(address), UPDATE_CONSUMER_OFFSET, {
        ...this.#headerOf(queue),
        commitOffset: offset,
      });
    } catch (error) {
      this.#logger.warn('an offset was not written; the next write mends it', { ...queue, offset, error });
    }
  }

  async commit(queues: readonly MessageQueue[]): Promise<void> {
    const outcomes = await Promise.allSettled(queues.map((queue) => this.#commit(queue)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async persistAll(queues: readonly MessageQueue[]): Promise<void> {
    this.retain(queues);
    await Promise.all(this.snapshot().map(([queue]) => this.persist(queue)));
  }

  async #commit(queue: MessageQueue): Promise<void> {
    const commitOffset = this.inMemory(queue);
    if (commitOffset === undefined) return;
    const address = await this.#addressOf(queue);
    const response = await this.#instance.remoting.request(
      this.#instance.administrationAddress(address),
      UPDATE_CONSUMER_OFFSET,
      { ...this.#headerOf(queue), commitOffset },
      { timeoutMs: QUERY_TIMEOUT_MS },
    );
    if (response.code === ResponseCode.SUCCESS) return;
    throw new BrokerError(`UPDATE_CONSUMER_OFFSET of group ${this.#group}`, address, response, queue);
  }

  #headerOf({ topic, queueId, brokerName }: MessageQueue) {
    return { consumerGroup: this.#group, topic, queueId, targetBrokerName: brokerName };
  }

  /** The master; after a route refresh any replica. */
  async #addressOf(queue: MessageQueue): Promise<string> {
    const { routes } = this.#instance;
    return routes.masterOf(queue) ?? (await routes.refreshedAddress(queue, MASTER_ID)).address;
  }
}
