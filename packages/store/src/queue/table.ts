import type { Disk, DiskCallback, Logger } from '@rocketmq-ts/kernel';
import type { FilePool } from '../log/file-pool.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import type { DerivedFiles } from '../log/mapped-file-queue.ts';
import { BatchConsumeQueue } from './batch-consume-queue.ts';
import { ConsumeQueue, type QueueFolder, type QueueRecords } from './consume-queue.ts';
import type { QueueTopic } from './unit-files.ts';
import { BATCH_UNIT_BYTES, type QueueType, UNIT_BYTES } from './unit-layout.ts';

/** Folders of the store that hold consume queues, by their type. Source: StorePathConfigHelper. */
export const QUEUE_FOLDERS: Readonly<Record<QueueType, string>> = {
  SimpleCQ: 'consumequeue',
  BatchCQ: 'batchconsumequeue',
};

/** The type of a topic's queues by the broker's table of topics; undefined when that has no such topic. */
export type QueueTypeOf = (topic: string) => QueueType | undefined;

export interface ConsumeQueueTableParts {
  readonly disk: Disk;
  readonly pool: FilePool;
  readonly logger: Logger;
  /** Store folder. */
  readonly root: string;
  /** Of queues of each type. */
  readonly fileSizeBytes: Readonly<Record<QueueType, number>>;
  readonly queueTypeOf: QueueTypeOf;
}

interface TopicQueues extends QueueTopic {
  readonly folder: QueueFolder;
  readonly queues: (ConsumeQueue | undefined)[];
}

/** All consume queues by topic and queue id. */
export class ConsumeQueueTable {
  readonly #disk: Disk;
  readonly #folders: Readonly<Record<QueueType, QueueFolder>>;
  readonly #queueTypeOf: QueueTypeOf;
  readonly #logger: Logger;
  readonly #topics = new Map<string, TopicQueues>();
  /** Topics that have a folder for batch queues: their type, where the table of topics does not know them. */
  readonly #batchFolders = new Set<string>();
  /** Queues with visible units that are not in their files. */
  #dirty: ConsumeQueue[] = [];
  /** Written, but not synced since. */
  readonly unsynced = new Set<MappedFile>();
  /** Folders in which files were made or removed since they were synced. */
  readonly unsyncedNames = new Set<string>();

  constructor({ disk, pool, logger, root, fileSizeBytes, queueTypeOf }: ConsumeQueueTableParts) {
    this.#disk = disk;
    this.#queueTypeOf = queueTypeOf;
    this.#logger = logger;
    const { unsynced, unsyncedNames } = this;
    const folder = (type: QueueType, unitBytes: number): QueueFolder => ({
      ...{ disk, pool, type, unitBytes, unsynced, unsyncedNames },
      ...{ root: `${root}/${QUEUE_FOLDERS[type]}`, fileSizeBytes: fileSizeBytes[type] },
    });
    this.#folders = { SimpleCQ: folder('SimpleCQ', UNIT_BYTES), BatchCQ: folder('BatchCQ', BATCH_UNIT_BYTES) };
  }

