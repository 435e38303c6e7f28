import type { Logger } from '@rocketmq-ts/kernel';

/** A saved queue offset: of a group, of a delay level, of any other reader of a queue. */
interface SavedProgress {
  /** Whose progress it is, for the log: `consumer offset`, `delay progress`. */
  readonly kind: string;
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
  /** Further fields that say whose progress it is. */
  readonly owner?: string;
}

/**
 * Progress as a start may take it over: never ahead of the end of its queue. After a loss of power the file of a progress
 * may be newer than the log; the places in between are given to other messages then, which no consumer would get. Every kind of
 * saved progress, a broker's and a client's, passes through here before the first message is taken.
 */
export function progressWithinLog(saved: SavedProgress, endOffset: number, logger: Logger): number {
  const { offset } = saved;
  if (offset <= endOffset) return offset;
  logger.warn('progress was ahead of the end of its queue; it is set back there', { ...saved, endOffset });
  return endOffset;
}
