import { SimpleGrid, Stack } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { OVERVIEW_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Bars } from '../../parts/bars.tsx';
import { Card } from '../../parts/card.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { BrokerTable } from './broker-table.tsx';
import { Health } from './health.tsx';
import { text } from './text.ts';
import { Tiles } from './tiles.tsx';
import { Trends } from './trends.tsx';

/** How the cluster is, at a glance. */
export default function OverviewPage() {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const result = useQuery({
    queryKey: ['overview', id],
    queryFn: ({ signal }) => call(OVERVIEW_ROUTES.overview, { params: { cluster: id } }, signal),
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
  });
  const { data, error } = result;
  const byReceived = [...(data?.brokers ?? [])]
    .filter(({ putToday }) => putToday > 0)
    .sort((a, b) => b.putToday - a.putToday)
    .slice(0, 10)
    .map(({ brokerName, brokerId, putToday }) => ({ name: `${brokerName}:${brokerId}`, value: putToday }));
  const linkTo = (page: string) => (name: string) => (
    <Link href={`/c/${encodeURIComponent(id)}/${page}/${encodeURIComponent(name)}`}>{name}</Link>
  );
  return (
    <>
      <PageHead title={t.title}>
        <Age
          atMs={data?.collectedAtMs}
          refresh={() => void result.refetch()}
          isBusy={result.isFetching && !result.isPending}
        />
      </PageHead>
      {error !== null && <ErrorBox error={error} retry={() => void result.refetch()} />}
      <Stack gap="md">
        <Tiles overview={data} />
        <Health overview={data} />
        <BrokerTable brokers={data?.brokers} />
        <Trends brokers={data?.brokers ?? []} busiestTopic={data?.topTopics[0]?.name} />
        <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
          <Card title={t.topTopics}>
            <Bars label={t.topTopics} rows={data?.topTopics ?? []} format={format.short} nameOf={linkTo('topics')} />
          </Card>
          <Card title={t.topLags}>
            <Bars label={t.topLags} rows={data?.topLags ?? []} format={format.short} nameOf={linkTo('groups')} />
          </Card>
          <Card title={t.topBrokers}>
            <Bars label={t.topBrokers} rows={byReceived} format={format.short} />
          </Card>
        </SimpleGrid>
      </Stack>
    </>
  );
}
