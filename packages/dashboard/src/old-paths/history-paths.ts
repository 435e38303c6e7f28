import { parseLocalTime } from '@rocketmq-ts/kernel';
import type { Sample } from '../history/history.ts';
import type { OldCall, OldEndpoint } from './endpoint.ts';
import { OldPathError } from './values.ts';

/** `/dashboard/…`: samples as texts with commas. Source: DashboardController, DashboardCollectTask. */
export const historyPaths: readonly OldEndpoint[] = [
  {
    method: 'GET',
    path: '/dashboard/broker.query',
    access: 'read',
    run(call) {
      const { history } = call.cluster;
      const [fromMs, toMs] = dayOf(call);
      return Object.fromEntries(
        history
          .names('broker', fromMs, toMs)
          .map((name) => [name, history.read('broker', name, fromMs, toMs).map(brokerSample)]),
      );
    },
  },
  {
    method: 'GET',
    path: '/dashboard/topic.query',
    access: 'read',
    run(call) {
      const { history } = call.cluster;
      const [fromMs, toMs] = dayOf(call);
      const samplesOf = (name: string): string[] => history.read('topic', name, fromMs, toMs).map(topicSample);
      const topic = call.values.optional('topicName');
      if (topic !== undefined) return samplesOf(topic);
      return Object.fromEntries(history.names('topic', fromMs, toMs).map((name) => [name, samplesOf(name)]));
    },
  },
  { method: 'GET', path: '/dashboard/topicCurrent.query', access: 'read', run: topicCurrent },
  { method: 'GET', path: '/dashboard/topicCurrent', access: 'read', run: topicCurrent },
];

/** What went out of each topic in 24 hours. */
function topicCurrent({ cluster }: OldCall): string[] {
  return [...cluster.model.topics.values()].flatMap(({ topic, figures }) => {
    if (figures.size === 0) return [];
    const sum = [...figures.values()].reduce((total, { outCount24h }) => total + outCount24h, 0);
    return `${topic},${Math.trunc(sum)}`;
  });
}

/** Mean of get calls a second. */
function brokerSample({ atMs, values }: Sample): string {
  return `${atMs},${(values[1] ?? 0).toFixed(5)}`;
}

function topicSample({ atMs, values }: Sample): string {
  const [inTps, outTps, inCount, outCount] = values;
  return [
    atMs,
    (inTps ?? 0).toFixed(5),
    Math.trunc(inCount ?? 0),
    (outTps ?? 0).toFixed(5),
    Math.trunc(outCount ?? 0),
  ].join(',');
}

function dayOf({ values }: OldCall): [fromMs: number, toMs: number] {
  const date = values.text('date');
  const day = /^(\d{4})-(\d{2})-(\d{2})$/;
  const fromMs = parseLocalTime(date, day);
  if (fromMs === undefined || Number.isNaN(fromMs))
    throw new OldPathError(`Parameter 'date' must be yyyy-MM-dd, not ${date.slice(0, 40)}.`);
  // The day after it may begin 23 or 25 hours later.
  const next = new Date(fromMs + 36 * 3_600_000);
  return [fromMs, new Date(next.getFullYear(), next.getMonth(), next.getDate()).getTime() - 1];
}
