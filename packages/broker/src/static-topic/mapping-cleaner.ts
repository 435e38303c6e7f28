import { asError, type Clock, type Logger, type Timer } from '@rocketmq-ts/kernel';
import {
  decodeQueueMappingOfTopic,
  decodeTopicStatsTable,
  GET_TOPIC_CONFIG,
  GET_TOPIC_STATS_INFO,
  type LogicQueueMappingItem,
  ResponseCode,
  type TopicOffset,
  type TopicQueueMappingDetail,
} from '@rocketmq-ts/protocol';
import { isTimeToDelete } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { OtherBrokers } from './other-brokers.ts';
import type { QueueMappings } from './queue-mappings.ts';

const PERIOD_MS = 5 * 60_000;

export interface MappingCleanerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'deleteWhen'>;
  readonly mappings: QueueMappings;
  readonly others: OtherBrokers;
}

/**
 * Forgets what mappings of static topics need no more, in the hours of `deleteWhen`: first stretches whose messages have
 * expired, and queues that moved away more than once. Source: TopicQueueMappingCleanService.
 */
export class MappingCleaner implements Feature {
  readonly #parts: MappingCleanerParts;
  #timer: Timer | undefined;
  #underWay: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: MappingCleanerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.clock.every(PERIOD_MS, () => {
      this.#underWay ??= this.#clean().finally(() => {
        this.#underWay = undefined;
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#underWay;
  }

  async #clean(): Promise<void> {
    const { clock, config, mappings, logger } = this.#parts;
    if (!isTimeToDelete(config.deleteWhen, clock.now())) return;
    for (const [topic, detail] of [...mappings.all()]) {
      if (this.#stopped) return;
      try {
        await this.#cleanExpired(topic, detail);
        await this.#cleanMovedAway(topic, detail);
      } catch (error) {
        // The other brokers are asked again in the next round.
        logger.warn('the mapping of a static topic could not be cleaned', { topic, error: asError(error).message });
      }
    }
  }

  /** The first stretch of a queue that this broker leads is over when none of its messages is left. */
  async #cleanExpired(topic: string, { bname, hostedQueues, epoch }: TopicQueueMappingDetail): Promise<void> {
    const offsets = new Map<string, Map<number, TopicOffset>>();
    const shorter = new Map<number, readonly LogicQueueMappingItem[]>();
    for (const [id, items] of hostedQueues) {
      const [first, ...others] = items;
      if (first === undefined || others.length === 0 || others.at(-1)!.bname !== bname) continue;
      let ofBroker = offsets.get(first.bname);
      if (ofBroker === undefined) {
        ofBroker = await this.#offsetsOf(topic, first.bname);
        offsets.set(first.bname, ofBroker);
      }
      const known = ofBroker.get(first.queueId);
      if (known !== undefined && (known.maxOffset === known.minOffset || known.maxOffset === 0))
        shorter.set(id, others);
    }
    this.#parts.mappings.shorten(topic, epoch, shorter);
  }

  async #offsetsOf(topic: string, brokerName: string): Promise<Map<number, TopicOffset>> {
    const header = { topic, logical: false, targetBrokerName: brokerName };
    const response = await this.#parts.others.request(brokerName, topic, GET_TOPIC_STATS_INFO, header);
    if (response.code !== ResponseCode.SUCCESS) return new Map();
    return new Map(decodeTopicStatsTable(response.body).offsetTable.map(([queue, offset]) => [queue.queueId, offset]));
  }

  /**
   * A queue that moved from here to a second broker and from there to a third one is known by these two; the second one needs to know
   * where it went, the first one does not.
   */
  async #cleanMovedAway(topic: string, detail: TopicQueueMappingDetail): Promise<void> {
    const away = new Map<number, string>();
    for (const [id, items] of detail.hostedQueues) {
      const next = items.at(-1);
      if (next !== undefined && next.bname !== detail.bname) away.set(id, next.bname);
    }
    if (away.size === 0) return;
    const leaders = await this.#parts.others.leadersOf(topic);
    const theirs = new Map<string, TopicQueueMappingDetail | undefined>();
    const gone: number[] = [];
    for (const [id, next] of away) {
      const leader = leaders.get(id);
      if (leader === undefined || leader === next) continue;
      if (!theirs.has(leader)) theirs.set(leader, await this.#mappingAt(topic, leader));
      const other = theirs.get(leader);
      if (other?.totalQueues !== detail.totalQueues || other.epoch !== detail.epoch) continue;
      if (other.hostedQueues.get(id)?.at(-1)?.bname === leader) gone.push(id);
    }
    this.#parts.mappings.forget(topic, detail.epoch, gone);
  }

  async #mappingAt(topic: string, brokerName: string): Promise<TopicQueueMappingDetail | undefined> {
    const header = { topic, logical: true, targetBrokerName: brokerName };
    const response = await this.#parts.others.request(brokerName, topic, GET_TOPIC_CONFIG, header);
    if (response.code !== ResponseCode.SUCCESS) return undefined;
    const detail = decodeQueueMappingOfTopic(response.body);
    return detail?.bname === brokerName ? detail : undefined;
  }
}
