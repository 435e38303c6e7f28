import { type MessageStore, type PutMessageStatus, StoreError } from '@rocketmq-ts/store';

/** No record is larger; a damaged size must not take all memory. */
export const MOST_RECORD_BYTES = 64 * 1024 * 1024;
const SIZE_BYTES = 4;

/** Why the stream can't be continued. */
export class StreamFailure extends Error {
  /** DAMAGED: the bytes are no records at this place. REFUSED: the store takes nothing now. */
  readonly kind: 'DAMAGED' | 'REFUSED';

  constructor(kind: 'DAMAGED' | 'REFUSED', sentence: string, cause?: Error) {
    super(sentence, { cause });
    this.kind = kind;
  }
}

/**
 * Appends another log's bytes, cut anywhere, to a store, which takes whole records only: the incomplete rest is kept, and what is
 * whole is appended from where it was received.
 */
export class RawStream {
  readonly #store: Pick<MessageStore, 'facts' | 'appendRaw'>;
  readonly #fileSizeBytes: number;
  /** The beginning of a record; only its first `#restBytes` are set. Empty without. */
  #rest = Buffer.alloc(SIZE_BYTES);
  #restBytes = 0;
  #appendedTo: number;

  /** Continues the log where it ends. */
  constructor(store: Pick<MessageStore, 'facts' | 'appendRaw'>, fileSizeBytes: number) {
    this.#store = store;
    this.#fileSizeBytes = fileSizeBytes;
    this.#appendedTo = store.facts.appendOffset;
  }

  /** Where the next bytes belong. */
  get nextOffset(): number {
    return this.#appendedTo + this.#restBytes;
  }

  /** An empty log begins where the other one's bytes do, at the beginning of a file. Throws a `StreamFailure`. */
  beginAt(physicalOffset: number): void {
    if (physicalOffset % this.#fileSizeBytes !== 0) {
      const sentence = `its files of the commit log do not begin at multiples of ${this.#fileSizeBytes}, the mappedFileSizeCommitLog of this broker`;
      throw new StreamFailure('DAMAGED', sentence);
    }
    this.#appendedTo = physicalOffset;
  }

  /** Takes bytes that begin at `nextOffset`; they may be reused at once. Throws a `StreamFailure`; the stream is of no use then. */
  feed(bytes: Buffer): void {
    let at = this.#restBytes > 0 ? this.#completeRest(bytes) : 0;
    let end = at;
    while (bytes.length - end >= SIZE_BYTES) {
      const size = this.#checked(bytes.readInt32BE(end), this.#appendedTo + end - at);
      if (end + size > bytes.length) break;
      end += size;
    }
    if (end > at) this.#append(bytes.subarray(at, end));
    at = end;
    if (at < bytes.length) this.#keep(bytes, at);
  }

  /** Adds to the incomplete record, and appends it when it is whole; returns how many bytes were taken. */
  #completeRest(bytes: Buffer): number {
    let taken = 0;
    if (this.#restBytes < SIZE_BYTES) taken = this.#fillRest(bytes, 0, SIZE_BYTES);
    if (this.#restBytes < SIZE_BYTES) return taken;
    const size = this.#checked(this.#rest.readInt32BE(0), this.#appendedTo);
    this.#growRest(size);
    taken += this.#fillRest(bytes, taken, size);
    if (this.#restBytes < size) return taken;
    const record = this.#rest.subarray(0, size);
    this.#restBytes = 0;
    this.#append(record);
    // A large one is not kept for small ones.
    if (this.#rest.length > this.#fileSizeBytes / 4 || this.#rest.length > 1024 * 1024)
      this.#rest = Buffer.alloc(SIZE_BYTES);
    return taken;
  }

  #keep(bytes: Buffer, at: number): void {
    const size = bytes.length - at < SIZE_BYTES ? SIZE_BYTES : bytes.readInt32BE(at);
    this.#growRest(size);
    this.#fillRest(bytes, at, size);
  }

  #growRest(bytes: number): void {
    if (this.#rest.length >= bytes) return;
    const larger = Buffer.allocUnsafe(bytes);
    this.#rest.copy(larger, 0, 0, this.#restBytes);
    this.#rest = larger;
  }

  #fillRest(bytes: Buffer, at: number, upTo: number): number {
    const taken = bytes.copy(this.#rest, this.#restBytes, at, Math.min(bytes.length, at + upTo - this.#restBytes));
    this.#restBytes += taken;
    return taken;
  }

  /** The size of the record at an offset, when it can be one. */
  #checked(size: number, physicalOffset: number): number {
    const rest = this.#fileSizeBytes - (physicalOffset % this.#fileSizeBytes);
    if (size >= 8 && size <= rest && size <= MOST_RECORD_BYTES) return size;
    throw new StreamFailure(
      'DAMAGED',
      `no record begins at offset ${physicalOffset}: its size would be ${size}, and ${rest} bytes are left of its file`,
    );
  }

  #append(records: Buffer): void {
    let status: PutMessageStatus;
    try {
      status = this.#store.appendRaw(this.#appendedTo, records);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const kind = error.code === 'STORE_APPEND_DAMAGED' ? 'DAMAGED' : 'REFUSED';
      throw new StreamFailure(kind, error.message, error);
    }
    if (status !== 'PUT_OK') {
      const { notWritableBecause, busyBecause } = this.#store.facts;
      throw new StreamFailure('REFUSED', `the store takes nothing: ${notWritableBecause ?? busyBecause ?? status}`);
    }
    this.#appendedTo += records.length;
  }
}
