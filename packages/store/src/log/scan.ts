import { readInt64, viewOf } from '@rocketmq-ts/kernel';
import { RECORD_FIXED_BYTES, RecordMagic, RecordOffset } from '@rocketmq-ts/protocol';
import type { MappedFile } from './mapped-file.ts';
import type { MappedFileQueue } from './mapped-file-queue.ts';
import { checkRecord, endsInZero, RecordHead } from './record.ts';
import { isZero } from './zeros.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
/**
 * No broker is configured for more; a damaged size must not take all memory. Today's configuration is no limit: records may
 * have been stored under another one.
 */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const MAGICS = [magicBytes(RecordMagic.v1), magicBytes(RecordMagic.v2)] as const;

const NOTHING_AHEAD = { found: -1, storeTimestamp: 0, searchedFrom: 0, searchedTo: -1, sinceTimestamp: 0 };

/** NOTHING: zeros, as behind the end of a log. BROKEN: something else that is no good record. */
export type LogScanResult = 'RECORD' | 'BLANK' | 'BROKEN' | 'NOTHING';

/** Reads the commit log from one record to the next, in large pieces, and looks for records behind a damaged place. */
export class LogScan {
  readonly head = new RecordHead();
  /** Records stamped with this time or later are not left over, whatever came before them. */
  leastTimestamp = Number.POSITIVE_INFINITY;
  readonly #files: MappedFileQueue;
  #chunk: Buffer;
  #view: DataView;
  #file: MappedFile | undefined;
  #start = 0;
  #end = 0;
  /** Where the piece has each magic number next, from the last place on from which it was looked for. */
  #magicAt = MAGICS.map(() => -1);
  /** How far the files behind a damaged place were looked through, and the last good record that was found there. */
  #ahead = NOTHING_AHEAD;

  constructor(files: MappedFileQueue) {
    this.#files = files;
    this.#chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, files.fileSizeBytes));
    this.#view = viewOf(this.#chunk);
  }

  /** What the log has at an offset; a record's fields are in `head`. */
  recordAt(file: MappedFile, offset: number): LogScanResult {
    this.#have(file, offset, RECORD_FIXED_BYTES);
    // The size of a record that has its own offset is trusted: it can be larger than what is configured today.
    const magic = this.#end - offset >= RECORD_FIXED_BYTES ? this.#view.getInt32(offset - this.#start + 4) : 0;
    if ((magic === RecordMagic.v1 || magic === RecordMagic.v2) && this.#physicalOffsetAt(offset) === offset) {
      this.#have(file, offset, Math.min(this.#view.getInt32(offset - this.#start), MAX_RECORD_BYTES));
    }
    const at = offset - this.#start;
    const check = checkRecord(this.#chunk, this.#view, at, this.#end - this.#start, offset, this.head);
    if (check === 'BLANK') return check;
    if (check === 'RECORD') return endsInZero(this.head.properties) ? 'BROKEN' : check;
    const head = this.#chunk.subarray(at, Math.min(at + RECORD_FIXED_BYTES, this.#end - this.#start));
    return isZero(head) ? 'NOTHING' : 'BROKEN';
  }

  /** What the last call has read from an offset on; lent until the next one. */
  bytesFrom(offset: number): Buffer {
    return this.#chunk.subarray(offset - this.#start, this.#end - this.#start);
  }

  /** Reads anew at the next call: for files that others write to. */
  forget(): void {
    this.#file = undefined;
    this.#ahead = NOTHING_AHEAD;
  }

  /** Store time of the first record of a file, undefined when it is not a good one: half a record may have any time. */
  firstStoreTimestamp(file: MappedFile): number | undefined {
    return this.recordAt(file, file.baseOffset) === 'RECORD' ? this.head.storeTimestamp : undefined;
  }

  /**
   * Where the next good record behind a damaged place begins, in this file; its end when only a later file has one. Looks
   * through the file if a later one is in use, otherwise `lookAheadBytes`: as far as a record may reach. A record older than
   * `sinceTimestamp` is left over from an earlier end of the log. `head` is not kept.
   */
  goodRecordBehind(
    file: MappedFile,
    offset: number,
    sinceTimestamp: number,
    lookAheadBytes = MAX_RECORD_BYTES,
  ): number | undefined {
    const goesOn = this.#goesOnBehind(file, sinceTimestamp);
    const limit = goesOn ? file.endOffset : Math.min(file.endOffset, offset + lookAheadBytes);
    return this.#findGood(file, offset + 1, limit, sinceTimestamp) ?? (goesOn ? file.endOffset : undefined);
  }

  /** Where the first good record behind `from` and before `limit` begins, within one file; its fields are in `head`. */
  goodRecordWithin(file: MappedFile, from: number, limit: number): number | undefined {
    return this.#findGood(file, from + 1, limit, 0);
  }

  /** Offset of the first good record that begins in [from, limit). */
  #findGood(file: MappedFile, from: number, limit: number, sinceTimestamp: number): number | undefined {
    for (let next = from; next < limit; ) {
      this.#haveSome(file, next);
      const candidate = this.#magicFrom(next);
      if (candidate === undefined) {
        // A magic number may lie across the end of the piece.
        // A file that is shorter than the others ends without more to read.
        if (this.#end >= file.endOffset || this.#end - 8 <= next) break;
        next = this.#end - 8;
      } else if (candidate < limit && this.#isGood(file, candidate, sinceTimestamp)) return candidate;
      else next = candidate + 1;
    }
    return undefined;
  }

  /**
   * True when any of the next files has a good record: files in between may be lost, and their first records be damaged.
   * What was looked through once is not read again, however many damaged places the log has.
   */
  #goesOnBehind(file: MappedFile, sinceTimestamp: number): boolean {
    const ahead = this.#ahead;
    if (ahead.found >= file.endOffset && ahead.storeTimestamp >= Math.min(sinceTimestamp, this.leastTimestamp))
      return true;
    const isInSearched = file.endOffset >= ahead.searchedFrom && file.endOffset <= ahead.searchedTo;
    const knows = isInSearched && sinceTimestamp >= ahead.sinceTimestamp;
    const searchedFrom = knows ? ahead.searchedFrom : file.endOffset;
    let from = knows ? ahead.searchedTo : file.endOffset;
    for (let next = this.#files.fileAt(from); next !== undefined; next = this.#files.fileAt(from)) {
      const found = this.#findGood(next, from, next.endOffset, sinceTimestamp);
      from = next.endOffset;
      if (found === undefined) continue;
      this.#ahead = {
        found,
        storeTimestamp: this.head.storeTimestamp,
        searchedFrom,
        searchedTo: found + 1,
        sinceTimestamp,
      };
      return true;
    }
    this.#ahead = { found: -1, storeTimestamp: 0, searchedFrom, searchedTo: from, sinceTimestamp };
    return false;
  }

