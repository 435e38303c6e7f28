import { Group, Text } from '@mantine/core';
import type { ProgressRow } from '../../../../src/api/index.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import classes from '../../parts/parts.module.css';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** How far a group is in each queue of a topic, and whose the queues are. */
export function QueueTable({ label, queues }: { readonly label: string; readonly queues: readonly ProgressRow[] }) {
  const t = useText(text);
  const format = useFormat();
  const count = (value: number | undefined): string => (value === undefined ? '–' : format.count(value));
  const columns: readonly Column<ProgressRow>[] = [
    { key: 'broker', title: t.broker, render: ({ brokerName }) => <span className={classes.whole}>{brokerName}</span> },
    { key: 'queue', title: t.queue, right: true, render: ({ queueId }) => queueId },
    { key: 'brokerOffset', title: t.brokerOffset, right: true, render: ({ brokerOffset }) => count(brokerOffset) },
    {
      key: 'consumerOffset',
      title: t.consumerOffset,
      right: true,
      render: ({ consumerOffset }) => count(consumerOffset),
    },
    {
      key: 'lag',
      title: t.lag,
      right: true,
      render: ({ lag }) => (
        <Text span inherit fw={lag !== undefined && lag > 0 ? 600 : 400}>
          {count(lag)}
        </Text>
      ),
    },
    { key: 'inflight', title: t.inflight, right: true, render: ({ inflight }) => count(inflight) },
    {
      key: 'last',
      title: t.lastConsumed,
      right: true,
      render: ({ lastConsumedMs }) => (lastConsumedMs === 0 ? t.never : format.time(lastConsumedMs)),
    },
    {
      key: 'client',
      title: t.client,
      render: ({ clientId }) =>
        clientId === undefined ? (
          <Text span inherit c="dimmed">
            {t.noOwner}
          </Text>
        ) : (
          <Group gap={2} wrap="nowrap">
            <Text span inherit style={{ overflowWrap: 'anywhere' }}>
              {clientId}
            </Text>
            <CopyButton value={clientId} />
          </Group>
        ),
    },
  ];
  return (
    <Rows
      label={label}
      rows={queues}
      columns={columns}
      rowKey={({ brokerName, queueId }) => `${brokerName}@${queueId}`}
    />
  );
}
