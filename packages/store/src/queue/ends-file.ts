import { crc32 } from 'node:zlib';
import { type Disk, replaceFile } from '@rocketmq-ts/kernel';
import { mappedFileName } from '../log/mapped-file.ts';
import type { MappedFileQueue } from '../log/mapped-file-queue.ts';
import { isZero } from '../log/zeros.ts';
import { type ConsumeQueueTable, QUEUE_FOLDERS } from './table.ts';
import { BATCH_UNIT_BYTES, type QueueType, UNIT_BYTES } from './unit-layout.ts';

/** Raised when what a start may trust changes: stores of before are looked at once. */
const MAGIC = 0x43514534;
const HEADER_BYTES = 68;
const QUEUE_BYTES = 32;
const CRC_BYTES = 4;
const TYPES: readonly QueueType[] = ['SimpleCQ', 'BatchCQ'];
const UNIT_BYTES_OF: Readonly<Record<QueueType, number>> = { SimpleCQ: UNIT_BYTES, BatchCQ: BATCH_UNIT_BYTES };

/** Where the log of a store that was stopped cleanly continues. */
export interface LogPlace {
  readonly minOffset: number;
  readonly endOffset: number;
  /** Where its last record begins. */
  readonly lastRecordOffset: number;
  /** `MessageIndex#completeState`, when every record before the end was indexed durably; −1: nothing is known. */
  readonly indexState: number;
}

/** Between the last write to any other file and the last one to the checkpoint: times of files come from a clock that ticks slowly. */
export const QUIET_MS = 20;

/** What the file has; nothing where it does not help. */
export interface SavedEnds {
  /** The table has all queues. */
  readonly place?: LogPlace;
  /** A file of a queue that is missing, has another length, or was written behind the clean stop: no queue is trusted. */
  readonly damagedPath?: string;
}

interface Ends {
  readonly topic: string;
  readonly type: QueueType;
  readonly queueId: number;
  readonly beginUnit: number;
  readonly fileCount: number;
  readonly minUnit: number;
  readonly nextUnit: number;
}

interface Content {
  readonly fileSizeBytes: Readonly<Record<QueueType, number>>;
  readonly stampMs: number;
  readonly place: LogPlace;
  queues(): Generator<Ends>;
}

/**
 * The file `consumequeue-ends` of the store folder: the ends of all queues, written at a clean stop, so that a start does
 * not look for them in every file. It is a hint and never the truth: it counts only for the very state it was made of. The
 * checkpoint must not have been written since, which another broker would have done; every file must be there at its full
 * size and older than the checkpoint. Apache's broker does not know the file and leaves it alone.
 *
 * | size | field, big endian |
 * | --- | --- |
 * | 4 | magic and version |
 * | 8 × 2 | size of a file of a simple queue, and of a batch queue (doubles) |
 * | 8 | when the checkpoint was written last, ms (double) |
 * | 8 × 3 | the log's first offset, its end, where its last record begins (doubles) |
 * | 8 | state of the index files that have all records before the end; −1: unknown (double) |
 * | 4 + 4 | topics, queues |
 * | – | for each topic: 2 bytes of length, its name, 2 + 4 bytes: 1 for batch queues, else 0, and the count of its queues |
 * | 32 | for each of its queues: id (4), files (4), first unit in files, first readable, next (8 each, double) |
 * | 4 | CRC-32 of everything before |
 */
export class QueueEndsFile {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #checkpointPath: string;
  readonly #fileSizeBytes: Readonly<Record<QueueType, number>>;
  #stampMs: number | undefined;
  #saved: Content | undefined;

  constructor(disk: Disk, root: string, fileSizeBytes: Readonly<Record<QueueType, number>>) {
    this.#disk = disk;
    this.#root = root;
    this.#checkpointPath = `${root}/checkpoint`;
    this.#fileSizeBytes = fileSizeBytes;
  }

