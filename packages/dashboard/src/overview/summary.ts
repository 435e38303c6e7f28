import type { BrokerSummary, Ranked } from '../api/index.ts';
import type { BrokerState, ClusterModel } from '../collect/model.ts';
import { dayCounts, firstRate, numberIn, readRate } from '../collect/runtime.ts';

/** Bars of a chart. */
const TOP = 10;

/** A broker process in one row. */
export function summaryOf(broker: BrokerState): BrokerSummary {
  const { clusterName, brokerName, brokerId, address, runtime, outage, answeredAtMs } = broker;
  const isUp = outage === undefined && answeredAtMs !== undefined;
  return {
    ...{ clusterName, brokerName, brokerId, address, answeredAtMs },
    version: runtime.get('brokerVersionDesc') ?? '',
    isUp,
    refuses: outage?.isRefusal === true,
    // What a broker did before it was lost is no rate of now.
    putTps: isUp ? firstRate(runtime, 'putTps') : 0,
    getTps: isUp ? readRate(runtime) : 0,
    ...dayCounts(runtime),
    diskRatio: numberIn(runtime, 'commitLogDiskRatio'),
  };
}

/** Topics that received most in 24 hours. */
export function topTopics(model: ClusterModel): Ranked[] {
  return top(
    [...model.topics.values()].map(({ topic, figures }) => [topic, sum(figures, ({ inCount24h }) => inCount24h)]),
  );
}

/** Groups that are the farthest behind. */
export function topLags(model: ClusterModel): Ranked[] {
  return top([...model.groups.values()].map(({ group, figures }) => [group, sum(figures, ({ lag }) => lag)]));
}

function sum<Value>(values: ReadonlyMap<string, Value>, of: (value: Value) => number): number {
  let total = 0;
  for (const value of values.values()) total += of(value);
  return total;
}

function top(values: readonly (readonly [string, number])[]): Ranked[] {
  return values
    .filter(([, value]) => value > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOP)
    .map(([name, value]) => ({ name, value }));
}
