/** What traces may gather in one client. */
export const traceLimits = {
  /** Reports that wait. Source: AsyncTraceDispatcher, traceContextQueue. */
  reports: 2048,
  /** Characters of the reports that wait. */
  characters: 8 * 1024 * 1024,
  /** Trace messages under way at a time; while there are so many, reports wait. */
  underWay: 32,
} as const;
