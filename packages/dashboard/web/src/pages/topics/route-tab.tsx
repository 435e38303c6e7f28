import { Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { TOPIC_ROUTES, type TopicRouteView } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { usePermText } from './kind-badge.tsx';
import { text } from './text.ts';

type Broker = TopicRouteView['brokers'][number];

/** What clients get as the route of a topic. */
export function RouteTab({ topic }: { readonly topic: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const route = useQuery({
    queryKey: ['topic-route', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicRoute, { params: { cluster: cluster.id, topic } }, signal),
  });
  const columns = useColumns();
  const { data, error } = route;
  if (data === undefined)
    return error === null ? <Skeleton h={200} /> : <ErrorBox error={error} retry={() => void route.refetch()} />;
  return (
    <Card
      flush
      title={t.route}
      tools={<Age atMs={data.collectedAtMs} refresh={() => void route.refetch()} isBusy={route.isFetching} />}
    >
      {data.orderTopicConf !== undefined && (
        <Text size="sm" px="md" py="xs">
          {t.orderConf}: {data.orderTopicConf}
        </Text>
      )}
      {data.brokers.length === 0 ? (
        <Empty title={t.noRoute}>{t.noRouteText}</Empty>
      ) : (
        <Rows label={t.route} rows={data.brokers} columns={columns} rowKey={({ brokerName }) => brokerName} />
      )}
    </Card>
  );
}

function useColumns(): readonly Column<Broker>[] {
  const t = useText(text);
  const format = useFormat();
  const permText = usePermText();
  return [
    { key: 'cluster', title: t.cluster, render: ({ cluster }) => cluster },
    { key: 'broker', title: t.broker, render: ({ brokerName }) => brokerName },
    {
      key: 'addresses',
      title: t.addresses,
      render: ({ addresses }) => (
        <Stack gap={0}>
          {addresses.map(({ brokerId, address }) => (
            <Group key={address} gap={4} wrap="nowrap">
              <Text span inherit>
                {address}
              </Text>
              <CopyButton value={address} />
              <Text size="xs" c="dimmed" span>
                {brokerId === 0 ? t.master : t.slave(String(brokerId))}
              </Text>
            </Group>
          ))}
        </Stack>
      ),
    },
    { key: 'read', title: t.readQueues, right: true, render: ({ readQueues }) => format.count(readQueues) },
    { key: 'write', title: t.writeQueues, right: true, render: ({ writeQueues }) => format.count(writeQueues) },
    { key: 'perm', title: t.perm, render: ({ perm }) => permText(perm) },
  ];
}
