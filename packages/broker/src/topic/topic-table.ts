import type { Logger } from '@rocketmq-ts/kernel';
import {
  createTopicConfig,
  createTopicConfigWrapper,
  type DataVersion,
  isRetryTopic,
  isSystemTopic,
  Perm,
  REVIVE_TOPIC_PREFIX,
  readTopicConfigWrapper,
  replyTopic,
  SYNC_BROKER_MEMBER_TOPIC_PREFIX,
  SYSTEM_TOPICS,
  SystemTopic,
  sameDataVersion,
  sameTopicConfig,
  type TopicConfig,
  type TopicConfigSerializeWrapper,
  TopicSysFlag,
  topicConfigJson,
  topicConfigWrapperJson,
  validateTopic,
} from '@rocketmq-ts/protocol';
import type { QueueType } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { type FileContent, type JsonFiles, SavedTable } from '../json-file.ts';
import { TableText } from '../table-text.ts';
import { hasBatchQueues } from './attributes.ts';
import { type LogEnds, LogMarks, readSavedMarks, type SavedMarks } from './log-marks.ts';
import { whyNotSoManyQueues } from './queue-count.ts';

const REVIVE_QUEUE_NUMS = 8;
const SCHEDULE_QUEUE_NUMS = 18;
/** With so many remembered deletions none is added of a topic that is not there: clients may ask for any name. */
const MAX_DELETED_UNKNOWN = 10_000;

/** Called after a change, with the topics that changed: they are announced to the name servers. */
export type TopicChangeListener = (changed: readonly TopicConfig[]) => void;

export interface TopicTableParts {
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly files: JsonFiles;
  /** The cluster and the broker have topics of their names. */
  readonly identity: { readonly clusterName: string; readonly brokerName: string };
  readonly log: LogEnds;
}

/** The topics of this broker: topics.json, the system's own, automatic creation. Source: TopicConfigManager. */
export class TopicTable extends SavedTable {
  readonly #topics = new Map<string, TopicConfig>();
  readonly #text = new TableText(topicConfigJson);
  readonly #ownSystemTopics = new Set<string>();
  readonly #logger: Logger;
  readonly #config: BrokerConfig;
  /** What the file has about the log. */
  readonly marks: LogMarks;
  #savedMarks: SavedMarks | undefined;
  /** There was a file at the start. */
  wasSaved = false;
  /** Topics of that file whose numbers of queues are impossible: they exist, but not so. */
  readonly leftOut = new Map<string, TopicConfig>();
  onChange: TopicChangeListener = () => {};

  constructor({ logger, config, files, identity, log }: TopicTableParts) {
    super(files, 'topics');
    this.#logger = logger;
    this.#config = config;
    this.marks = new LogMarks(log);
    this.#addSystemTopics(identity.clusterName, identity.brokerName);
  }

