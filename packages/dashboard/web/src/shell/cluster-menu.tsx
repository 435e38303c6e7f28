import { Badge, Button, Menu, Text } from '@mantine/core';
import { useLocation } from 'wouter';
import type { ClusterRow } from '../../../src/api/index.ts';
import { Icon } from './icon.tsx';
import { useText } from './language.ts';
import { text } from './text.ts';

/** Which cluster the pages are about; another one is shown on the same page. */
export function ClusterMenu(props: {
  readonly clusters: readonly ClusterRow[];
  readonly cluster: ClusterRow | undefined;
}) {
  const { clusters, cluster } = props;
  const t = useText(text);
  const [location, navigate] = useLocation();
  // Topics and groups of one cluster are not those of another: only the page itself is kept.
  const page = /^\/c\/[^/]+\/([^/]+)/.exec(location)?.[1] ?? 'overview';
  return (
    <Menu position="bottom-start" shadow="md" width={300} withinPortal={false}>
      <Menu.Target>
        <Button
          variant="default"
          size="sm"
          h={34}
          rightSection={<Icon name="down" size={16} />}
          aria-label={`${t.chooseCluster}: ${cluster?.name ?? t.noCluster}`}
          styles={{
            label: {
              maxWidth: 'min(46vw, 340px)',
              overflow: 'hidden',
              textOverflow: 'ellipsis',
              display: 'block',
              height: 'auto',
              lineHeight: 1.5,
            },
          }}
        >
          {cluster?.name ?? t.noCluster}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {clusters.map((each) => (
          <Menu.Item
            key={each.id}
            onClick={() => navigate(`/c/${encodeURIComponent(each.id)}/${page}`)}
            leftSection={<Icon name={each.id === cluster?.id ? 'check' : 'cluster'} size={16} />}
            rightSection={<ClusterState cluster={each} />}
          >
            <Text size="sm" truncate>
              {each.name}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A badge that says what is wrong with a cluster; nothing where all of it answers. */
export function ClusterState({ cluster }: { readonly cluster: ClusterRow }) {
  const t = useText(text);
  if (cluster.failure !== undefined)
    return (
      <Badge color="red" variant="light" size="sm" title={cluster.failure}>
        {t.unreachable}
      </Badge>
    );
  if (cluster.brokersDown === 0 && cluster.alerts > 0)
    return (
      <Badge color="red" variant="light" size="sm">
        {t.alertsRaised(cluster.alerts)}
      </Badge>
    );
  if (cluster.brokersDown === 0) return null;
  return (
    <Badge color="red" variant="light" size="sm">
      {t.brokersDown(String(cluster.brokersDown))}
    </Badge>
  );
}
