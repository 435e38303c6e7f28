import type { Disk } from '@rocketmq-ts/kernel';
import type { FilePool } from '../log/file-pool.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import { MappedFileQueue } from '../log/mapped-file-queue.ts';
import { isClearFrom } from './ends.ts';
import type { QueueType } from './unit-layout.ts';

/** What the files of all consume queues of one type share. */
export interface UnitFolder {
  readonly disk: Disk;
  readonly pool: FilePool;
  readonly type: QueueType;
  readonly root: string;
  readonly unitBytes: number;
  readonly fileSizeBytes: number;
  /** Folders in which files were made or removed since they were synced. */
  readonly unsyncedNames: Set<string>;
  /** Files that were changed and not synced since. */
  readonly unsynced: Set<MappedFile>;
}

/** What all queues of a topic share. */
export interface QueueTopic {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The files of one consume queue, of which units are counted by their place in them. A queue that nobody uses has the first
 * file's number and their count instead of a list.
 */
export abstract class UnitFiles<Folder extends UnitFolder> {
  readonly queueId: number;
  protected readonly folder: Folder;
  readonly #topic: QueueTopic;
  #files: MappedFileQueue | undefined;
  /** In place of the list of files as long as it is not needed. */
  #firstFile = 0;
  #fileCount = 0;

  constructor(folder: Folder, topic: QueueTopic, queueId: number) {
    this.folder = folder;
    this.#topic = topic;
    this.queueId = queueId;
  }

  get topic(): string {
    return this.#topic.name;
  }

  get topicBytes(): Uint8Array {
    return this.#topic.bytes;
  }

  get type(): QueueType {
    return this.folder.type;
  }

  get unitBytes(): number {
    return this.folder.unitBytes;
  }

  get files(): MappedFileQueue {
    if (this.#files !== undefined) return this.#files;
    const { disk, pool, root, fileSizeBytes, unsyncedNames } = this.folder;
    const files = new MappedFileQueue(
      disk,
      pool,
      `${root}/${this.#topic.name}/${this.queueId}`,
      fileSizeBytes,
      unsyncedNames,
    );
    files.take(this.#firstFile * fileSizeBytes, this.#fileCount);
    this.#files = files;
    return files;
  }

  get fileCount(): number {
    return this.#files?.files.length ?? this.#fileCount;
  }

  /** First unit of the first file; 0 when there is no file. */
  get beginUnit(): number {
    if (this.#files !== undefined) return this.#files.minOffset / this.unitBytes;
    return (this.#firstFile * this.folder.fileSizeBytes) / this.unitBytes;
  }

  /** True while the list of files is not made. */
  get isResting(): boolean {
    return this.#files === undefined;
  }

  /** Gives up the list of files, which can be made again: nothing of this queue is under way. */
  rest(): void {
    const files = this.#files;
    if (files === undefined) return;
    this.#firstFile = files.minOffset / files.fileSizeBytes;
    this.#fileCount = files.files.length;
    this.#files = undefined;
  }

  /** Takes what was written down of the files at a clean stop, instead of finding them. */
  protected takeFiles(beginUnit: number, fileCount: number): void {
    this.#firstFile = (beginUnit * this.unitBytes) / this.folder.fileSizeBytes;
    this.#fileCount = fileCount;
  }

  /** Units that were dropped must not come back with the next loss of power, also where the queue gets no other ones. */
  protected clearFrom(file: MappedFile, unit: number): void {
    file.clearFrom(unit * this.unitBytes - file.baseOffset);
    this.folder.unsynced.add(file);
  }

  protected removeFilesFrom(position: number): void {
    for (const file of this.files.files) if (file.baseOffset >= position) this.folder.unsynced.delete(file);
    this.files.removeFrom(position);
  }

  /** True when nothing can lie behind an end. */
  protected isClearBehind(position: number): boolean {
    const { files } = this.files;
    const file = this.files.fileAt(position);
    // An end at the end of the last file.
    if (file === undefined) return position === (files.at(-1)?.endOffset ?? 0);
    return file === files.at(-1) && isClearFrom(this.folder.disk, file, position - file.baseOffset);
  }

  protected removeFiles(): void {
    for (const file of this.files.files) this.folder.unsynced.delete(file);
    this.files.removeAll();
  }
}
