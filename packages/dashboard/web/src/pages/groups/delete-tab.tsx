import { Alert, Checkbox, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { GROUP_ROUTES, type GroupSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { DeletePanel } from '../../parts/delete-panel.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Deletes a group on the brokers that are chosen, with what else of it is to be gone. */
export function DeleteTab({ summary }: { readonly summary: GroupSummary }) {
  const { group } = summary;
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const [what, setWhat] = useState({ offsets: true, retryTopic: true, deadLetters: false });
  const clients = useQuery({
    queryKey: ['group-clients', cluster.id, group],
    queryFn: ({ signal }) => call(GROUP_ROUTES.groupClients, { params: { cluster: cluster.id, group } }, signal),
  });
  const box = (name: keyof typeof what, label: string, description: string) => (
    <Checkbox
      label={label}
      description={description}
      checked={what[name]}
      onChange={(event) => setWhat({ ...what, [name]: event.currentTarget.checked })}
    />
  );
  return (
    <DeletePanel
      title={t.removeTitle}
      action={t.doRemove}
      name={group}
      change={GROUP_ROUTES.deleteGroup}
      brokers={summary.brokers.filter(({ hasGroup }) => hasGroup)}
      remove={(brokers) =>
        call(GROUP_ROUTES.deleteGroup, {
          params: { cluster: cluster.id, group },
          body: { ...what, brokers, confirm: group },
        })
      }
      onClosed={() => void queries.invalidateQueries()}
    >
      <Text size="sm">{t.removeText}</Text>
      {(clients.data?.clients.length ?? 0) > 0 && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} role="status">
          {t.removeOnline}
        </Alert>
      )}
      <Stack gap="xs">
        {box('offsets', t.removeOffsets, t.removeOffsetsText)}
        {box('retryTopic', t.removeRetry, t.removeRetryText)}
        {box('deadLetters', t.removeDead, t.removeDeadText)}
      </Stack>
    </DeletePanel>
  );
}
