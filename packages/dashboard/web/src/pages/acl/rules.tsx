import { Badge, Group } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ACL_ROUTES, type AccountEntry, type AccountRule } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import type { Column } from '../../parts/data-table.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { AccountList, Differs, keepers, RowButtons } from './account-list.tsx';
import { ChangeRule, DeleteRule, type RuleEntry } from './rule-dialogs.tsx';
import { text } from './text.ts';

type Open = { readonly what: 'create' } | { readonly what: 'change' | 'delete'; readonly entry: RuleEntry };

/** What users may do, a resource a row. */
export function Rules() {
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const [{ filter }, change] = useUrlState({ filter: '' });
  const [open, setOpen] = useState<Open>();
  const mayCreate = useMayWrite(ACL_ROUTES.createRule);
  const mayChange = useMayWrite(ACL_ROUTES.changeRule);
  const mayDelete = useMayWrite(ACL_ROUTES.deleteRule);
  const result = useQuery({
    queryKey: ['acl rules', cluster.id, filter],
    queryFn: ({ signal }) =>
      call(ACL_ROUTES.listRules, { params: { cluster: cluster.id }, query: filter === '' ? {} : { filter } }, signal),
    placeholderData: keepPreviousData,
  });
  const brokers = result.data?.brokers ?? [];
  const columns: readonly Column<RuleEntry>[] = [
    {
      key: 'user',
      title: t.user,
      render: ({ subject, differs }) => (
        <Group gap={6}>
          {subject.replace(/^User:/, '')}
          {differs && <Differs />}
        </Group>
      ),
    },
    { key: 'resource', title: t.resource, render: ({ resource }) => resource },
    { key: 'actions', title: t.actions, render: ({ actions }) => actions.join(', ') },
    {
      key: 'sources',
      title: t.sources,
      render: ({ sourceIps }) => (sourceIps.length === 0 ? t.anywhere : sourceIps.join(', ')),
    },
    {
      key: 'decision',
      title: t.decision,
      render: ({ decision }) => {
        const isDenied = decision.toLowerCase() === 'deny';
        return (
          <Badge tt="none" size="sm" variant="light" color={isDenied ? 'red' : 'green'}>
            {isDenied ? t.Deny : t.Allow}
          </Badge>
        );
      },
    },
    { key: 'brokers', title: t.brokers, render: (entry) => entry.brokers.join(', ') },
    {
      key: 'buttons',
      title: '',
      right: true,
      render: (entry) => (
        <RowButtons
          change={{
            label: t.changeRule(entry.resource),
            isOff: !mayChange,
            open: () => setOpen({ what: 'change', entry }),
          }}
          remove={{
            label: t.deleteRule(entry.resource),
            isOff: !mayDelete,
            open: () => setOpen({ what: 'delete', entry }),
          }}
        />
      ),
    },
  ];
  const dialog = {
    onClose: () => setOpen(undefined),
    onDone: () => void queries.invalidateQueries({ queryKey: ['acl rules'] }),
    cluster: cluster.id,
  };
  return (
    <>
      <AccountList
        {...{ result, columns, filter }}
        rows={(result.data?.rules ?? []).flatMap(entriesOf)}
        rowKey={({ subject, policyType, resource }) => `${subject} ${policyType} ${resource}`}
        label={t.rules}
        setFilter={(wanted) => change({ filter: wanted }, true)}
        create={{ title: t.newRule, mayWrite: mayCreate, open: () => setOpen({ what: 'create' }) }}
        empty={{ title: t.noRules, text: t.noRulesText }}
      />
      {open?.what === 'create' && <ChangeRule {...dialog} entry={undefined} targets={keepers(brokers)} />}
      {open?.what === 'change' && (
        <ChangeRule {...dialog} entry={open.entry} targets={keepers(brokers, open.entry.brokers)} />
      )}
      {open?.what === 'delete' && (
        <DeleteRule {...dialog} entry={open.entry} targets={keepers(brokers, open.entry.brokers)} />
      )}
    </>
  );
}

function entriesOf({ subject, brokers, differs, entries }: AccountRule): RuleEntry[] {
  return entries.map((entry: AccountEntry) => ({ ...entry, subject, brokers, differs }));
}
