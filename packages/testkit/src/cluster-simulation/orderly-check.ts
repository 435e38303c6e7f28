import { SimulationFailure } from '../seeded/failure.ts';
import { type ClusterEvent, type EventOf, eventsOf, grouped, type HistoryFacts } from './history.ts';
import { Losses } from './losses.ts';
import { progressIsKept } from './progress-check.ts';

/** A client trusts a lock for so long after the broker granted it. Source: ProcessQueue, REBALANCE_LOCK_MAX_LIVE_TIME. */
const LOCK_LIFE_MS = 30_000;

type Handled = EventOf<'handled'>;

/** What happened to one queue of an orderly group. */
interface QueueHistory {
  readonly name: string;
  readonly broker: string;
  /** In the order in which the listeners were called. */
  readonly handled: readonly Handled[];
  /** Offsets that hold a message. */
  readonly known: readonly number[];
  readonly progress: readonly EventOf<'progress'>[];
  /** When the broker's process ended. */
  readonly ends: readonly EventOf<'ended'>[];
}

/**
 * An orderly group handles each queue as one reader would: one call of a listener at a time in the whole cluster, no message
 * before the one before it is finished, and again only what was not acknowledged. A broker keeps its locks in memory, so a
 * member that had one before the broker's end, and another one, may both be at work until the first one's lock is too old.
 */
export function checkOrderlyGroups(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  for (const queue of queuesOf(events, facts)) {
    checkOneAtATime(queue);
    checkNothingPassedOver(queue, facts);
    checkNothingAgain(queue, facts);
  }
}

function queuesOf(events: readonly ClusterEvent[], facts: HistoryFacts): QueueHistory[] {
  const losses = new Losses(events, facts);
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  const orderly = new Set(facts.groups.filter((each) => each.orderly).map(({ group }) => group));
  const all = eventsOf(events, 'handled').filter(
    ({ retried, broker }) => !retried && !losses.mayForgetProgress(broker),
  );
  const stored = eventsOf(events, 'acknowledged')
    .filter(({ id }) => asked.get(id)?.delayMs === 0)
    .map((each) => ({ ...each, topic: asked.get(each.id)!.topic }));
  const placeOf = (each: { topic: string; broker: string; queueId: number }): string =>
    `${each.topic} ${each.broker} ${each.queueId}`;
  const known = grouped([...all, ...stored], placeOf);
  const ends = grouped(eventsOf(events, 'ended'), ({ machine }) => machine);
  const progress = grouped(eventsOf(events, 'progress'), (each) => `${each.group} ${placeOf(each)}`);
  const queues = grouped(
    all.filter(({ group }) => orderly.has(group)),
    (each) => `${each.group} ${placeOf(each)}`,
  );
  return Array.from(queues, ([name, handled]) => ({
    name,
    broker: handled[0]!.broker,
    handled: handled.toSorted((a, b) => a.atMs - b.atMs),
    known: [...new Set((known.get(placeOf(handled[0]!)) ?? []).map(({ queueOffset }) => queueOffset))],
    progress: progress.get(name) ?? [],
    ends: ends.get(handled[0]!.broker) ?? [],
  }));
}

function checkOneAtATime({ name, handled, ends }: QueueHistory): void {
  for (const [index, { id, atMs, member }] of handled.entries()) {
    const before = handled.slice(0, index).find((each) => each.endMs > atMs);
    if (before === undefined || mayBothHold(ends, before.atMs, atMs)) continue;
    throw new SimulationFailure(
      'handled at once',
      `${name}: ${id} by ${member} while ${before.member} had ${before.id}`,
    );
  }
}

/** Whether the broker forgot the lock under which a call began at `beginMs`, before it granted that of a call at `atMs`. */
function mayBothHold(ends: QueueHistory['ends'], beginMs: number, atMs: number): boolean {
  return ends.some((end) => end.atMs <= atMs && beginMs <= end.atMs + LOCK_LIFE_MS);
}

/** A message is finished when a listener took it, or it failed too often; not when it was only tried. */
function checkNothingPassedOver({ name, handled, known }: QueueHistory, facts: HistoryFacts): void {
  const finishedMs = new Map<number, number>();
  for (const { queueOffset, ok, times, endMs } of handled) {
    if (!ok && times < facts.maxReconsumeTimes) continue;
    finishedMs.set(queueOffset, Math.min(endMs, finishedMs.get(queueOffset) ?? Number.POSITIVE_INFINITY));
  }
  for (const { id, queueOffset, atMs } of handled) {
    const open = known.find((each) => each < queueOffset && (finishedMs.get(each) ?? Number.POSITIVE_INFINITY) > atMs);
    if (open === undefined) continue;
    throw new SimulationFailure(
      'handled out of order',
      `${name}: ${id} at ${queueOffset}, but ${open} is not finished`,
    );
  }
}

/** What the broker had as the group's progress is not handled again, unless the broker lost it, or the lock, by its end. */
function checkNothingAgain({ name, broker, handled, progress, ends }: QueueHistory, facts: HistoryFacts): void {
  for (const { id, queueOffset, atMs, member } of handled) {
    if (ends.some((end) => end.atMs <= atMs && atMs <= end.atMs + LOCK_LIFE_MS)) continue;
    const later = progress.find(
      (each) =>
        each.atMs < atMs &&
        each.offset > queueOffset &&
        progressIsKept(each.atMs, atMs, ends, facts.failingDisks.includes(broker)),
    );
    if (later === undefined) continue;
    throw new SimulationFailure(
      'handled again',
      `${name}: ${member} got ${id} at ${queueOffset}, and the group was at ${later.offset} before`,
    );
  }
}
