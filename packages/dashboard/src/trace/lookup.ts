import { AdminError, type MessageView, SystemTopic } from '@rocketmq-ts/admin';
import type { BrokerFailure, MessageRow, TraceAnswer, TraceSearch, TraceState } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { MessageFinder } from '../messages/find.ts';
import { messageRow } from '../messages/rows.ts';
import type { Looked } from '../targets/topic-place.ts';
import { type ReportedRecord, recordsOf, tracedMessages, traceOf } from './records.ts';

/** Trace topics of cloud regions begin so. Source: TraceConstants#TRACE_TOPIC_PREFIX. */
const CLOUD_PREFIX = 'rmq_sys_TRACE_DATA_';

interface Reports {
  readonly state: TraceState;
  readonly records: readonly ReportedRecord[];
  readonly failures: readonly BrokerFailure[];
}

interface TraceTime {
  readonly beginMs?: number | undefined;
  readonly endMs?: number | undefined;
}

/** Looks up what clients reported. */
export class TraceLookup {
  readonly #place: Looked;
  readonly #nowMs: number;

  constructor(place: Looked, nowMs: number) {
    this.#place = place;
    this.#nowMs = nowMs;
  }

  /** The default trace topic, and what else of the cluster is one by its name. */
  async topics(): Promise<{ topic: string; exists: boolean }[]> {
    const all = new Set(await this.#place.admin.fetchAllTopicList());
    const clouds = [...all].filter((topic) => topic.startsWith(CLOUD_PREFIX)).sort();
    return [SystemTopic.TRACE, ...clouds].map((topic) => ({ topic, exists: all.has(topic) }));
  }

  /** The way of one message, by its unique key or its offset id. */
  async trace(query: {
    readonly id: string;
    readonly topic?: string | undefined;
    readonly traceTopic?: string | undefined;
  }): Promise<TraceAnswer> {
    const { traceTopic = SystemTopic.TRACE } = query;
    const id = query.id.trim();
    const stored = await this.#stored(query.topic, id);
    const msgId = stored?.msgId ?? id;
    const { state, records, failures } = await this.#reports(traceTopic, msgId, {});
    const trace = traceOf(msgId, records);
    const isFound = state === 'FOUND' && hasEvents(trace);
    if (!isFound) return { state: state === 'FOUND' ? 'NO_RECORD' : state, traceTopic, failures };
    const message = stored ?? (await this.#stored(trace.sends[0]?.topic, msgId));
    return { state, traceTopic, trace: { ...trace, message }, failures };
  }

  /** Messages with an index key, or with this id. */
  async byKey(
    query: TraceTime & { readonly key: string; readonly traceTopic?: string | undefined },
  ): Promise<TraceSearch> {
    const { traceTopic = SystemTopic.TRACE } = query;
    const key = query.key.trim();
    const { state, records, failures } = await this.#reports(traceTopic, key, query);
    const rows = tracedMessages(records, key);
    return { state: state === 'FOUND' && rows.length === 0 ? 'NO_RECORD' : state, traceTopic, rows, failures };
  }

  async #reports(traceTopic: string, key: string, time: TraceTime): Promise<Reports> {
    const finder = new MessageFinder(this.#place, this.#nowMs);
    let messages: MessageView[];
    try {
      messages = (await finder.byKey({ topic: traceTopic, key, ...time })).map(({ message }) => message);
    } catch (error) {
      if (!isUnknownTopic(error)) throw error;
      return { state: 'TOPIC_MISSING', records: [], failures: [] };
    }
    const { failures } = finder.calls;
    // A broker that was not asked may have what the others lack.
    const state = messages.length > 0 ? 'FOUND' : failures.length > 0 ? 'FAILED' : 'NO_RECORD';
    return { state, records: recordsOf(messages), failures };
  }

  /** The message itself, for its store time; it may have expired, or its topic be unknown. */
  async #stored(topic: string | undefined, id: string): Promise<MessageRow | undefined> {
    try {
      const { found } = await new MessageFinder(this.#place, this.#nowMs).byId(topic, id);
      const first = found[0];
      return first && messageRow(first.message, first.brokerName);
    } catch (error) {
      // The trace is there without it, and says more than a failure would.
      if (error instanceof AdminError || isUnknownTopic(error)) return undefined;
      throw error;
    }
  }
}

function hasEvents(trace: ReturnType<typeof traceOf>): boolean {
  return trace.sends.length + trace.ends.length + trace.recalls.length + trace.groups.length > 0;
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof ConsoleError && error.code === 'NOT_FOUND';
}
