import { Badge, Code, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { AUDIT_ROUTES, type AuditEntry } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { type Column, DataTable, useTableState } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Who changed what. */
export default function AuditPage() {
  const t = useText(text);
  const format = useFormat();
  const state = useTableState();
  const result = useQuery({
    queryKey: ['audit', state.query],
    queryFn: ({ signal }) => call(AUDIT_ROUTES.listAudit, { query: state.query }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const columns: readonly Column<AuditEntry>[] = [
    {
      key: 'time',
      title: t.time,
      render: ({ atMs }) => <span style={{ whiteSpace: 'nowrap' }}>{format.time(atMs)}</span>,
    },
    { key: 'who', title: t.who, render: (entry) => <Who entry={entry} /> },
    { key: 'action', title: t.action, render: ({ action, cluster }) => <Action action={action} cluster={cluster} /> },
    { key: 'details', title: t.details, render: ({ details }) => <Details details={details} /> },
    {
      key: 'brokers',
      title: t.brokers,
      render: ({ brokers }) => (
        <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
          {brokers.map(({ brokerName, address, ok }) => `${ok ? '' : '✕ '}${brokerName ?? address}`).join(', ')}
        </Text>
      ),
    },
    { key: 'result', title: t.result, render: (entry) => <Result entry={entry} /> },
  ];
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <DataTable
        label={t.label}
        result={result}
        state={state}
        columns={columns}
        rowKey={({ atMs, action, address }) => `${atMs} ${action} ${address}`}
        empty={<Empty title={t.empty}>{t.emptyText}</Empty>}
      />
    </>
  );
}

function Who({ entry: { userName, address } }: { readonly entry: AuditEntry }) {
  const t = useText(text);
  return (
    <Stack gap={0}>
      <Text size="sm">{userName ?? t.nobody}</Text>
      <Text size="xs" c="dimmed">
        {address}
      </Text>
    </Stack>
  );
}

function Action({ action, cluster }: { readonly action: string; readonly cluster: string | undefined }) {
  return (
    <Stack gap={0}>
      <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
        {action.replace('/clusters/:cluster', '')}
      </Text>
      {cluster !== undefined && (
        <Text size="xs" c="dimmed">
          {cluster}
        </Text>
      )}
    </Stack>
  );
}

function Details({ details }: { readonly details: AuditEntry['details'] }) {
  const shown = Object.entries(details).filter(([, value]) => value !== undefined && value !== '');
  return (
    <Code style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap', background: 'none', padding: 0 }}>
      {shown.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('\n')}
    </Code>
  );
}

function Result({ entry: { ok, message } }: { readonly entry: AuditEntry }) {
  const t = useText(text);
  return (
    <Stack gap={2} align="flex-start">
      <Badge variant="light" color={ok ? 'green' : 'red'} style={{ textTransform: 'none' }}>
        {ok ? t.done : t.failed}
      </Badge>
      {message !== undefined && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {message}
        </Text>
      )}
    </Stack>
  );
}
