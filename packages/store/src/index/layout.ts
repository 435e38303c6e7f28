import { javaHashCode, readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import type { IndexConfig } from '../config.ts';

/**
 * An index file: header, slots, entries, all big-endian.
 *
 * | offset | size | header field |
 * | --- | --- | --- |
 * | 0 | 8 | store time of the record of the first entry |
 * | 8 | 8 | of the last entry |
 * | 16 | 8 | physical offset of the record of the first entry |
 * | 24 | 8 | of the last entry |
 * | 32 | 4 | slots that are in use |
 * | 36 | 4 | number of the next entry; the first one is 1, and 0 in a file without an entry |
 *
 * `maxHashSlotNum` slots of 4 bytes follow: the number of the newest entry of the slot, 0 without one. Then `maxIndexNum`
 * entries, of which the one with number 0 is never used:
 *
 * | offset | size | field of an entry |
 * | --- | --- | --- |
 * | 0 | 4 | hash of `topic#key`, not negative; modulo `maxHashSlotNum` it is the slot |
 * | 4 | 8 | physical offset of the record |
 * | 12 | 4 | whole seconds from the header's first store time to the record's |
 * | 16 | 4 | number of the entry before it in the same slot, 0 without one |
 *
 * Source: IndexHeader, IndexFile; checked against files of a 5.4.0 broker.
 */
export const INDEX_HEADER_BYTES = 40;
export const SLOT_BYTES = 4;
export const ENTRY_BYTES = 20;
export const ENTRY_OFFSET_AT = 4;
export const ENTRY_SECONDS_AT = 12;
export const ENTRY_PREVIOUS_AT = 16;
export const FIRST_ENTRY = 1;
const MAX_SECONDS = 0x7fffffff;

/** Size of the files of an index. Files of other sizes are not of this index. */
export class IndexShape {
  readonly slotCount: number;
  /** Entries that a file holds are one less. Source: IndexFile#isWriteFull. */
  readonly maxEntries: number;

  constructor(config: IndexConfig) {
    this.slotCount = config.maxHashSlotNum;
    this.maxEntries = config.maxIndexNum;
  }

  get entriesAt(): number {
    return INDEX_HEADER_BYTES + this.slotCount * SLOT_BYTES;
  }

  get fileBytes(): number {
    return this.entriesAt + this.maxEntries * ENTRY_BYTES;
  }
}

/** The first 40 bytes of a file. */
export interface IndexHeader {
  beginTimestamp: number;
  endTimestamp: number;
  beginPhyOffset: number;
  endPhyOffset: number;
  usedSlots: number;
  /** Number of the next entry. */
  nextEntry: number;
}

export function readIndexHeader(bytes: Buffer): IndexHeader {
  const view = viewOf(bytes);
  return {
    beginTimestamp: readInt64(view, 0),
    endTimestamp: readInt64(view, 8),
    beginPhyOffset: readInt64(view, 16),
    endPhyOffset: readInt64(view, 24),
    usedSlots: view.getInt32(32),
    nextEntry: Math.max(FIRST_ENTRY, view.getInt32(36)),
  };
}

export function writeIndexHeader(header: IndexHeader, into: Buffer): void {
  const view = viewOf(into);
  writeInt64(view, 0, header.beginTimestamp);
  writeInt64(view, 8, header.endTimestamp);
  writeInt64(view, 16, header.beginPhyOffset);
  writeInt64(view, 24, header.endPhyOffset);
  view.setInt32(32, header.usedSlots);
  view.setInt32(36, header.nextEntry);
}

/** Java's hash of `topic#`, to be continued with a key's characters. */
export function topicHash(topic: string): number {
  return javaHashCode(`${topic}#`);
}

/** In place of a key before a tag. Source: IndexService#buildKey of 5.4.0. */
export const TAG_PREFIX = 'T#';

/** What an entry holds of a hash. Source: IndexFile#indexKeyHashMethod. */
export function positiveHash(hash: number): number {
  // Of the lowest integer Java's absolute value is negative, and then 0 is taken.
  return hash >= 0 ? hash : -hash > MAX_SECONDS ? 0 : -hash;
}

/** Whole seconds from the beginning of a file, within what the field holds. Source: IndexFile#putKey. */
export function secondsSince(beginTimestamp: number, storeTimestamp: number): number {
  if (beginTimestamp <= 0) return 0;
  return Math.min(MAX_SECONDS, Math.max(0, Math.floor((storeTimestamp - beginTimestamp) / 1000)));
}
