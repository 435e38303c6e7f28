import { SegmentedControl, Skeleton, Stack } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { OVERVIEW_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Chart } from '../../parts/chart.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { text } from './text.ts';

const HOUR_MS = 3_600_000;
const SPANS = {
  hour: HOUR_MS,
  sixHours: 6 * HOUR_MS,
  day: 24 * HOUR_MS,
  week: 168 * HOUR_MS,
  month: 720 * HOUR_MS,
} as const;
type Span = keyof typeof SPANS;
const NAMES = Object.keys(SPANS) as Span[];
const REFRESH_MS = 60_000;

/** Lag and rate of a group over time. */
export function HistoryTab({ group }: { readonly group: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const [url, change] = useUrlState({ span: 'sixHours' });
  const span = NAMES.find((each) => each === url.span) ?? 'sixHours';
  const trend = useQuery({
    queryKey: ['group-trend', cluster.id, group, span],
    queryFn: async ({ signal }) => {
      const toMs = Date.now();
      const fromMs = toMs - SPANS[span];
      const params = { cluster: cluster.id, kind: 'group', name: group };
      return { fromMs, toMs, ...(await call(OVERVIEW_ROUTES.trend, { params, query: { fromMs, toMs } }, signal)) };
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  const { data, error } = trend;
  const shown = useMemo(() => (data === undefined ? undefined : { fromMs: data.fromMs, toMs: data.toMs }), [data]);
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label={t.span}
        style={{ alignSelf: 'flex-start', maxWidth: '100%' }}
        data={NAMES.map((value) => ({ value, label: t[value] }))}
        value={span}
        onChange={(value) => change({ span: value })}
      />
      {error !== null && <ErrorBox error={error} retry={() => void trend.refetch()} />}
      {data === undefined && error === null && <Skeleton h={260} />}
      {data !== undefined && shown !== undefined && (
        <>
          <Card title={t.lag}>
            <Chart
              label={t.lag}
              atMs={data.atMs}
              lines={[{ name: t.lag, values: data.values.lag ?? [] }]}
              format={format.short}
              span={shown}
            />
          </Card>
          <Card title={t.consumeTps}>
            <Chart
              label={t.consumeTps}
              atMs={data.atMs}
              lines={[{ name: t.consumeTps, values: data.values.consumeTps ?? [] }]}
              format={format.rate}
              span={shown}
            />
          </Card>
        </>
      )}
    </Stack>
  );
}
