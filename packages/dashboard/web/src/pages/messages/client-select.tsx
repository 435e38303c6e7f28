import { Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { MESSAGE_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** A choice of the members of a group that are connected; the first one at first. */
export function ClientSelect(props: {
  readonly group: string;
  readonly value: string | undefined;
  readonly change: (clientId: string | undefined) => void;
}) {
  const { group, value, change } = props;
  const cluster = useCluster();
  const t = useText(text);
  const { data, error } = useQuery({
    queryKey: ['online clients', cluster.id, group],
    queryFn: ({ signal }) =>
      call(MESSAGE_ROUTES.onlineClients, { params: { cluster: cluster.id }, query: { group } }, signal),
  });
  const first = data?.clients[0]?.clientId;
  useEffect(() => {
    if (value === undefined && first !== undefined) change(first);
  }, [value, first, change]);
  if (error !== null) return <ErrorBox error={error} />;
  return (
    <>
      <Failures failures={data?.failures ?? []} />
      {data !== undefined && data.clients.length === 0 ? (
        <Text size="sm" role="status">
          {t.noClient}
        </Text>
      ) : (
        <Select
          label={t.client}
          data={(data?.clients ?? []).map(({ clientId, address, language, version }) => ({
            value: clientId,
            label: `${clientId} · ${address} · ${language} ${version}`,
          }))}
          value={value ?? null}
          onChange={(chosen) => change(chosen ?? undefined)}
          allowDeselect={false}
        />
      )}
    </>
  );
}
