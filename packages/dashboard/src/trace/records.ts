import { decodeTraceRecords, type MessageView, type TraceRecord } from '@rocketmq-ts/admin';
import { compareText } from '@rocketmq-ts/kernel';
import type { MessageTrace, TraceAttempt, TracedMessage, TraceEnd, TraceRecallEvent, TraceSend } from '../api/index.ts';

/** A record with the address of the client that sent it. */
export interface ReportedRecord {
  readonly record: TraceRecord;
  readonly clientHost: string;
}

/** The records of trace messages, each once: several brokers' indexes may find the same message. */
export function recordsOf(messages: readonly MessageView[]): ReportedRecord[] {
  const seen = new Set<string>();
  return messages.flatMap((message) => {
    if (seen.has(message.offsetMsgId)) return [];
    seen.add(message.offsetMsgId);
    const clientHost = message.bornHost.host;
    return decodeTraceRecords(message.body.toString()).map((record) => ({ record, clientHost }));
  });
}

/** The ids in a record: that of a batch has those of all its messages. */
function idsOf({ msgId }: TraceRecord): string[] {
  return msgId.split(',');
}

/** What the records say of one message. */
export function traceOf(msgId: string, records: readonly ReportedRecord[]): Omit<MessageTrace, 'message'> {
  const own = records.filter(({ record }) => idsOf(record).includes(msgId));
  const sends: TraceSend[] = [];
  const ends: TraceEnd[] = [];
  const recalls: TraceRecallEvent[] = [];
  for (const { record, clientHost } of own) {
    if (record.type === 'Pub') sends.push(sendOf(record, clientHost));
    else if (record.type === 'EndTransaction') ends.push(endOf(record, clientHost));
    else if (record.type === 'Recall')
      recalls.push({ group: record.groupName, clientHost, atMs: record.timestamp, success: record.success });
  }
  return {
    msgId,
    sends: sends.sort((a, b) => a.beginMs - b.beginMs),
    ends: ends.sort((a, b) => a.atMs - b.atMs),
    recalls: recalls.sort((a, b) => a.atMs - b.atMs),
    groups: groupsOf(own),
  };
}

function sendOf(record: TraceRecord & { type: 'Pub' }, clientHost: string): TraceSend {
  const { groupName, storeHost, timestamp, costTimeMs, success, messageType, topic, tags, keys } = record;
  return {
    ...{ group: groupName, clientHost, storeHost, beginMs: timestamp, costMs: costTimeMs, success, messageType, topic },
    ...{ tags, keys, bodyBytes: record.bodyLength, offsetMsgId: record.offsetMsgId, regionId: record.regionId },
  };
}

function endOf(record: TraceRecord & { type: 'EndTransaction' }, clientHost: string): TraceEnd {
  const { groupName, storeHost, timestamp, state, transactionId, fromTransactionCheck } = record;
  return {
    ...{ group: groupName, clientHost, storeHost, atMs: timestamp },
    ...{ state, transactionId, fromCheck: fromTransactionCheck },
  };
}

interface Reports {
  clientHost: string;
  before?: TraceRecord & { type: 'SubBefore' };
  after?: TraceRecord & { type: 'SubAfter' };
}

/** Calls of listeners by group: the two reports of a call have the same request id. Records of clients in clouds name no group. */
function groupsOf(records: readonly ReportedRecord[]): MessageTrace['groups'] {
  const calls = new Map<string, Reports>();
  for (const { record, clientHost } of records) {
    if (record.type !== 'SubBefore' && record.type !== 'SubAfter') continue;
    const reports = calls.get(record.requestId) ?? { clientHost };
    if (record.type === 'SubBefore') reports.before = record;
    else reports.after = record;
    calls.set(record.requestId, reports);
  }
  const groups = new Map<string, TraceAttempt[]>();
  for (const [requestId, reports] of calls) {
    const group = reports.before?.groupName ?? reports.after?.groupName ?? '';
    groups.set(group, [...(groups.get(group) ?? []), attemptOf(requestId, reports)]);
  }
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([group, attempts]) => ({ group, attempts: attempts.sort((a, b) => startOf(a) - startOf(b)) }));
}

function startOf({ beginMs, endMs, retryTimes }: TraceAttempt): number {
  return beginMs ?? endMs ?? retryTimes ?? 0;
}

function attemptOf(requestId: string, { clientHost, before, after }: Reports): TraceAttempt {
  const costMs = after?.costTimeMs;
  const endMs =
    after?.timestamp ?? (before !== undefined && costMs !== undefined ? before.timestamp + costMs : undefined);
  const beginMs = before?.timestamp ?? (endMs !== undefined && costMs !== undefined ? endMs - costMs : undefined);
  return {
    ...{ requestId, clientHost, beginMs, endMs, costMs, retryTimes: before?.retryTimes },
    status: after === undefined ? 'UNFINISHED' : after.success ? 'SUCCESS' : 'FAILED',
    returnType: after?.returnType,
    keys: before?.keys ?? after?.keys,
  };
}

/** The messages that the records are of, the newest first. `key`: only those that it names. */
export function tracedMessages(records: readonly ReportedRecord[], key: string): TracedMessage[] {
  const found = new Map<string, { first: number; row: TracedMessage }>();
  for (const { record } of records) {
    const isWanted = idsOf(record).includes(key) || hasKey(record, key);
    if (!isWanted) continue;
    for (const msgId of idsOf(record)) {
      const known = found.get(msgId);
      found.set(msgId, { first: known?.first ?? found.size, row: merged(msgId, known?.row, record) });
    }
  }
  return [...found.values()]
    .sort((a, b) => (b.row.sentMs ?? 0) - (a.row.sentMs ?? 0) || a.first - b.first)
    .map(({ row }) => row);
}

function hasKey(record: TraceRecord, key: string): boolean {
  return 'keys' in record && record.keys !== undefined && record.keys.split(' ').includes(key);
}

function merged(msgId: string, known: TracedMessage | undefined, record: TraceRecord): TracedMessage {
  const row = known ?? { msgId, groups: [] };
  if (record.type === 'Pub') {
    const { topic, keys, tags, groupName, timestamp } = record;
    return { ...row, topic, keys, tags, producerGroup: groupName, sentMs: timestamp };
  }
  const keys = row.keys ?? ('keys' in record ? record.keys : undefined);
  const isConsumer = record.type === 'SubBefore' || record.type === 'SubAfter';
  const group = isConsumer ? record.groupName : undefined;
  const groups = group === undefined || row.groups.includes(group) ? row.groups : [...row.groups, group].sort();
  return { ...row, keys, groups };
}
