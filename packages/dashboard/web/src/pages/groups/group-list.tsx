import { Badge, Group, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { GROUP_KINDS, GROUP_ROUTES, type GroupRow } from '../../../../src/api/index.ts';
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
import { CreateGroup } from './create-group.tsx';
import { Lag } from './lag.tsx';
import { useModeText } from './mode-text.ts';
import { text } from './text.ts';

const REFRESH_MS = 10_000;

/** All consumer groups of the cluster, a page at a time. */
export function GroupList() {
  const cluster = useCluster();
  const t = useText(text);
  const state = useTableState({ sort: 'group' });
  const [url, changeUrl] = useUrlState({ types: '', state: '', page: '1' });
  const mayCreate = useMayWrite(GROUP_ROUTES.createGroup);
  const types = readKinds(GROUP_KINDS, url.types);
  const online = url.state === 'online' || url.state === 'offline' ? url.state : undefined;
  const result = useQuery({
    queryKey: ['groups', cluster.id, state.query, url.types, online],
    queryFn: ({ signal }) =>
      call(
        GROUP_ROUTES.listGroups,
        { params: { cluster: cluster.id }, query: { ...state.query, types, state: online } },
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  const columns = useColumns(cluster.id);
  return (
    <NamedList
      {...{ result, state, columns, text: t, mayCreate }}
      rowKey={({ group }) => group}
      isFiltered={types !== undefined || online !== undefined}
      kinds={{
        label: t.types,
        kinds: GROUP_KINDS,
        counts: result.data?.kinds,
        chosen: types,
        nameOf: (kind) => t[kind],
        choose: (kinds) => changeUrl({ types: kinds?.join(',') ?? '', page: '1' }),
      }}
      tools={
        <SegmentedControl
          size="xs"
          aria-label={t.state}
          data={[
            { value: '', label: t.anyState },
            { value: 'online', label: t.online },
            { value: 'offline', label: t.offline },
          ]}
          value={online ?? ''}
          onChange={(next) => changeUrl({ state: next, page: '1' })}
        />
      }
      dialog={(isOpen, onClose) => <CreateGroup {...{ isOpen, onClose }} />}
    />
  );
}

function useColumns(cluster: string): readonly Column<GroupRow>[] {
  const t = useText(text);
  const format = useFormat();
  const modes = useModeText();
  return [
    {
      key: 'group',
      title: t.group,
      sortable: true,
      render: ({ group, kind }) => (
        <Group gap={6}>
          <Link href={pagePath(cluster, 'groups', group)}>{group}</Link>
          {kind !== 'NORMAL' && (
            <Badge tt="none" size="xs" variant="light" color={kind === 'FIFO' ? 'indigo' : 'gray'}>
              {t[kind]}
            </Badge>
          )}
        </Group>
      ),
    },
    {
      key: 'members',
      title: t.members,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ members, online }) =>
        members === undefined ? (
          '–'
        ) : online ? (
          format.count(members)
        ) : (
          <Badge tt="none" size="sm" variant="light" color="gray">
            {t.offline}
          </Badge>
        ),
    },
    {
      key: 'lag',
      title: t.lag,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ lag, unknown }) => <Lag lag={lag} unknown={unknown} />,
    },
    {
      key: 'consumeTps',
      title: t.consumeTps,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ consumeTps }) => (consumeTps === undefined ? '–' : format.rate(consumeTps)),
    },
    { key: 'version', title: t.version, sortable: true, render: ({ version }) => version ?? '–' },
    { key: 'consumeType', title: t.consumeType, sortable: true, render: ({ consumeType }) => modes(consumeType) },
    { key: 'messageModel', title: t.mode, sortable: true, render: ({ messageModel }) => modes(messageModel) },
    {
      key: 'collectedAtMs',
      title: t.asOf,
      right: true,
      sortable: true,
      render: ({ collectedAtMs }) => (collectedAtMs === undefined ? '–' : format.clock(collectedAtMs)),
    },
  ];
}
