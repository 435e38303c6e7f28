import type { SubscriptionRow } from '../../../../src/api/index.ts';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** What is wanted of which topic. */
export function SubscriptionTable({ rows }: { readonly rows: readonly SubscriptionRow[] }) {
  const t = useText(text);
  const format = useFormat();
  const columns: readonly Column<SubscriptionRow>[] = [
    { key: 'topic', title: t.topic, render: ({ topic }) => topic },
    { key: 'expression', title: t.expression, render: ({ expression }) => <code>{expression}</code> },
    { key: 'type', title: t.expressionType, render: ({ expressionType }) => expressionType },
    {
      key: 'version',
      title: t.subVersion,
      right: true,
      render: ({ subVersionMs }) => (subVersionMs <= 0 ? t.never : format.time(subVersionMs)),
    },
  ];
  return <Rows label={t.subscriptions} rows={rows} columns={columns} rowKey={({ topic }) => topic} />;
}
