import type { Logger } from '@rocketmq-ts/kernel';
import {
  type DataVersion,
  type LogicQueueMappingItem,
  plainDataVersion,
  queueMappingDetailJson,
  readDataVersion,
  readTopicQueueMappingDetail,
  sameDataVersion,
  type TopicQueueMappingDetail,
  type TopicQueueMappingInfo,
} from '@rocketmq-ts/protocol';
import { type FileContent, type JsonFiles, SavedTable } from '../json-file.ts';
import { whyNotItems, whyNotSuccessors } from './logic-queue.ts';

/** A logical queue that a request names. */
export interface LogicQueue {
  readonly topic: string;
  readonly id: number;
  readonly items: readonly LogicQueueMappingItem[];
  /** The last stretch, which takes new messages, when it is on this broker. */
  readonly leader: LogicQueueMappingItem | undefined;
}

/** The static topics of this broker, kept in topicQueueMapping.json. Source: TopicQueueMappingManager. */
export class QueueMappings extends SavedTable {
  readonly #details = new Map<string, TopicQueueMappingDetail>();
  readonly #brokerName: string;
  readonly #logger: Logger;

  constructor({
    files,
    logger,
    identity,
  }: {
    readonly files: JsonFiles;
    readonly logger: Logger;
    readonly identity: { readonly brokerName: string };
  }) {
    super(files, 'topicQueueMapping');
    this.#logger = logger;
    this.#brokerName = identity.brokerName;
  }

  load(): void {
    const saved = this.file.load('topicQueueMappingInfoMap', (members) => ({
      dataVersion: readDataVersion(members.object('dataVersion')),
      details: members.table('topicQueueMappingInfoMap', readTopicQueueMappingDetail),
    }));
    for (const [topic, detail] of saved?.details ?? []) this.#details.set(topic, detail);
  }

  protected content(): FileContent {
    const topicQueueMappingInfoMap = new Map(
      [...this.#details].map(([topic, detail]) => [topic, queueMappingDetailJson(detail)]),
    );
    return { dataVersion: plainDataVersion(this.dataVersion), topicQueueMappingInfoMap };
  }

  get size(): number {
    return this.#details.size;
  }

  get(topic: string): TopicQueueMappingDetail | undefined {
    return this.#details.get(topic);
  }

  all(): ReadonlyMap<string, TopicQueueMappingDetail> {
    return this.#details;
  }

  /**
   * What name servers are to know: the queues whose messages this broker takes. Source:
   * TopicQueueMappingDetail#cloneAsMappingInfo.
   */
  infoOf(topic: string): TopicQueueMappingInfo | undefined {
    const detail = this.#details.get(topic);
    if (detail === undefined) return undefined;
    const currIdMap = new Map<number, number>();
    for (const [id, items] of detail.hostedQueues) {
      const last = items.at(-1);
      if (last?.bname === detail.bname) currIdMap.set(id, last.queueId);
    }
    const { scope, totalQueues, bname, epoch } = detail;
    return { topic, scope, totalQueues, bname, epoch, dirty: false, currIdMap };
  }

  /** The queue of a static topic; undefined for a topic that is none. `id` below 0: any queue that this broker knows. */
  queue(topic: string, id: number): LogicQueue | undefined {
    const detail = this.#details.get(topic);
    if (detail === undefined) return undefined;
    const chosen = id >= 0 ? id : (this.infoOf(topic)!.currIdMap.keys().next().value ?? id);
    const items = detail.hostedQueues.get(chosen) ?? [];
    const last = items.at(-1);
    return { topic, id: chosen, items, leader: last?.bname === this.#brokerName ? last : undefined };
  }

  /** Takes a new mapping; a text says why it may not be. With `force` what is known is only kept where the new one lacks it. */
  update(detail: TopicQueueMappingDetail, force: boolean): string | undefined {
    const { topic, bname, epoch, scope } = detail;
    if (bname !== this.#brokerName) return `The mapping is that of broker ${bname}, this one is ${this.#brokerName}`;
    for (const items of detail.hostedQueues.values()) {
      const reason = whyNotItems(items);
      if (reason !== undefined) return reason;
    }
    const before = this.#details.get(topic);
    const hostedQueues = new Map(detail.hostedQueues);
    if (before !== undefined && !force) {
      if (epoch < before.epoch) return `Can't accept data with small epoch ${epoch} < ${before.epoch}`;
      if (scope !== before.scope) return `Can't accept data with unmatched scope ${scope} != ${before.scope}`;
      for (const [id, items] of before.hostedQueues) {
        const after = hostedQueues.get(id);
        const sameEpoch = epoch === before.epoch;
        if (after === undefined && sameEpoch) return 'Cannot accept equal epoch with null data';
        const reason = after && whyNotSuccessors(items, after, sameEpoch);
        if (reason !== undefined) return reason;
      }
    }
    for (const [id, items] of before?.hostedQueues ?? []) if (!hostedQueues.has(id)) hostedQueues.set(id, items);
    this.#details.set(topic, { ...detail, hostedQueues });
    this.#logger.info('the queues of a static topic were mapped', { topic, epoch, queues: hostedQueues.size, force });
    this.#changed(topic);
    return undefined;
  }

  /** Leaves out first stretches that hold no messages any more; `epoch`: of the mapping that was looked at. */
  shorten(topic: string, epoch: number, queues: ReadonlyMap<number, readonly LogicQueueMappingItem[]>): void {
    const before = this.#details.get(topic);
    if (before === undefined || before.epoch !== epoch || queues.size === 0) return;
    this.#details.set(topic, { ...before, hostedQueues: new Map([...before.hostedQueues, ...queues]) });
    this.#changed(topic);
  }

  /** Leaves out queues that this broker needs not know any more; `epoch`: of the mapping that was looked at. */
  forget(topic: string, epoch: number, ids: readonly number[]): void {
    const before = this.#details.get(topic);
    if (before === undefined || before.epoch !== epoch || ids.length === 0) return;
    const hostedQueues = new Map(before.hostedQueues);
    for (const id of ids) hostedQueues.delete(id);
    this.#details.set(topic, { ...before, hostedQueues });
    this.#changed(topic);
  }

  /** Of a slave: its master's mappings; those of topics that the master lacks stay until their topic is deleted. */
  follow(details: ReadonlyMap<string, TopicQueueMappingDetail>, version: DataVersion): void {
    if (sameDataVersion(this.file.version, version)) return;
    this.file.version = version;
    if (details.size === 0 && this.#details.size === 0) return;
    for (const [topic, detail] of details) this.#details.set(topic, detail);
    this.file.saveEntries([...details.keys()]);
  }

  delete(topic: string): void {
    if (this.#details.delete(topic)) this.#changed(topic);
  }

  #changed(topic: string): void {
    this.file.nextVersion();
    this.file.saveEntries([topic]);
  }

  /** A broker without static topics has no such file. */
  override save(): Promise<void> {
    return this.#details.size === 0 && this.file.changes === 0 ? Promise.resolve() : super.save();
  }
}
