/**
 * A series is one thing that is sampled: a broker, a topic, a group of a cluster. A sample holds up to five values, whose
 * meaning follows from the kind. Samples of a minute are kept for two days, averages of ten minutes for thirty.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY,
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (cluster, kind, name)
);
CREATE TABLE IF NOT EXISTS minute (
  series INTEGER NOT NULL,
  at INTEGER NOT NULL,
  a REAL, b REAL, c REAL, d REAL, e REAL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ten_minutes (
  series INTEGER NOT NULL,
  at INTEGER NOT NULL,
  a REAL, b REAL, c REAL, d REAL, e REAL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imported (
  file TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
`;

export const MINUTE_MS = 60_000;
export const TEN_MINUTES_MS = 10 * MINUTE_MS;
/** How long samples of each resolution are kept. */
export const KEPT_MS = { minute: 2 * 24 * 60 * MINUTE_MS, ten_minutes: 30 * 24 * 60 * MINUTE_MS } as const;

/** What can be sampled, with the meaning of its values. */
export const SERIES = {
  /** `<broker name>:<broker id>` */
  broker: ['putTps', 'getTps', 'diskRatio', 'putLatency99Ms', 'latencyMs'],
  topic: ['inTps', 'outTps', 'inCount24h', 'outCount24h'],
  group: ['lag', 'consumeTps'],
} as const;

export type SeriesKind = keyof typeof SERIES;
