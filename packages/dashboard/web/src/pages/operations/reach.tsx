import { Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { OPERATION_ROUTES, type Reachability } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { ReachAnswer } from '../../parts/reach-answer.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Whether each address can be reached from here, and what most likely keeps it from that. */
export function Reach() {
  const { id } = useCluster();
  const t = useText(text);
  const result = useQuery({
    queryKey: ['reachability', id],
    queryFn: ({ signal }) => call(OPERATION_ROUTES.reachability, { params: { cluster: id } }, signal),
    refetchOnWindowFocus: false,
  });
  const { data, error, dataUpdatedAt } = result;
  const columns: readonly Column<Reachability>[] = [
    {
      ...{ key: 'role', title: t.role },
      render: ({ role, brokerName, brokerId }) => (
        <Text size="sm" span>
          {t[role]}
          {brokerName !== undefined && ` ${brokerName}:${brokerId}`}
        </Text>
      ),
    },
    {
      ...{ key: 'address', title: t.address },
      render: ({ address }) => (
        <Group gap={4} wrap="nowrap">
          {address}
          <CopyButton value={address} />
        </Group>
      ),
    },
    {
      ...{ key: 'answer', title: t.answer },
      render: ({ latencyMs, failure, hint }) => <ReachAnswer latencyMs={latencyMs} failure={failure} hint={hint} />,
    },
  ];
  return (
    <Card
      title={t.reach}
      flush
      tools={
        data !== undefined && (
          <Age atMs={dataUpdatedAt} refresh={() => void result.refetch()} isBusy={result.isFetching} />
        )
      }
    >
      <Text size="sm" c="dimmed" px="sm" pt="sm" pb={4}>
        {t.reachAbout}
      </Text>
      {data === undefined ? (
        error === null ? (
          <Skeleton h={140} m="sm" />
        ) : (
          <ErrorBox error={error} retry={() => void result.refetch()} />
        )
      ) : (
        <Rows label={t.reach} rows={data} columns={columns} rowKey={({ role, address }) => `${role} ${address}`} />
      )}
    </Card>
  );
}
