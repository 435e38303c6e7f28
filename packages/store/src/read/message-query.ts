import { viewOf } from '@rocketmq-ts/kernel';
import { MessageProperty, readProperty } from '@rocketmq-ts/protocol';
import { hasKey } from '../index/keys.ts';
import { TAG_PREFIX } from '../index/layout.ts';
import type { MessageIndex } from '../index/message-index.ts';
import { type IndexQuery, IndexWalk } from '../index/query.ts';
import type { CommitLog } from '../log/commit-log.ts';
import { checkRecord, endsInZero, RecordHead } from '../log/record.ts';
import type { RecordLookup } from './record-lookup.ts';

/** Bytes of the records of one answer: a frame of Apache's clients holds 16 MiB. */
export const MAX_QUERY_BYTES = 15 * 1024 * 1024;

/** What is asked for: `key` is a unique key, or one of a message's keys; or with `kind` TAG its tags. */
export interface MessageQuery extends Omit<IndexQuery, 'confirmOffset' | 'take' | 'done'> {
  /** Default KEY. */
  readonly kind?: 'KEY' | 'TAG' | undefined;
}

export interface QueryMessageResult {
  /** Stored records in the order of the log, copied. */
  readonly records: readonly Buffer[];
  /** Store time and place of the newest record that is indexed; 0 without one. */
  readonly indexLastUpdateTimestamp: number;
  readonly indexLastUpdatePhyoffset: number;
  /** False when there may be more than was looked at: a bound of `QueryLimits` or of the answer's size was reached. */
  readonly complete: boolean;
}

/**
 * Finds the newest messages of a topic with a key. Records are read and compared, so that what only shares a key's hash is
 * not among them, and the time range is exact. Source: DefaultMessageStore#queryMessage.
 */
export class MessageQueries {
  readonly #index: MessageIndex | undefined;
  readonly #log: CommitLog;
  readonly #lookup: RecordLookup;
  readonly #confirmOffset: () => number;

  constructor(index: MessageIndex | undefined, log: CommitLog, lookup: RecordLookup, confirmOffset: () => number) {
    this.#index = index;
    this.#log = log;
    this.#lookup = lookup;
    this.#confirmOffset = confirmOffset;
  }

  /** `done` may be called in the same turn. */
  run(query: MessageQuery, done: (result: QueryMessageResult) => void): void {
    const index = this.#index;
    if (index === undefined || index.files.length === 0) {
      return done({ records: [], indexLastUpdateTimestamp: 0, indexLastUpdatePhyoffset: 0, complete: true });
    }
    const records: Buffer[] = [];
    let bytes = 0;
    let fits = true;
    const last = index.files.at(-1)!;
    new IndexWalk(index, {
      ...query,
      key: query.kind === 'TAG' ? TAG_PREFIX + query.key : query.key,
      confirmOffset: this.#confirmOffset(),
      take: (physicalOffset) => {
        if (!fits) return false;
        const record = this.#matching(query, physicalOffset);
        if (record === undefined) return false;
        fits = records.length === 0 || bytes + record.length <= MAX_QUERY_BYTES;
        if (!fits) return false;
        bytes += record.length;
        records.push(record);
        return true;
      },
      done: (complete) =>
        done({
          records: records.reverse(),
          indexLastUpdateTimestamp: last.endTimestamp,
          indexLastUpdatePhyoffset: last.endPhyOffset,
          complete: complete && fits,
        }),
    }).start();
  }

  #matching(query: MessageQuery, physicalOffset: number): Buffer | undefined {
    if (physicalOffset < this.#log.minOffset) return undefined;
    const record = this.#lookup.recordAt(physicalOffset);
    if (record === undefined) return undefined;
    const head = new RecordHead();
    const view = viewOf(record);
    if (checkRecord(record, view, 0, record.length, physicalOffset, head) !== 'RECORD') return undefined;
    if (endsInZero(head.properties)) return undefined;
    if (head.topic !== query.topic || head.storeTimestamp < query.begin || head.storeTimestamp > query.end)
      return undefined;
    const matches =
      query.kind === 'TAG'
        ? readProperty(head.properties, MessageProperty.TAGS) === query.key
        : hasKey(head.properties, query.key);
    return matches ? record : undefined;
  }
}
