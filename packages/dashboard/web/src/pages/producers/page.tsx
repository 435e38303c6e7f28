import { Button, Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { PRODUCER_ROUTES, type ProducerRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, DataTable, useTableState } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import classes from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { useWriteTargets } from '../../shell/write-targets.ts';
import { text } from './text.ts';

const SCOPES = ['all', 'ofBroker', 'ofGroup'] as const;
type Scope = (typeof SCOPES)[number];
const REFRESH_MS = 10_000;

/** Producers that are connected: all, those of one broker, or those of a group at the brokers of a topic. */
export default function Producers() {
  const cluster = useCluster();
  const t = useText(text);
  const state = useTableState();
  const [url, change] = useUrlState({ scope: 'all', broker: '', topic: '', group: '' });
  const scope: Scope = SCOPES.find((each) => each === url.scope) ?? 'all';
  const isAsked = scope === 'all' || (scope === 'ofBroker' ? url.broker !== '' : url.topic !== '' && url.group !== '');
  const result = useQuery({
    queryKey: ['producers', cluster.id, state.query, url],
    queryFn: ({ signal }) => {
      const query = {
        ...state.query,
        ...(scope === 'ofBroker' ? { broker: url.broker } : {}),
        ...(scope === 'ofGroup' ? { topic: url.topic, group: url.group } : {}),
      };
      return call(PRODUCER_ROUTES.listProducers, { params: { cluster: cluster.id }, query }, signal);
    },
    enabled: isAsked,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  const columns = useColumns();
  return (
    <>
      <PageHead title={t.title} />
      <Group align="flex-end" gap="sm" mb="md">
        <SegmentedControl
          aria-label={t.scope}
          data={SCOPES.map((value) => ({ value, label: t[value] }))}
          value={scope}
          onChange={(value) => change({ scope: value })}
        />
        {scope === 'ofBroker' && <BrokerSelect value={url.broker} onChange={(broker) => change({ broker })} />}
        {scope === 'ofGroup' && <TopicAndGroup topic={url.topic} group={url.group} onSubmit={change} />}
      </Group>
      {isAsked ? (
        <DataTable
          label={t.title}
          result={result}
          state={state}
          columns={columns}
          rowKey={({ group, clientId }) => `${group} ${clientId}`}
          empty={<Empty title={scope === 'ofGroup' ? t.noneOfGroup : t.none}>{t.noneText}</Empty>}
        />
      ) : (
        <Empty title={scope === 'ofGroup' ? t.choose : t.broker}>
          {scope === 'ofGroup' ? t.chooseText : undefined}
        </Empty>
      )}
    </>
  );
}

function BrokerSelect({ value, onChange }: { readonly value: string; readonly onChange: (broker: string) => void }) {
  const cluster = useCluster();
  const t = useText(text);
  const brokers = useWriteTargets(cluster.id, true);
  return (
    <Select
      aria-label={t.broker}
      placeholder={t.broker}
      searchable
      data={brokers.data?.brokers.map(({ brokerName }) => brokerName) ?? []}
      value={value === '' ? null : value}
      onChange={(broker) => onChange(broker ?? '')}
    />
  );
}

function TopicAndGroup(props: {
  readonly topic: string;
  readonly group: string;
  readonly onSubmit: (chosen: { topic: string; group: string }) => void;
}) {
  const t = useText(text);
  const [topic, setTopic] = useState(props.topic);
  const [group, setGroup] = useState(props.group);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    props.onSubmit({ topic: topic.trim(), group: group.trim() });
  };
  return (
    <form onSubmit={submit}>
      <Group gap="sm" align="flex-end">
        <TextInput
          label={t.topic}
          value={topic}
          spellCheck={false}
          onChange={(event) => setTopic(event.currentTarget.value)}
        />
        <TextInput
          label={t.group}
          value={group}
          spellCheck={false}
          onChange={(event) => setGroup(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={topic.trim() === '' || group.trim() === ''}>
          {t.show}
        </Button>
      </Group>
    </form>
  );
}

function useColumns(): readonly Column<ProducerRow>[] {
  const t = useText(text);
  const format = useFormat();
  return [
    { key: 'group', title: t.group, sortable: true, render: ({ group }) => group },
    {
      key: 'clientId',
      title: t.clientId,
      sortable: true,
      render: ({ clientId }) => (
        <Group gap={2} wrap="nowrap">
          <span className={classes.anywhere}>{clientId}</span>
          <CopyButton value={clientId} />
        </Group>
      ),
    },
    {
      key: 'address',
      title: t.address,
      sortable: true,
      render: ({ address }) => <span className={classes.whole}>{address}</span>,
    },
    { key: 'language', title: t.language, sortable: true, render: ({ language }) => language },
    { key: 'version', title: t.version, sortable: true, render: ({ version }) => version },
    {
      key: 'brokers',
      title: t.brokers,
      render: ({ brokers }) => (
        <span className={classes.whole} title={brokers.join(', ')}>
          {brokers.length <= 2 ? brokers.join(', ') : t.brokerCount(format.count(brokers.length))}
        </span>
      ),
    },
    {
      key: 'lastSeenMs',
      title: t.lastSeen,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ lastSeenMs }) => (lastSeenMs === undefined ? '–' : format.time(lastSeenMs)),
    },
  ];
}
