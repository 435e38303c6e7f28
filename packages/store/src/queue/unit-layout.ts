/**
 * | offset | size | field of a unit |
 * | --- | --- | --- |
 * | 0 | 8 | physical offset of the record |
 * | 8 | 4 | its size |
 * | 12 | 8 | tags code: Java hash of the tag, sign-extended, or the deliver time in the schedule topic |
 *
 * Source: ConsumeQueue; checked against files of a 5.4.0 broker.
 */
export const UNIT_BYTES = 20;

export const UnitOffset = { physicalOffset: 0, size: 8, tagsCode: 12 } as const;

/** Size in the units that Apache puts before the first real one of a queue that does not begin at 0. */
export const FILLER_SIZE = 0x7fffffff;
