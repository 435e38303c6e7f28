import { AdminError, decodeTraceRecords, type MessageView, ResponseCode, type TraceRecord } from '@rocketmq-ts/admin';
import { formatEndpoint } from '@rocketmq-ts/kernel';
import type { OldCall, OldEndpoint } from './endpoint.ts';
import { messageJson } from './json-forms.ts';
import { viewMessage } from './message-paths.ts';

const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';
const MAX_TRACES = 64;
/** Source: MessageTraceServiceImpl. */
const MISSING = -1;
const UNKNOWN_GROUP = '--';

/** Source: MessageTraceView of the dashboard. */
interface TraceView {
  readonly requestId: string | null;
  readonly msgId: string;
  readonly tags: string | null;
  readonly keys: string | null;
  readonly storeHost: string | null;
  readonly clientHost: string;
  readonly costTime: number;
  readonly msgType: string | null;
  readonly offSetMsgId: string | null;
  readonly timeStamp: number;
  readonly topic: string | null;
  readonly groupName: string | null;
  readonly retryTimes: number;
  readonly status: 'success' | 'failed';
  readonly transactionState: string | null;
  readonly transactionId: string | null;
  readonly fromTransactionCheck: boolean;
  readonly traceType: TraceRecord['type'];
}

/** `/messageTrace/…`; `defaultTopic`: `rocketmq.config.msgTrackTopicName`. Source: MessageTraceController, MessageTraceServiceImpl. */
export function tracePaths(defaultTopic: string | undefined): readonly OldEndpoint[] {
  const read = (call: OldCall): Promise<TraceView[]> =>
    tracesOf(call, call.values.optional('traceTopic') ?? defaultTopic ?? TRACE_TOPIC);
  return [
    {
      method: 'GET',
      path: '/messageTrace/viewMessage.query',
      access: 'read',
      run: async (call) => ({ messageView: messageJson(await viewMessage(call)) }),
    },
    { method: 'GET', path: '/messageTrace/viewMessageTraceDetail.query', access: 'read', run: read },
    {
      method: 'GET',
      path: '/messageTrace/viewMessageTraceGraph.query',
      access: 'read',
      run: async (call) => graphOf(await read(call)),
    },
  ];
}

async function tracesOf({ admin, values }: OldCall, topic: string): Promise<TraceView[]> {
  const msgId = values.text('msgId').trim();
  const found = await admin.queryMessage({ topic, key: msgId, maxNum: MAX_TRACES }).catch((error: unknown) => {
    if (error instanceof AdminError && error.responseCode === ResponseCode.NO_MESSAGE) return [];
    throw error;
  });
  return found.flatMap((message) =>
    decodeTraceRecords(message.body.toString())
      .filter((record) => record.msgId === msgId)
      .map((record) => viewOf(record, message)),
  );
}

function viewOf(record: TraceRecord, message: MessageView): TraceView {
  const view: TraceView = {
    requestId: null,
    msgId: record.msgId,
    tags: null,
    keys: null,
    storeHost: null,
    clientHost: formatEndpoint(message.bornHost).replace(/:\d+$/, ''),
    costTime: 0,
    msgType: null,
    offSetMsgId: null,
    timeStamp: record.timestamp ?? 0,
    topic: null,
    groupName: record.groupName ?? null,
    retryTimes: 0,
    status: !('success' in record) || record.success ? 'success' : 'failed',
    transactionState: null,
    transactionId: null,
    fromTransactionCheck: false,
    traceType: record.type,
  };
  if (record.type === 'Recall') return { ...view, topic: record.topic };
  const withKeys = { ...view, keys: record.keys ?? null };
  if (record.type === 'SubBefore') return { ...withKeys, requestId: record.requestId, retryTimes: record.retryTimes };
  if (record.type === 'SubAfter') return { ...withKeys, requestId: record.requestId, costTime: record.costTimeMs };
  const { tags, storeHost, messageType: msgType, topic } = record;
  const stored = { ...withKeys, tags: tags ?? null, storeHost, msgType, topic };
  if (record.type === 'Pub') return { ...stored, costTime: record.costTimeMs, offSetMsgId: record.offsetMsgId ?? null };
  const { state: transactionState, transactionId, fromTransactionCheck } = record;
  return { ...stored, transactionState, transactionId: transactionId ?? null, fromTransactionCheck };
}

