import { Alert, Anchor, Button, Group, type MantineColor, Select, Tooltip } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { TRANSACTION_ROUTES, type TransactionRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, DataTable, useTableState } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { Badge } from '../messages/badge.tsx';
import { messageHref } from '../messages/links.ts';
import classes from '../messages/messages.module.css';
import { ResumeDialog } from './resume-dialog.tsx';
import { text } from './text.ts';

type State = TransactionRow['state'];
const STATES: readonly State[] = ['OPEN', 'UNKNOWN', 'DISCARDED'];
const COLORS: Readonly<Record<State, MantineColor>> = { OPEN: 'blue', UNKNOWN: 'orange', DISCARDED: 'red' };

/** Transactions that were not ended. */
export default function Transactions() {
  const cluster = useCluster();
  const t = useText(text);
  const state = useTableState();
  const [{ state: chosen }, change] = useUrlState({ state: '' });
  const wanted = STATES.find((each) => each === chosen);
  const query = wanted === undefined ? state.query : { ...state.query, state: wanted };
  const result = useQuery({
    queryKey: ['transactions', cluster.id, query],
    queryFn: async ({ signal }) => {
      const page = await call(TRANSACTION_ROUTES.transactions, { params: { cluster: cluster.id }, query }, signal);
      return { ...page, collectedAtMs: Date.now() };
    },
    placeholderData: keepPreviousData,
  });
  const [resumed, setResumed] = useState<TransactionRow | undefined>();
  const columns = useColumns(setResumed);
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      {result.data?.isWhole === false && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} mb="md" role="status">
          {t.notWhole}
        </Alert>
      )}
      <DataTable
        label={t.title}
        result={result}
        state={state}
        rowKey={({ offsetMsgId }) => offsetMsgId}
        columns={columns}
        empty={<Empty title={t.none}>{t.noneText}</Empty>}
        tools={
          <Select
            size="xs"
            w={150}
            aria-label={t.state}
            data={[{ value: '', label: t.allStates }, ...STATES.map((value) => ({ value, label: t[value] }))]}
            value={chosen}
            allowDeselect={false}
            onChange={(value) => change({ state: value ?? '' })}
          />
        }
      />
      <ResumeDialog row={resumed} onClose={() => setResumed(undefined)} onDone={() => void result.refetch()} />
    </>
  );
}

function useColumns(resume: (row: TransactionRow) => void): readonly Column<TransactionRow>[] {
  const mayResume = useMayWrite(TRANSACTION_ROUTES.resumeTransactions);
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const reasons = { OPEN: t.openText, UNKNOWN: t.unknownText, DISCARDED: t.discardedText };
  return [
    {
      key: 'state',
      title: t.state,
      sortable: true,
      render: ({ state }) => (
        <Tooltip label={reasons[state]}>
          <Badge variant="light" color={COLORS[state]} tt="none">
            {t[state]}
          </Badge>
        </Tooltip>
      ),
    },
    {
      key: 'transaction',
      title: t.transaction,
      render: ({ transactionId, storedIn, offsetMsgId }) => (
        <Group gap={2} wrap="nowrap">
          <Anchor component={Link} href={messageHref(cluster.id, storedIn, offsetMsgId)} className={classes.id}>
            {transactionId === '' ? t.noId : transactionId}
          </Anchor>
          <CopyButton value={transactionId === '' ? offsetMsgId : transactionId} />
        </Group>
      ),
    },
    { key: 'topic', title: t.topic, sortable: true, render: ({ topic }) => topic },
    { key: 'producerGroup', title: t.producerGroup, sortable: true, render: ({ producerGroup }) => producerGroup },
    {
      key: 'bornTimestampMs',
      title: t.age,
      right: true,
      sortable: true,
      render: ({ bornTimestampMs }) => (
        <span title={format.exactTime(bornTimestampMs)}>{format.duration(Date.now() - bornTimestampMs)}</span>
      ),
    },
    {
      key: 'checkTimes',
      title: t.checks,
      right: true,
      sortable: true,
      descendingFirst: true,
      render: ({ checkTimes }) => format.count(checkTimes),
    },
    { key: 'brokerName', title: t.broker, sortable: true, render: ({ brokerName }) => brokerName },
    {
      key: 'resume',
      title: '',
      render: (row) =>
        row.state === 'DISCARDED' && (
          <Button size="compact-xs" variant="default" disabled={!mayResume} onClick={() => resume(row)}>
            {t.resume}
          </Button>
        ),
    },
  ];
}
