/**
 * | offset | size | field of a unit of a simple queue |
 * | --- | --- | --- |
 * | 0 | 8 | physical offset of the record |
 * | 8 | 4 | its size |
 * | 12 | 8 | tags code: Java hash of the tag, sign-extended, or the deliver time in the schedule topic |
 *
 * Source: ConsumeQueue; checked against files of a 5.4.0 broker.
 */
export const UNIT_BYTES = 20;

/** Both kinds of units begin with these fields. */
export const UnitOffset = { physicalOffset: 0, size: 8, tagsCode: 12 } as const;

/**
 * | offset | size | field of a unit of a batch queue, behind those above |
 * | --- | --- | --- |
 * | 20 | 8 | store time of the record |
 * | 28 | 8 | queue offset of its first message |
 * | 36 | 2 | its messages |
 * | 38 | 4 | place in a compacted log: −1 |
 * | 42 | 4 | reserved: 0 |
 *
 * Source: BatchConsumeQueue; checked against files of a 5.4.0 broker.
 */
export const BATCH_UNIT_BYTES = 46;

export const BatchUnitOffset = {
  ...UnitOffset,
  storeTimestamp: 20,
  queueOffset: 28,
  messageCount: 36,
  compactedOffset: 38,
  reserved: 42,
} as const;

/** Messages of one record at the most: their count is a 16-bit number. */
export const MOST_BATCH_MESSAGES = 0x7fff;

/**
 * How a topic's queues are kept. In a simple queue each record is one message, and its unit's number is its queue offset. In a
 * batch queue a record holds one message or many: its unit says from which queue offset on.
 * Source: CQType.
 */
export type QueueType = 'SimpleCQ' | 'BatchCQ';

/** Size in the units that Apache puts before the first real one of a queue that does not begin at 0. */
export const FILLER_SIZE = 0x7fffffff;
