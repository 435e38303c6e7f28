import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { type BrokerSummary, OVERVIEW_ROUTES, type Trend } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Chart } from '../../parts/chart.tsx';
import { type Span, SpanChoice, useSpan } from '../../parts/span-choice.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { text } from './text.ts';

/** Rates of a broker and of a topic over a span that is chosen for both. */
export function Trends(props: {
  readonly brokers: readonly BrokerSummary[];
  /** Shown while none is chosen. */
  readonly busiestTopic: string | undefined;
}) {
  const { brokers, busiestTopic } = props;
  const t = useText(text);
  const [state, change] = useUrlState({ broker: '', topic: '' });
  const span = useSpan();
  const brokerNames = brokers.map(({ brokerName, brokerId }) => `${brokerName}:${brokerId}`);
  const broker = state.broker === '' ? (brokerNames[0] ?? '') : state.broker;
  const topics = useTopicNames(span);
  const topic = state.topic === '' ? (busiestTopic ?? topics.names[0] ?? '') : state.topic;
  return (
    <Card title={t.trends} tools={<SpanChoice span={span} />}>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        <div>
          <NativeSelect
            size="xs"
            mb="xs"
            maw={320}
            label={t.chooseBroker}
            data={brokerNames}
            value={broker}
            onChange={(event) => change({ broker: event.currentTarget.value })}
          />
          <TrendChart kind="broker" name={broker} label={t.brokerTrend} span={span} lines={['putTps', 'getTps']} />
        </div>
        <div>
          <TopicInput
            topic={topic}
            names={topics.names}
            search={topics.search}
            choose={(name) => change({ topic: name })}
          />
          <TrendChart kind="topic" name={topic} label={t.topicTrend} span={span} lines={['inTps', 'outTps']} />
        </div>
      </SimpleGrid>
    </Card>
  );
}

/** Topics with a history, of which the choice holds those that fit what is typed. */
function useTopicNames(span: Span): { readonly names: readonly string[]; readonly search: (typed: string) => void } {
  const { id } = useCluster();
  const [typed, search] = useState('');
  const { data } = useQuery({
    queryKey: ['trend names', id, span.key, typed],
    queryFn: ({ signal }) => {
      const { fromMs, toMs } = span.now();
      const query = { fromMs, toMs, ...(typed === '' ? {} : { filter: typed }) };
      return call(OVERVIEW_ROUTES.trendNames, { params: { cluster: id, kind: 'topic' }, query }, signal);
    },
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  });
  return { names: data ?? [], search };
}

/** A field with suggestions: there may be thousands of topics. */
function TopicInput(props: {
  readonly topic: string;
  readonly names: readonly string[];
  readonly search: (typed: string) => void;
  readonly choose: (topic: string) => void;
}) {
  const { topic, names, search, choose } = props;
  const t = useText(text);
  const listId = useId();
  const [typed, setTyped] = useState(topic);
  useEffect(() => setTyped(topic), [topic]);
  return (
    <>
      <TextInput
        size="xs"
        mb="xs"
        maw={320}
        label={t.chooseTopic}
        list={listId}
        value={typed}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => {
          const { value } = event.currentTarget;
          setTyped(value);
          if (names.includes(value)) choose(value);
          else search(value);
        }}
        onBlur={() => {
          setTyped(topic);
          search('');
        }}
      />
      <datalist id={listId}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

function TrendChart(props: {
  readonly kind: 'broker' | 'topic';
  readonly name: string;
  readonly label: string;
  readonly span: Span;
  /** The value of messages in, and that of messages out. */
  readonly lines: readonly [string, string];
}) {
  const { kind, name, label, span, lines } = props;
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ['trend', id, kind, name, span.key],
    queryFn: async ({
      signal,
    }): Promise<{ readonly trend: Trend; readonly shown: { fromMs: number; toMs: number } }> => {
      const shown = span.now();
      const trend = await call(OVERVIEW_ROUTES.trend, { params: { cluster: id, kind, name }, query: shown }, signal);
      return { trend, shown };
    },
    enabled: name !== '',
    refetchInterval: span.isLive ? 15_000 : false,
    placeholderData: keepPreviousData,
  });
  const titles = [t.messagesIn, t.messagesOut];
  return (
    <Chart
      label={`${label} ${name}, ${t.perSecond}`}
      atMs={data?.trend.atMs ?? NONE}
      lines={lines.map((line, index) => ({ name: `${titles[index]} /s`, values: data?.trend.values[line] ?? NONE }))}
      format={format.short}
      {...(data === undefined ? {} : { span: data.shown })}
      onSpan={span.choose}
    />
  );
}

const NONE: readonly never[] = [];
