import { crc32 } from 'node:zlib';
import { type Disk, type DiskFile, readInt64, replaceFile, viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import { isPassing } from './disk-refusal.ts';

/** Clocks are put back by less when they are only corrected. */
const CORRECTION_MS = 1000;
const BACK_AT = 128;
const BACK_MAGIC = 0x424d5453;
const BACK_END = BACK_AT + 16;
/** Records that were stored so shortly before a stamp are looked at again, as by Apache's broker. */
const SAFETY_MS = 3000;
const CONFIRM_AT = 160;
const CONFIRM_MAGIC = 0x434d5453;
const OWN_AT = 64;
const OWN_MAGIC = 0x524d5453;
const OWN_END = OWN_AT + 32;

/**
 * | offset | size | field of the file `checkpoint` (4096 bytes) |
 * | --- | --- | --- |
 * | 0 | 8 | store time of the last flushed record |
 * | 8 | 8 | store time of the last record whose consume queue unit is flushed |
 * | 16 | 8 | store time of the last record in a full index file |
 * | 24 | 8 | flushed offset of the master that this store follows, as somebody has set it; it decides nothing |
 * | 32 | 8 | in controller mode: records before this physical offset are confirmed |
 * | 64 | 4 | ours: "RMTS" |
 * | 68 | 8 | ours: the commit log is flushed up to this physical offset |
 * | 76 | 8 | ours: size of a file of the commit log |
 * | 84 | 8 | ours: size of a file of a consume queue |
 * | 92 | 4 | ours: CRC-32 of the 28 bytes before |
 * | 128 | 4 | ours: "BMTS" |
 * | 132 | 8 | ours: least store time that was given out after the wall clock was put back |
 * | 140 | 4 | ours: CRC-32 of the 12 bytes before |
 * | 160 | 4 | ours: "CMTS": the offset at 32 says what readers saw, also where it is 0 |
 *
 * Apache's broker uses the first 40 bytes and leaves the others as they are. Source: StoreCheckpoint.
 */
export class StoreCheckpoint {
  static readonly fileBytes = 4096;
  physicMsgTimestamp = 0;
  logicsMsgTimestamp = 0;
  indexMsgTimestamp = 0;
  masterFlushedOffset = 0;
  /** Readers have seen nothing behind it, if this broker, or Apache's in controller mode, was here last. Undefined: not known. */
  confirmOffset: number | undefined;
  /** Records stamped with this time or later may follow those with any; infinite where the clock was not put back. */
  leastTimestamp = Number.POSITIVE_INFINITY;
  /** Everything before it is durable; 0 where nothing is known. */
  flushedOffset = 0;
  /** Size of the commit log's files; 0 where it is not known. */
  logFileBytes = 0;
  /** The same of the consume queues' files. */
  queueFileBytes = 0;
  readonly #disk: Disk;
  readonly #path: string;
  #saving = false;
  #isStale = false;
  #saved: (() => void) | undefined;
  /** The last record that is stamped earlier than the one before it, and the least stamp of such records that are not flushed. */
  #backOffset = -1;
  #backTimestamp = 0;
  #queuesOffset = 0;
  #logOffset = 0;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  load(): void {
    const content = this.#disk.readFile(this.#path);
    if (content === undefined || content.length < 24) return;
    const view = viewOf(content);
    this.physicMsgTimestamp = readInt64(view, 0);
    this.logicsMsgTimestamp = readInt64(view, 8);
    this.indexMsgTimestamp = readInt64(view, 16);
    if (content.length >= 40) {
      this.masterFlushedOffset = readInt64(view, 24);
      const offset = readInt64(view, 32);
      const isOurs = content.length >= CONFIRM_AT + 4 && view.getInt32(CONFIRM_AT) === CONFIRM_MAGIC;
      this.confirmOffset = isOurs || offset > 0 ? offset : undefined;
    }
    this.leastTimestamp = leastTimestampIn(content);
    if (content.length < OWN_END || view.getInt32(OWN_AT) !== OWN_MAGIC) return;
    if (view.getUint32(OWN_END - 4) !== crc32(content.subarray(OWN_AT, OWN_END - 4))) return;
    this.flushedOffset = readInt64(view, OWN_AT + 4);
    this.logFileBytes = readInt64(view, OWN_AT + 12);
    this.queueFileBytes = readInt64(view, OWN_AT + 20);
  }

  /** Writes the stamps in place, off the loop; a save that is still under way makes this one wait for the next call. */
  save(): void {
    if (this.#saving) return;
    this.#isStale = false;
    this.#saving = true;
    let file: DiskFile;
    try {
      file = this.#disk.open(this.#path, 'create');
    } catch {
      // As below.
      this.#saving = false;
      return;
    }
    const content = this.#encode();
    file.write(content, 0, content.length, 0, () => {
      // A stamp that was not written is only older than it could be: recovery reads more.
      file.close();
      this.#saving = false;
      if (this.#saved !== undefined) this.#saved();
      else if (this.#isStale) this.save();
    });
  }

  /** Keeps the flushed offset of the master that this store follows; written to the file soon. */
  masterFlushed(offset: number): void {
    this.masterFlushedOffset = offset;
    this.#isStale = this.#saving;
    this.save();
  }

  /** The log is flushed up to an offset; `storeTimestamp` of the last record before it. */
  logFlushed(storeTimestamp: number, offset: number): void {
    this.#logOffset = offset;
    this.flushedOffset = offset;
    this.physicMsgTimestamp = this.#bounded(storeTimestamp, offset);
  }

  /** So are the consume queue units of the records before an offset. */
  queuesFlushed(storeTimestamp: number, offset: number): void {
    this.#queuesOffset = offset;
    this.logicsMsgTimestamp = this.#bounded(storeTimestamp, offset);
  }

  /** So are the index entries of the records before an offset. */
  indexFlushed(storeTimestamp: number, offset: number): void {
    this.indexMsgTimestamp = this.#bounded(storeTimestamp, offset);
  }

  /** A stamp promises that no later record carries an earlier one. */
  #bounded(storeTimestamp: number, offset: number): number {
    return offset > this.#backOffset ? storeTimestamp : Math.min(storeTimestamp, this.#backTimestamp - 1);
  }

  /**
   * The wall clock was put back: the record at an offset is stamped earlier than the one before it. The stamps do not
   * hold for the records that follow, and those must not be taken for left-over ones of an earlier end of the log. Where it is more than a correction of the clock, that is made durable at once. Throws the disk's error.
   */
  clockWentBack(lastTimestamp: number, storeTimestamp: number, physicalOffset: number): void {
    const isOpen = this.#backOffset >= Math.min(this.#logOffset, this.#queuesOffset);
    this.#backTimestamp = isOpen ? Math.min(this.#backTimestamp, storeTimestamp) : storeTimestamp;
    this.#backOffset = physicalOffset;
    const isCorrection = storeTimestamp > this.minTimestamp && lastTimestamp - storeTimestamp < CORRECTION_MS;
    this.leastTimestamp = Math.min(this.leastTimestamp, storeTimestamp);
    const before = storeTimestamp - 1;
    this.physicMsgTimestamp = Math.min(this.physicMsgTimestamp, before);
    this.logicsMsgTimestamp = Math.min(this.logicsMsgTimestamp, before);
    this.indexMsgTimestamp = Math.min(this.indexMsgTimestamp, before);
    if (!isCorrection) replaceFile(this.#disk, this.#path, this.#encode());
  }

  /**
   * Before consume queues are built again from the beginning: until they are durable no stamp may say that they are, or a
   * crash in between leaves queues that lack units and nothing that shows it. Durable at once; throws the disk's error.
   */
  resetQueueStamp(): void {
    if (!this.trustsQueues) return;
    this.logicsMsgTimestamp = 0;
    replaceFile(this.#disk, this.#path, this.#encode());
  }

  /**
   * The log ends here after it was opened. Where it ended further behind before, its flushed offset is set back: that
   * is made durable at once, so that no left-over bytes are taken for flushed ones after a crash. Throws the disk's error.
   */
  logOpened(endOffset: number, logFileBytes: number, queueFileBytes: number): void {
    const isShorter = endOffset < this.flushedOffset;
    this.flushedOffset = endOffset;
    this.logFileBytes = logFileBytes;
    this.queueFileBytes = queueFileBytes;
    if (isShorter) replaceFile(this.#disk, this.#path, this.#encode());
    // From now on there is room for it, also on a full disk.
    else if (this.#disk.stat(this.#path) === undefined) this.save();
  }

  /**
   * The log is about to be cut at an offset, behind a record of this store time: nothing is promised of what lies behind. Durable
   * at once, since left-over bytes must not be taken for flushed ones after a crash; throws the disk's error.
   */
  logCut(offset: number, lastTimestamp: number): void {
    this.flushedOffset = Math.min(this.flushedOffset, offset);
    this.confirmOffset = Math.min(this.confirmOffset ?? offset, offset);
    this.physicMsgTimestamp = Math.min(this.physicMsgTimestamp, lastTimestamp);
    this.logicsMsgTimestamp = Math.min(this.logicsMsgTimestamp, lastTimestamp);
    this.indexMsgTimestamp = Math.min(this.indexMsgTimestamp, lastTimestamp);
    this.#logOffset = Math.min(this.#logOffset, offset);
    this.#queuesOffset = Math.min(this.#queuesOffset, offset);
    this.#backOffset = Math.min(this.#backOffset, offset - 1);
    replaceFile(this.#disk, this.#path, this.#encode());
  }

  /**
   * Units of records from this store time on were made again and are not durable yet, also where a stamp counted them
   * before: an unclean end must lead back to the same place. Holds from the next save on.
   */
  queuesRebuiltFrom(timestamp: number): void {
    this.logicsMsgTimestamp = Math.min(this.logicsMsgTimestamp, timestamp + SAFETY_MS);
  }

  /**
   * Writes the stamps and makes them durable, after a save under way: when the store is closed. In place where the disk has no
   * room for a second file. Throws the disk's error.
   */
  async saveAndSync(): Promise<void> {
    if (this.#saving) await new Promise<void>((resolve) => (this.#saved = resolve));
    try {
      replaceFile(this.#disk, this.#path, this.#encode());
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#overwrite();
    }
  }

  /** All that is in use lies within one sector, which a disk writes as a whole. */
  #overwrite(): void {
    const content = this.#encode();
    const file = this.#disk.open(this.#path, 'write');
    try {
      file.writeSync(content, 0, content.length, 0);
      file.syncSync();
    } finally {
      file.close();
    }
  }

  #encode(): Buffer {
    const content = Buffer.alloc(StoreCheckpoint.fileBytes);
    const view = viewOf(content);
    writeInt64(view, 0, this.physicMsgTimestamp);
    writeInt64(view, 8, this.logicsMsgTimestamp);
    writeInt64(view, 16, this.indexMsgTimestamp);
    writeInt64(view, 24, this.masterFlushedOffset);
    writeInt64(view, 32, this.confirmOffset ?? 0);
    if (this.confirmOffset !== undefined) view.setInt32(CONFIRM_AT, CONFIRM_MAGIC);
    view.setInt32(OWN_AT, OWN_MAGIC);
    writeInt64(view, OWN_AT + 4, this.flushedOffset);
    writeInt64(view, OWN_AT + 12, this.logFileBytes);
    writeInt64(view, OWN_AT + 20, this.queueFileBytes);
    view.setUint32(OWN_END - 4, crc32(content.subarray(OWN_AT, OWN_END - 4)));
    if (this.leastTimestamp === Number.POSITIVE_INFINITY) return content;
    view.setInt32(BACK_AT, BACK_MAGIC);
    writeInt64(view, BACK_AT + 4, this.leastTimestamp);
    view.setUint32(BACK_END - 4, crc32(content.subarray(BACK_AT, BACK_END - 4)));
    return content;
  }

  /** False while consume queues are built again from the beginning, or were never made durable: any unit may be wrong. */
  get trustsQueues(): boolean {
    return this.logicsMsgTimestamp !== 0;
  }

  /** Records stored before this moment need not be looked at after an unclean stop; three seconds of safety, as Apache takes. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - SAFETY_MS);
  }
}

/** See `leastTimestamp`, in the content of a checkpoint file. */
export function leastTimestampIn(content: Buffer): number {
  if (content.length < BACK_END || content.readInt32BE(BACK_AT) !== BACK_MAGIC) return Number.POSITIVE_INFINITY;
  const isWhole = content.readUInt32BE(BACK_END - 4) === crc32(content.subarray(BACK_AT, BACK_END - 4));
  const view = viewOf(content);
  return isWhole ? readInt64(view, BACK_AT + 4) : Number.POSITIVE_INFINITY;
}
