import { ActionIcon, Group, NativeSelect, Skeleton, Text, VisuallyHidden } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import type { Page, PageQuery } from '../../../src/api/index.ts';
import { useFormat } from '../shell/format.ts';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { useUrlState } from '../shell/url-state.ts';
import { Age } from './age.tsx';
import { Empty } from './empty.tsx';
import { ErrorBox } from './error-box.tsx';
import { Failures } from './failures.tsx';
import classes from './parts.module.css';
import { Scroller } from './scroller.tsx';
import { SearchInput } from './search-input.tsx';
import { text } from './text.ts';

/** A column of a table. */
export interface Column<Row> {
  /** Of the sort on the server, where it can be sorted. */
  readonly key: string;
  readonly title: string;
  readonly render: (row: Row) => ReactNode;
  /** In the head in place of the title. */
  readonly head?: ReactNode;
  /** Numbers are right. */
  readonly right?: boolean;
  readonly sortable?: boolean;
  /** Sorted downwards at the first press: for numbers whose highest are looked for. */
  readonly descendingFirst?: boolean;
}

const TABLE_DEFAULTS = { page: '1', pageSize: '50', sort: '', descending: '', filter: '' };

/** Page, order and filter of a table, kept in the address. */
export interface TableState {
  readonly query: PageQuery;
  change(part: Partial<typeof TABLE_DEFAULTS>, quiet?: boolean): void;
}

/** The state of the one table of a page, for the query of its route. */
export function useTableState(defaults: Partial<typeof TABLE_DEFAULTS> = {}): TableState {
  const [state, change] = useUrlState({ ...TABLE_DEFAULTS, ...defaults });
  const whole = (value: string, fallback: number): number =>
    /^\d{1,6}$/.test(value) && Number(value) > 0 ? Number(value) : fallback;
  return {
    query: {
      page: whole(state.page, 1),
      pageSize: Math.min(200, whole(state.pageSize, 50)),
      ...(state.sort === '' ? {} : { sort: state.sort, descending: state.descending === 'true' }),
      ...(state.filter === '' ? {} : { filter: state.filter }),
    },
    change,
  };
}

/** See `DataTable`. */
export interface DataTableProps<Row> {
  /** What the table holds, for screen readers. */
  readonly label: string;
  readonly result: UseQueryResult<Page<Row>>;
  readonly state: TableState;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Beside the filter. */
  readonly tools?: ReactNode;
  /** When there is nothing at all. */
  readonly empty?: ReactNode;
}

