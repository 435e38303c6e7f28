import { Anchor, Checkbox, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { MessageRow } from '../../../../src/api/index.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { messageHref } from './links.ts';
import classes from './messages.module.css';
import { text } from './text.ts';

/** Which rows are chosen, by offset id. */
export interface Choice {
  readonly chosen: ReadonlySet<string>;
  readonly change: (chosen: ReadonlySet<string>) => void;
}

/** Messages in rows. */
export function MessageTable(props: {
  readonly rows: readonly MessageRow[];
  readonly label: string;
  /** With a column for where they are from: dead letters, retries. */
  readonly withOrigin?: boolean;
  readonly choice?: Choice | undefined;
}) {
  const { rows, label, withOrigin = false, choice } = props;
  const columns = useColumns(withOrigin, choice);
  return <Rows label={label} rows={rows} columns={columns} rowKey={keyOf} />;
}

/** The messages of a batch that is stored as one have one offset id. */
function keyOf({ offsetMsgId, queueOffset }: MessageRow): string {
  return `${offsetMsgId} ${queueOffset}`;
}

function useColumns(withOrigin: boolean, choice: Choice | undefined): readonly Column<MessageRow>[] {
  const t = useText(text);
  const format = useFormat();
  const origin: Column<MessageRow>[] = [
    { key: 'origin', title: t.originTopic, render: ({ origin }) => origin?.topic ?? '–' },
    { key: 'attempts', title: t.attempts, right: true, render: (row) => format.count(row.reconsumeTimes) },
  ];
  return [
    { key: 'message', title: t.message, render: (row) => <MessageCell row={row} choice={choice} /> },
    ...(withOrigin ? origin : []),
    { key: 'tags', title: t.tags, render: ({ tags }) => tags ?? '–' },
    { key: 'keys', title: t.keys, render: ({ keys }) => (keys.length === 0 ? '–' : keys.join(' ')) },
    {
      key: 'stored',
      title: t.stored,
      render: (row) => <span className={classes.time}>{format.exactTime(row.storeTimestampMs)}</span>,
    },
    {
      key: 'queue',
      title: t.queue,
      render: (row) => <span className={classes.time}>{`${row.brokerName ?? '?'} · ${row.queueId}`}</span>,
    },
    { key: 'offset', title: t.offset, right: true, render: (row) => format.count(row.queueOffset) },
    { key: 'size', title: t.size, right: true, render: (row) => format.bytes(row.bodyBytes) },
  ];
}

function MessageCell({ row, choice }: { readonly row: MessageRow; readonly choice: Choice | undefined }) {
  const cluster = useCluster();
  const t = useText(text);
  const { msgId, topic, offsetMsgId, preview, bodyBytes } = row;
  const message = (
    <div className={classes.message}>
      <Group gap={2} wrap="nowrap">
        <Anchor component={Link} href={messageHref(cluster.id, topic, offsetMsgId)} className={classes.id}>
          {msgId}
        </Anchor>
        <CopyButton value={msgId} />
      </Group>
      <Text size="xs" c="dimmed" className={classes.preview}>
        {bodyBytes === 0 ? t.noBody : (preview ?? t.binary)}
      </Text>
    </div>
  );
  if (choice === undefined) return message;
  const { chosen, change } = choice;
  const toggle = (): void => {
    const next = new Set(chosen);
    if (!next.delete(offsetMsgId)) next.add(offsetMsgId);
    change(next);
  };
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Checkbox size="xs" mt={3} aria-label={t.select(msgId)} checked={chosen.has(offsetMsgId)} onChange={toggle} />
      {message}
    </Group>
  );
}

/** A box for all rows of a page, above the table. */
export function ChooseAll({ rows, choice }: { readonly rows: readonly MessageRow[]; readonly choice: Choice }) {
  const t = useText(text);
  const { chosen, change } = choice;
  const here = rows.filter(({ offsetMsgId }) => chosen.has(offsetMsgId)).length;
  const all = rows.length > 0 && here === rows.length;
  const toggle = (): void => {
    const next = new Set(chosen);
    for (const { offsetMsgId } of rows) {
      if (all) next.delete(offsetMsgId);
      else next.add(offsetMsgId);
    }
    change(next);
  };
  return <Checkbox size="xs" label={t.selectAll} checked={all} indeterminate={here > 0 && !all} onChange={toggle} />;
}
