import { readInt64, viewOf } from '@rocketmq-ts/kernel';
import { RECORD_FIXED_BYTES, RecordMagic, RecordOffset, RecordParts } from '@rocketmq-ts/protocol';
import type { MappedFile } from '../log/mapped-file.ts';
import type { MappedFileQueue } from '../log/mapped-file-queue.ts';
import type { RecordHead } from '../log/record.ts';
import { LogScan } from '../log/scan.ts';
import type { FindingKind } from './findings.ts';
import type { LogFiles } from './log-files.ts';

/** A place of the log that could not be read; what follows it could. */
export interface DamagedPlace {
  readonly kind: FindingKind;
  readonly from: number;
  readonly to: number;
  readonly detail: string;
}

/** Walks from record to record through the whole log, over damaged places and missing files. */
export class LogWalk {
  readonly #log: LogFiles;
  readonly #scan: LogScan[];
  readonly #onDamage: (place: DamagedPlace) => void;
  #run = 0;
  #file: MappedFile | undefined;
  #lastStoreTimestamp = 0;
  /** Where the next record is looked for; at the end: the end of the log. */
  offset: number;
  /** What is at the end, when it is more than zeros. */
  tail: DamagedPlace | undefined;

  /** `from`: where a record begins; by default the first one of the log. */
  constructor(log: LogFiles, onDamage: (place: DamagedPlace) => void, from = log.minOffset) {
    this.#log = log;
    this.#onDamage = onDamage;
    this.#scan = log.runs.map((run) => new LogScan(run));
    for (const scan of this.#scan) scan.leastTimestamp = log.leastTimestamp;
    this.#run = Math.max(
      0,
      log.runs.findIndex((run) => run.fileAt(from) !== undefined),
    );
    this.#file = this.#files?.fileAt(from);
    this.offset = from;
  }

  /** Fields of the record that `next` came to. */
  get head(): RecordHead {
    return this.#scan[this.#run]!.head;
  }

  /** The record that `next` came to; lent until the next call. */
  get bytes(): Buffer {
    const { physicalOffset, totalSize } = this.head;
    return this.#scan[this.#run]!.bytesFrom(physicalOffset).subarray(0, totalSize);
  }

  get #files(): MappedFileQueue | undefined {
    return this.#log.runs[this.#run];
  }

  /** Comes to the next good record; false at the end of the log. */
  next(): boolean {
    for (;;) {
      const file = this.#file;
      if (file === undefined) return false;
      if (this.offset >= file.endOffset) {
        this.#file = this.#files!.fileAt(this.offset) ?? this.#nextRun();
        continue;
      }
      const scan = this.#scan[this.#run]!;
      const found = scan.recordAt(file, this.offset);
      if (found === 'RECORD') {
        this.offset += scan.head.totalSize;
        if (scan.head.storeTimestamp > this.#lastStoreTimestamp) this.#lastStoreTimestamp = scan.head.storeTimestamp;
        return true;
      }
      if (found === 'BLANK') this.#passBlank(file, scan.head.totalSize);
      else this.#passDamage(file, scan, found === 'NOTHING');
    }
  }

  #passBlank(file: MappedFile, sizeBytes: number): void {
    const rest = file.endOffset - this.offset;
    if (sizeBytes !== rest) {
      this.#onDamage({
        kind: 'BLANK_SIZE',
        from: this.offset,
        to: file.endOffset,
        detail: `${sizeBytes} bytes where ${rest} are left`,
      });
    }
    this.offset = file.endOffset;
  }

  #passDamage(file: MappedFile, scan: LogScan, zeros: boolean): void {
    const from = this.offset;
    const what = zeros
      ? ({ kind: 'RECORD_ZEROS', detail: 'zeros' } as const)
      : whyBroken(scan.bytesFrom(from), from, file.endOffset - from);
    const next = scan.goodRecordBehind(file, from, this.#lastStoreTimestamp);
    if (next !== undefined) {
      // What looks like a hole may have been written between two reads.
      if (this.#log.mayGrow && isWhole(scan, file, from)) return;
      this.#onDamage({ ...what, from, to: next });
      this.offset = next;
      return;
    }
    const followingRun = this.#nextRun();
    if (followingRun !== undefined) {
      this.#onDamage({ ...what, from, to: file.endOffset });
      this.#file = followingRun;
      return;
    }
    if (!zeros) this.tail = { ...what, from, to: file.endOffset };
    this.#file = undefined;
  }

  /** Continues behind files that are missing. */
  #nextRun(): MappedFile | undefined {
    if (this.#run + 1 >= this.#log.runs.length) return undefined;
    this.#run += 1;
    const file = this.#files!.files[0]!;
    this.offset = file.baseOffset;
    return file;
  }
}

function isWhole(scan: LogScan, file: MappedFile, offset: number): boolean {
  scan.forget();
  const found = scan.recordAt(file, offset);
  return found === 'RECORD' || found === 'BLANK';
}

/** What is wrong with the record that should begin with these bytes; `rest` of its file are left. */
function whyBroken(bytes: Buffer, offset: number, rest: number): { kind: FindingKind; detail: string } {
  if (bytes.length < RecordOffset.bornHost) return { kind: 'RECORD_LENGTH', detail: 'the file ends within the record' };
  const view = viewOf(bytes);
  const magic = view.getInt32(RecordOffset.magic);
  const size = view.getInt32(RecordOffset.totalSize);
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) {
    return { kind: 'RECORD_MAGIC', detail: `magic 0x${(magic >>> 0).toString(16).padStart(8, '0')}` };
  }
  if (size < RECORD_FIXED_BYTES || size > rest)
    return { kind: 'RECORD_LENGTH', detail: `size ${size}, ${rest} bytes are left in the file` };
  const own = readInt64(view, RecordOffset.physicalOffset);
  if (own !== offset) return { kind: 'RECORD_POSITION', detail: `it has offset ${own} and lies at ${offset}` };
  if (bytes.length < size) return { kind: 'RECORD_LENGTH', detail: 'the file ends within the record' };
  // Lengths before the body's sum: a sum over the wrong bytes proves nothing.
  return lengthsHold(view, size)
    ? { kind: 'RECORD_CRC', detail: 'the CRC of the body is another' }
    : { kind: 'RECORD_LENGTH', detail: `its parts do not add up to its size ${size}` };
}

function lengthsHold(view: DataView, size: number): boolean {
  const parts = new RecordParts();
  return parts.find(view, 0, size) === undefined && parts.propertiesEnd === size;
}