  /** Lets the queues find the records that their units lead to. */
  findRecordsWith(records: QueueRecords): void {
    for (const folder of Object.values(this.#folders)) folder.records = records;
  }

  /** Of simple queues. */
  get fileSizeBytes(): number {
    return this.#folders.SimpleCQ.fileSizeBytes;
  }

  /** Before anything else is asked of the table: which topics have folders for batch queues. */
  findBatchFolders(): void {
    for (const { name, isDirectory } of this.#disk.list(this.#folders.BatchCQ.root)) {
      if (isDirectory) this.#batchFolders.add(name);
    }
  }

  /**
   * The type of a topic's queues: as the table of topics says, and where it lacks the topic, as the folders are. It stays the
   * same until the topic's queues are removed.
   */
  typeOf(topic: string): QueueType {
    const type = this.#topics.get(topic)?.folder.type ?? this.#queueTypeOf(topic);
    return type ?? (this.#batchFolders.has(topic) ? 'BatchCQ' : 'SimpleCQ');
  }

  /** The queue, made when it does not exist; nothing is written until it has a unit. */
  of(topic: string, queueId: number): ConsumeQueue {
    let entry = this.#topics.get(topic);
    if (entry === undefined) {
      const folder = this.#folders[this.typeOf(topic)];
      entry = { name: topic, bytes: Buffer.from(topic, 'utf8'), folder, queues: [] };
      this.#topics.set(topic, entry);
    }
    let queue = entry.queues[queueId];
    if (queue === undefined) {
      const { folder } = entry;
      queue =
        folder.type === 'BatchCQ'
          ? new BatchConsumeQueue(folder, entry, queueId)
          : new ConsumeQueue(folder, entry, queueId);
      while (entry.queues.length < queueId) entry.queues.push(undefined);
      entry.queues[queueId] = queue;
    }
    return queue;
  }

  /** The queue if it exists. */
  find(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#topics.get(topic)?.queues[queueId];
  }

  topics(): IterableIterator<string> {
    return this.#topics.keys();
  }

  *all(): Generator<ConsumeQueue> {
    for (const topic of this.#topics.keys()) yield* this.ofTopic(topic);
  }

  /** The queues of a topic by their ids. */
  *ofTopic(topic: string): Generator<ConsumeQueue> {
    for (const queue of this.#topics.get(topic)?.queues ?? []) if (queue !== undefined) yield queue;
  }

  /**
   * Finds the queues on the disk. Files that can't be used are still there: before they go it has to be durable that queues
   * are built again. `savedFileBytes`: size of the files of simple queues that the store was written with; 0: not known.
   */
  load(savedFileBytes: number): DerivedFiles {
    const simple = this.#load(this.#folders.SimpleCQ, savedFileBytes);
    const batch = this.#load(this.#folders.BatchCQ, 0);
    return { complete: simple.complete && batch.complete, unusable: [...simple.unusable, ...batch.unusable] };
  }

  #load(folder: QueueFolder, savedFileBytes: number): DerivedFiles {
    const { root, type } = folder;
    let complete = true;
    const unusable: string[] = [];
    for (const topic of this.#disk.list(root)) {
      if (!topic.isDirectory) {
        this.#logger.warn('a foreign file is ignored', { path: `${root}/${topic.name}` });
        continue;
      }
      const isOfOtherType = this.typeOf(topic.name) !== type;
      if (isOfOtherType) {
        // Made before the topic was deleted and made again. With folders of both types Apache's broker does not start.
        this.#logger.warn('a topic has queues of another type; they are removed and built again', {
          ...{ topic: topic.name, path: `${root}/${topic.name}` },
        });
        complete = false;
      }
      for (const entry of this.#disk.list(`${root}/${topic.name}`)) {
        const path = `${root}/${topic.name}/${entry.name}`;
        if (!entry.isDirectory || !/^\d{1,6}$/.test(entry.name)) {
          this.#logger.warn(`a foreign ${entry.isDirectory ? 'folder' : 'file'} is ignored`, { path });
        } else if (isOfOtherType) {
          unusable.push(...this.#disk.list(path).map(({ name }) => `${path}/${name}`), path);
        } else {
          const found = this.#loadQueue(this.of(topic.name, Number(entry.name)), savedFileBytes);
          complete &&= found.complete;
          unusable.push(...found.unusable);
        }
      }
      if (isOfOtherType) unusable.push(`${root}/${topic.name}`);
    }
    return { complete, unusable };
  }

  #loadQueue(queue: ConsumeQueue, savedFileBytes: number): DerivedFiles {
    let { complete, unusable } = queue.files.loadDerived(this.#logger, savedFileBytes);
    if (queue.files.files.length === 0) {
      // A queue keeps its last file, and a deleted topic has no folder: its units were lost, or a crash took the first.
      this.#logger.warn('the folder of a queue holds no file; the queue is built again', {
        path: queue.files.directory,
      });
      complete = false;
    }
    queue.loadEnds();
    queue.rest();
    return { complete, unusable };
  }

  /** Removes files that `load` found. */
  removeUnusable(paths: readonly string[]): void {
    for (const path of paths) {
      this.#disk.remove(path);
      this.unsyncedNames.add(path.slice(0, path.lastIndexOf('/')));
    }
  }

  /** Forgets a topic's queues and removes their files. Their records stay in the commit log until it expires. */
  removeTopic(topic: string): void {
    const entry = this.#topics.get(topic);
    if (entry === undefined) return;
    this.#topics.delete(topic);
    this.#batchFolders.delete(topic);
    for (const queue of entry.queues) queue?.remove();
    this.#dirty = this.#dirty.filter((queue) => !queue.removed);
    this.#disk.remove(`${entry.folder.root}/${topic}`);
    this.#sync(entry.folder.root);
  }

  /** As `removeTopic`, for one queue. */
  removeQueue(queue: ConsumeQueue): void {
    const entry = this.#topics.get(queue.topic);
    if (entry === undefined) return;
    entry.queues[queue.queueId] = undefined;
    queue.remove();
    this.#dirty = this.#dirty.filter((each) => !each.removed);
    this.#sync(`${entry.folder.root}/${queue.topic}`);
  }

  #sync(directory: string): void {
    if (this.#disk.stat(directory) !== undefined) this.#disk.syncDirectory(directory);
  }

  /** Makes the names in a folder durable; throws as the disk does. */
  syncNames(directory: string): void {
    if (!this.unsyncedNames.delete(directory)) return;
    try {
      this.#sync(directory);
    } catch (error) {
      this.unsyncedNames.add(directory);
      throw error;
    }
  }

  /** The same off the loop, of a folder that is among the unsynced ones. */
  syncNamesLater(directory: string, done: DiskCallback): void {
    this.unsyncedNames.delete(directory);
    this.#disk.syncDirectoryLater(directory, (error) => {
      // A folder that went with its topic holds no names.
      if (error === null || this.#disk.stat(directory) === undefined) return done(null);
      this.unsyncedNames.add(directory);
      done(error);
    });
  }

