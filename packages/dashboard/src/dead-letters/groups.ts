import { deadLetterTopic } from '@rocketmq-ts/admin';
import { compareText, inTurns } from '@rocketmq-ts/kernel';
import type { DeadLetterRow, Page, PageQuery } from '../api/index.ts';
import { lastPage } from '../http/page-of.ts';
import { BrokerCalls } from '../targets/broker-calls.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';

const PREFIX = deadLetterTopic('');
const TOPICS_AT_A_TIME = 8;
const DEFAULT_PAGE_SIZE = 50;
/** Groups whose counts are read to sort by them; beyond that they are sorted by name. */
const MAX_COUNTED = 500;

/** Groups with a dead letter topic, by name or by what they have. */
export async function deadLetterGroups(place: Looked, query: PageQuery, nowMs: number): Promise<Page<DeadLetterRow>> {
  const { page: wantedPage = 1, pageSize = DEFAULT_PAGE_SIZE, filter = '', sort = 'group', descending = false } = query;
  const wanted = filter.trim().toLowerCase();
  const topics = (await place.admin.fetchAllTopicList())
    .filter((topic) => topic.startsWith(PREFIX) && topic.slice(PREFIX.length).toLowerCase().includes(wanted))
    .sort(compareText);
  const page = lastPage(wantedPage, pageSize, topics.length);
  const from = (page - 1) * pageSize;
  const calls = new BrokerCalls();
  const count = (some: readonly string[]): Promise<DeadLetterRow[]> => rowsOf(place, some, calls);
  const shown = { page, pageSize, total: topics.length, collectedAtMs: nowMs };
  if (sort === 'group' || topics.length > MAX_COUNTED) {
    const ordered = descending && sort === 'group' ? topics.reverse() : topics;
    return { ...shown, rows: await count(ordered.slice(from, from + pageSize)), failures: calls.failures };
  }
  const figure = (row: DeadLetterRow): number => (sort === 'lastStoredMs' ? row.lastStoredMs : row.messages) ?? -1;
  const rows = (await count(topics)).sort((a, b) => figure(a) - figure(b) || compareText(a.group, b.group));
  if (descending) rows.reverse();
  return { ...shown, rows: rows.slice(from, from + pageSize), failures: calls.failures };
}

async function rowsOf(place: Looked, topics: readonly string[], calls: BrokerCalls): Promise<DeadLetterRow[]> {
  return inTurns(topics, TOPICS_AT_A_TIME, async (topic) => {
    const { having, missing } = await placeOf(place, topic);
    calls.add(missing);
    const parts = await calls.askEach(having, (address) => place.admin.examineTopicStatsInBroker(address, topic));
    return rowOf(
      topic,
      parts.flatMap(({ value }) => value.offsets),
      parts.length === 0,
    );
  });
}

interface QueueFigures {
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly lastUpdateTimestamp: number;
}

function rowOf(topic: string, queues: readonly QueueFigures[], isUnknown: boolean): DeadLetterRow {
  const group = topic.slice(PREFIX.length);
  if (isUnknown) return { group, topic };
  const lastMs = Math.max(0, ...queues.map(({ lastUpdateTimestamp }) => lastUpdateTimestamp));
  const messages = queues.reduce((sum, { minOffset, maxOffset }) => sum + maxOffset - minOffset, 0);
  return { group, topic, messages, lastStoredMs: lastMs > 0 ? lastMs : undefined };
}
