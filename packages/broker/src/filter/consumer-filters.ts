import { BloomFilter, FilterError, isTagType, type MessageFilter, type SqlFilter } from '@rocketmq-ts/filter';
import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import {
  ExpressionType,
  type JsonInput,
  newDataVersion,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  type SubscriptionData,
} from '@rocketmq-ts/protocol';
import type { BrokerConfig } from '../config-table.ts';
import { BrokerError } from '../errors.ts';
import type { Feature } from '../feature.ts';
import { type FileContent, type JsonFiles, SavedTable } from '../json-file.ts';
import { Refusal } from '../refusal.ts';
import { filterAsJson, isDead, readFilter, type SavedFilter } from './filter-file.ts';
import { RetryFilter } from './retry-filter.ts';
import { SqlCache } from './sql-cache.ts';

/** As Apache's broker saves it. */
const SAVE_PERIOD_MS = 10_000;
/** A broker that starts knows no member: filters count as left alone since so long. */
const DEAD_BEFORE_START_MS = 30_000;

type Config = Pick<
  BrokerConfig,
  | 'enablePropertyFilter'
  | 'filterSupportRetry'
  | 'filterDataCleanTimeSpan'
  | 'maxErrorRateOfBloomFilter'
  | 'expectConsumerNumUseFilter'
>;

interface ConsumerFiltersParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Config;
  readonly files: JsonFiles;
}

interface KnownFilter {
  saved: SavedFilter;
  readonly filter: SqlFilter;
}

/**
 * The SQL92 filters of the groups: compiled when a heartbeat brings them, kept in consumerFilter.json with their bits of the
 * bloom filter, forgotten `filterDataCleanTimeSpan` after the group has left. Which expression of a group counts is decided by
 * its subscriptions. Source: ConsumerFilterManager.
 */
export class ConsumerFilters extends SavedTable implements Feature {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #config: Config;
  readonly #bloom: BloomFilter;
  readonly #cache = new SqlCache();
  /** By group and topic. */
  readonly #groups = new Map<string, Map<string, KnownFilter>>();
  /** By group and topic: the expression that was refused, and why. */
  readonly #refused = new Map<string, Map<string, { readonly expression: string; readonly why: string }>>();
  #changed = false;
  #timer: Timer | undefined;

  constructor({ clock, logger, config, files }: ConsumerFiltersParts) {
    super(files, 'consumerFilter');
    this.#clock = clock;
    this.#logger = logger;
    this.#config = config;
    this.#bloom = new BloomFilter(config.maxErrorRateOfBloomFilter, config.expectConsumerNumUseFilter);
  }