/** A table of which the server gives one page at a time: with a filter, orders, ages and what is missing. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, result, state, columns, rowKey, tools, empty } = props;
  const t = useText(text);
  const { data, error } = result;
  const { filter } = state.query;
  return (
    <>
      {error !== null && data === undefined && <ErrorBox error={error} retry={() => void result.refetch()} />}
      {data !== undefined && <Failures failures={data.failures} />}
      <section className={classes.card} style={CARD} aria-label={label}>
        <Group className={classes.tools} gap="xs">
          <FilterInput state={state} />
          {tools}
          <Group ml="auto" gap="xs">
            {data !== undefined && (
              <Age atMs={data.collectedAtMs} refresh={() => void result.refetch()} isBusy={result.isFetching} />
            )}
          </Group>
        </Group>
        {data === undefined ? (
          error === null && <RowsSkeleton />
        ) : data.total === 0 ? (
          filter === undefined && empty !== undefined ? (
            empty
          ) : (
            <Empty title={filter === undefined ? t.nothing : t.noMatch} />
          )
        ) : (
          <Rows label={label} rows={data.rows} columns={columns} rowKey={rowKey} state={state} />
        )}
        {data !== undefined && data.total > 0 && (
          <Pages page={data.page} pageSize={data.pageSize} total={data.total} change={state.change} />
        )}
      </section>
    </>
  );
}

const CARD = { border: '1px solid var(--mantine-color-default-border)', borderRadius: 4 };

/** Only the rows, for tables that are whole. */
export function Rows<Row>(props: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly state?: TableState | undefined;
}) {
  const { label, rows, columns, rowKey, state } = props;
  const t = useText(text);
  return (
    <Scroller label={label}>
      {/* On a phone rows are shown as blocks, which would take the roles from the elements. */}
      <table className={`${classes.table} ${classes.stack}`} aria-label={label} role="table">
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Head key={column.key} column={column as Column<unknown>} state={state} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.length === 0 && (
            <tr role="row">
              <td role="cell" data-label="" colSpan={columns.length} className={classes.none}>
                {t.nothing}
              </td>
            </tr>
          )}
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row">
              {columns.map((column) => (
                <Cell key={column.key} column={column as Column<unknown>} content={column.render(row)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** A cell; on a phone one with nothing or a dash is left out. */
function Cell({ column, content }: { readonly column: Column<unknown>; readonly content: ReactNode }) {
  const { title, right } = column;
  return (
    <td
      role="cell"
      data-label={title}
      data-empty={content === '–' || content === '' || content === undefined || undefined}
      className={right === true ? classes.right : undefined}
    >
      {content}
    </td>
  );
}

function Head({ column, state }: { readonly column: Column<unknown>; readonly state?: TableState | undefined }) {
  const t = useText(text);
  const { key, title, head, right, sortable, descendingFirst = false } = column;
  const className = right === true ? classes.right : undefined;
  if (sortable !== true || state === undefined)
    return (
      <th scope="col" role="columnheader" className={className}>
        {head ?? (title === '' ? <VisuallyHidden>{t.actions}</VisuallyHidden> : title)}
      </th>
    );
  const isSorted = state.query.sort === key;
  const isDescending = isSorted && state.query.descending === true;
  const next = isSorted ? !isDescending : descendingFirst;
  return (
    <th
      scope="col"
      role="columnheader"
      className={className}
      aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className={classes.sort}
        data-sorted={isSorted || undefined}
        title={t.sortBy(title)}
        onClick={() => state.change({ sort: key, descending: next ? 'true' : '', page: '1' })}
      >
        {title}
        <Icon name={isDescending ? 'down' : 'up'} size={14} />
      </button>
    </th>
  );
}

function FilterInput({ state }: { readonly state: TableState }) {
  const t = useText(text);
  const wanted = state.query.filter ?? '';
  const [typed, setTyped] = useState(wanted);
  useEffect(() => setTyped(wanted), [wanted]);
  useEffect(() => {
    if (typed === wanted) return undefined;
    const timer = setTimeout(() => state.change({ filter: typed, page: '1' }, true), 250);
    return () => clearTimeout(timer);
  }, [typed, wanted, state.change]);
  return <SearchInput label={t.filter} value={typed} change={setTyped} />;
}

/** Which page of how many, and the way to the others. */
export function Pages(props: {
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
  readonly change: TableState['change'];
}) {
  const { page, pageSize, total, change } = props;
  const t = useText(text);
  const format = useFormat();
  const last = Math.max(1, Math.ceil(total / pageSize));
  const from = Math.min(total, (page - 1) * pageSize + 1);
  return (
    <Group className={classes.foot} justify="space-between" gap="xs">
      <Text size="xs" c="dimmed" aria-live="polite">
        {t.rows(format.count(from), format.count(Math.min(total, page * pageSize)), format.count(total))}
      </Text>
      <Group gap={4} wrap="nowrap">
        <NativeSelect
          size="xs"
          w={76}
          aria-label={t.pageSize}
          data={['20', '50', '100', '200']}
          value={String(pageSize)}
          onChange={(event) => change({ pageSize: event.currentTarget.value, page: '1' })}
        />
        <ActionIcon
          variant="default"
          size={30}
          disabled={page <= 1}
          aria-label={t.previous}
          onClick={() => change({ page: String(Math.min(page - 1, last)) })}
        >
          <Icon name="left" size={16} />
        </ActionIcon>
        <Text size="xs" px={4}>
          {page} / {last}
        </Text>
        <ActionIcon
          variant="default"
          size={30}
          disabled={page >= last}
          aria-label={t.next}
          onClick={() => change({ page: String(page + 1) })}
        >
          <Icon name="right" size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}

function RowsSkeleton() {
  return (
    <div style={{ padding: 12 }} aria-hidden="true">
      {[1, 2, 3, 4, 5, 6].map((each) => (
        <Skeleton key={each} h={18} my={10} />
      ))}
    </div>
  );
}
