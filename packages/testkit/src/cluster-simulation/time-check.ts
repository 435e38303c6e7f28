import { SimulationFailure } from '../seeded/failure.ts';
import { type ClusterEvent, eventsOf, grouped, type HistoryFacts } from './history.ts';

/** Level of the first redelivery where the listener does not choose one. Source: DefaultMQPushConsumerImpl, SendMessageProcessor. */
const FIRST_RETRY_LEVEL = 3;
/** A client that can give a message back to no broker tries it again by itself after so long. */
const LOCAL_RETRY_MS = 5000;
/** Pause of a queue after an orderly listener failed. */
const SUSPEND_MS = 1000;

/** No delayed message comes before its time. */
export function checkDelays(events: readonly ClusterEvent[]): void {
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  for (const { id, atMs, times, retried, group } of eventsOf(events, 'handled')) {
    const message = asked.get(id);
    if (message === undefined || message.delayMs === 0 || times > 0 || retried) continue;
    const earlyMs = message.timer === true ? forwardMs(events, message.atMs) : mayBeEarlyMs(events, message.atMs);
    const waitedMs = atMs - message.atMs + earlyMs;
    if (waitedMs >= message.delayMs) continue;
    throw new SimulationFailure(
      'too early',
      `${group} got ${id} ${waitedMs} ms after the send, not ${message.delayMs}`,
    );
  }
}

/** A message that failed comes again with one more failure on its count, and not before the delay of that. */
export function checkRetries(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  const orderly = new Set(facts.groups.filter((each) => each.orderly).map(({ group }) => group));
  for (const tries of grouped(eventsOf(events, 'handled'), ({ group, id }) => `${group} ${id}`).values()) {
    for (const { group, id, times, atMs } of tries) {
      if (times === 0) continue;
      const failed = tries.find((before) => !before.ok && before.times === times - 1 && before.endMs <= atMs);
      if (failed === undefined)
        throw new SimulationFailure(
          'retry without failure',
          `${group} got ${id}, try ${times}, without the one before`,
        );
      const level = Math.min(FIRST_RETRY_LEVEL + times - 1, facts.delayLevelsMs.length);
      const levelMs = facts.delayLevelsMs[level - 1] ?? 0;
      const leastMs = Math.min(levelMs, orderly.has(group) ? SUSPEND_MS : LOCAL_RETRY_MS);
      const waitedMs = atMs - failed.endMs + mayBeEarlyMs(events, failed.endMs);
      if (waitedMs >= leastMs) continue;
      throw new SimulationFailure('retried too early', `${group} got ${id}, try ${times}, after ${waitedMs} ms`);
    }
  }
}

/** Over a restart delays go by the wall clock: what that was set forward since, they are shorter. */
function mayBeEarlyMs(events: readonly ClusterEvent[], sinceMs: number): number {
  const later = events.filter(({ atMs }) => atMs >= sinceMs);
  return eventsOf(later, 'started').length === 0 ? 0 : forwardMs(events, sinceMs);
}

/** How far the wall clock was set forward since then: timer messages are due at a time of it. */
export function forwardMs(events: readonly ClusterEvent[], sinceMs: number): number {
  return eventsOf(events, 'jumped').reduce((sum, { atMs, ms }) => sum + (atMs >= sinceMs ? Math.max(0, ms) : 0), 0);
}