  start(): void {
    this.#load();
    this.#timer = this.#clock.every(SAVE_PERIOD_MS, () => this.#saveIfChanged());
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    if (this.#clean() || this.#changed) await this.save();
  }

  /** The subscriptions of a group that are in force, after a heartbeat or after a member left. */
  stated(group: string, subscriptions: ReadonlyMap<string, SubscriptionData>): void {
    for (const subscription of subscriptions.values()) {
      if (!isTagType(subscription.expressionType) && !subscription.classFilterMode) this.#register(group, subscription);
    }
    for (const [topic, known] of this.#groups.get(group) ?? []) if (!subscriptions.has(topic)) this.#bury(known);
    const refused = this.#refused.get(group);
    for (const topic of refused?.keys() ?? []) if (!subscriptions.has(topic)) refused!.delete(topic);
  }

  /** The last member of a group has left. */
  left(group: string): void {
    for (const known of this.#groups.get(group)?.values() ?? []) this.#bury(known);
    this.#refused.delete(group);
  }

  /** What is registered for a group and a topic. */
  find(group: string, topic: string): SavedFilter | undefined {
    return this.#groups.get(group)?.get(topic)?.saved;
  }

  /**
   * False where the bit map of a message says that it surely does not match; it says nothing of what was stored before the
   * filter.
   */
  mayMatch({ bornTime, bloomFilterData }: SavedFilter, storeTimestamp: number, bitMap: Uint8Array): boolean {
    return storeTimestamp <= bornTime || this.#bloom.mayMatch(bloomFilterData, bitMap);
  }

  /** The filter of a pull that brings no expression, or why it is refused. */
  ofGroup(group: string, topic: string, subVersion: number): MessageFilter | Refusal {
    const known = this.#groups.get(group)?.get(topic);
    if (known === undefined) {
      const why = this.#refused.get(group)?.get(topic)?.why;
      const remark = `The broker's consumer filter data is not exist! Your expression may be wrong: ${why ?? `${group} has registered none for ${topic}`}`;
      return new Refusal(ResponseCode.FILTER_DATA_NOT_EXIST, remark);
    }
    const { clientVersion } = known.saved;
    if (clientVersion < subVersion) {
      const remark = `the consumer's consumer filter data not latest: the broker knows version ${clientVersion}, the pull has ${subVersion}`;
      return new Refusal(ResponseCode.FILTER_DATA_NOT_LATEST, remark);
    }
    return this.#whyOff(known.saved.expressionType) ?? this.#retryFilter(topic) ?? known.filter;
  }

  /**
   * The filter of an expression that a request brings along, or why it is refused: also of a check before a consumer starts.
   */
  ofExpression(topic: string, text: string, type: string): MessageFilter | Refusal {
    const off = this.#whyOff(type);
    if (off !== undefined) return off;
    try {
      return this.#retryFilter(topic) ?? this.#compile(text, type);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      const remark = `parse the consumer's subscription failed: ${error.message}`;
      return new Refusal(ResponseCode.SUBSCRIPTION_PARSE_FAILED, remark);
    }
  }

  #whyOff(type: string): Refusal | undefined {
    if (this.#config.enablePropertyFilter) return undefined;
    const remark = `The broker does not support consumer to filter message by ${type}: enablePropertyFilter is false in its configuration`;
    return new Refusal(ResponseCode.SYSTEM_ERROR, remark);
  }

  #retryFilter(topic: string): MessageFilter | undefined {
    if (!this.#config.filterSupportRetry || !topic.startsWith(RETRY_TOPIC_PREFIX)) return undefined;
    const filters = this.#groups.get(topic.slice(RETRY_TOPIC_PREFIX.length));
    return new RetryFilter((realTopic) => filters?.get(realTopic)?.filter);
  }

  #compile(text: string, type: string): SqlFilter {
    if (type === ExpressionType.SQL92) return this.#cache.filterOf(text);
    throw new FilterError('SQL_SYNTAX', `an expression is of the type TAG or SQL92, not ${type}`, {
      facts: { expression: text },
    });
  }

  #register(group: string, { topic, subString, expressionType, subVersion }: SubscriptionData): void {
    const known = this.#groups.get(group)?.get(topic);
    if (known?.saved.expression === subString && known.saved.expressionType === expressionType) {
      if (known.saved.clientVersion === subVersion && !isDead(known.saved)) return;
      known.saved = { ...known.saved, clientVersion: subVersion, deadTime: 0 };
      this.#changed = true;
      return;
    }
    if (this.#refused.get(group)?.get(topic)?.expression === subString) return;
    try {
      const filter = this.#compile(subString, expressionType);
      const saved = { topic, consumerGroup: group, expression: subString, expressionType, clientVersion: subVersion };
      const bornTime = this.#clock.now();
      const bloomFilterData = this.#bloom.dataOf(group, topic);
      this.#keep({ saved: { ...saved, bornTime, deadTime: 0, bloomFilterData }, filter });
      this.#refused.get(group)?.delete(topic);
      this.#logger.info('a group filters a topic by SQL92', { group, topic, expression: subString });
      this.#warnOfIgnored(filter, group, topic);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.#refuse(group, topic, subString, error.message);
    }
    this.#changed = true;
  }

  /** The filter before is forgotten, so that pulls are refused, with the reason. */
  #refuse(group: string, topic: string, expression: string, why: string): void {
    this.#groups.get(group)?.delete(topic);
    let refused = this.#refused.get(group);
    if (refused === undefined) {
      refused = new Map();
      this.#refused.set(group, refused);
    }
    refused.set(topic, { expression, why });
    this.#logger.warn('an SQL92 expression of a group is refused', { group, topic, why });
  }

  #warnOfIgnored({ text, ignoredFrom }: SqlFilter, group: string, topic: string): void {
    if (ignoredFrom === undefined) return;
    const facts = { group, topic, expression: text, ...ignoredFrom };
    this.#logger.warn(
      'an SQL92 expression ends before its text does; the rest is ignored, as by Apache’s broker',
      facts,
    );
  }

  #keep(known: KnownFilter): void {
    const { consumerGroup, topic } = known.saved;
    let topics = this.#groups.get(consumerGroup);
    if (topics === undefined) {
      topics = new Map();
      this.#groups.set(consumerGroup, topics);
    }
    topics.set(topic, known);
  }

  #bury(known: KnownFilter): void {
    if (isDead(known.saved)) return;
    known.saved = { ...known.saved, deadTime: Math.max(this.#clock.now(), known.saved.bornTime) };
    this.#changed = true;
  }

  #saveIfChanged(): void {
    if (!this.#clean() && !this.#changed) return;
    this.#changed = false;
    this.file.save();
  }

  /** Forgets what died long ago. Source: ConsumerFilterManager#clean. */
  #clean(): boolean {
    const oldest = this.#clock.now() - this.#config.filterDataCleanTimeSpan;
    let cleaned = false;
    for (const [group, topics] of this.#groups) {
      for (const [topic, { saved }] of topics) {
        if (isDead(saved) && saved.deadTime <= oldest) cleaned = topics.delete(topic);
      }
      if (topics.size === 0) this.#groups.delete(group);
    }
    return cleaned;
  }

  protected content(): FileContent {
    const byTopic = new Map<string, { topic: string; groupFilterData: Map<string, JsonInput> }>();
    for (const [group, topics] of this.#groups) {
      for (const [topic, { saved }] of topics) {
        const ofTopic = byTopic.get(topic) ?? { topic, groupFilterData: new Map<string, JsonInput>() };
        ofTopic.groupFilterData.set(group, filterAsJson(saved));
        byTopic.set(topic, ofTopic);
      }
    }
    return { filterDataByTopic: byTopic };
  }

  /**
   * Data of a bloom filter with other settings is all ignored, as Apache's broker does. A damaged file ends no start: members
   * register their filters again with their next heartbeat.
   */
  #load(): void {
    const saved = this.#read();
    const made = saved.filter(({ bloomFilterData }) => this.#bloom.hasMade(bloomFilterData));
    if (made.length < saved.length) {
      const was = saved.find(({ bloomFilterData }) => !this.#bloom.hasMade(bloomFilterData))?.bloomFilterData.bitNum;
      this.#logger.info('saved filters are of another bloom filter and ignored', { was, bits: this.#bloom.bitNum });
      return;
    }
    for (const one of made) {
      const { expression, expressionType, consumerGroup, topic, bornTime } = one;
      try {
        const filter = this.#compile(expression, expressionType);
        const deadTime = one.deadTime || Math.max(bornTime, this.#clock.now() - DEAD_BEFORE_START_MS);
        this.#keep({ saved: { ...one, deadTime }, filter });
      } catch (error) {
        this.#logger.warn('a saved filter is ignored', { group: consumerGroup, topic, expression, error });
      }
    }
  }

  #read(): readonly SavedFilter[] {
    try {
      const dataVersion = newDataVersion(0);
      const saved = this.file.load('filterDataByTopic', (members) => ({
        dataVersion,
        topics: members.table('filterDataByTopic', (topic) => [...topic.table('groupFilterData', readFilter).values()]),
      }));
      return [...(saved?.topics.values() ?? [])].flat();
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== 'CONFIG_FILE_BROKEN') throw error;
      this.#logger.warn('saved filters can not be read; groups register theirs again with their heartbeats', { error });
      return [];
    }
  }
}
