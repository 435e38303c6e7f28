import type { Clock } from '@rocketmq-ts/kernel';
import {
  type Command,
  type DataVersion,
  dataVersionText,
  decodeSubscriptionGroupWrapper,
  decodeTopicConfigSerializeWrapper,
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  GET_ALL_TOPIC_CONFIG,
  type RequestInput,
  ResponseCode,
  type SubscriptionGroupWrapper,
  sameDataVersion,
  type TopicConfigSerializeWrapper,
} from '@rocketmq-ts/protocol';
import type { RemotingClient, RequestOptions, Response } from '@rocketmq-ts/remoting';

/** Of one page; a broker may send fewer. Source: BrokerOuterAPI#getMaxPageSize. */
const PAGE_ENTRIES = 2000;
/** A table may be large, and its master slow. Source: BrokerOuterAPI#getAllTopicConfig. */
const TABLE_TIMEOUT_MS = 30_000;
const TIMEOUT_MS = 3000;
/** A table that changes while its pages are read is begun again; after so many pages it is left to the next round. */
const MOST_PAGES = 1000;

/** A master does not serve a request. */
export class MasterRefused extends Error {}

/** What a slave has of a table already. */
interface KnownTable {
  readonly version: DataVersion;
  /** Entries. */
  readonly size: number;
}

/** One page, in the form that is the same for topics and groups. */
interface Page<Table> {
  readonly version: DataVersion;
  readonly names: Iterable<string>;
  /** Undefined: the server sends no pages, this is all. */
  readonly total: number | undefined;
  readonly table: Table;
}

/** Asks one master for what slaves follow. Source: BrokerOuterAPI. */
export class MasterTables {
  readonly #client: RemotingClient;
  readonly #address: string;
  readonly #clock: Clock;

  constructor(client: RemotingClient, clock: Clock, address: string) {
    this.#client = client;
    this.#clock = clock;
    this.#address = address;
  }

  /** Rejects with `MasterRefused` when the answer's code is not SUCCESS, with a `RemotingError` when there is none. */
  async ask<C extends Command>(
    command: C,
    header: RequestInput<C>,
    options: Partial<RequestOptions> = {},
  ): Promise<Response<C>> {
    const response = await this.#client.request(this.#address, command, header, { timeoutMs: TIMEOUT_MS, ...options });
    if (response.code === ResponseCode.SUCCESS) return response;
    throw new MasterRefused(`code ${response.code}, ${response.remark ?? 'no remark'}`);
  }

  /** All topics; undefined when none has changed since those that are known, by a master that says so. */
  topics(known: KnownTable | undefined): Promise<TopicConfigSerializeWrapper | undefined> {
    return this.#pages(known, mergeTopics, async (topicSeq, dataVersion) => {
      const header = { topicSeq, maxTopicNum: PAGE_ENTRIES, dataVersion };
      const { header: answer, body } = await this.ask(GET_ALL_TOPIC_CONFIG, header, { timeoutMs: TABLE_TIMEOUT_MS });
      const table = decodeTopicConfigSerializeWrapper(body);
      return { version: table.dataVersion, names: table.topicConfigTable.keys(), total: answer.totalTopicNum, table };
    });
  }

  /** All groups; undefined when none has changed since those that are known, by a master that says so. */
  groups(known: KnownTable | undefined): Promise<SubscriptionGroupWrapper | undefined> {
    return this.#pages(known, mergeGroups, async (groupSeq, dataVersion) => {
      const header = { groupSeq, maxGroupNum: PAGE_ENTRIES, dataVersion };
      const { header: answer, body } = await this.ask(GET_ALL_SUBSCRIPTIONGROUP_CONFIG, header, {
        timeoutMs: TABLE_TIMEOUT_MS,
      });
      const table = decodeSubscriptionGroupWrapper(body);
      const names = table.subscriptionGroupTable.keys();
      return { version: table.dataVersion, names, total: answer.totalGroupNum, table };
    });
  }

  /**
   * With a known table the first request names its version and a place behind all entries: a master that has the same answers
   * with an empty page. One with another version begins with its first entry. Asked again until nothing is missing: Apache's own
   * slave stops one entry early. Source: BrokerOuterAPI#getAllTopicConfig, TopicConfigManager#subTopicConfigTable.
   */
  async #pages<Table>(
    known: KnownTable | undefined,
    merge: (pages: readonly Table[]) => Table,
    ask: (from: number, version: string) => Promise<Page<Table>>,
  ): Promise<Table | undefined> {
    const deadlineMs = this.#clock.monotonicMs() + TABLE_TIMEOUT_MS;
    let current = known?.version;
    let from = known === undefined ? 0 : Math.max(known.size, PAGE_ENTRIES) * 2;
    let names = new Set<string>();
    let pages: Table[] = [];
    for (let asked = 0; asked < MOST_PAGES && this.#clock.monotonicMs() < deadlineMs; asked++) {
      const page = await ask(from, current === undefined ? '' : dataVersionText(current));
      const isSame = current !== undefined && sameDataVersion(page.version, current);
      if (!isSame) {
        names = new Set();
        pages = [];
      }
      const before = names.size;
      for (const name of page.names) names.add(name);
      if (isSame && asked === 0 && names.size === 0 && page.total !== undefined) return undefined;
      current = page.version;
      from = names.size;
      pages.push(page.table);
      // A page without new entries: there are fewer than was said.
      if (page.total === undefined || names.size >= page.total || names.size === before) return merge(pages);
    }
    throw new MasterRefused('its table changed while it was read, again and again');
  }
}

function mergeTopics(pages: readonly TopicConfigSerializeWrapper[]): TopicConfigSerializeWrapper {
  return {
    ...pages.at(-1)!,
    topicConfigTable: new Map(pages.flatMap((page) => [...page.topicConfigTable])),
    topicQueueMappingDetailMap: new Map(pages.flatMap((page) => [...page.topicQueueMappingDetailMap])),
  };
}

function mergeGroups(pages: readonly SubscriptionGroupWrapper[]): SubscriptionGroupWrapper {
  return {
    ...pages.at(-1)!,
    subscriptionGroupTable: new Map(pages.flatMap((page) => [...page.subscriptionGroupTable])),
    forbiddenTable: new Map(pages.flatMap((page) => [...page.forbiddenTable])),
  };
}
