import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  CREATABLE_KINDS,
  TOPIC_ROUTES,
  type TopicConfigView,
  type TopicSettings,
  type TopicSummary,
} from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { SettingsCard } from '../../parts/settings-card.tsx';
import type { SettingRow } from '../../parts/settings-table.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { ChangeTopic } from './change-topic.tsx';
import { CreateTopic } from './create-topic.tsx';
import { usePermText } from './kind-badge.tsx';
import { text } from './text.ts';

/** Settings of a topic on every broker, with what differs, and their change. */
export function ConfigTab({ summary }: { readonly summary: TopicSummary }) {
  const { topic } = summary;
  const cluster = useCluster();
  const t = useText(text);
  const mayWrite = useMayWrite(TOPIC_ROUTES.changeTopic);
  const [isChanging, setChanging] = useState(false);
  const [isAdding, setAdding] = useState(false);
  const config = useQuery({
    queryKey: ['topic-config', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicConfig, { params: { cluster: cluster.id, topic } }, signal),
  });
  const { data, error } = config;
  const rows = useRows(data);
  if (data === undefined)
    return error === null ? <Skeleton h={240} /> : <ErrorBox error={error} retry={() => void config.refetch()} />;
  const having = data.brokers.filter(({ settings }) => settings !== undefined);
  return (
    <>
      <Failures failures={data.failures} />
      <SettingsCard
        title={t.config}
        subject={topic}
        brokers={data.brokers}
        rows={rows}
        differing={data.differing}
        mayWrite={mayWrite}
        change={{ title: t.edit, open: () => setChanging(true) }}
        add={summary.otherBrokers.length === 0 ? undefined : { title: t.addBrokers, open: () => setAdding(true) }}
      />
      <ChangeTopic topic={topic} brokers={having} isOpen={isChanging} onClose={() => setChanging(false)} />
      <CreateTopic
        isOpen={isAdding}
        onClose={() => setAdding(false)}
        only={{ topic, brokers: summary.otherBrokers, form: formOf(having[0]?.settings) }}
      />
    </>
  );
}

/** A new broker gets what the first one has. */
function formOf(settings: TopicSettings | undefined) {
  if (settings === undefined) return {};
  const { readQueues, writeQueues, perm, order } = settings;
  const kind = CREATABLE_KINDS.find((each) => each === settings.attributes['message.type']);
  return { readQueues, writeQueues, perm, order, ...(kind === undefined ? {} : { kind }) };
}

function useRows(data: TopicConfigView | undefined): readonly SettingRow<TopicSettings>[] {
  const t = useText(text);
  const format = useFormat();
  const permText = usePermText();
  const keys = new Set(data?.brokers.flatMap(({ settings }) => Object.keys(settings?.attributes ?? {})) ?? []);
  keys.delete('message.type');
  return [
    {
      name: 'attributes.message.type',
      title: t.messageType,
      render: ({ attributes }) => attributes['message.type'] ?? '–',
    },
    { name: 'writeQueues', title: t.writeQueues, render: ({ writeQueues }) => format.count(writeQueues) },
    { name: 'readQueues', title: t.readQueues, render: ({ readQueues }) => format.count(readQueues) },
    { name: 'perm', title: t.perm, render: ({ perm }) => `${perm} – ${permText(perm)}` },
    { name: 'order', title: t.order, render: ({ order }) => (order ? t.yes : t.no) },
    { name: 'filterType', title: t.filterType, render: ({ filterType }) => filterType },
    { name: 'sysFlag', title: t.sysFlag, render: ({ sysFlag }) => sysFlag },
    ...[...keys].sort().map((key) => ({
      name: `attributes.${key}`,
      title: key,
      render: ({ attributes }: TopicSettings) => attributes[key] ?? '–',
    })),
  ];
}
