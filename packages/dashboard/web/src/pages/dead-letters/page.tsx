import { Anchor } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { DEAD_LETTER_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { DataTable, useTableState } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { pagePath, usePathBelow } from '../../shell/path.ts';
import { GroupLetters } from './group-letters.tsx';
import { text } from './text.ts';

/** Groups with dead letters, or those of one: `/dead-letters`, `/dead-letters/<group>`. */
export default function DeadLetters() {
  const [group] = usePathBelow('dead-letters');
  return group === undefined ? <Groups /> : <GroupLetters key={group} group={group} />;
}

function Groups() {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const state = useTableState();
  const result = useQuery({
    queryKey: ['dead letter groups', cluster.id, state.query],
    queryFn: ({ signal }) =>
      call(DEAD_LETTER_ROUTES.deadLetterGroups, { params: { cluster: cluster.id }, query: state.query }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <DataTable
        label={t.title}
        result={result}
        state={state}
        rowKey={({ topic }) => topic}
        empty={<Empty title={t.none}>{t.noneText}</Empty>}
        columns={[
          {
            key: 'group',
            title: t.group,
            sortable: true,
            render: ({ group }) => (
              <Anchor component={Link} href={pagePath(cluster.id, 'dead-letters', group)} size="sm">
                {group}
              </Anchor>
            ),
          },
          {
            key: 'messages',
            title: t.messages,
            right: true,
            sortable: true,
            descendingFirst: true,
            render: ({ messages }) => (messages === undefined ? '–' : format.count(messages)),
          },
          {
            key: 'lastStoredMs',
            title: t.last,
            right: true,
            sortable: true,
            descendingFirst: true,
            render: ({ lastStoredMs }) => (lastStoredMs === undefined ? '–' : format.time(lastStoredMs)),
          },
        ]}
      />
    </>
  );
}
