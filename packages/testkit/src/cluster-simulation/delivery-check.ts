import { SimulationFailure } from '../seeded/failure.ts';
import { type ClusterEvent, type EventOf, eventsOf, grouped, type HistoryFacts } from './history.ts';
import { Losses } from './losses.ts';

/** A message that a group has not handled, or that is not among its dead letters. */
export interface Missing {
  readonly group: string;
  readonly id: string;
  readonly what: 'never handled' | 'not a dead letter';
}

/** What groups still have to get: every acknowledged message, until it was handled or failed too often. */
export function missingDeliveries(events: readonly ClusterEvent[], facts: HistoryFacts): Missing[] {
  const missing: Missing[] = [];
  const losses = new Losses(events, facts);
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  const handled = grouped(eventsOf(events, 'handled'), ({ group, id }) => `${group} ${id}`);
  for (const acknowledged of eventsOf(events, 'acknowledged')) {
    const { id } = acknowledged;
    const message = asked.get(id);
    if (message === undefined) continue;
    for (const { group, topics } of facts.groups) {
      if (!topics.includes(message.topic)) continue;
      const tries = handled.get(`${group} ${id}`) ?? [];
      if (isFinished(tries, message, facts) || mayBeLost(acknowledged, message, tries, losses)) continue;
      missing.push({ group, id, what: 'never handled' });
    }
  }
  return missing;
}

/** Each acknowledged message was handled by each group of its topic, or is among its dead letters. */
export function checkDelivered(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  const [first, ...others] = [...missingDeliveries(events, facts), ...missingDeadLetters(events, facts)];
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  throw new SimulationFailure(
    first.what,
    `message ${first.id} was acknowledged and is ${first.what} of ${first.group}${more}`,
  );
}

/** What came was sent: to this topic, with this body; and what is dead failed as often as it may. */
export function checkNothingInvented(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  for (const { id, group, topic, body } of eventsOf(events, 'handled')) {
    const message = asked.get(id);
    const isSubscribed = facts.groups.some((each) => each.group === group && each.topics.includes(topic));
    if (message?.topic === topic && message.body === body && isSubscribed) continue;
    throw new SimulationFailure('invented', `${group} got ${id} of ${topic}, which nobody sent like that: ${body}`);
  }
  const failed = new Set(
    eventsOf(events, 'handled')
      .filter(({ ok, times }) => !ok && times >= facts.maxReconsumeTimes)
      .map(({ group, id }) => `${group} ${id}`),
  );
  for (const { group, id } of eventsOf(events, 'dead')) {
    if (failed.has(`${group} ${id}`)) continue;
    throw new SimulationFailure('dead too early', `message ${id} is a dead letter of ${group}, and may be tried again`);
  }
}

/** Messages that failed too often and are not among the dead letters of a group. */
export function missingDeadLetters(events: readonly ClusterEvent[], facts: HistoryFacts): Missing[] {
  const losses = new Losses(events, facts);
  const dead = new Set(eventsOf(events, 'dead').map(({ group, id }) => `${group} ${id}`));
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  const tries = grouped(eventsOf(events, 'handled'), ({ group, id }) => `${group} ${id}`);
  const missing: Missing[] = [];
  for (const acknowledged of eventsOf(events, 'acknowledged')) {
    const { id } = acknowledged;
    const message = asked.get(id);
    if (message === undefined || message.fails <= facts.maxReconsumeTimes || losses.mayHaveTaken(acknowledged))
      continue;
    for (const { group, topics } of facts.groups) {
      if (!topics.includes(message.topic) || dead.has(`${group} ${id}`)) continue;
      const own = tries.get(`${group} ${id}`) ?? [];
      // Tries that a client made by itself, since no broker took the message back, are not on the broker's count.
      if (own.some(({ ok }) => ok) || mayBeLost(acknowledged, message, own, losses)) continue;
      missing.push({ group, id, what: 'not a dead letter' });
    }
  }
  return missing;
}

function isFinished(tries: readonly EventOf<'handled'>[], { fails }: EventOf<'asked'>, facts: HistoryFacts): boolean {
  if (tries.some(({ ok }) => ok)) return true;
  return fails > facts.maxReconsumeTimes && tries.some(({ times }) => times >= facts.maxReconsumeTimes);
}

/** A loss of power may have taken it, or what should bring it later: the parked message, or the copy that comes again. */
function mayBeLost(
  acknowledged: EventOf<'acknowledged'>,
  { topic, delayMs }: EventOf<'asked'>,
  tries: readonly EventOf<'handled'>[],
  losses: Losses,
): boolean {
  if (losses.mayHaveTaken(acknowledged) || losses.mayBePassedOver(acknowledged, topic)) return true;
  return losses.mayHaveTakenCopies && (delayMs > 0 || tries.some(({ ok }) => !ok));
}