  markDirty(queue: ConsumeQueue): void {
    if (queue.flushPending) return;
    queue.flushPending = true;
    this.#dirty.push(queue);
  }

  /** The queues to flush now; those that get new units later are listed again. */
  takeDirty(): ConsumeQueue[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const queue of dirty) queue.flushPending = false;
    return dirty;
  }

  /** Visible units that are in memory only. */
  unwrittenUnits(): number {
    let units = 0;
    for (const queue of this.#dirty) units += Math.max(0, queue.visibleUnit - queue.flushedUnit);
    return units;
  }

  /** Writes all visible units to their files, on the loop: while the store is opened. Those it throws at are flushed later. */
  flushSync(): void {
    const dirty = this.takeDirty();
    for (let queue = dirty.pop(); queue !== undefined; queue = dirty.pop()) {
      try {
        this.#flushSync(queue);
      } catch (error) {
        for (const each of [queue, ...dirty]) this.markDirty(each);
        throw error;
      }
    }
  }

  #flushSync(queue: ConsumeQueue): void {
    for (let piece = queue.nextFlush(); piece !== undefined; piece = queue.nextFlush()) {
      const { buffer, offset, length, position } = piece;
      piece.file.use((file) => file.writeSync(buffer, offset, length, position));
      queue.flushedUnit = piece.upTo;
      this.unsynced.add(piece.file);
      // The process that made the file may have died before its name was durable.
      this.unsyncedNames.add(piece.file.directory);
    }
    queue.releaseTail();
  }

  /** Writes units over those that are in the files from one on, on the loop; they become durable with the next sync. */
  rewrite(queue: ConsumeQueue, unit: number, units: Buffer): void {
    const { unitBytes } = queue;
    const end = unit * unitBytes + units.length;
    for (let at = unit * unitBytes; at < end; ) {
      const file = queue.files.fileAt(at);
      if (file === undefined) return;
      const length = Math.min(end, file.endOffset) - at;
      const offset = at - unit * unitBytes;
      const position = at - file.baseOffset;
      file.use((open) => open.writeSync(units, offset, length, position));
      this.unsynced.add(file);
      at += length;
    }
  }

  /** Makes the end of a queue's files durable, on the loop; throws as the disk does. */
  syncEnd(queue: ConsumeQueue): void {
    this.syncNames(queue.files.directory);
    const last = queue.files.files.at(-1);
    if (last === undefined) return;
    last.syncSync();
    this.unsynced.delete(last);
  }

  /**
   * Removes the folders of queues that turned out to have no unit, durably: the next start must not take them for lost, nor must
   * a loss of power bring their units back.
   */
  removeEmptyFolders(): void {
    const topics = new Set<string>();
    for (const queue of this.all()) {
      if (!queue.isEmpty || queue.fileCount > 0) continue;
      queue.files.removeAll();
      topics.add(`${this.#folders[queue.type].root}/${queue.topic}`);
    }
    for (const folder of topics) this.#sync(folder);
  }

  /** Highest end of a record that any queue points at. */
  maxPhysicalEnd(): number {
    let max = 0;
    for (const queue of this.all()) {
      const last = queue.isEmpty ? undefined : queue.unitAt(queue.nextUnit - 1);
      if (last !== undefined && last.physicalOffset + last.size > max) max = last.physicalOffset + last.size;
    }
    return max;
  }
}
