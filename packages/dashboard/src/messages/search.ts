import type { Admin, MessageView } from '@rocketmq-ts/admin';
import type { MessagePage, MessageRow, MessageScan } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { type Positions, RankedQueues } from '../queues/positions.ts';
import { findRanges, type QueueRange } from '../queues/ranges.ts';
import { readSlice, type Slice } from '../queues/slice.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../queues/snapshot.ts';
import { BrokerCalls } from '../targets/broker-calls.ts';
import { knownPlaceOf, type Looked } from '../targets/topic-place.ts';
import { messageRow, textOf } from './rows.ts';

/** Which messages are looked for. */
interface Range {
  readonly topic: string;
  readonly beginMs: number;
  /** Included. */
  readonly endMs: number;
  readonly snapshot?: string | undefined;
  readonly oldestFirst?: boolean | undefined;
}

interface PageOf extends Range {
  readonly page?: number | undefined;
  readonly pageSize?: number | undefined;
}

interface ScanOf extends Range {
  readonly from?: number | undefined;
  readonly tag?: string | undefined;
  readonly key?: string | undefined;
  readonly contains?: string | undefined;
}

const DEFAULT_PAGE_SIZE = 20;
/** Messages that one request looks at. */
const SCAN_MESSAGES = 2000;
/** Of them at a time, between looks at the clock. */
const SCAN_STEP = 64;
const SCAN_MS = 2000;
/** Matches of one request. */
const SCAN_MATCHES = 50;

/** A search with the brokers that can be asked. A broker that fails is left out, and everything is counted without it. */
class Search {
  readonly calls: BrokerCalls;
  readonly #admin: Admin;
  readonly #snapshot: Snapshot;
  readonly #oldestFirst: boolean;
  readonly #signal: AbortSignal | undefined;
  #ranges: readonly QueueRange[];
  #queues: RankedQueues;

  private constructor(
    admin: Admin,
    calls: BrokerCalls,
    snapshot: Snapshot,
    range: Range,
    signal: AbortSignal | undefined,
  ) {
    this.calls = calls;
    this.#admin = admin;
    this.#snapshot = snapshot;
    this.#oldestFirst = range.oldestFirst === true;
    this.#signal = signal;
    this.#ranges = snapshot.ranges;
    this.#queues = this.#ranked();
  }

  static async open(place: Looked, range: Range, signal?: AbortSignal): Promise<Search> {
    const { topic, beginMs, endMs } = range;
    if (endMs < beginMs) throw new ConsoleError('BAD_REQUEST', 'endMs is before beginMs');
    const { admin } = place;
    const { having: brokers, missing } = await knownPlaceOf(place, topic);
    const saved = range.snapshot === undefined ? undefined : decodeSnapshot(range.snapshot, range, brokers);
    const calls = new BrokerCalls();
    calls.add(missing);
    if (saved !== undefined) return new Search(admin, calls, saved, range, signal);
    const ranges = await findRanges({ admin, calls, topic, brokers, beginMs, endMs });
    return new Search(admin, calls, { topic, beginMs, endMs, ranges }, range, signal);
  }

  get total(): number {
    return this.#queues.total;
  }