/** Source: MessageTraceGraph. */
function graphOf(messageTraceViews: readonly TraceView[]): object {
  if (messageTraceViews.length === 0) return { producerNode: null, subscriptionNodeList: null, messageTraceViews };
  const published = messageTraceViews.findLast(({ traceType }) => traceType === 'Pub');
  const outcomes = messageTraceViews
    .filter(({ traceType }) => traceType === 'EndTransaction')
    .map((view) => ({ ...nodeOf(view), costTime: MISSING }));
  const calls = new Map<string, { before?: TraceView; after?: TraceView }>();
  for (const view of messageTraceViews) {
    if (view.traceType !== 'SubBefore' && view.traceType !== 'SubAfter') continue;
    const id = view.requestId ?? '';
    calls.set(id, { ...calls.get(id), [view.traceType === 'SubBefore' ? 'before' : 'after']: view });
  }
  const groups = new Map<string, ReturnType<typeof consumeNode>[]>();
  for (const call of calls.values()) {
    const group = (call.before ?? call.after)?.groupName || UNKNOWN_GROUP;
    groups.set(group, [...(groups.get(group) ?? []), consumeNode(call)]);
  }
  return {
    producerNode: published === undefined ? null : producerNode(published, outcomes),
    subscriptionNodeList: [...groups].map(([subscriptionGroup, nodes]) => ({
      ...{ subscriptionGroup, consumeNodeList: newestFirst(nodes) },
    })),
    messageTraceViews,
  };
}

function producerNode(view: TraceView, outcomes: readonly { readonly beginTimestamp: number }[]): object {
  const { msgId, tags, keys, offSetMsgId, topic, groupName } = view;
  const transactionNodeList = newestFirst(outcomes);
  return { msgId, tags, keys, offSetMsgId, topic, groupName, traceNode: nodeOf(view), transactionNodeList };
}

function nodeOf(view: TraceView) {
  const { requestId, storeHost, clientHost, costTime, timeStamp, retryTimes, status } = view;
  const { transactionState, transactionId, fromTransactionCheck, msgType } = view;
  return {
    ...{ requestId, storeHost, clientHost, costTime, beginTimestamp: timeStamp, endTimestamp: timeStamp + costTime },
    ...{ retryTimes, status, transactionState, transactionId, fromTransactionCheck, msgType },
  };
}

function consumeNode({ before, after }: { readonly before?: TraceView; readonly after?: TraceView }) {
  const known = (before ?? after)!;
  const { requestId, storeHost, clientHost } = known;
  return {
    ...{ requestId, storeHost, clientHost, costTime: after?.costTime ?? MISSING },
    beginTimestamp: before?.timeStamp ?? MISSING,
    endTimestamp: endOf(before, after),
    retryTimes: before?.retryTimes ?? MISSING,
    status: after?.status ?? 'unknown',
    ...{ transactionState: null, transactionId: null, fromTransactionCheck: false, msgType: null },
  };
}

/** Older clients do not say when a listener's call ended, only how long it took. */
function endOf(before: TraceView | undefined, after: TraceView | undefined): number {
  if (after === undefined) return MISSING;
  if (after.timeStamp > 0) return after.timeStamp;
  return before === undefined ? MISSING : before.timeStamp + Math.max(0, after.costTime);
}

function newestFirst<Node extends { readonly beginTimestamp: number }>(nodes: readonly Node[]): Node[] {
  return nodes.toSorted((a, b) => b.beginTimestamp - a.beginTimestamp);
}
