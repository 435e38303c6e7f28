import { Badge } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ALERT_ROUTES, type AlertEvent } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { type Column, DataTable, useTableState } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useSentence } from '../overview/use-sentence.ts';
import { Severity } from './severity.tsx';
import { text } from './text.ts';

/** What was raised and resolved, the newest first. */
export function AlertHistory() {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const sentence = useSentence();
  const state = useTableState();
  const result = useQuery({
    queryKey: ['alert history', id, state.query],
    queryFn: ({ signal }) => call(ALERT_ROUTES.alertHistory, { params: { cluster: id }, query: state.query }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const columns: readonly Column<AlertEvent>[] = [
    { key: 'at', title: t.at, render: ({ atMs }) => format.time(atMs) },
    {
      key: 'state',
      title: t.state,
      render: ({ what }) => (
        <Badge tt="none" size="sm" variant="light" color={what === 'raised' ? 'red' : 'green'}>
          {t[what]}
        </Badge>
      ),
    },
    { key: 'severity', title: t.severity, render: ({ finding }) => <Severity severity={finding.severity} /> },
    { key: 'what', title: t.what, render: ({ finding }) => sentence(finding) },
    {
      key: 'lasted',
      title: t.lasted,
      right: true,
      render: ({ what, atMs, startsAtMs }) => (what === 'raised' ? '–' : format.duration(atMs - startsAtMs)),
    },
  ];
  return (
    <DataTable
      label={t.history}
      result={result}
      state={state}
      columns={columns}
      rowKey={({ atMs, what, rule, finding }) =>
        `${atMs} ${what} ${rule} ${'address' in finding ? finding.address : ''}`
      }
      empty={<Empty title={t.noHistory}>{t.noneText}</Empty>}
    />
  );
}
