import { crc32 } from 'node:zlib';
import { type Disk, type DiskFile, readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';

const FILE_BYTES = 4096;
/** What a slave asks for: the fields without ours. Source: TimerCheckpoint#encode. */
const SHARED_BYTES = 56;
/** Both of the queue of timers: how far this broker is in it, and its master. */
export const QUEUE_OFFSETS_AT = [16, 24] as const;
/** Here and behind it are fields that Apache's broker does not have. */
export const OWN_AT = 64;
const OWN_MAGIC = 0x524d5454;
const OWN_END = OWN_AT + 28;

/** Which messages were delivered, whatever the wheel says: those of the queue of timers before an offset that were due by a time. */
export interface DeliveredTimers {
  readonly queueOffset: number;
  /** By the wall clock. */
  readonly dueMs: number;
}

/** Which of two checkpoints is newer: by state version, then counter, then timestamp. Source: DataVersion#compare. */
export interface TimerVersion {
  readonly stateVersion: number;
  readonly timestamp: number;
  readonly counter: number;
}

/**
 * Apache's master counts a checkpoint each second, and takes that of a slave which acted for it only when it is not older. So the first
 * one of such a slave leaves out as many as the master may have counted since the slave asked, and these.
 */
const LEFT_OUT = 10;
const COUNTED_EACH_MS = 1000;

/** How far the timers had come. */
export interface TimerMarks {
  /** Slots before it are empty: their messages were delivered, and are on the disk. */
  readonly readMs: number;
  /** The timer log is flushed up to this position, and the wheel has all its units. */
  readonly logPosition: number;
  /** Messages of the queue of timers before it have a unit in the timer log. */
  readonly queueOffset: number;
  /** So that they do not come again when the files are made again, also where that is not done in one run. */
  readonly delivered: DeliveredTimers;
}

/**
 * | offset | size | field of the file `timercheck` (4096 bytes) |
 * | --- | --- | --- |
 * | 0 | 8 | time of the wheel up to which slots were delivered |
 * | 8 | 8 | flushed position of the timer log |
 * | 16 | 8 | next offset in the queue of timers |
 * | 24 | 8 | the same of the master |
 * | 32 | 8 | state version |
 * | 40 | 8 | time of the last change |
 * | 48 | 8 | count of changes |
 * | 64 | 4 | ours: "RMTT" |
 * | 68 | 4 | ours: precision of the wheel in milliseconds |
 * | 72 | 8 | ours: messages before this offset in the queue of timers |
 * | 80 | 8 | ours: that were due by this time of the wall clock were delivered |
 * | 88 | 4 | ours: CRC-32 of the first 56 bytes and the 24 before this |
 *
 * All of it is in one sector, which a disk writes as a whole. Where ours does not fit the rest, Apache's broker was here since:
 * it flushes the timer log further than it says. Source: TimerCheckpoint.
 */
export class TimerCheckpoint {
  marks: TimerMarks = { readMs: 0, logPosition: 0, queueOffset: 0, delivered: { queueOffset: 0, dueMs: 0 } };
  /** A checkpoint was found. */
  exists = false;
  /** Precision of the wheel that this broker wrote last; 0: the checkpoint is Apache's. */
  ownPrecisionMs = 0;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #precisionMs: number;
  #file: DiskFile | undefined;
  #version: TimerVersion = { stateVersion: 0, timestamp: 0, counter: 0 };
  /** What is saved is this broker's own progress. */
  #isOwn = false;
  /** How far the master was when its version was taken, until this broker has come further: then that is what is shared. */
  #followed: { readonly readMs: number; readonly queueOffset: number; readonly atMs: number } | undefined;

  constructor(disk: Disk, path: string, precisionMs: number) {
    this.#disk = disk;
    this.#path = path;
    this.#precisionMs = precisionMs;
  }

  load(): void {
    const content = this.#disk.readFile(this.#path);
    this.exists = content !== undefined && content.length >= 32 && content.subarray(0, 32).some((byte) => byte !== 0);
    if (content === undefined || !this.exists) return;
    const view = viewOf(content);
    const queueOffset = Math.min(readInt64(view, 16), readInt64(view, 24));
    const readMs = readInt64(view, 0);
    this.marks = { readMs, logPosition: readInt64(view, 8), queueOffset, delivered: { queueOffset, dueMs: readMs } };
    if (content.length < OWN_END) return;
    this.#version = {
      stateVersion: readInt64(view, 32),
      timestamp: readInt64(view, 40),
      counter: readInt64(view, 48),
    };
    const isOurs = view.getInt32(OWN_AT) === OWN_MAGIC && view.getUint32(OWN_END - 4) === checksum(content);
    if (!isOurs) return;
    this.ownPrecisionMs = view.getInt32(OWN_AT + 4);
    const delivered = { queueOffset: readInt64(view, OWN_AT + 8), dueMs: readInt64(view, OWN_AT + 16) };
    this.marks = { ...this.marks, delivered };
  }

  /** Writes marks and makes them durable, off the loop. */
  save(marks: TimerMarks, nowMs: number, done: (error: Error | null) => void): void {
    const content = this.#encode(marks, nowMs);
    const file = this.#open();
    file.write(content, 0, content.length, 0, (error) => (error === null ? file.sync(done) : done(error)));
  }

  /** The same on the loop, before something that needs it. Throws the disk's error. */
  saveSync(marks: TimerMarks, nowMs: number): void {
    const content = this.#encode(marks, nowMs);
    const file = this.#open();
    file.writeSync(content, 0, content.length, 0);
    file.syncSync();
  }

  /** Of a slave: how far its master is, with the version that says so. `nowMs`: by the wall clock. */
  follow(
    version: TimerVersion,
    { readMs, queueOffset }: Pick<TimerMarks, 'readMs' | 'queueOffset'>,
    nowMs: number,
  ): void {
    this.#version = version;
    this.#followed = { readMs, queueOffset, atMs: nowMs };
  }

  /**
   * What is saved from now on is this broker's own progress, and has new versions. Where none was saved yet, it begins at `readMs`:
   * a slave that begins at 0 has all slots since 1970 to read before it comes to one that has messages.
   */
  beginOwn(readMs: number, nowMs: number): void {
    this.#isOwn = true;
    if (this.marks.readMs === 0) this.#followed ??= { readMs, queueOffset: 0, atMs: nowMs };
  }

  endOwn(): void {
    this.#isOwn = false;
  }

  #nextVersion(readMs: number, nowMs: number): TimerVersion {
    const { stateVersion, counter } = this.#version;
    const followed = this.#followed;
    if (followed === undefined || readMs <= followed.readMs)
      return { stateVersion, timestamp: nowMs, counter: counter + 1 };
    this.#followed = undefined;
    const leftOut = LEFT_OUT + Math.max(0, Math.ceil((nowMs - followed.atMs) / COUNTED_EACH_MS));
    return { stateVersion, timestamp: nowMs, counter: counter + leftOut };
  }

  /** As slaves ask for it. */
  shared(): Buffer {
    const shared = this.#content().subarray(0, SHARED_BYTES);
    if (this.#followed === undefined) return shared;
    const view = viewOf(shared);
    writeInt64(view, 0, this.#followed.readMs);
    writeInt64(view, 24, this.#followed.queueOffset);
    return shared;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): DiskFile {
    if (this.#file !== undefined) return this.#file;
    const isNew = this.#disk.stat(this.#path) === undefined;
    const folder = this.#path.slice(0, this.#path.lastIndexOf('/'));
    if (isNew) this.#disk.makeDirectory(folder);
    this.#file = this.#disk.open(this.#path, 'create');
    if (isNew) this.#disk.syncDirectory(folder);
    return this.#file;
  }

  #encode(marks: TimerMarks, nowMs: number): Buffer {
    this.marks = marks;
    if (this.#isOwn) this.#version = this.#nextVersion(marks.readMs, nowMs);
    return this.#content();
  }

  #content(): Buffer {
    const { readMs, logPosition, queueOffset, delivered } = this.marks;
    const content = Buffer.alloc(FILE_BYTES);
    const view = viewOf(content);
    writeInt64(view, 0, readMs);
    writeInt64(view, 8, logPosition);
    writeInt64(view, 16, queueOffset);
    writeInt64(view, 24, queueOffset);
    writeInt64(view, 32, this.#version.stateVersion);
    writeInt64(view, 40, this.#version.timestamp);
    writeInt64(view, 48, this.#version.counter);
    view.setInt32(OWN_AT, OWN_MAGIC);
    view.setInt32(OWN_AT + 4, this.#precisionMs);
    writeInt64(view, OWN_AT + 8, delivered.queueOffset);
    writeInt64(view, OWN_AT + 16, delivered.dueMs);
    view.setUint32(OWN_END - 4, checksum(content));
    return content;
  }
}

function checksum(content: Buffer): number {
  return crc32(content.subarray(OWN_AT, OWN_END - 4), crc32(content.subarray(0, SHARED_BYTES)));
}
