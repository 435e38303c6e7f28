import type { Admin } from '@rocketmq-ts/admin';
import { compareText } from '@rocketmq-ts/kernel';

/** Names that a list to choose from has. */
const MOST = 50;
/** While something is typed every letter asks. */
const KEPT_MS = 5000;

const kept = new WeakMap<Admin, { readonly atMs: number; readonly topics: Promise<string[]> }>();

/** Topics with this in their names, those that begin with it first. */
export async function topicNames(
  admin: Admin,
  filter: string,
  monotonicMs: number,
): Promise<{ names: string[]; total: number }> {
  const wanted = filter.trim().toLowerCase();
  const all = await allTopics(admin, monotonicMs);
  const found = all.filter((topic) => topic.toLowerCase().includes(wanted));
  const begins = (topic: string): number => (topic.toLowerCase().startsWith(wanted) ? 0 : 1);
  found.sort((a, b) => begins(a) - begins(b) || compareText(a, b));
  return { names: found.slice(0, MOST), total: found.length };
}

function allTopics(admin: Admin, nowMs: number): Promise<string[]> {
  const known = kept.get(admin);
  if (known !== undefined && nowMs - known.atMs < KEPT_MS) return known.topics;
  const topics = admin.fetchAllTopicList();
  kept.set(admin, { atMs: nowMs, topics });
  topics.catch(() => kept.delete(admin));
  return topics;
}
