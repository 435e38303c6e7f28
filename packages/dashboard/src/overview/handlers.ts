import type { Clock } from '@rocketmq-ts/kernel';
import type { AlertCentre } from '../alerts/alerts.ts';
import { withAlerts } from '../alerts/watch.ts';
import { type OVERVIEW_ROUTES, TREND_KIND, type Trend } from '../api/index.ts';
import type { History, Sample } from '../history/history.ts';
import { SERIES } from '../history/schema.ts';
import type { Handlers } from '../http/bind.ts';
import { findingsOf } from './findings.ts';
import { summaryOf, topLags, topTopics } from './summary.ts';

/** Points of a chart; of more, several would be drawn in one place. */
const MAX_POINTS = 1500;
/** Names in a choice; the filter finds the others. */
const MAX_NAMES = 200;

/** Answers of the page Overview, from what was collected. */
export function overviewHandlers(
  clock: Clock,
  history: History,
  alerts: Pick<AlertCentre, 'alerts'>,
): Handlers<typeof OVERVIEW_ROUTES> {
  return {
    overview({ cluster }) {
      const { model } = cluster;
      return {
        findings: withAlerts(findingsOf(model, history.failure), alerts.alerts(cluster.id)),
        brokers: [...model.brokers.values()].map(summaryOf),
        topTopics: topTopics(model),
        topLags: topLags(model),
        topics: model.topics.size,
        groups: model.groups.size,
        collectedAtMs: model.collectedAtMs('brokers'),
        failures: model.failures(),
      };
    },

    trend({ cluster, params, query }) {
      const kind = TREND_KIND.read(params.kind, 'kind');
      const samples = cluster.history.read(kind, params.name, query.fromMs, query.toMs ?? clock.now());
      return trendOf(thinned(samples), SERIES[kind]);
    },

    trendNames({ cluster, params, query }) {
      const kind = TREND_KIND.read(params.kind, 'kind');
      const names = cluster.history.names(kind, query.fromMs, query.toMs ?? clock.now());
      const wanted = query.filter?.toLowerCase() ?? '';
      return names.filter((name) => name.toLowerCase().includes(wanted)).slice(0, MAX_NAMES);
    },
  };
}

function trendOf(samples: readonly Sample[], names: readonly string[]): Trend {
  const values = names.map((name, index) => [name, samples.map((sample) => sample.values[index] ?? null)] as const);
  return { atMs: samples.map(({ atMs }) => atMs), values: Object.fromEntries(values) };
}

/** Every n-th sample and the last, so that a chart gets no more than it can show. */
function thinned(samples: readonly Sample[]): readonly Sample[] {
  const step = Math.ceil(samples.length / MAX_POINTS);
  return step <= 1 ? samples : samples.filter((_, index) => index % step === 0 || index === samples.length - 1);
}
