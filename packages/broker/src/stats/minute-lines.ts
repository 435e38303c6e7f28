import type { CounterTable } from './counter-table.ts';

/**
 * A line for each counter that moved in the last minute, as operators grep for it in stats.log; undefined for one that did not, so
 * that other work may be done between two of them. Source: StatsItem#printAtMinutes.
 */
export function* minuteLines(table: CounterTable): Iterable<string | undefined> {
  for (const [name, counters] of Object.entries(table.counters)) {
    const { bytesName } = counters.metric;
    for (const [key, counter] of counters.entries()) {
      const { sum, tps, avgpt } = counter.growth('minute');
      yield sum === 0 ? undefined : lineOf(name, key, sum, tps, avgpt);
      if (bytesName === undefined || sum === 0) continue;
      const bytes = counter.growth('minute', 'bytes');
      if (bytes.sum !== 0) yield lineOf(bytesName, key, bytes.sum, bytes.tps, bytes.avgpt);
    }
  }
}

function lineOf(name: string, key: string, sum: number, tps: number, avgpt: number): string {
  return `[${name}] [${key}] Stats In One Minute, SUM: ${sum} TPS: ${tps.toFixed(2)} AVGPT: ${avgpt.toFixed(2)}`;
}
