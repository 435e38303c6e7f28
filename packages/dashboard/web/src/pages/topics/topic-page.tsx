import { Badge, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { TOPIC_ROUTES, type TopicSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { NamedPage } from '../../parts/named-page.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { ConfigTab } from './config-tab.tsx';
import { ConsumersTab } from './consumers-tab.tsx';
import { DeleteTab } from './delete-tab.tsx';
import { KindBadge } from './kind-badge.tsx';
import { ResetTab } from './reset-tab.tsx';
import { RouteTab } from './route-tab.tsx';
import { SendTab } from './send-tab.tsx';
import { StatusTab } from './status-tab.tsx';
import { text } from './text.ts';

const TABS = ['status', 'route', 'config', 'consumers', 'send', 'reset', 'delete'] as const;
type TabName = (typeof TABS)[number];

/** One topic in tabs, each with an address of its own. */
export function TopicPage({ topic, tab }: { readonly topic: string; readonly tab: string | undefined }) {
  const cluster = useCluster();
  const t = useText(text);
  const summary = useQuery({
    queryKey: ['topic', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicSummary, { params: { cluster: cluster.id, topic } }, signal),
  });
  const here = TABS.find((each) => each === tab) ?? 'status';
  const { data } = summary;
  const titles: Record<TabName, string> = { ...t, delete: t.remove };
  // Messages and settings of the system's topics are the brokers' own.
  const tabs = TABS.filter((each) => data?.kind !== 'SYSTEM' || (each !== 'delete' && each !== 'reset'));
  return (
    <NamedPage
      {...{ name: topic, summary, here, text: t }}
      listPath={pagePath(cluster.id, 'topics')}
      badges={
        <>
          {data?.exists === true && <KindBadge kind={data.kind} />}
          {data?.kind === 'SYSTEM' && (
            <Badge tt="none" size="sm" variant="outline" color="gray">
              {t.system}
            </Badge>
          )}
        </>
      }
      links={
        data?.exists === true && (
          <Button
            component={Link}
            href={`${pagePath(cluster.id, 'messages')}?${new URLSearchParams({ topic })}`}
            variant="default"
            size="xs"
          >
            {t.viewMessages}
          </Button>
        )
      }
      tabs={tabs.map((name) => ({
        name,
        title: titles[name],
        path: pagePath(cluster.id, 'topics', topic, name),
      }))}
    >
      {(found) => <Tab name={here} summary={found} />}
    </NamedPage>
  );
}

function Tab({ name, summary }: { readonly name: TabName; readonly summary: TopicSummary }) {
  switch (name) {
    case 'status':
      return <StatusTab topic={summary.topic} />;
    case 'route':
      return <RouteTab topic={summary.topic} />;
    case 'config':
      return <ConfigTab summary={summary} />;
    case 'consumers':
      return <ConsumersTab topic={summary.topic} />;
    case 'send':
      return <SendTab summary={summary} />;
    case 'reset':
      return <ResetTab topic={summary.topic} />;
    case 'delete':
      return <DeleteTab summary={summary} />;
  }
}
