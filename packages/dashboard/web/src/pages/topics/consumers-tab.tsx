import { ActionIcon, Badge, Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { GROUP_ROUTES, TOPIC_ROUTES, type TopicConsumer } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { Lag } from '../groups/lag.tsx';
import { QueueTable } from '../groups/queue-table.tsx';
import { text } from './text.ts';

const REFRESH_MS = 10_000;

/** Groups that consume a topic; the queues of one are shown below it. */
export function ConsumersTab({ topic }: { readonly topic: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const [url, change] = useUrlState({ group: '' });
  const consumers = useQuery({
    queryKey: ['topic-consumers', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicConsumers, { params: { cluster: cluster.id, topic } }, signal),
    refetchInterval: REFRESH_MS,
  });
  const columns = useColumns(cluster.id, url.group, (group) => change({ group: group === url.group ? '' : group }));
  const { data, error } = consumers;
  if (data === undefined)
    return error === null ? <Skeleton h={200} /> : <ErrorBox error={error} retry={() => void consumers.refetch()} />;
  return (
    <>
      <Failures failures={data.failures} />
      <Card
        flush
        title={t.consumers}
        tools={<Age atMs={data.collectedAtMs} refresh={() => void consumers.refetch()} isBusy={consumers.isFetching} />}
      >
        {data.groups.length === 0 ? (
          <Empty title={t.noConsumers}>{t.noConsumersText}</Empty>
        ) : (
          <Rows label={t.consumers} rows={data.groups} columns={columns} rowKey={({ group }) => group} />
        )}
        {data.omitted > 0 && (
          <Text size="sm" c="dimmed" p="sm">
            {t.omitted(format.count(data.omitted))}
          </Text>
        )}
      </Card>
      {url.group !== '' && <GroupQueues topic={topic} group={url.group} />}
    </>
  );
}

function useColumns(cluster: string, shown: string, show: (group: string) => void): readonly Column<TopicConsumer>[] {
  const t = useText(text);
  const format = useFormat();
  return [
    {
      key: 'group',
      title: t.group,
      render: ({ group }) => (
        <Group gap={6} wrap="nowrap">
          <ActionIcon
            size={22}
            variant="subtle"
            color="gray"
            aria-label={t.showQueues(group)}
            aria-expanded={shown === group}
            onClick={() => show(group)}
          >
            <Icon name={shown === group ? 'down' : 'right'} size={15} />
          </ActionIcon>
          <Link href={pagePath(cluster, 'groups', group)}>{group}</Link>
        </Group>
      ),
    },
    {
      key: 'state',
      title: t.state,
      render: ({ online }) => (
        <Badge tt="none" size="sm" variant="light" color={online ? 'green' : 'gray'}>
          {online ? t.online : t.offline}
        </Badge>
      ),
    },
    { key: 'members', title: t.members, right: true, render: ({ members }) => format.count(members) },
    { key: 'lag', title: t.lag, right: true, render: ({ lag, unknown }) => <Lag lag={lag} unknown={unknown} /> },
    { key: 'tps', title: t.consumeTps, right: true, render: ({ consumeTps }) => format.rate(consumeTps) },
  ];
}

function GroupQueues({ topic, group }: { readonly topic: string; readonly group: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const progress = useQuery({
    queryKey: ['group-progress', cluster.id, group, topic],
    queryFn: ({ signal }) =>
      call(
        GROUP_ROUTES.groupProgress,
        { params: { cluster: cluster.id, group }, query: { topic, owners: true } },
        signal,
      ),
    refetchInterval: REFRESH_MS,
  });
  const { data, error } = progress;
  const rows = data?.topics.find((each) => each.topic === topic)?.queues ?? [];
  return (
    <div style={{ marginTop: 16 }} aria-live="polite">
      <Card flush title={t.showQueues(group)}>
        {error !== null && <ErrorBox error={error} />}
        {data === undefined && error === null && <Skeleton h={120} m="md" />}
        {data !== undefined &&
          (rows.length === 0 ? <Empty title={t.noQueue} /> : <QueueTable label={t.showQueues(group)} queues={rows} />)}
      </Card>
    </div>
  );
}
