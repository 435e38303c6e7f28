import { SimulationFailure } from '../seeded/failure.ts';
import { type ClusterEvent, type EventOf, eventsOf, grouped, type HistoryFacts } from './history.ts';
import { Losses } from './losses.ts';

/** A message that a group has not handled, or that is not among its dead letters. */
export interface Missing {
  readonly group: string;
  readonly id: string;
  readonly what: 'never handled' | 'never decided' | 'not a dead letter';
}

/**
 * What groups still have to get: every acknowledged or committed message that was not to be cancelled, until it was handled or
 * failed too often; and transactions that nobody has ended.
 */
export function missingDeliveries(events: readonly ClusterEvent[], facts: HistoryFacts): Missing[] {
  const losses = new Losses(events, facts);
  const missing = missingOutcomes(events, losses);
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  const handled = grouped(eventsOf(events, 'handled'), ({ group, id }) => `${group} ${id}`);
  const recalled = new Set(eventsOf(events, 'recalled').map(({ id }) => id));
  for (const promised of promisedBy(events)) {
    const { id } = promised;
    const message = asked.get(id);
    if (message === undefined || recalled.has(id)) continue;
    for (const { group, topics, broadcasting, selects } of facts.groups) {
      if (!topics.includes(message.topic) || selects?.(id) === false) continue;
      const tries = handled.get(`${group} ${id}`) ?? [];
      const isEverywhere = broadcasting?.every((member) => tries.some((each) => each.member === member));
      if (isEverywhere ?? isFinished(tries, message, facts)) continue;
      if (mayBeLost(promised, message, tries, losses)) continue;
      missing.push({ group, id, what: 'never handled' });
    }
  }
  return missing;
}

type Promised = EventOf<'acknowledged' | 'decided'>;

/** Messages that groups must get. */
function promisedBy(events: readonly ClusterEvent[]): Promised[] {
  return events.flatMap((event) =>
    event.do === 'acknowledged' || (event.do === 'decided' && event.outcome === 'COMMIT') ? [event] : [],
  );
}

/** Transactions whose half message is stored, and which no broker has asked about. */
function missingOutcomes(events: readonly ClusterEvent[], losses: Losses): Missing[] {
  const decided = new Set(eventsOf(events, 'decided').map(({ id }) => id));
  return eventsOf(events, 'prepared')
    .filter(({ id }) => !decided.has(id) && !losses.mayHaveTakenCopies)
    .map(({ id }) => ({ group: 'the producers', id, what: 'never decided' }));
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
    const isSubscribed = facts.groups.some(
      (each) => each.group === group && each.topics.includes(topic) && each.selects?.(id) !== false,
    );
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
  const recalled = new Set(eventsOf(events, 'recalled').map(({ id }) => id));
  for (const promised of promisedBy(events)) {
    const { id } = promised;
    const message = asked.get(id);
    if (message === undefined || message.fails <= facts.maxReconsumeTimes || recalled.has(id)) continue;
    for (const { group, topics, broadcasting, selects } of facts.groups) {
      if (
        !topics.includes(message.topic) ||
        selects?.(id) === false ||
        broadcasting !== undefined ||
        dead.has(`${group} ${id}`)
      )
        continue;
      const own = tries.get(`${group} ${id}`) ?? [];
      // Tries that a client made by itself, since no broker took the message back, are not on the broker's count.
      if (own.some(({ ok }) => ok) || mayBeLost(promised, message, own, losses)) continue;
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
  promised: Promised,
  { topic, delayMs }: EventOf<'asked'>,
  tries: readonly EventOf<'handled'>[],
  losses: Losses,
): boolean {
  // A commit is a copy as well, and its half message was stored earlier.
  if (promised.do === 'decided') return losses.mayHaveTakenCopies;
  if (losses.mayHaveTaken(promised) || losses.mayBePassedOver(promised, topic)) return true;
  return losses.mayHaveTakenCopies && (delayMs > 0 || tries.some(({ ok }) => !ok));
}
