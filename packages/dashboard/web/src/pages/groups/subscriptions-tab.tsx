import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { GROUP_ROUTES, type SubscriptionCheck } from '../../../../src/api/index.ts';
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
import { SubscriptionTable } from './subscription-table.tsx';
import { text } from './text.ts';

/** What a group wants of which topic, and whether all its members want the same. */
export function SubscriptionsTab({ group }: { readonly group: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const clients = useQuery({
    queryKey: ['group-clients', cluster.id, group],
    queryFn: ({ signal }) => call(GROUP_ROUTES.groupClients, { params: { cluster: cluster.id, group } }, signal),
  });
  const members = clients.data?.clients.length ?? 0;
  const check = useQuery({
    queryKey: ['subscription-check', cluster.id, group],
    queryFn: ({ signal }) => call(GROUP_ROUTES.checkSubscriptions, { params: { cluster: cluster.id, group } }, signal),
    enabled: members > 1,
  });
  const { data, error } = clients;
  if (data === undefined)
    return error === null ? <Skeleton h={200} /> : <ErrorBox error={error} retry={() => void clients.refetch()} />;
  return (
    <Stack gap="md">
      <Failures failures={data.failures} />
      {check.error !== null && <ErrorBox error={check.error} />}
      {check.data !== undefined && <Differences check={check.data} />}
      <Card
        flush
        title={t.subscriptions}
        tools={
          <Group gap="xs">
            {members > 1 && (
              <Button
                size="xs"
                variant="default"
                title={t.checkText}
                loading={check.isFetching}
                onClick={() => void check.refetch()}
              >
                {t.check}
              </Button>
            )}
            <Age atMs={data.collectedAtMs} refresh={() => void clients.refetch()} isBusy={clients.isFetching} />
          </Group>
        }
      >
        {data.subscriptions.length === 0 ? (
          <Empty title={t.noSubscriptions}>{t.noSubscriptionsText}</Empty>
        ) : (
          <SubscriptionTable rows={data.subscriptions} />
        )}
      </Card>
    </Stack>
  );
}

type Variant = SubscriptionCheck['differing'][number]['variants'][number];

function Differences({ check }: { readonly check: SubscriptionCheck }) {
  const t = useText(text);
  const format = useFormat();
  const columns: readonly Column<Variant>[] = [
    {
      key: 'expression',
      title: t.expression,
      render: ({ expression }) => (expression === undefined ? t.notSubscribed : <code>{expression}</code>),
    },
    { key: 'clients', title: t.clients, render: ({ clientIds }) => clientIds.join(', ') },
  ];
  const answered = check.asked - check.silent.length;
  return (
    <>
      {check.silent.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          icon={<Icon name="warning" />}
          title={t.silent(format.count(check.silent.length))}
        >
          {check.silent.map(({ clientId, message }) => (
            <Text key={clientId} size="sm">
              {clientId}: {message}
            </Text>
          ))}
        </Alert>
      )}
      {check.differing.length === 0 && answered > 1 && (
        <Alert color="green" variant="light" icon={<Icon name="check" />} role="status">
          {t.allSame(format.count(answered))}
        </Alert>
      )}
      {check.differing.length > 0 && (
        <Alert color="red" variant="light" icon={<Icon name="error" />} title={t.differ} role="alert">
          {t.differText}
        </Alert>
      )}
      {check.differing.map(({ topic, variants }) => (
        <Card key={topic} flush title={topic}>
          <Rows label={topic} rows={variants} columns={columns} rowKey={({ expression }) => expression ?? ''} />
        </Card>
      ))}
    </>
  );
}