  #addSystemTopics(cluster: string, broker: string): void {
    const readWrite = Perm.READ | Perm.WRITE;
    const all = readWrite | Perm.INHERIT;
    const config = this.#config;
    const add = (name: string, queues: number, perm: number): void => {
      this.#ownSystemTopics.add(name);
      this.#topics.set(name, createTopicConfig(name, { ...queueNums(queues), perm }));
    };
    add(SystemTopic.SELF_TEST, 1, readWrite);
    if (config.autoCreateTopicEnable) add(SystemTopic.AUTO_CREATE_TOPIC_KEY, config.defaultTopicQueueNums, all);
    add(SystemTopic.BENCHMARK, 1024, readWrite);
    add(cluster, 16, config.clusterTopicEnable ? all : Perm.INHERIT);
    add(broker, 1, config.brokerTopicEnable ? all : Perm.INHERIT);
    add(SystemTopic.OFFSET_MOVED_EVENT, 1, readWrite);
    add(SystemTopic.SCHEDULE, SCHEDULE_QUEUE_NUMS, readWrite);
    this.#placeTraceTopic();
    add(replyTopic(cluster), 1, readWrite);
    add(REVIVE_TOPIC_PREFIX + cluster, REVIVE_QUEUE_NUMS, readWrite);
    add(SYNC_BROKER_MEMBER_TOPIC_PREFIX + broker, 1, Perm.INHERIT);
    add(SystemTopic.TRANS_HALF, 1, readWrite);
    add(SystemTopic.TRANS_OP_HALF, 1, readWrite);
    add(SystemTopic.WHEEL_TIMER, 1, readWrite);
  }

  /** What the file holds replaces what is in the table. Before the log is opened, which needs to know the types of queues. */
  load(): void {
    const saved = this.file.load('topicConfigTable', (members) => ({
      ...readTopicConfigWrapper(members),
      marks: readSavedMarks(members),
    }));
    if (saved === undefined) return;
    this.wasSaved = true;
    this.#savedMarks = saved.marks;
    for (const [name, topic] of saved.topicConfigTable) {
      const reason = whyNotSoManyQueues(name, topic.readQueueNums, topic.writeQueueNums);
      if (reason === undefined) {
        this.#topics.set(name, topic);
        continue;
      }
      this.leftOut.set(name, topic);
      this.#logger.error('a topic in topics.json is left out', { topic: name, reason });
    }
    this.#placeTemplate();
  }

  /** The ends of the log are known now. */
  logOpened(): void {
    if (this.#savedMarks !== undefined) this.marks.take(this.#savedMarks);
    this.#savedMarks = undefined;
  }

  /** The end of the log was cut off. */
  logWasCut(end: number): void {
    this.marks.logWasCut(end);
    this.file.save();
  }

  /** How the queues of a topic are kept; undefined for one that is not in the table. Source: QueueTypeUtils. */
  queueTypeOf(name: string): QueueType | undefined {
    const topic = this.#topics.get(name) ?? this.leftOut.get(name);
    return topic && (hasBatchQueues(topic) ? 'BatchCQ' : 'SimpleCQ');
  }

  /**
   * Topics are created from TBW102, by whose route clients see that they may be: it exists exactly while
   * autoCreateTopicEnable is on. True when that changed something. Source: TopicConfigManager.
   */
  #placeTemplate(): boolean {
    const name = SystemTopic.AUTO_CREATE_TOPIC_KEY;
    const { autoCreateTopicEnable, defaultTopicQueueNums: queues } = this.#config;
    const known = this.#topics.get(name);
    if (!autoCreateTopicEnable) return this.#topics.delete(name);
    if (known !== undefined && Perm.isInherited(known.perm)) return false;
    const perm = Perm.READ | Perm.WRITE | Perm.INHERIT;
    this.#topics.set(name, createTopicConfig(name, { ...queueNums(queues), perm }));
    return true;
  }

  /**
   * Makes the topic for traces of messages where it is wanted; true when there was none. Once made it stays. Source:
   * TopicConfigManager.
   */
  #placeTraceTopic(): boolean {
    const { traceTopicEnable, msgTraceTopicName: name } = this.#config;
    if (!traceTopicEnable) return false;
    this.#ownSystemTopics.add(name);
    if (this.#topics.has(name)) return false;
    this.#topics.set(name, createTopicConfig(name, queueNums(1)));
    return true;
  }

  /** Follows properties that were changed while the broker runs. */
  followConfig(): void {
    const templateChanged = this.#placeTemplate();
    if (this.#placeTraceTopic() || templateChanged) this.#changed([]);
  }

  /**
   * Topics that the name server keeps an order configuration for are ordered. Source:
   * TopicConfigManager#updateOrderTopicConfig.
   */
  markOrdered(names: Iterable<string>): void {
    for (const name of names) {
      const topic = this.#topics.get(name);
      if (topic !== undefined && !topic.order) this.put({ ...topic, order: true });
    }
  }

  protected content(): FileContent {
    const withoutTopics = topicConfigWrapperJson(createTopicConfigWrapper(new Map(), this.dataVersion));
    return { ...withoutTopics, topicConfigTable: this.#text.of(this.#topics), ...this.marks.json() };
  }

  /** All topics with their version, as they are registered and saved. */
  get wrapper(): TopicConfigSerializeWrapper {
    return createTopicConfigWrapper(this.#topics, this.dataVersion);
  }

  get size(): number {
    return this.#topics.size;
  }

  get(name: string): TopicConfig | undefined {
    return this.#topics.get(name);
  }

  all(): IterableIterator<TopicConfig> {
    return this.#topics.values();
  }

  /** The system's own topics, also those that only this broker has. */
  isSystemTopic(name: string): boolean {
    return isSystemTopic(name) || this.#ownSystemTopics.has(name);
  }

  /** Names that are the system's: also of topics that this broker does not hold. */
  systemTopics(): string[] {
    return [...new Set([...SYSTEM_TOPICS, ...this.#ownSystemTopics])];
  }

  /** Creates or changes a topic; nothing happens when it is the same already. */
  put(topic: TopicConfig): void {
    const before = this.#topics.get(topic.topicName);
    if (before !== undefined && sameTopicConfig(before, topic)) return;
    this.#topics.set(topic.topicName, topic);
    this.#logger.info(before === undefined ? 'a topic was created' : 'a topic was changed', {
      topic: topic.topicName,
      perm: Perm.toString(topic.perm),
      queues: topic.writeQueueNums,
    });
    this.#changed([topic]);
  }

  /**
   * Its records below the present end of the log are forgotten with it. The deletion of a topic that is not in the table is
   * remembered too, as long as there is room: a delayed message that waits for the topic would make it again.
   */
  delete(name: string): void {
    if (!this.#topics.delete(name)) {
      if (this.marks.deletedAt(name) !== undefined || this.marks.deletedCount >= MAX_DELETED_UNKNOWN) return;
      if (validateTopic(name) !== undefined) return;
      this.marks.topicDeleted(name);
      return this.file.save();
    }
    this.#logger.info('a topic was deleted', { topic: name });
    this.marks.topicDeleted(name);
    this.#changed([]);
  }

  /**
   * Of a slave: takes topics as its master has them, and the version of its table. One announcement for all. Those with
   * impossible numbers of queues are left out and returned.
   */
  follow(topics: Iterable<TopicConfig>, removed: readonly string[], version: DataVersion): readonly string[] {
    const changed: string[] = [];
    const impossible: string[] = [];
    for (const topic of topics) {
      const { topicName: name, readQueueNums, writeQueueNums } = topic;
      const before = this.#topics.get(name);
      if (before !== undefined && sameTopicConfig(before, topic)) continue;
      if (whyNotSoManyQueues(name, readQueueNums, writeQueueNums) !== undefined) {
        impossible.push(name);
        continue;
      }
      this.#topics.set(name, topic);
      changed.push(name);
    }
    for (const name of removed) {
      if (!this.#topics.delete(name)) continue;
      this.marks.topicDeleted(name);
      changed.push(name);
    }
    const isSame = changed.length === 0 && sameDataVersion(this.file.version, version);
    this.file.version = version;
    if (isSame) return impossible;
    this.#logger.info('topics follow those of the master', { changed: changed.length, removed: removed.length });
    this.file.saveEntries(changed);
    this.onChange([]);
    return impossible;
  }

  /**
   * The topic of a send; created from its template when it does not exist and the template allows. Undefined when it can
   * not be created. Source: TopicConfigManager#createTopicInSendMessageMethod.
   */
  ofSend(name: string, templateName: string, wantedQueues: number, unitMode: boolean): TopicConfig | undefined {
    const existing = this.#topics.get(name);
    if (existing !== undefined) return existing;
    const sysFlag = !unitMode ? 0 : isRetryTopic(name) ? TopicSysFlag.UNIT_SUB : TopicSysFlag.UNIT;
    const template = this.#topics.get(templateName);
    const inherits = template !== undefined && Perm.isInherited(template.perm);
    const created = inherits
      ? this.#fromTemplate(name, template, wantedQueues, sysFlag)
      : isRetryTopic(name)
        ? createTopicConfig(name, { ...queueNums(1), topicSysFlag: sysFlag })
        : undefined;
    if (created !== undefined) this.put(created);
    return created;
  }

  #fromTemplate(name: string, template: TopicConfig, wantedQueues: number, topicSysFlag: number): TopicConfig {
    const queues = Math.max(0, Math.min(wantedQueues, template.writeQueueNums));
    return createTopicConfig(name, {
      ...queueNums(queues),
      perm: template.perm & ~Perm.INHERIT,
      topicFilterType: template.topicFilterType,
      topicSysFlag,
    });
  }

  /**
   * A topic that the broker itself needs (retry, dead letters), readable and writable, with at least so many queues: an
   * existing one grows, since what is put behind its last queue is in no route. It never shrinks: messages may be in the upper
   * queues. Source: TopicConfigManager#createTopicInSendMessageBackMethod, which leaves an existing topic as it is.
   */
  ofSystem(name: string, queues: number, sysFlag = 0): TopicConfig {
    const existing = this.#topics.get(name);
    if (existing !== undefined) return this.#grown(existing, queues);
    const created = createTopicConfig(name, { ...queueNums(queues), topicSysFlag: sysFlag });
    this.put(created);
    return created;
  }

  #grown(topic: TopicConfig, queues: number): TopicConfig {
    if (topic.readQueueNums >= queues && topic.writeQueueNums >= queues) return topic;
    const grown: TopicConfig = {
      ...topic,
      readQueueNums: Math.max(topic.readQueueNums, queues),
      writeQueueNums: Math.max(topic.writeQueueNums, queues),
    };
    this.put(grown);
    return grown;
  }

  #changed(topics: readonly TopicConfig[]): void {
    this.file.nextVersion();
    this.file.saveEntries(topics.map(({ topicName }) => topicName));
    this.onChange(topics);
  }

  /** Marks the table as changed although no topic did: broker permissions are part of what is registered. */
  touch(): void {
    this.#changed([]);
  }
}

/** As many for readers as for writers. */
function queueNums(count: number): Pick<TopicConfig, 'readQueueNums' | 'writeQueueNums'> {
  return { readQueueNums: count, writeQueueNums: count };
}
