/** Reading of a broker's runtime keys, whose values are texts that Apache's tools parse. Source: StoreStatsService#getRuntimeInfo. */

/** A value that is a number; undefined when it is missing or none. */
export function numberIn(runtime: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = runtime.get(key);
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The first of the rates of a value such as `10.5 9.1 8.0`, which is that of the last ten seconds; 0 when there is none yet. */
export function firstRate(runtime: ReadonlyMap<string, string>, key: string): number {
  const value = Number(runtime.get(key)?.trim().split(/\s+/)[0] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

/** Messages a second that consumers got. Brokers before 5.0 spell the key with one r. Source: ClusterListSubCommand. */
export function readRate(runtime: ReadonlyMap<string, string>): number {
  return firstRate(runtime, runtime.has('getTransferredTps') ? 'getTransferredTps' : 'getTransferedTps');
}

/** Messages of a day, from three counters that a broker resets at midnight. Source: ClusterListSubCommand. */
export interface DayCounts {
  readonly putToday: number;
  readonly putYesterday: number;
  readonly gotToday: number;
  readonly gotYesterday: number;
}

/** Of the runtime keys of a broker. */
export function dayCounts(runtime: ReadonlyMap<string, string>): DayCounts {
  const of = (key: string): number => numberIn(runtime, key) ?? 0;
  return {
    putToday: of('msgPutTotalTodayNow') - of('msgPutTotalTodayMorning'),
    putYesterday: of('msgPutTotalTodayMorning') - of('msgPutTotalYesterdayMorning'),
    gotToday: of('msgGetTotalTodayNow') - of('msgGetTotalTodayMorning'),
    gotYesterday: of('msgGetTotalTodayMorning') - of('msgGetTotalYesterdayMorning'),
  };
}
