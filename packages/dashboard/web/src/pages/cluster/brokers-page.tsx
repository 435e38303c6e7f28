import { Badge, Group } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { BROKER_ROUTES, type BrokerSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, DataTable, useTableState } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Every broker id. */
export function BrokersPage({ base }: { readonly base: string }) {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const state = useTableState();
  const result = useQuery({
    queryKey: ['brokers', id, state.query],
    queryFn: ({ signal }) => call(BROKER_ROUTES.listBrokers, { params: { cluster: id }, query: state.query }, signal),
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
  });
  const clusters = new Set(result.data?.rows.map(({ clusterName }) => clusterName));
  const number = (key: keyof BrokerSummary, title: string, form: (value: number) => string): Column<BrokerSummary> => ({
    ...{ key, title, right: true, sortable: true, descendingFirst: true },
    render: (row) => form(row[key] as number),
  });
  const columns: readonly Column<BrokerSummary>[] = [
    {
      ...{ key: 'brokerName', title: t.broker, sortable: true },
      render: ({ brokerName, brokerId, address }) => (
        <Group gap={6} wrap="nowrap">
          <Link href={`${base}/${encodeURIComponent(address)}`}>{brokerName}</Link>
          <Badge variant="default" size="sm" style={{ flex: 'none' }}>
            {brokerId} {brokerId === 0 ? t.master : t.slave}
          </Badge>
        </Group>
      ),
    },
    ...(clusters.size > 1
      ? [{ key: 'cluster', title: t.cluster, render: ({ clusterName }: BrokerSummary) => clusterName }]
      : []),
    {
      ...{ key: 'address', title: t.address, sortable: true },
      render: ({ address }) => (
        <Group gap={4} wrap="nowrap">
          {address}
          <CopyButton value={address} />
        </Group>
      ),
    },
    {
      ...{ key: 'state', title: t.state },
      render: ({ isUp, refuses }) => (
        <Badge color={isUp ? 'green' : 'red'} variant="light" size="sm">
          {isUp ? t.up : refuses ? t.refuses : t.down}
        </Badge>
      ),
    },
    {
      key: 'version',
      title: t.version,
      sortable: true,
      render: ({ version }) => version.replace(/^V/, '').replaceAll('_', '.'),
    },
    number('putTps', t.putRate, format.rate),
    number('getTps', t.getRate, format.rate),
    number('putToday', t.putToday, format.count),
    number('putYesterday', t.putYesterday, format.count),
    number('gotToday', t.gotToday, format.count),
    number('gotYesterday', t.gotYesterday, format.count),
    {
      ...{ key: 'diskRatio', title: t.disk, right: true, sortable: true, descendingFirst: true },
      render: ({ diskRatio }) => (diskRatio === undefined || diskRatio < 0 ? '–' : format.percent(diskRatio)),
    },
  ];
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <DataTable
        label={t.title}
        result={result}
        state={state}
        columns={columns}
        rowKey={({ address }) => address}
        empty={<Empty title={t.noBroker}>{t.noBrokerText}</Empty>}
      />
    </>
  );
}
