import { Perm, type TopicConfig } from '@rocketmq-ts/admin';
import { type PageQuery, TOPIC_KINDS, type TopicKind, type TopicPage, type TopicRow } from '../api/index.ts';
import type { ClusterModel, TopicState } from '../collect/model.ts';
import { countKinds, isNamed, pageOf, type SortKeys } from '../http/page-of.ts';
import { differing } from '../targets/differing.ts';
import { ownTopics, topicKind } from './topic-kind.ts';
import { topicSettings } from './topic-settings.ts';

/** The topics of a cluster, from what was collected. */
export function listTopics(
  model: ClusterModel,
  wish: PageQuery & { readonly types?: readonly TopicKind[] | undefined },
): TopicPage {
  const clusterOf = new Map<string, string>();
  for (const { brokerName, clusterName } of model.brokers.values()) clusterOf.set(brokerName, clusterName);
  const named = [...model.topics.values()].filter(({ topic }) => isNamed(topic, wish.filter));
  const own = ownTopics(model);
  const rows = named.map((state) => rowOf(state, clusterOf, own));
  const kinds = countKinds(TOPIC_KINDS, rows);
  const wanted = wish.types === undefined ? rows : rows.filter(({ kind }) => wish.types!.includes(kind));
  const page = pageOf(wanted, wish, ({ topic }) => topic, SORTED_BY, {
    collectedAtMs: model.collectedAtMs('tables'),
    failures: model.failures(),
  });
  // Comparing settings is the dearest part: only of what is shown.
  const shown = page.rows.map((row) => ({ ...row, differs: differs(model.topics.get(row.topic)) }));
  return { ...page, rows: shown, kinds };
}

type Row = Omit<TopicRow, 'differs'>;

function differs(state: TopicState | undefined): boolean {
  const all = [...(state?.configs.values() ?? [])];
  return all.length > 1 && differing(all.map(topicSettings)).length > 0;
}

const SORTED_BY: SortKeys<Row> = {
  topic: (row) => row.topic.toLowerCase(),
  kind: (row) => row.kind,
  brokers: (row) => row.brokers.length,
  readQueues: (row) => row.readQueues,
  writeQueues: (row) => row.writeQueues,
  perm: (row) => row.perm,
  inTps: (row) => row.inTps,
  outTps: (row) => row.outTps,
  inCount24h: (row) => row.inCount24h,
};

function rowOf(
  { topic, configs, figures }: TopicState,
  clusterOf: ReadonlyMap<string, string>,
  own: ReadonlySet<string>,
): Row {
  const all: readonly TopicConfig[] = [...configs.values()];
  const brokers = [...configs.keys()].sort();
  const sum = (of: (config: TopicConfig) => number): number => all.reduce((total, config) => total + of(config), 0);
  const counted = [...figures.values()];
  const isCounted = counted.length > 0 && counted.length === all.length;
  return {
    topic,
    kind: topicKind(topic, all, own),
    clusters: [...new Set(brokers.map((name) => clusterOf.get(name) ?? ''))].filter((name) => name !== ''),
    brokers,
    readQueues: sum(({ readQueueNums }) => readQueueNums),
    writeQueues: sum(({ writeQueueNums }) => writeQueueNums),
    perm: all.reduce((bits, { perm }) => bits | (perm & (Perm.READ | Perm.WRITE)), 0),
    order: all.some(({ order }) => order),
    inTps: isCounted ? counted.reduce((total, { inTps }) => total + inTps, 0) : undefined,
    outTps: isCounted ? counted.reduce((total, { outTps }) => total + outTps, 0) : undefined,
    inCount24h: isCounted ? counted.reduce((total, { inCount24h }) => total + inCount24h, 0) : undefined,
  };
}