  /** Offset of the next place in the piece that could be the beginning of a record. */
  #magicFrom(from: number): number | undefined {
    let nearest = Number.POSITIVE_INFINITY;
    for (const [i, magic] of MAGICS.entries()) {
      // A magic number that the piece lacks must not be looked for behind each of the other kind.
      if (this.#magicAt[i]! < from + 4) {
        const found = this.#chunk.subarray(0, this.#end - this.#start).indexOf(magic, from - this.#start + 4);
        this.#magicAt[i] = found < 0 ? Number.POSITIVE_INFINITY : this.#start + found;
      }
      nearest = Math.min(nearest, this.#magicAt[i]!);
    }
    return nearest === Number.POSITIVE_INFINITY ? undefined : nearest - 4;
  }

  #isGood(file: MappedFile, offset: number, sinceTimestamp: number): boolean {
    if (this.recordAt(file, offset) !== 'RECORD') return false;
    return this.head.storeTimestamp >= Math.min(sinceTimestamp, this.leastTimestamp);
  }

  /** Makes sure that so many bytes from an offset on are in memory, as far as the file has them. */
  #have(file: MappedFile, offset: number, bytes: number): void {
    const wanted = Math.min(offset + bytes, file.endOffset);
    if (this.#file === file && offset >= this.#start && wanted <= this.#end) return;
    if (wanted - offset > this.#chunk.length) {
      this.#chunk = Buffer.allocUnsafeSlow(wanted - offset);
      this.#view = viewOf(this.#chunk);
    }
    this.#read(file, offset);
  }

  #haveSome(file: MappedFile, offset: number): void {
    if (this.#file !== file || offset < this.#start || offset + 4096 > this.#end) this.#read(file, offset);
  }

  #read(file: MappedFile, offset: number): void {
    const bytes = Math.min(this.#chunk.length, file.endOffset - offset);
    this.#file = file;
    this.#magicAt.fill(-1);
    this.#start = offset;
    this.#end = offset + file.readSync(this.#chunk, 0, bytes, offset - file.baseOffset);
  }

  #physicalOffsetAt(offset: number): number {
    return readInt64(this.#view, offset - this.#start + RecordOffset.physicalOffset);
  }
}

function magicBytes(magic: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(magic);
  return bytes;
}
