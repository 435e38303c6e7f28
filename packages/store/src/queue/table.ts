import type { Disk, Logger } from '@rocketmq-ts/kernel';
import type { FilePool } from '../log/file-pool.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import type { DerivedFiles } from '../log/mapped-file-queue.ts';
import { ConsumeQueue, type QueueFolder, type QueueRecords, type QueueTopic, UNIT_BYTES } from './consume-queue.ts';

/** All consume queues by topic and queue id. */
export class ConsumeQueueTable {
  readonly #disk: Disk;
  readonly #folder: QueueFolder;
  readonly #root: string;
  readonly #logger: Logger;
  readonly #topics = new Map<string, QueueTopic & { readonly queues: (ConsumeQueue | undefined)[] }>();
  /** Queues with visible units that are not in their files. */
  #dirty: ConsumeQueue[] = [];
  /** Written, but not synced since. */
  readonly unsynced = new Set<MappedFile>();
  /** Folders in which files were made or removed since they were synced. */
  readonly unsyncedNames = new Set<string>();
  /**
   * Topics whose queues are batch consume queues, which this store does not keep: their records stay in the log for the
   * broker that does, and nothing is put to them. With both kinds of queues for a topic Apache's broker does not start.
   */
  readonly batchTopics = new Set<string>();

  constructor(disk: Disk, pool: FilePool, root: string, fileSizeBytes: number, logger: Logger) {
    this.#disk = disk;
    this.#folder = { disk, pool, root, fileSizeBytes, unsyncedNames: this.unsyncedNames, unsynced: this.unsynced };
    this.#root = root;
    this.#logger = logger;
  }

  /** Lets the queues find the records that their units lead to. */
  findRecordsWith(records: QueueRecords): void {
    this.#folder.records = records;
  }

  get fileSizeBytes(): number {
    return this.#folder.fileSizeBytes;
  }

  /** The queue, made when it does not exist; nothing is written until it has a unit. */
  of(topic: string, queueId: number): ConsumeQueue {
    let entry = this.#topics.get(topic);
    if (entry === undefined) {
      entry = { name: topic, bytes: Buffer.from(topic, 'utf8'), queues: [] };
      this.#topics.set(topic, entry);
    }
    let queue = entry.queues[queueId];
    if (queue === undefined) {
      queue = new ConsumeQueue(this.#folder, entry, queueId);
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

  /** Finds the topics whose queues are left alone, by the folder that Apache's broker keeps them in. */
  loadBatchTopics(root: string): void {
    for (const { name, isDirectory } of this.#disk.list(root)) if (isDirectory) this.batchTopics.add(name);
    if (this.batchTopics.size === 0) return;
    const topics = [...this.batchTopics].join(' ');
    this.#logger.warn('topics with batch consume queues are not served; their messages are left as they are', {
      topics,
    });
  }

  /**
   * Finds the queues on the disk. Files that can't be used are still there: before they go it has to be durable that queues
   * are built again. `savedFileBytes`: size of the files that the store was written with; 0: not known.
   */
  load(savedFileBytes: number): DerivedFiles {
    let complete = true;
    const unusable: string[] = [];
    for (const topic of this.#disk.list(this.#root)) {
      if (!topic.isDirectory) {
        this.#logger.warn('a foreign file is ignored', { path: `${this.#root}/${topic.name}` });
        continue;
      }
      for (const entry of this.#disk.list(`${this.#root}/${topic.name}`)) {
        if (!entry.isDirectory || !/^\d{1,6}$/.test(entry.name)) {
          const path = `${this.#root}/${topic.name}/${entry.name}`;
          this.#logger.warn(`a foreign ${entry.isDirectory ? 'folder' : 'file'} is ignored`, { path });
          continue;
        }
        const queue = this.of(topic.name, Number(entry.name));
        const found = queue.files.loadDerived(this.#logger, savedFileBytes);
        complete &&= found.complete;
        unusable.push(...found.unusable);
        if (queue.files.files.length === 0) {
          // A queue keeps its last file, and a deleted topic has no folder: its units were lost, or a crash took the first.
          this.#logger.warn('the folder of a queue holds no file; the queue is built again', {
            path: queue.files.directory,
          });
          complete = false;
        }
        queue.loadEnds();
        queue.rest();
      }
    }
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
    for (const queue of entry.queues) queue?.remove();
    this.#dirty = this.#dirty.filter((queue) => !queue.removed);
    this.#disk.remove(`${this.#root}/${topic}`);
    this.#sync(this.#root);
  }

  /** As `removeTopic`, for one queue. */
  removeQueue(queue: ConsumeQueue): void {
    const entry = this.#topics.get(queue.topic);
    if (entry === undefined) return;
    entry.queues[queue.queueId] = undefined;
    queue.remove();
    this.#dirty = this.#dirty.filter((each) => !each.removed);
    this.#sync(`${this.#root}/${queue.topic}`);
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
    for (const queue of this.#dirty) units += queue.visibleOffset - queue.flushedOffset;
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
      queue.flushedOffset = piece.upTo;
      this.unsynced.add(piece.file);
      // The process that made the file may have died before its name was durable.
      this.unsyncedNames.add(piece.file.directory);
    }
    queue.releaseTail();
  }

  /** Writes units over those that are in the files from an offset on, on the loop; they become durable with the next sync. */
  rewrite(queue: ConsumeQueue, queueOffset: number, units: Buffer): void {
    const end = queueOffset * UNIT_BYTES + units.length;
    for (let at = queueOffset * UNIT_BYTES; at < end; ) {
      const file = queue.files.fileAt(at);
      if (file === undefined) return;
      const length = Math.min(end, file.endOffset) - at;
      const offset = at - queueOffset * UNIT_BYTES;
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
      topics.add(`${this.#root}/${queue.topic}`);
    }
    for (const folder of topics) this.#sync(folder);
  }

  /** Highest end of a record that any queue points at. */
  maxPhysicalEnd(): number {
    let max = 0;
    for (const queue of this.all()) {
      const last = queue.nextOffset > queue.minOffset ? queue.unitAt(queue.nextOffset - 1) : undefined;
      if (last !== undefined && last.physicalOffset + last.size > max) max = last.physicalOffset + last.size;
    }
    return max;
  }
}
