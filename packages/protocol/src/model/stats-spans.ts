/** Time between two snapshots of the shortest span. Source: StatsItemSet. */
export const STATS_TICK_MS = 10_000;

/** Over what statistics are asked for: ticks from one snapshot to the next, and how many snapshots span it. Source: StatsItem. */
export const STATS_SPANS = {
  minute: { ticks: 1, kept: 7 },
  hour: { ticks: 60, kept: 7 },
  day: { ticks: 360, kept: 25 },
} as const;
/** Name of a span. */
export type StatsSpan = keyof typeof STATS_SPANS;
