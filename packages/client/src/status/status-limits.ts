/** What bounds the events of `status()`. */
export const statusLimits = {
  /** Events that a reader has not read yet. */
  unread: 256,
  /** A queue, or the sends of a producer, is reported as `throttled` at most once in so long. */
  throttledPeriodMs: 10_000,
};
