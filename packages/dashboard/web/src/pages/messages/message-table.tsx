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
  const columns = useColumns(withOrigin);
  const choose = useChoiceColumn(choice);
  return (
    <Rows
      label={label}
      rows={rows}
      columns={choose === undefined ? columns : [choose, ...columns]}
      rowKey={(row) => row.offsetMsgId}
    />
  );
}

function useColumns(withOrigin: boolean): readonly Column<MessageRow>[] {
  const t = useText(text);
  const format = useFormat();
  const origin: Column<MessageRow>[] = [
    { key: 'origin', title: t.originTopic, render: ({ origin }) => origin?.topic ?? '–' },
    { key: 'attempts', title: t.attempts, right: true, render: (row) => format.count(row.reconsumeTimes) },
  ];
  return [
    { key: 'message', title: t.message, render: (row) => <MessageCell row={row} /> },
    ...(withOrigin ? origin : []),
    { key: 'tags', title: t.tags, render: ({ tags }) => tags ?? '–' },
    { key: 'keys', title: t.keys, render: ({ keys }) => (keys.length === 0 ? '–' : keys.join(' ')) },
    {
      key: 'stored',
      title: t.stored,
      render: (row) => <span className={classes.time}>{format.exactTime(row.storeTimestampMs)}</span>,
    },
    { key: 'queue', title: t.queue, render: (row) => `${row.brokerName ?? '?'} · ${row.queueId}` },
    { key: 'offset', title: t.offset, right: true, render: (row) => format.count(row.queueOffset) },
    { key: 'size', title: t.size, right: true, render: (row) => format.bytes(row.bodyBytes) },
  ];
}

function MessageCell({ row }: { readonly row: MessageRow }) {
  const cluster = useCluster();
  const t = useText(text);
  const { msgId, topic, offsetMsgId, preview, bodyBytes } = row;
  return (
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
}

function useChoiceColumn(choice: Choice | undefined): Column<MessageRow> | undefined {
  const t = useText(text);
  if (choice === undefined) return undefined;
  const { chosen, change } = choice;
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    change(next);
  };
  return {
    key: 'choice',
    title: '',
    render: ({ offsetMsgId, msgId }) => (
      <Checkbox
        size="xs"
        aria-label={t.select(msgId)}
        checked={chosen.has(offsetMsgId)}
        onChange={() => toggle(offsetMsgId)}
      />
    ),
  };
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
