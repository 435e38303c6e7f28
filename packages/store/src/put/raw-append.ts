import type { Logger } from '@rocketmq-ts/kernel';
import { dispatch } from '../dispatch/dispatch.ts';
import { StoreError } from '../errors.ts';
import type { MessageIndex } from '../index/message-index.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { RecordHead } from '../log/record.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import { storedTagsCode } from '../queue/tags-code.ts';
import type { LogFlush } from './flush.ts';
import type { PutProgress } from './put-progress.ts';
import { RawRecords } from './raw-records.ts';
import { StoredUnits } from './stored-units.ts';

export interface RawAppendParts {
  readonly logger: Logger;
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  readonly index: MessageIndex | undefined;
  readonly progress: PutProgress;
  readonly flush: LogFlush;
  /** Units of the schedule topic's records have the time when the record is due. */
  readonly delayLevelsMs: readonly number[];
  /** Called for each record when it is in the log. */
  readonly onRecord: (record: RecordHead) => void;
}

/**
 * Continues the log with bytes of another store's log, as a slave does. The records have their places already; queues and
 * index follow them by the same dispatch as those of a put, and they become visible by the same marks.
 */
export class RawAppend {
  readonly #parts: RawAppendParts;
  readonly #records = new RawRecords();
  readonly #units: StoredUnits;
  #record: RecordHead | undefined;
  #hasUnit = false;

  constructor(parts: RawAppendParts) {
    this.#parts = parts;
    this.#units = new StoredUnits(parts.queues, parts.logger, (queue) => {
      this.#hasUnit = true;
      this.#await(queue);
    });
  }

  /** As `MessageStore.appendRaw`, for a store that takes puts. Throws when a file of the log can't be made, too. */
  append(physicalOffset: number, bytes: Buffer): void {
    const { log, index, flush, delayLevelsMs, onRecord } = this.#parts;
    if (!this.#continuesLog(physicalOffset)) throw wrongOffset(physicalOffset, log.appendOffset);
    this.#records.read(bytes, physicalOffset, log.files.fileSizeBytes);
    if (bytes.length === 0) return;
    log.reserveRaw(physicalOffset, bytes.length);
    let position = 0;
    for (const record of this.#records) {
      log.appendRaw(bytes, position, record.totalSize);
      position += record.totalSize;
      if (RawRecords.isBlank(record)) continue;
      onRecord(record);
      this.#record = record;
      this.#hasUnit = false;
      dispatch(record, storedTagsCode(record, delayLevelsMs), this.#units, index);
      if (!this.#hasUnit) this.#await(undefined);
    }
    flush.writeSoon();
  }

  /** An empty log may begin with any file: what was before may have expired in the other one. */
  #continuesLog(physicalOffset: number): boolean {
    const { appendOffset, files } = this.#parts.log;
    if (physicalOffset === appendOffset) return true;
    const isEmpty = files.files.length === 0 && appendOffset === 0;
    return isEmpty && physicalOffset > 0 && physicalOffset % files.fileSizeBytes === 0;
  }

  #await(queue: ConsumeQueue | undefined): void {
    const { log, progress, flush } = this.#parts;
    progress.add(queue, log.appendOffset, undefined, false, this.#record!.storeTimestamp, flush.sweptMs);
  }
}

function wrongOffset(physicalOffset: number, endOffset: number): StoreError {
  const sentence = `bytes from offset ${physicalOffset} on can't be appended to a log that ends at offset ${endOffset}`;
  return new StoreError('STORE_APPEND_OFFSET', sentence, { facts: { physicalOffset, endOffset } });
}
