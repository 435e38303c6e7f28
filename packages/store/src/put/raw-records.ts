import { viewOf } from '@rocketmq-ts/kernel';
import { hasPossiblePlace, isInQueue } from '../dispatch/dispatch.ts';
import { StoreError } from '../errors.ts';
import { BLANK_RECORD_BYTES, checkRecord, endsInZero, RecordHead } from '../log/record.ts';

/** So many heads are kept for the next bytes. */
const KEPT_HEADS = 4096;

/** The records in bytes of another store's log, checked as a start checks its own log. One object is reused. */
export class RawRecords {
  readonly #heads: RecordHead[] = [];
  #count = 0;

  /**
   * Checks that `bytes`, which the other log has at a physical offset, are whole records, and a whole blank one where a file
   * ends. Throws STORE_APPEND_DAMAGED.
   */
  read(bytes: Buffer, physicalOffset: number, fileSizeBytes: number): void {
    const view = viewOf(bytes);
    this.#count = 0;
    this.#heads.length = Math.min(this.#heads.length, KEPT_HEADS);
    for (let at = 0; at < bytes.length; ) {
      this.#heads[this.#count] ??= new RecordHead();
      const head = this.#heads[this.#count]!;
      const offset = physicalOffset + at;
      const rest = fileSizeBytes - (offset % fileSizeBytes);
      const check = checkRecord(bytes, view, at, bytes.length, offset, head);
      const isWhole = check === 'BLANK' ? head.totalSize === rest : check === 'RECORD' && isGood(head, rest);
      if (!isWhole || at + head.totalSize > bytes.length) throw damaged(physicalOffset, bytes.length, offset);
      // The head may be that of an earlier record.
      if (check === 'BLANK') head.topic = '';
      at += head.totalSize;
      this.#count += 1;
    }
  }

  /** True for the record that fills the rest of a file. */
  static isBlank(record: RecordHead): boolean {
    return record.topic === '';
  }

  /** What `read` found, in its order; valid until the next call. */
  *[Symbol.iterator](): Generator<RecordHead> {
    for (let i = 0; i < this.#count; i++) yield this.#heads[i]!;
  }
}

/** `rest` of its file: behind a record there is always room for a blank one. */
function isGood(head: RecordHead, rest: number): boolean {
  if (head.totalSize + BLANK_RECORD_BYTES > rest || endsInZero(head.properties)) return false;
  return !RawRecords.isBlank(head) && (!isInQueue(head.sysFlag) || hasPossiblePlace(head));
}

function damaged(physicalOffset: number, bytes: number, offset: number): StoreError {
  const range = `[${physicalOffset}, ${physicalOffset + bytes})`;
  return new StoreError('STORE_APPEND_DAMAGED', `no whole record is at offset ${offset} of the bytes ${range}`, {
    facts: { offset },
  });
}
