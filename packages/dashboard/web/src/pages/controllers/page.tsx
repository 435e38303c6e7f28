import { Alert, Badge, Skeleton, Stack } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CONTROLLER_ROUTES, type ControllerRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { Group } from './replica-group.tsx';
import { text } from './text.ts';

/** Controllers and the groups of replicas whose masters they elect. */
export default function ControllersPage() {
  const { id } = useCluster();
  const t = useText(text);
  const result = useQuery({
    queryKey: ['controllers', id],
    queryFn: ({ signal }) => call(CONTROLLER_ROUTES.controllers, { params: { cluster: id } }, signal),
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
  });
  const { data, error, dataUpdatedAt } = result;
  const columns: readonly Column<ControllerRow>[] = [
    { key: 'address', title: t.address, render: ({ address }) => address },
    {
      ...{ key: 'role', title: t.role },
      render: ({ isLeader, failure }) => (
        <Badge
          color={failure !== undefined ? 'red' : isLeader ? 'sea' : 'gray'}
          variant="light"
          size="sm"
          title={failure}
        >
          {failure !== undefined ? t.unreachable : isLeader ? t.leader : t.follower}
        </Badge>
      ),
    },
    { key: 'group', title: t.group, render: ({ group }) => group ?? '' },
    { key: 'peers', title: t.peers, render: ({ peers, failure }) => failure ?? peers?.replaceAll(';', '; ') ?? '' },
  ];
  return (
    <>
      <PageHead title={t.title} about={t.about}>
        {data !== undefined && (
          <Age atMs={dataUpdatedAt} refresh={() => void result.refetch()} isBusy={result.isFetching} />
        )}
      </PageHead>
      {error !== null && <ErrorBox error={error} retry={() => void result.refetch()} />}
      {data === undefined ? (
        error === null && <Skeleton h={200} />
      ) : data.controllers.length === 0 ? (
        <Empty title={t.none}>{t.noneText}</Empty>
      ) : (
        <Stack gap="md">
          <Failures failures={data.failures} />
          {!data.controllers.some(({ isLeader }) => isLeader) && (
            <Alert color="red" variant="light" icon={<Icon name="error" />}>
              {t.noLeader}
            </Alert>
          )}
          <Card title={t.controllers} flush>
            <Rows label={t.controllers} rows={data.controllers} columns={columns} rowKey={({ address }) => address} />
          </Card>
          {data.groups.length === 0 && <Empty title={t.noGroups} />}
          {data.groups.map((group) => (
            <Group key={group.brokerName} group={group} onChanged={() => void result.refetch()} />
          ))}
        </Stack>
      )}
    </>
  );
}
