import { pagePath } from '../../shell/path.ts';

/** Address of the page of one message. */
export function messageHref(cluster: string, topic: string, id: string): string {
  return pagePath(cluster, 'messages', topic, id);
}

/** Address of the trace of one message. */
export function traceHref(cluster: string, topic: string, id: string): string {
  return `${pagePath(cluster, 'trace')}?${new URLSearchParams({ id, topic })}`;
}

/** Address of a search in a queue. */
export function queueHref(
  cluster: string,
  queue: { readonly topic: string; readonly brokerName: string; readonly queueId: number; readonly offset: number },
): string {
  const { topic, brokerName, queueId, offset } = queue;
  const search = { by: 'queue', topic, broker: brokerName, queue: String(queueId), offset: String(offset) };
  return `${pagePath(cluster, 'messages')}?${new URLSearchParams(search)}`;
}
