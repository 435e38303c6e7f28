import { type DataVersion, Members, readDataVersion, sameDataVersion } from '@rocketmq-ts/protocol';
import type { BrokerConfig } from '../config-table.ts';

/** What a request says about the page that it wants; nothing: it wants all. */
interface AskedPage {
  /** Place of the first entry, by name. */
  readonly from: number | undefined;
  readonly most: number | undefined;
  /** Data version of the pages before, as JSON. */
  readonly version: string | undefined;
}

/** Names of a page; `ALL` for a table that is sent whole. */
export type Names = ReadonlySet<string> | 'ALL';

/**
 * The page of a table that a request asks for, in the order of names. One of another version than the table has now begins with
 * the first entry. Apache's slaves take a table for complete when one entry is missing: where that one would be left it
 * comes with its page. Source: TopicConfigManager#subTopicConfigTable, SubscriptionGroupManager#subGroupTable.
 */
export function pageOf(
  table: ReadonlyMap<string, unknown>,
  current: DataVersion,
  { from, most, version }: AskedPage,
  { enableSplitMetadata, splitMetadataSize }: Pick<BrokerConfig, 'enableSplitMetadata' | 'splitMetadataSize'>,
): Names {
  const isPaged = from !== undefined || most !== undefined || version !== undefined;
  if (!enableSplitMetadata || !isPaged) return 'ALL';
  const begin = isVersion(version, current) ? Math.max(0, from ?? 0) : 0;
  const end = begin + Math.max(1, Math.min(splitMetadataSize, most ?? Number.MAX_SAFE_INTEGER));
  // Our own slaves ask so whether something has changed.
  if (begin >= table.size) return new Set();
  return new Set([...table.keys()].sort().slice(begin, table.size - end === 1 ? table.size : end));
}

/** Entries that are on a page. */
export function onPage<Value>(table: ReadonlyMap<string, Value>, page: Names): ReadonlyMap<string, Value> {
  if (page === 'ALL') return table;
  return page.size === 0 ? new Map() : new Map([...table].filter(([name]) => page.has(name)));
}

/** False for a text that is no version. */
function isVersion(text: string | undefined, current: DataVersion): boolean {
  if (text === undefined || text.trim() === '') return false;
  try {
    return sameDataVersion(readDataVersion(Members.parse(text, 'dataVersion')), current);
  } catch {
    return false;
  }
}
