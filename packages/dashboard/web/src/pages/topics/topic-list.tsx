import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { TOPIC_KINDS, TOPIC_ROUTES, type TopicRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { type Column, useTableState } from '../../parts/data-table.tsx';
import { readKinds } from '../../parts/kind-filter.tsx';
import { NamedList } from '../../parts/named-list.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { pagePath } from '../../shell/path.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { CreateTopic } from './create-topic.tsx';
import { KindBadge, shortPerm, usePermText } from './kind-badge.tsx';
import { text } from './text.ts';

const REFRESH_MS = 10_000;

/** All topics of the cluster, a page at a time. */
export function TopicList() {
  const cluster = useCluster();
  const t = useText(text);
  const state = useTableState({ sort: 'topic' });
  const [url, changeUrl] = useUrlState({ types: '', page: '1' });
  const mayCreate = useMayWrite(TOPIC_ROUTES.createTopic);
  const types = readKinds(TOPIC_KINDS, url.types);
  const result = useQuery({
    queryKey: ['topics', cluster.id, state.query, url.types],
    queryFn: ({ signal }) =>
      call(TOPIC_ROUTES.listTopics, { params: { cluster: cluster.id }, query: { ...state.query, types } }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  const columns = useColumns(cluster.id);
  return (
    <NamedList
      {...{ result, state, columns, text: t, mayCreate }}
      rowKey={({ topic }) => topic}
      isFiltered={types !== undefined}
      kinds={{
        label: t.types,
        kinds: TOPIC_KINDS,
        counts: result.data?.kinds,
        chosen: types,
        nameOf: (kind) => t[kind],
        choose: (kinds) => changeUrl({ types: kinds?.join(',') ?? '', page: '1' }),
      }}
      dialog={(isOpen, onClose) => <CreateTopic {...{ isOpen, onClose }} />}
    />
  );
}

function useColumns(cluster: string): readonly Column<TopicRow>[] {
  const t = useText(text);
  const format = useFormat();
  const permText = usePermText();
  const orDash = (value: number | undefined, form: (value: number) => string) =>
    value === undefined ? '–' : form(value);
  return [
    {
      key: 'topic',
      title: t.topic,
      sortable: true,
      render: ({ topic, order, differs }) => (
        <Group gap={6}>
          <Link href={pagePath(cluster, 'topics', topic)}>{topic}</Link>
          {order && (
            <Badge tt="none" size="xs" variant="outline" color="gray">
              {t.ordered}
            </Badge>
          )}
          {differs && (
            <Tooltip label={t.differsText}>
              <Badge tt="none" size="xs" variant="light" color="yellow" tabIndex={0}>
                {t.differs}
              </Badge>
            </Tooltip>
          )}
        </Group>
      ),
    },
    { key: 'kind', title: t.type, sortable: true, render: ({ kind }) => <KindBadge kind={kind} /> },
    {
      key: 'brokers',
      title: t.brokers,
      sortable: true,
      render: ({ brokers, clusters }) => (
        <Text span inherit title={`${clusters.join(', ')}: ${brokers.join(', ')}`} style={{ whiteSpace: 'nowrap' }}>
          {brokers.length <= 2 ? brokers.join(', ') : t.brokerCount(format.count(brokers.length))}
        </Text>
      ),
    },
    {
      key: 'readQueues',
      title: t.readShort,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ readQueues }) => format.count(readQueues),
    },
    {
      key: 'writeQueues',
      title: t.writeShort,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ writeQueues }) => format.count(writeQueues),
    },
    {
      key: 'perm',
      title: t.permShort,
      sortable: true,
      render: ({ perm }) => <abbr title={permText(perm)}>{shortPerm(perm)}</abbr>,
    },
    {
      key: 'inTps',
      title: t.inTps,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ inTps }) => orDash(inTps, format.rate),
    },
    {
      key: 'outTps',
      title: t.outTps,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ outTps }) => orDash(outTps, format.rate),
    },
    {
      key: 'inCount24h',
      title: t.inCount24h,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ inCount24h }) => orDash(inCount24h, format.count),
    },
  ];
}
