import type { Page, PageQuery } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';

const DEFAULT_PAGE_SIZE = 50;

/** What a table can be sorted by. */
export type SortKeys<Row> = Readonly<Record<string, (row: Row) => string | number | undefined>>;

/**
 * One page of rows: filtered by a part of their name, sorted by a column, cut. Rows without a value of the column come last.
 * The order is the same each time, since equal rows are ordered by name. Throws BAD_REQUEST for a column that there is not.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  query: PageQuery,
  nameOf: (row: Row) => string,
  keys: SortKeys<Row>,
  rest: Pick<Page<Row>, 'collectedAtMs' | 'failures'>,
): Page<Row> {
  const { sort, descending = false } = query;
  const found = rows.filter((row) => isNamed(nameOf(row), query.filter));
  const keyOf = sort === undefined ? nameOf : sortKeyOf(keys, sort);
  const sign = descending ? -1 : 1;
  found.sort((a, b) => {
    const one = keyOf(a);
    const other = keyOf(b);
    if (one === undefined || other === undefined) {
      if (one !== other) return one === undefined ? 1 : -1;
    } else if (one !== other) return one < other ? -sign : sign;
    return nameOf(a) < nameOf(b) ? -1 : 1;
  });
  return { ...cutPage(found, query), ...rest };
}

/** The rows of one page; of the last one where there are not so many, since rows become fewer while a page is open. */
export function cutPage<Row>(
  rows: readonly Row[],
  { page: wanted = 1, pageSize = DEFAULT_PAGE_SIZE }: Pick<PageQuery, 'page' | 'pageSize'>,
): Pick<Page<Row>, 'rows' | 'total' | 'page' | 'pageSize'> {
  const page = lastPage(wanted, pageSize, rows.length);
  const start = (page - 1) * pageSize;
  return { rows: rows.slice(start, start + pageSize), total: rows.length, page, pageSize };
}

/** The page that is asked for, or the last one that there is. */
export function lastPage(wanted: number, pageSize: number, total: number): number {
  return Math.min(wanted, Math.max(1, Math.ceil(total / pageSize)));
}

/** What a table is sorted by for the name of a column. Throws BAD_REQUEST for a column that there is not. */
export function sortKeyOf<Key>(keys: Readonly<Record<string, Key>>, sort: string): Key {
  const key = Object.hasOwn(keys, sort) ? keys[sort] : undefined;
  if (key !== undefined) return key;
  throw new ConsoleError('BAD_REQUEST', `there is no sort by ${sort}; there is ${Object.keys(keys).join(', ')}`);
}

/** True when a name has this part, in any case. */
export function isNamed(name: string, filter: string | undefined): boolean {
  const part = filter?.trim().toLowerCase() ?? '';
  return part === '' || name.toLowerCase().includes(part);
}

/** How many rows there are of each kind. */
export function countKinds<Kind extends string>(
  kinds: readonly Kind[],
  rows: readonly { readonly kind: Kind }[],
): Readonly<Record<Kind, number>> {
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
  for (const { kind } of rows) counts[kind]++;
  return counts;
}
