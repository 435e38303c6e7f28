import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  GROUP_ROUTES,
  type GroupConfigView,
  type GroupSettings,
  type GroupSummary,
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
import { ChangeGroup } from './change-group.tsx';
import { CreateGroup } from './create-group.tsx';
import { text } from './text.ts';

/** Settings of a group on every broker, with what differs, and their change. */
export function ConfigTab({ summary }: { readonly summary: GroupSummary }) {
  const { group } = summary;
  const cluster = useCluster();
  const t = useText(text);
  const mayWrite = useMayWrite(GROUP_ROUTES.changeGroup);
  const [isChanging, setChanging] = useState(false);
  const [isAdding, setAdding] = useState(false);
  const config = useQuery({
    queryKey: ['group-config', cluster.id, group],
    queryFn: ({ signal }) => call(GROUP_ROUTES.groupConfig, { params: { cluster: cluster.id, group } }, signal),
  });
  const { data, error } = config;
  const rows = useRows(data);
  if (data === undefined)
    return error === null ? <Skeleton h={240} /> : <ErrorBox error={error} retry={() => void config.refetch()} />;
  const having = data.brokers.filter(({ settings }) => settings !== undefined);
  const others = data.brokers.filter(({ settings }) => settings === undefined);
  // The parts of a retry policy are one row.
  const rowOf = (name: string): string => (name.startsWith('retryPolicy') ? 'retryPolicy' : name);
  return (
    <>
      <Failures failures={data.failures} />
      <SettingsCard
        title={t.config}
        subject={group}
        brokers={data.brokers}
        rows={rows}
        differing={[...new Set(data.differing.map(rowOf))]}
        mayWrite={mayWrite}
        change={{ title: t.edit, open: () => setChanging(true) }}
        add={others.length === 0 ? undefined : { title: t.addBrokers, open: () => setAdding(true) }}
      />
      <ChangeGroup group={group} brokers={having} isOpen={isChanging} onClose={() => setChanging(false)} />
      <CreateGroup
        isOpen={isAdding}
        onClose={() => setAdding(false)}
        only={{ group, brokers: others, settings: having[0]?.settings }}
      />
    </>
  );
}

function useRows(data: GroupConfigView | undefined): readonly SettingRow<GroupSettings>[] {
  const t = useText(text);
  const format = useFormat();
  const flag = (
    name:
      | 'consumeEnable'
      | 'consumeFromMinEnable'
      | 'consumeBroadcastEnable'
      | 'consumeMessageOrderly'
      | 'notifyConsumerIdsChangedEnable',
  ) => ({
    name,
    title: t[name],
    render: (settings: GroupSettings) => (settings[name] ? t.yes : t.no),
  });
  const count = (
    name: 'retryQueueNums' | 'retryMaxTimes' | 'brokerId' | 'whichBrokerWhenConsumeSlowly' | 'consumeTimeoutMinute',
  ) => ({
    name,
    title: t[name],
    render: (settings: GroupSettings) => format.count(settings[name]),
  });
  const keys = new Set(data?.brokers.flatMap(({ settings }) => Object.keys(settings?.attributes ?? {})) ?? []);
  return [
    flag('consumeEnable'),
    flag('consumeMessageOrderly'),
    flag('consumeBroadcastEnable'),
    flag('consumeFromMinEnable'),
    count('retryQueueNums'),
    count('retryMaxTimes'),
    { name: 'retryPolicy', title: t.retryPolicy, render: ({ retryPolicy }) => <Policy policy={retryPolicy} /> },
    count('consumeTimeoutMinute'),
    count('brokerId'),
    count('whichBrokerWhenConsumeSlowly'),
    flag('notifyConsumerIdsChangedEnable'),
    ...[...keys].sort().map((key) => ({
      name: `attributes.${key}`,
      title: key,
      render: ({ attributes }: GroupSettings) => attributes[key] ?? '–',
    })),
  ];
}

function Policy({ policy }: { readonly policy: GroupSettings['retryPolicy'] }) {
  const t = useText(text);
  const format = useFormat();
  if (policy === undefined) return <>{t.policyBroker}</>;
  if (policy.type === 'CUSTOMIZED')
    return <>{(policy.nextMs ?? []).map((ms) => `${format.count(ms)} ms`).join(', ')}</>;
  const { initialMs = 0, maxMs = 0, multiplier = 0 } = policy;
  return <>{t.policyExponentialText(format.count(initialMs), format.count(maxMs), String(multiplier))}</>;
}