  get snapshot(): string {
    return encodeSnapshot(this.#snapshot);
  }

  /** Those with the ranks `from` up to but without `to`, in the order that was asked for. */
  async between<Row>(
    from: number,
    to: number,
    take: (message: MessageView, brokerName: string) => Row | undefined,
  ): Promise<Slice<Row>> {
    for (;;) {
      if (this.#signal?.aborted === true) return { rows: [], removed: 0 };
      const { total } = this.#queues;
      const [low, high] = this.#oldestFirst ? [from, to] : [total - to, total - from];
      const start = await this.#queues.positionsOf(low);
      const end = start && (await this.#queues.positionsOf(high));
      const slice = start && end && (await this.#read(start, end, take));
      const isCounted = this.#ranges.every(({ broker }) => !this.calls.hasFailed(broker.brokerName));
      if (slice !== undefined && isCounted)
        return this.#oldestFirst ? slice : { ...slice, rows: [...slice.rows].reverse() };
      this.#ranges = this.#ranges.filter(({ broker }) => !this.calls.hasFailed(broker.brokerName));
      this.#queues = this.#ranked();
    }
  }

  #read<Row>(
    from: Positions,
    to: Positions,
    take: (message: MessageView, brokerName: string) => Row | undefined,
  ): Promise<Slice<Row>> {
    return readSlice({
      ...{ admin: this.#admin, calls: this.calls, topic: this.#snapshot.topic, ranges: this.#ranges },
      ...{ from, to, signal: this.#signal },
      take: (message, brokerName) => (this.#isInTime(message) ? take(message, brokerName) : undefined),
    });
  }

  /** Where the clock of a broker was set back the times of a queue are in no order. */
  #isInTime({ storeTimestamp }: MessageView): boolean {
    return storeTimestamp >= this.#snapshot.beginMs && storeTimestamp <= this.#snapshot.endMs;
  }

  #ranked(): RankedQueues {
    return new RankedQueues(this.#admin, this.calls, this.#snapshot.topic, this.#ranges, this.#signal);
  }
}

/** One page of the messages of a topic in a range of time. */
export async function searchPage(place: Looked, query: PageOf, signal?: AbortSignal): Promise<MessagePage> {
  const { page = 1, pageSize = DEFAULT_PAGE_SIZE } = query;
  const search = await Search.open(place, query, signal);
  const from = (page - 1) * pageSize;
  const { rows, removed } = await search.between(from, from + pageSize, messageRow);
  const { total, snapshot } = search;
  return { rows, total, page, pageSize, removed, snapshot, failures: search.calls.failures };
}

/** Looks into messages for a bounded time, in the order that was asked for. */
export async function scanMessages(
  place: Looked,
  query: ScanOf,
  options: { readonly nowMs: () => number; readonly signal?: AbortSignal | undefined },
): Promise<MessageScan> {
  const deadlineMs = options.nowMs() + SCAN_MS;
  const search = await Search.open(place, query, options.signal);
  const matches = matcher(query);
  const rows: MessageRow[] = [];
  const start = query.from ?? 0;
  let at = start;
  while (at < search.total && at - start < SCAN_MESSAGES && rows.length < SCAN_MATCHES) {
    const end = Math.min(at + SCAN_STEP, search.total);
    const slice = await search.between(at, end, (message, brokerName) =>
      matches(message) ? messageRow(message, brokerName) : undefined,
    );
    rows.push(...slice.rows);
    at = end;
    if (options.nowMs() >= deadlineMs || options.signal?.aborted === true) break;
  }
  const { total, snapshot } = search;
  const isOver = at >= total;
  return {
    ...{ rows, total, snapshot, scanned: Math.min(at, total), failures: search.calls.failures },
    ...(isOver ? {} : { next: at }),
  };
}

function matcher({ tag, key, contains }: ScanOf): (message: MessageView) => boolean {
  return (message) =>
    (tag === undefined || message.tags === tag) &&
    (key === undefined || message.keys.includes(key)) &&
    (contains === undefined || hasText(message, contains));
}

function hasText(message: MessageView, wanted: string): boolean {
  for (const value of message.properties.values()) if (value.includes(wanted)) return true;
  return message.body.includes(wanted, 0, 'utf8');
}

/** Every message of a search, oldest first, in steps; for exports. */
export async function* eachMessage(
  place: Looked,
  range: Range & { readonly limit: number },
  signal?: AbortSignal,
): AsyncGenerator<{ readonly message: MessageView; readonly brokerName: string }> {
  const search = await Search.open(place, { ...range, oldestFirst: true }, signal);
  const end = Math.min(search.total, range.limit);
  for (let at = 0; at < end && signal?.aborted !== true; at += SCAN_STEP) {
    const slice = await search.between(at, Math.min(at + SCAN_STEP, end), (message, brokerName) => ({
      message,
      brokerName,
    }));
    yield* slice.rows;
  }
}

/** Whether text can be shown, for exports: the body as UTF-8, else in base64. */
export function bodyText(body: Buffer): { readonly text: string; readonly encoding: 'utf8' | 'base64' } {
  const text = textOf(body);
  return text === undefined ? { text: body.toString('base64'), encoding: 'base64' } : { text, encoding: 'utf8' };
}
