import { Badge, Button, Group, Text } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ALERT_ROUTES, type AlertRule } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { type Column, DataTable, useTableState } from '../../parts/data-table.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { type Format, useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { pagePath } from '../../shell/path.ts';
import { RowButtons } from '../acl/account-list.tsx';
import { ChangeRule } from './change-rule.tsx';
import { CreateRule } from './create-rule.tsx';
import { text } from './text.ts';

type Open = { readonly what: 'create' } | { readonly what: 'change' | 'delete'; readonly rule: AlertRule };

/** The rules that count in a cluster: made, changed, deleted. */
export function AlertRules() {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const queries = useQueryClient();
  const state = useTableState();
  const [open, setOpen] = useState<Open>();
  const mayCreate = useMayWrite(ALERT_ROUTES.createAlertRule);
  const mayChange = useMayWrite(ALERT_ROUTES.changeAlertRule);
  const mayDelete = useMayWrite(ALERT_ROUTES.deleteAlertRule);
  const result = useQuery({
    queryKey: ['alert rules', id, state.query],
    queryFn: ({ signal }) => call(ALERT_ROUTES.listAlertRules, { params: { cluster: id }, query: state.query }, signal),
    placeholderData: keepPreviousData,
  });
  const nameOf = ({ kind, group }: AlertRule): string => (group === undefined ? t[kind] : `${t[kind]}: ${group}`);
  const columns: readonly Column<AlertRule>[] = [
    { key: 'kind', title: t.kind, sortable: true, render: ({ kind }) => t[kind] },
    {
      key: 'group',
      title: t.group,
      sortable: true,
      render: ({ group }) => (group === undefined ? '–' : <Link href={pagePath(id, 'groups', group)}>{group}</Link>),
    },
    { key: 'scope', title: t.scope, render: ({ cluster }) => (cluster === undefined ? t.allClusters : t.thisCluster) },
    { key: 'limit', title: t.limit, render: (rule) => limitText(rule, t, format) },
    { key: 'lasting', title: t.lasting, render: ({ forMs }) => format.duration(forMs) },
    { key: 'state', title: t.state, render: (rule) => <State rule={rule} /> },
    {
      key: 'buttons',
      title: '',
      right: true,
      render: (rule) => (
        <RowButtons
          change={{ label: t.change(nameOf(rule)), isOff: !mayChange, open: () => setOpen({ what: 'change', rule }) }}
          remove={{
            label: t.removeRule(nameOf(rule)),
            isOff: !mayDelete || rule.group === undefined,
            open: () => setOpen({ what: 'delete', rule }),
          }}
        />
      ),
    },
  ];
  const dialog = {
    onClose: () => setOpen(undefined),
    onDone: () => void queries.invalidateQueries({ queryKey: ['alert rules'] }),
    cluster: id,
  };
  return (
    <>
      <DataTable
        label={t.rules}
        result={result}
        state={state}
        columns={columns}
        rowKey={(rule) => rule.id}
        tools={
          <Button size="sm" disabled={!mayCreate} onClick={() => setOpen({ what: 'create' })}>
            {t.create}
          </Button>
        }
      />
      {open?.what === 'create' && <CreateRule {...dialog} />}
      {open?.what === 'change' && <ChangeRule {...dialog} rule={open.rule} name={nameOf(open.rule)} />}
      {open?.what === 'delete' && (
        <ConfirmWrite
          {...dialog}
          isOpen
          title={t.removeRule(nameOf(open.rule))}
          action={t.remove}
          targets={[]}
          write={async () => {
            await call(ALERT_ROUTES.deleteAlertRule, { params: { cluster: id, rule: open.rule.id } });
            return [];
          }}
        >
          <Text size="sm">{t.removeText}</Text>
        </ConfirmWrite>
      )}
    </>
  );
}

function limitText({ kind, limit }: AlertRule, t: typeof text.en, format: Format): string {
  if (limit === undefined) return '–';
  const shown = format.count(limit);
  if (kind === 'diskFull') return t.fullFrom(shown);
  if (kind === 'deadLetters') return t.lettersFrom(shown);
  if (kind === 'lagAge') return t.olderThan(shown);
  return kind === 'lag' ? t.moreThan(shown) : t.fewerThan(shown);
}

function State({ rule: { isOn, silentUntilMs } }: { readonly rule: AlertRule }) {
  const t = useText(text);
  const format = useFormat();
  return (
    <Group gap={6}>
      <Badge tt="none" size="sm" variant="light" color={isOn ? 'green' : 'gray'}>
        {isOn ? t.on : t.off}
      </Badge>
      {isOn && silentUntilMs !== undefined && silentUntilMs > Date.now() && (
        <Text size="xs" c="dimmed">
          {t.silentUntil(format.time(silentUntilMs))}
        </Text>
      )}
    </Group>
  );
}
