import { Button, Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { GROUP_ROUTES, type GroupClient } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Failures } from '../../parts/failures.tsx';
import classes from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { useModeText } from './mode-text.ts';
import { RunningInfoCard } from './running-info.tsx';
import { text } from './text.ts';

const REFRESH_MS = 10_000;

/** Members of a group; what one of them is doing is shown below. */
export function ClientsTab({ group, client }: { readonly group: string; readonly client: string | undefined }) {
  const cluster = useCluster();
  const t = useText(text);
  const modes = useModeText();
  const clients = useQuery({
    queryKey: ['group-clients', cluster.id, group],
    queryFn: ({ signal }) => call(GROUP_ROUTES.groupClients, { params: { cluster: cluster.id, group } }, signal),
    refetchInterval: REFRESH_MS,
  });
  const columns = useColumns(group, client);
  const { data, error } = clients;
  if (data === undefined)
    return error === null ? <Skeleton h={200} /> : <ErrorBox error={error} retry={() => void clients.refetch()} />;
  return (
    <>
      <Failures failures={data.failures} />
      <Card
        flush
        title={t.clients}
        tools={<Age atMs={data.collectedAtMs} refresh={() => void clients.refetch()} isBusy={clients.isFetching} />}
      >
        {data.clients.length === 0 ? (
          <Empty title={t.noClients}>{t.noClientsText}</Empty>
        ) : (
          <>
            <div style={{ padding: '12px 16px' }}>
              <Facts
                rows={[
                  [t.consumeType, modes(data.consumeType)],
                  [t.mode, modes(data.messageModel)],
                  [t.fromWhere, data.consumeFromWhere],
                ]}
              />
            </div>
            <Rows label={t.clients} rows={data.clients} columns={columns} rowKey={({ clientId }) => clientId} />
          </>
        )}
      </Card>
      {client !== undefined && <RunningInfoCard key={client} group={group} client={client} />}
    </>
  );
}

function useColumns(group: string, shown: string | undefined): readonly Column<GroupClient>[] {
  const cluster = useCluster();
  const t = useText(text);
  const [, navigate] = useLocation();
  return [
    {
      key: 'client',
      title: t.clientId,
      render: ({ clientId }) => (
        <Group gap={2} wrap="nowrap">
          <Text span inherit style={{ overflowWrap: 'anywhere' }}>
            {clientId}
          </Text>
          <CopyButton value={clientId} />
        </Group>
      ),
    },
    { key: 'address', title: t.address, render: ({ address }) => <span className={classes.whole}>{address}</span> },
    { key: 'language', title: t.language, render: ({ language }) => language },
    { key: 'version', title: t.version, render: ({ version }) => version },
    { key: 'brokers', title: t.brokers, render: ({ brokers }) => brokers.join(', ') },
    {
      key: 'info',
      title: '',
      render: ({ clientId }) => (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${shown === clientId ? t.closeInfo : t.runningInfo}: ${clientId}`}
          aria-expanded={shown === clientId}
          onClick={() =>
            navigate(
              shown === clientId
                ? pagePath(cluster.id, 'groups', group, 'clients')
                : pagePath(cluster.id, 'groups', group, 'clients', clientId),
            )
          }
        >
          {shown === clientId ? t.closeInfo : t.runningInfo}
        </Button>
      ),
    },
  ];
}
