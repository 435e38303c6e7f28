import { SimulationFailure } from '../seeded/failure.ts';
import { type ClusterEvent, type EventOf, grouped, type HistoryFacts } from './history.ts';
import { Losses } from './losses.ts';

/** Brokers save progress every five seconds; the file takes a moment. */
const SAVED_AFTER_MS = 6000;

/**
 * The progress of a group never becomes lower while a broker runs, nor over a stop in order; a process that ends suddenly may
 * forget the last seconds of it. Where members lost sight of each other for a moment, one that had a queue before may write
 * its own older progress, as with Apache's: its messages come twice, and none is passed over.
 */
export function checkProgress(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  const losses = new Losses(events, facts);
  const relevant = events.flatMap((event) =>
    event.do === 'progress' || (event.do === 'ended' && facts.brokers.includes(event.machine)) ? [event] : [],
  );
  const alone = new Set(facts.groups.filter(({ members }) => members === 1).map(({ group }) => group));
  const brokerOf = (event: (typeof relevant)[number]): string =>
    event.do === 'progress' ? event.broker : event.machine;
  for (const [broker, ofBroker] of grouped(relevant, brokerOf)) {
    if (losses.mayForgetProgress(broker)) continue;
    const known = new Map<string, { atMs: number; offset: number }[]>();
    for (const event of ofBroker) {
      if (event.do === 'ended') {
        if (event.how !== 'stop') forget(known, event.atMs - SAVED_AFTER_MS, facts.failingDisks.includes(broker));
        continue;
      }
      const { group, topic, queueId, offset, atMs } = event;
      if (!alone.has(group) && events.some((each) => isTrouble(each, facts) && each.atMs <= atMs)) continue;
      const key = `${group} ${topic} ${queueId}`;
      const before = known.get(key) ?? [];
      const last = before.at(-1);
      if (last !== undefined && offset < last.offset)
        throw new SimulationFailure(
          'progress went back',
          `${broker}: ${key} was at ${last.offset} and is at ${offset}`,
        );
      known.set(key, [...before, { atMs, offset }]);
    }
  }
}

function isTrouble(event: ClusterEvent, facts: HistoryFacts): boolean {
  return event.do === 'disturbed' || (event.do === 'ended' && facts.brokers.includes(event.machine));
}

/** Of a process that ended suddenly only what was saved is left. */
function forget(known: Map<string, { atMs: number }[]>, savedMs: number, everything: boolean): void {
  for (const [key, entries] of known) {
    known.set(key, everything ? [] : (entries.filter(({ atMs }) => atMs <= savedMs) as never));
  }
}

/** Whether a broker that ended between two times still has the progress of the first one. */
export function progressIsKept(
  atMs: number,
  laterMs: number,
  ends: readonly Pick<EventOf<'ended'>, 'atMs' | 'how'>[],
  failingDisk: boolean,
): boolean {
  return !ends.some(
    (end) =>
      end.atMs >= atMs &&
      end.atMs <= laterMs &&
      end.how !== 'stop' &&
      (failingDisk || atMs > end.atMs - SAVED_AFTER_MS),
  );
}
