import { Group } from '@mantine/core';
import type { KeyValue } from '../../../../src/api/index.ts';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import classes from '../../parts/parts.module.css';
import { SearchInput } from '../../parts/search-input.tsx';
import { type Format, useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { text } from './text.ts';

/** All runtime keys with a search. */
export function StatusTable({ entries }: { readonly entries: readonly KeyValue[] }) {
  const t = useText(text);
  const format = useFormat();
  const [state, change] = useUrlState({ key: '' });
  const wanted = state.key.trim().toLowerCase();
  const rows = entries.filter(
    ({ key, value }) => wanted === '' || key.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted),
  );
  const columns: readonly Column<KeyValue>[] = [
    { key: 'key', title: t.key, render: ({ key }) => <span className={classes.mono}>{key}</span> },
    { key: 'value', title: t.value, render: ({ value }) => <span className={classes.mono}>{value}</span> },
    {
      key: 'meaning',
      title: t.meaning,
      render: (entry) => {
        const found = readable(entry, format);
        return found && <span className={classes.nowrap}>{found}</span>;
      },
    },
  ];
  return (
    <>
      <Group className={classes.tools}>
        <SearchInput label={t.search} value={state.key} change={(value) => change({ key: value }, true)} />
      </Group>
      {rows.length === 0 ? (
        <Empty title={t.noMatch} />
      ) : (
        <Rows label={t.status} rows={rows} columns={columns} rowKey={({ key }) => key} />
      )}
    </>
  );
}

/** Times, sizes, ratios and large counts as people write them. */
function readable({ key, value }: KeyValue, format: Format): string | undefined {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) return undefined;
  if (/time_?stamp$/i.test(key)) return number > 0 ? format.time(number) : undefined;
  if (/DiskRatio/.test(key)) return number >= 0 ? format.percent(number) : undefined;
  if (/(?:Offset|Bytes|SizeTotal)$/.test(key)) return number >= 1024 ? format.bytes(number) : undefined;
  return Math.abs(number) >= 10_000 ? format.count(number) : undefined;
}
