import { Autocomplete, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { TOPIC_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Empty } from '../../parts/empty.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { ResetPanel } from './reset-panel.tsx';
import { text } from './text.ts';

/** Moves a group in this topic. */
export function ResetTab({ topic }: { readonly topic: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const [url, change] = useUrlState({ group: '' });
  const [typed, setTyped] = useState(url.group);
  useEffect(() => setTyped(url.group), [url.group]);
  const consumers = useQuery({
    queryKey: ['topic-consumers', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicConsumers, { params: { cluster: cluster.id, topic } }, signal),
  });
  return (
    <Stack gap="md">
      <Autocomplete
        label={t.resetGroup}
        description={t.resetGroupHint}
        maw={480}
        data={[...new Set(consumers.data?.groups.map(({ group }) => group) ?? [])]}
        value={typed}
        onChange={setTyped}
        onOptionSubmit={(group) => change({ group })}
        onBlur={() => change({ group: typed.trim() })}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change({ group: typed.trim() });
        }}
      />
      {url.group === '' ? (
        <Empty title={t.noGroupYet}>{t.noGroupYetText}</Empty>
      ) : (
        <ResetPanel key={url.group} topic={topic} group={url.group} />
      )}
    </Stack>
  );
}
