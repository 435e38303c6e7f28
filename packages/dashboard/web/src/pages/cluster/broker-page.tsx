import { Group, Skeleton, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { BROKER_ROUTES, OVERVIEW_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { ConfigEditor } from '../../parts/config-editor.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { BrokerHistory } from './broker-history.tsx';
import { StatusTable } from './status-table.tsx';
import { text } from './text.ts';

const VIEWS = ['status', 'history', 'config'] as const;

/** One broker: what it reports, and how it is configured. */
export function BrokerPage(props: { readonly base: string; readonly address: string; readonly view: string }) {
  const { base, address, view } = props;
  const t = useText(text);
  const brokers = useBrokers();
  const broker = brokers.find((each) => each.address === address);
  const here = `${base}/${encodeURIComponent(address)}`;
  const tabs = VIEWS.map((name) => ({ name, title: t[name], path: `${here}/${name}` }));
  return (
    <>
      <PageHead
        back={{ path: base, title: t.all }}
        title={broker === undefined ? address : `${broker.brokerName}:${broker.brokerId}`}
        about={
          <Group component="span" gap={4}>
            {address}
            <CopyButton value={address} />
          </Group>
        }
      />
      <PageTabs label={t.views} tabs={tabs} here={VIEWS.find((each) => each === view) ?? 'status'} />
      {view === 'config' ? (
        <Config address={address} brokers={brokers} />
      ) : view !== 'history' ? (
        <Status address={address} />
      ) : broker === undefined ? (
        <Skeleton h={400} />
      ) : (
        <BrokerHistory name={`${broker.brokerName}:${broker.brokerId}`} />
      )}
    </>
  );
}

/** The brokers that are known, for names and for where a change can be applied. */
function useBrokers() {
  const { id } = useCluster();
  const { data } = useQuery({
    queryKey: ['overview', id],
    queryFn: ({ signal }) => call(OVERVIEW_ROUTES.overview, { params: { cluster: id } }, signal),
    staleTime: 10_000,
  });
  return data?.brokers ?? [];
}

function Status({ address }: { readonly address: string }) {
  const { id } = useCluster();
  const t = useText(text);
  const result = useQuery({
    queryKey: ['broker status', id, address],
    queryFn: ({ signal }) => call(BROKER_ROUTES.brokerStatus, { params: { cluster: id, address } }, signal),
    refetchInterval: 10_000,
  });
  const { data, error, dataUpdatedAt } = result;
  if (data === undefined)
    return error === null ? <Skeleton h={400} /> : <ErrorBox error={error} retry={() => void result.refetch()} />;
  return (
    <Card
      title={t.status}
      flush
      tools={<Age atMs={dataUpdatedAt} refresh={() => void result.refetch()} isBusy={result.isFetching} />}
    >
      <StatusTable entries={data.entries} />
    </Card>
  );
}

function Config(props: { readonly address: string; readonly brokers: ReturnType<typeof useBrokers> }) {
  const { address, brokers } = props;
  const { id } = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const result = useQuery({
    queryKey: ['broker config', id, address],
    queryFn: ({ signal }) => call(BROKER_ROUTES.brokerConfig, { params: { cluster: id, address } }, signal),
  });
  const { data, error, dataUpdatedAt } = result;
  if (data === undefined)
    return error === null ? <Skeleton h={400} /> : <ErrorBox error={error} retry={() => void result.refetch()} />;
  const targets = brokers.map(({ brokerName, brokerId, address }) => ({
    brokerName: `${brokerName}:${brokerId}`,
    address,
  }));
  return (
    <Card
      title={t.config}
      flush
      tools={<Age atMs={dataUpdatedAt} refresh={() => void result.refetch()} isBusy={result.isFetching} />}
    >
      <Text size="sm" c="dimmed" px="sm" pt="sm">
        {t.configAbout}
      </Text>
      <ConfigEditor
        change={BROKER_ROUTES.updateBrokerConfig}
        label={t.config}
        entries={data.entries}
        targets={targets}
        chosen={[address]}
        write={(properties, on) =>
          call(BROKER_ROUTES.updateBrokerConfig, {
            params: { cluster: id },
            body: { addresses: on.map((each) => each.address), properties },
          })
        }
        onDone={() => void queries.invalidateQueries({ queryKey: ['broker config', id] })}
      />
    </Card>
  );
}
