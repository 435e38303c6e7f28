import type { Logger } from '@rocketmq-ts/kernel';
import {
  createSubscriptionGroupConfig,
  type DataVersion,
  isSystemGroup,
  readSubscriptionGroupWrapper,
  type SubscriptionGroupConfig,
  type SubscriptionGroupWrapper,
  SystemGroup,
  subscriptionGroupJson,
  subscriptionGroupWrapperJson,
  validateGroup,
  writeJson,
} from '@rocketmq-ts/protocol';
import type { BrokerConfig } from '../config-table.ts';
import { type FileContent, type JsonFiles, SavedTable } from '../json-file.ts';
import { TableText } from '../table-text.ts';

const BROADCASTING_GROUPS: readonly string[] = [
  SystemGroup.ONS_HTTP_PROXY,
  SystemGroup.ONSAPI_PULL,
  SystemGroup.ONSAPI_PERMISSION,
  SystemGroup.ONSAPI_OWNER,
  SystemGroup.SYS_TRANS,
];
const PLAIN_GROUPS: readonly string[] = [
  SystemGroup.TOOLS_CONSUMER,
  SystemGroup.FILTERSRV_CONSUMER,
  SystemGroup.SELF_TEST_CONSUMER,
];

/** Groups of a master. */
type FollowedGroups = Pick<SubscriptionGroupWrapper, 'subscriptionGroupTable' | 'forbiddenTable'>;

export interface GroupTableParts {
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly files: JsonFiles;
}

/** The consumer groups of this broker: subscriptionGroup.json and automatic creation. Source: SubscriptionGroupManager. */
export class GroupTable extends SavedTable {
  readonly #groups = new Map<string, SubscriptionGroupConfig>();
  readonly #text = new TableText(subscriptionGroupJson);
  /** By group, then topic: bit 2 set forbids reading. */
  readonly #forbidden = new Map<string, Map<string, number>>();
  readonly #logger: Logger;
  readonly #config: BrokerConfig;

  constructor({ logger, config, files }: GroupTableParts) {
    super(files, 'subscriptionGroup');
    this.#logger = logger;
    this.#config = config;
    for (const name of PLAIN_GROUPS) this.#groups.set(name, createSubscriptionGroupConfig(name));
    for (const name of BROADCASTING_GROUPS) {
      this.#groups.set(name, createSubscriptionGroupConfig(name, { consumeBroadcastEnable: true }));
    }
  }

  load(): void {
    const saved = this.file.load('subscriptionGroupTable', readSubscriptionGroupWrapper);
    if (saved === undefined) return;
    for (const [name, group] of saved.subscriptionGroupTable) this.#groups.set(name, group);
    for (const [name, topics] of saved.forbiddenTable) this.#forbidden.set(name, new Map(topics));
  }

  protected content(): FileContent {
    const withoutGroups = subscriptionGroupWrapperJson({ ...this.wrapper, subscriptionGroupTable: new Map() });
    return { ...withoutGroups, subscriptionGroupTable: this.#text.of(this.#groups) };
  }

  get wrapper(): SubscriptionGroupWrapper {
    return { dataVersion: this.dataVersion, subscriptionGroupTable: this.#groups, forbiddenTable: this.#forbidden };
  }

  all(): IterableIterator<SubscriptionGroupConfig> {
    return this.#groups.values();
  }

  get(name: string): SubscriptionGroupConfig | undefined {
    return this.#groups.get(name);
  }

  /** The group of a consumer, created when that is allowed. Source: SubscriptionGroupManager#findSubscriptionGroupConfig. */
  ofConsumer(name: string): SubscriptionGroupConfig | undefined {
    const existing = this.#groups.get(name);
    if (existing !== undefined) return existing;
    if (!this.#config.autoCreateSubscriptionGroup && !isSystemGroup(name)) return undefined;
    if (validateGroup(name) !== undefined) return undefined;
    const created = createSubscriptionGroupConfig(name);
    this.put(created);
    return created;
  }

  put(group: SubscriptionGroupConfig): void {
    const known = this.#groups.has(group.groupName);
    this.#groups.set(group.groupName, group);
    this.#logger.info(known ? 'a consumer group was changed' : 'a consumer group was created', {
      group: group.groupName,
    });
    this.#changed(group.groupName);
  }

  delete(name: string): void {
    this.#forbidden.delete(name);
    if (!this.#groups.delete(name)) return;
    this.#logger.info('a consumer group was deleted', { group: name });
    this.#changed(name);
  }

  /** Of a slave: takes groups as its master has them, and the version of its table. */
  follow(
    { subscriptionGroupTable, forbiddenTable }: FollowedGroups,
    removed: readonly string[],
    version: DataVersion,
  ): void {
    let changed = 0;
    for (const [name, group] of subscriptionGroupTable) {
      const before = this.#groups.get(name);
      // An object that stays needs no new text in the file.
      if (before !== undefined && isSame(before, group)) continue;
      this.#groups.set(name, group);
      changed += 1;
    }
    for (const name of removed) {
      this.#forbidden.delete(name);
      if (this.#groups.delete(name)) changed += 1;
    }
    for (const name of subscriptionGroupTable.keys()) {
      const topics = forbiddenTable.get(name);
      if (topics === undefined) this.#forbidden.delete(name);
      else this.#forbidden.set(name, new Map(topics));
    }
    this.file.version = version;
    if (changed > 0) {
      this.#logger.info('consumer groups follow those of the master', { changed, removed: removed.length });
    }
    this.file.save();
  }

  get size(): number {
    return this.#groups.size;
  }

  isReadForbidden(group: string, topic: string): boolean {
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & READ_FORBIDDEN) !== 0;
  }

  setReadForbidden(group: string, topic: string, forbidden: boolean): void {
    let topics = this.#forbidden.get(group);
    if (topics === undefined) {
      topics = new Map();
      this.#forbidden.set(group, topics);
    }
    const bits = topics.get(topic) ?? 0;
    topics.set(topic, forbidden ? bits | READ_FORBIDDEN : bits & ~READ_FORBIDDEN);
    this.#changed(group);
  }

  #changed(group: string): void {
    this.file.nextVersion();
    this.file.saveEntries([group]);
  }
}

function isSame(left: SubscriptionGroupConfig, right: SubscriptionGroupConfig): boolean {
  return writeJson(subscriptionGroupJson(left)) === writeJson(subscriptionGroupJson(right));
}

/** Source: PermName, bit index of reading. */
const READ_FORBIDDEN = 1 << 2;
