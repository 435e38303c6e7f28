import { SimpleGrid } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { OVERVIEW_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Chart } from '../../parts/chart.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { SpanChoice, useSpan } from '../../parts/span-choice.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

const NONE: readonly never[] = [];

/** What was sampled of one broker: rates, disk, how long it takes to store and to answer. */
export function BrokerHistory({ name }: { readonly name: string }) {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const span = useSpan('6h');
  const result = useQuery({
    queryKey: ['trend', id, 'broker', name, span.key],
    queryFn: async ({ signal }) => {
      const shown = span.now();
      const params = { cluster: id, kind: 'broker', name };
      return { shown, trend: await call(OVERVIEW_ROUTES.trend, { params, query: shown }, signal) };
    },
    refetchInterval: span.isLive ? 15_000 : false,
    placeholderData: keepPreviousData,
  });
  const { data, error } = result;
  const milliseconds = (value: number): string => `${format.rate(value)} ms`;
  const charts: readonly {
    readonly label: string;
    readonly lines: readonly (readonly [key: string, name: string])[];
    readonly form: (value: number) => string;
  }[] = [
    {
      ...{ label: t.rates, form: format.short },
      lines: [
        ['putTps', t.putRate],
        ['getTps', t.getRate],
      ],
    },
    { label: t.disk, lines: [['diskRatio', t.disk]], form: format.percent },
    { label: t.storeLatency, lines: [['putLatency99Ms', 'p99']], form: milliseconds },
    { label: t.answerTime, lines: [['latencyMs', t.answerTime]], form: milliseconds },
  ];
  return (
    <Card title={t.history} tools={<SpanChoice span={span} />}>
      {error !== null && <ErrorBox error={error} retry={() => void result.refetch()} />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        {charts.map(({ label, lines, form }) => (
          <section key={label} aria-label={label}>
            <h3 style={{ margin: '0 0 4px', fontSize: 13 }}>{label}</h3>
            <Chart
              label={`${label} ${name}`}
              atMs={data?.trend.atMs ?? NONE}
              lines={lines.map(([key, title]) => ({ name: title, values: data?.trend.values[key] ?? NONE }))}
              format={form}
              {...(data === undefined ? {} : { span: data.shown })}
              onSpan={span.choose}
              height={180}
            />
          </section>
        ))}
      </SimpleGrid>
    </Card>
  );
}
