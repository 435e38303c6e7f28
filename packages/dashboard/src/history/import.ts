import type { Clock, Disk, Logger } from '@rocketmq-ts/kernel';
import type { ClusterHistory, History, NamedSample } from './history.ts';
import { KEPT_MS, TEN_MINUTES_MS } from './schema.ts';

interface ImportOptions {
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** The `dataPath` of Apache's dashboard. */
  readonly folder: string;
  readonly history: History;
  readonly into: ClusterHistory;
}

/** One file is read whole: a larger one is left out. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** `dashboard2026-11-26.json` of brokers, `dashboard2026-11-26_topic.json` of topics. Source: DashboardCollectServiceImpl. */
const FILE = /^dashboard\d{4}-\d{2}-\d{2}(_topic)?\.json$/;

/**
 * Takes over the history that Apache's dashboard left in its folder, as averages of ten minutes: each file once, again only when
 * it has grown. What can't be read is logged and left out. Gives how many files were taken.
 */
export function importHistory(options: ImportOptions): number {
  const { disk, logger, folder, history } = options;
  let count = 0;
  for (const { name, isDirectory } of disk.list(folder)) {
    const match = FILE.exec(name);
    if (match === null || isDirectory) continue;
    const path = `${folder}/${name}`;
    try {
      const size = disk.stat(path)?.sizeBytes ?? 0;
      if (size > MAX_FILE_BYTES) {
        logger.warn('A history file of the old dashboard is too large to be imported', { path, size });
        continue;
      }
      if (history.markImported(path, size)) continue;
      importFile(options, path, match[1] === undefined ? 'broker' : 'topic');
      count += 1;
    } catch (error) {
      logger.warn('A history file of the old dashboard could not be imported', { path, error });
    }
  }
  if (count > 0) logger.info('The history of the old dashboard was imported', { folder, files: count });
  return count;
}

function importFile({ disk, clock, into }: ImportOptions, path: string, kind: 'broker' | 'topic'): void {
  const parsed: unknown = JSON.parse(disk.readFile(path)?.toString('utf8') ?? '{}');
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError('no object of series');
  const oldestMs = clock.now() - KEPT_MS.ten_minutes;
  for (const [name, lines] of Object.entries(parsed)) {
    if (!Array.isArray(lines)) continue;
    const rows = lines.map((line) => String(line).split(',').map(Number));
    const good = rows.filter(([atMs = Number.NaN]) => Number.isFinite(atMs) && atMs >= oldestMs);
    // Brokers: time, rate of reads. Topics: time, in, in of 24 h, out, out of 24 h.
    const samples = good.map(([atMs = 0, first = 0, second = 0, third = 0, fourth = 0]) => ({
      ...{ name, atMs },
      values: kind === 'broker' ? [null, finite(first)] : [first, third, second, fourth].map(finite),
    }));
    into.addAverages(kind, averages(samples));
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** One sample for each ten minutes. */
function averages(samples: readonly NamedSample[]): NamedSample[] {
  const buckets = new Map<number, NamedSample[]>();
  for (const sample of samples) {
    const atMs = Math.floor(sample.atMs / TEN_MINUTES_MS) * TEN_MINUTES_MS;
    const bucket = buckets.get(atMs);
    if (bucket === undefined) buckets.set(atMs, [sample]);
    else bucket.push(sample);
  }
  return [...buckets].map(([atMs, bucket]) => ({
    name: bucket[0]!.name,
    atMs,
    values: bucket[0]!.values.map((value, index) =>
      value === null ? null : bucket.reduce((sum, { values }) => sum + (values[index] ?? 0), 0) / bucket.length,
    ),
  }));
}
