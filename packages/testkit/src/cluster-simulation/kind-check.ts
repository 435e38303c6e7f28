import { SimulationFailure } from '../seeded/failure.ts';
import { type ClusterEvent, type EventOf, eventsOf, type HistoryFacts } from './history.ts';
import { Losses } from './losses.ts';
import { ATTEMPT_TIMEOUT_MS, REQUEST_TOPIC, replyTo } from './plan.ts';
import { forwardMs } from './time-check.ts';

/** A recall that is stored so long before the message is due is in time. */
const RECALL_MS = 3000;

/** Consumers get a message of a transaction after its commit only, and never one that was rolled back. */
export function checkTransactions(events: readonly ClusterEvent[]): void {
  const transactions = new Set(eventsOf(events, 'asked').flatMap(({ id, transaction }) => (transaction ? [id] : [])));
  const decided = new Map(eventsOf(events, 'decided').map((event) => [event.id, event]));
  for (const { id, atMs, group } of eventsOf(events, 'handled')) {
    if (!transactions.has(id)) continue;
    const decision = decided.get(id);
    if (decision?.outcome === 'COMMIT' && decision.atMs <= atMs) continue;
    const text = decision === undefined ? 'which nobody has committed' : `decided as ${decision.outcome}`;
    throw new SimulationFailure('not committed', `${group} got ${id} at ${atMs}, ${text}`);
  }
}

/** What was called back in time is not delivered. */
export function checkRecalls(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  if (new Losses(events, facts).mayHaveTakenCopies) return;
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  const handled = new Map(eventsOf(events, 'handled').map((event) => [event.id, event]));
  for (const { id, atMs, ok } of eventsOf(events, 'recalled')) {
    const message = asked.get(id);
    const got = handled.get(id);
    if (!ok || message === undefined || got === undefined) continue;
    if (mayHaveTwoCopies(message, events)) continue;
    const leftMs = message.atMs + message.delayMs - forwardMs(events, message.atMs) - atMs;
    if (leftMs < RECALL_MS) continue;
    throw new SimulationFailure(
      'recalled and delivered',
      `${got.group} got ${id}, called back ${leftMs} ms before its time`,
    );
  }
}

/**
 * Whether a producer may have sent a message twice, since it had no answer to the first attempt: the copy of that has a handle of
 * its own, which nobody knows.
 */
function mayHaveTwoCopies({ id, atMs }: EventOf<'asked'>, events: readonly ClusterEvent[]): boolean {
  const acknowledged = eventsOf(events, 'acknowledged').find((each) => each.id === id);
  if (acknowledged === undefined || acknowledged.atMs - atMs >= ATTEMPT_TIMEOUT_MS) return true;
  return events.some(
    (each) => (each.do === 'ended' || each.do === 'disturbed') && each.atMs >= atMs && each.atMs <= acknowledged.atMs,
  );
}

/** A reply belongs to its request, and where nothing is wrong each request gets one. */
export function checkReplies(events: readonly ClusterEvent[], { calmMs }: HistoryFacts): void {
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  const replies = eventsOf(events, 'replied');
  for (const { id, reply } of replies) {
    const request = asked.get(id);
    if (request !== undefined && reply === replyTo(request.body)) continue;
    throw new SimulationFailure('wrong reply', `the request ${id} got: ${reply}`);
  }
  if (calmMs === undefined) return;
  for (const { id, atMs, topic } of asked.values()) {
    if (topic !== REQUEST_TOPIC || atMs < calmMs) continue;
    if (!replies.some((each) => each.id === id))
      throw new SimulationFailure('never replied', `the request ${id} got no reply`);
  }
}
