import { Badge, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { GROUP_ROUTES, type GroupSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { NamedPage } from '../../parts/named-page.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { ClientsTab } from './clients-tab.tsx';
import { CloneTab } from './clone-tab.tsx';
import { ConfigTab } from './config-tab.tsx';
import { DeleteTab } from './delete-tab.tsx';
import { HistoryTab } from './history-tab.tsx';
import { ProgressTab } from './progress-tab.tsx';
import { ResetTab } from './reset-tab.tsx';
import { SubscriptionsTab } from './subscriptions-tab.tsx';
import { text } from './text.ts';

const TABS = ['progress', 'history', 'clients', 'subscriptions', 'config', 'reset', 'clone', 'delete'] as const;
type TabName = (typeof TABS)[number];

/** One group in tabs, each with an address of its own. */
export function GroupPage(props: {
  readonly group: string;
  readonly tab: string | undefined;
  readonly client: string | undefined;
}) {
  const { group, tab, client } = props;
  const cluster = useCluster();
  const t = useText(text);
  const summary = useQuery({
    queryKey: ['group', cluster.id, group],
    queryFn: ({ signal }) => call(GROUP_ROUTES.groupSummary, { params: { cluster: cluster.id, group } }, signal),
  });
  const here = TABS.find((each) => each === tab) ?? 'progress';
  const { data } = summary;
  const titles: Record<TabName, string> = { ...t, delete: t.remove };
  const tabs = TABS.filter((each) => each !== 'delete' || data?.kind !== 'SYSTEM');
  return (
    <NamedPage
      {...{ name: group, summary, here, text: t }}
      listPath={pagePath(cluster.id, 'groups')}
      badges={
        data !== undefined &&
        data.kind !== 'NORMAL' && (
          <Badge tt="none" size="sm" variant="light" color={data.kind === 'FIFO' ? 'indigo' : 'gray'}>
            {t[data.kind]}
          </Badge>
        )
      }
      links={
        data?.exists === true &&
        data.kind !== 'SYSTEM' && (
          <Button component={Link} href={pagePath(cluster.id, 'dead-letters', group)} variant="default" size="xs">
            {t.viewDeadLetters}
          </Button>
        )
      }
      tabs={tabs.map((name) => ({
        name,
        title: titles[name],
        path: pagePath(cluster.id, 'groups', group, name),
      }))}
    >
      {(found) => <Tab name={here} summary={found} client={client} />}
    </NamedPage>
  );
}

function Tab(props: { readonly name: TabName; readonly summary: GroupSummary; readonly client: string | undefined }) {
  const { name, summary, client } = props;
  const { group } = summary;
  switch (name) {
    case 'progress':
      return <ProgressTab group={group} />;
    case 'history':
      return <HistoryTab group={group} />;
    case 'clients':
      return <ClientsTab group={group} client={client} />;
    case 'subscriptions':
      return <SubscriptionsTab group={group} />;
    case 'config':
      return <ConfigTab summary={summary} />;
    case 'reset':
      return <ResetTab summary={summary} />;
    case 'clone':
      return <CloneTab summary={summary} />;
    case 'delete':
      return <DeleteTab summary={summary} />;
  }
}