  get #path(): string {
    return `${this.#root}/consumequeue-ends`;
  }

  /** After `load`: true when a file was written behind the clean stop, where that can be known. */
  isChanged(path: string): boolean {
    return this.#stampMs !== undefined && !this.#isOld(path, this.#stampMs);
  }

  /** Before anything in the store changes. */
  remove(): void {
    this.#disk.remove(this.#path);
  }

  /** After the checkpoint was written for the last time. Throws the disk's error. */
  save(queues: ConsumeQueueTable, place: LogPlace): void {
    const stamp = this.#disk.stat(this.#checkpointPath);
    if (stamp === undefined || place.lastRecordOffset < 0) return;
    replaceFile(this.#disk, this.#path, encode(queues, this.#fileSizeBytes, stamp.modifiedMs, place));
  }

  /**
   * Fills an empty table. `clockWentBack`: files may carry later times than the checkpoint although they were not written since;
   * then a later time only means that the hint is not used.
   */
  load(queues: ConsumeQueueTable, log: MappedFileQueue, { clockWentBack = false } = {}): SavedEnds {
    const bytes = this.#disk.readFile(this.#path);
    const content = bytes === undefined ? undefined : decode(bytes);
    const stampMs = this.#disk.stat(this.#checkpointPath)?.modifiedMs;
    this.#saved = content;
    if (content === undefined || content.stampMs !== stampMs) return {};
    if (TYPES.some((type) => content.fileSizeBytes[type] !== this.#fileSizeBytes[type])) return {};
    if (!clockWentBack) this.#stampMs = stampMs;
    const damaged = this.#damagedQueueFile(content);
    if (damaged !== undefined) return damaged.isByTime && clockWentBack ? {} : { damagedPath: damaged.path };
    if (!this.#logIsAsBefore(log, content) || !this.#hasNoOtherQueues(content)) return {};
    for (const { topic, type } of content.queues()) if (queues.typeOf(topic) !== type) return {};
    for (const ends of content.queues()) queues.of(ends.topic, ends.queueId).takeEnds(ends);
    return { place: content.place };
  }

  /**
   * After `load` found nothing that helps and the table was filled from the files: the folder of the first queue that ends before its
   * saved end, or that is missing although nothing was written behind the saved end of the log. Copies of a folder have new
   * times, so that damage to queues does not show in them; an end that is found in damaged units, or a lost folder, would hide
   * messages. Another broker only makes queues longer, unless it deletes a topic: then all queues are built again in vain.
   */
  lostEnd(queues: ConsumeQueueTable, log: MappedFileQueue): string | undefined {
    if (this.#saved === undefined) return undefined;
    const isEndOfLog = isZeroAt(log, this.#saved.place.endOffset);
    for (const { topic, type, queueId, nextUnit } of this.#saved.queues()) {
      const found = queues.find(topic, queueId)?.nextUnit;
      if (found === undefined ? isEndOfLog : found < nextUnit)
        return `${this.#root}/${QUEUE_FOLDERS[type]}/${topic}/${queueId}`;
    }
    return undefined;
  }

  #logIsAsBefore(log: MappedFileQueue, { place, stampMs }: Content): boolean {
    if (log.minOffset !== place.minOffset) return false;
    const last = log.fileAt(place.lastRecordOffset);
    if (last === undefined) return false;
    return log.files.every((file) => file.baseOffset < last.baseOffset || this.#isOld(file.path, stampMs));
  }

  /** A file that was written behind the checkpoint was not written by the broker that stopped. */
  #isOld(path: string, stampMs: number): boolean {
    const stat = this.#disk.stat(path);
    return stat !== undefined && stat.modifiedMs < stampMs;
  }

  /** The first file of a queue that is not as it was at the clean stop. */
  #damagedQueueFile(content: Content): { path: string; isByTime: boolean } | undefined {
    for (const { topic, type, queueId, beginUnit, fileCount } of content.queues()) {
      const folder = `${this.#root}/${QUEUE_FOLDERS[type]}/${topic}/${queueId}`;
      const fileSizeBytes = content.fileSizeBytes[type];
      for (let i = 0; i < fileCount; i++) {
        const path = `${folder}/${mappedFileName(beginUnit * UNIT_BYTES_OF[type] + i * fileSizeBytes)}`;
        const stat = this.#disk.stat(path);
        if (stat === undefined || stat.sizeBytes !== fileSizeBytes) return { path, isByTime: false };
        if (stat.modifiedMs >= content.stampMs) return { path, isByTime: true };
      }
    }
    return undefined;
  }

  /** True when every queue on the disk was there at the clean stop. */
  #hasNoOtherQueues(content: Content): boolean {
    let folder: string | undefined;
    const topics: Record<QueueType, number> = { SimpleCQ: 0, BatchCQ: 0 };
    let known = new Set<string>();
    for (const { topic, type, queueId } of content.queues()) {
      const path = `${this.#root}/${QUEUE_FOLDERS[type]}/${topic}`;
      if (path !== folder) {
        if (known.size > 0) return false;
        folder = path;
        topics[type] += 1;
        known = new Set(this.#foldersIn(path));
      }
      known.delete(String(queueId));
    }
    if (known.size > 0) return false;
    return TYPES.every((type) => this.#foldersIn(`${this.#root}/${QUEUE_FOLDERS[type]}`).length === topics[type]);
  }

  #foldersIn(path: string): string[] {
    return this.#disk
      .list(path)
      .filter((entry) => entry.isDirectory)
      .map((entry) => entry.name);
  }
}

/** True when the log has nothing at an offset. */
function isZeroAt(log: MappedFileQueue, offset: number): boolean {
  const bytes = Buffer.alloc(8);
  const file = log.fileAt(offset);
  file?.readSync(bytes, 0, Math.min(bytes.length, file.endOffset - offset), offset - file.baseOffset);
  return isZero(bytes);
}

function encode(
  queues: ConsumeQueueTable,
  fileSizeBytes: Readonly<Record<QueueType, number>>,
  stampMs: number,
  place: LogPlace,
): Buffer {
  const parts: Buffer[] = [];
  let topicCount = 0;
  let queueCount = 0;
  for (const topic of queues.topics()) {
    const listed = [...queues.ofTopic(topic)].filter((queue) => queue.fileCount > 0);
    if (listed.length === 0) continue;
    topicCount += 1;
    queueCount += listed.length;
    const name = Buffer.from(topic, 'utf8');
    const part = Buffer.alloc(2 + name.length + 6 + listed.length * QUEUE_BYTES);
    part.writeUInt16BE(name.length, 0);
    name.copy(part, 2);
    let at = 2 + name.length;
    part.writeUInt16BE(TYPES.indexOf(queues.typeOf(topic)), at);
    part.writeUInt32BE(listed.length, at + 2);
    at += 6;
    for (const queue of listed) {
      part.writeUInt32BE(queue.queueId, at);
      part.writeUInt32BE(queue.fileCount, at + 4);
      part.writeDoubleBE(queue.beginUnit, at + 8);
      part.writeDoubleBE(queue.minUnit, at + 16);
      part.writeDoubleBE(queue.nextUnit, at + 24);
      at += QUEUE_BYTES;
    }
    parts.push(part);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(MAGIC, 0);
  header.writeDoubleBE(fileSizeBytes.SimpleCQ, 4);
  header.writeDoubleBE(fileSizeBytes.BatchCQ, 12);
  header.writeDoubleBE(stampMs, 20);
  header.writeDoubleBE(place.minOffset, 28);
  header.writeDoubleBE(place.endOffset, 36);
  header.writeDoubleBE(place.lastRecordOffset, 44);
  header.writeDoubleBE(place.indexState, 52);
  header.writeUInt32BE(topicCount, 60);
  header.writeUInt32BE(queueCount, 64);
  const crc = Buffer.alloc(CRC_BYTES);
  const whole = Buffer.concat([header, ...parts, crc]);
  whole.writeUInt32BE(crc32(whole.subarray(0, whole.length - CRC_BYTES)), whole.length - CRC_BYTES);
  return whole;
}

/** Undefined when it is not whole. */
function decode(bytes: Buffer): Content | undefined {
  const end = bytes.length - CRC_BYTES;
  if (end < HEADER_BYTES || bytes.readUInt32BE(0) !== MAGIC) return undefined;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) return undefined;
  return {
    fileSizeBytes: { SimpleCQ: bytes.readDoubleBE(4), BatchCQ: bytes.readDoubleBE(12) },
    stampMs: bytes.readDoubleBE(20),
    place: {
      minOffset: bytes.readDoubleBE(28),
      endOffset: bytes.readDoubleBE(36),
      lastRecordOffset: bytes.readDoubleBE(44),
      indexState: bytes.readDoubleBE(52),
    },
    *queues() {
      for (let at = HEADER_BYTES; at < end; ) {
        const nameEnd = at + 2 + bytes.readUInt16BE(at);
        const topic = bytes.toString('utf8', at + 2, nameEnd);
        const type = TYPES[bytes.readUInt16BE(nameEnd)]!;
        const count = bytes.readUInt32BE(nameEnd + 2);
        at = nameEnd + 6;
        for (let i = 0; i < count; i++, at += QUEUE_BYTES) {
          yield {
            topic,
            type,
            queueId: bytes.readUInt32BE(at),
            fileCount: bytes.readUInt32BE(at + 4),
            beginUnit: bytes.readDoubleBE(at + 8),
            minUnit: bytes.readDoubleBE(at + 16),
            nextUnit: bytes.readDoubleBE(at + 24),
          };
        }
      }
    },
  };
}
