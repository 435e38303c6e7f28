import { SimulationFailure } from '../seeded/failure.ts';
import { type ClusterEvent, eventsOf, grouped, type HistoryFacts } from './history.ts';
import { Losses } from './losses.ts';

/** Messages that were sent one after the other to one queue lie there in this order, and each offset is given out once. */
export function checkStoredOrder(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  const losses = new Losses(events, facts);
  const asked = new Map(eventsOf(events, 'asked').map((event) => [event.id, event]));
  const kept = eventsOf(events, 'acknowledged').filter(
    ({ id, broker }) => !losses.hit(broker) && asked.get(id)?.delayMs === 0,
  );
  const topicOf = (id: string): string => asked.get(id)?.topic ?? '';
  const places = grouped(kept, (one) => `${topicOf(one.id)} ${one.broker} ${one.queueId} ${one.queueOffset}`);
  for (const [place, ids] of places) {
    if (ids.length < 2) continue;
    throw new SimulationFailure('one place twice', `${ids.map(({ id }) => id)} are both at ${place}`);
  }
  const inSequence = kept.filter(({ id }) => asked.get(id)?.sequence !== undefined);
  const sequences = grouped(inSequence, (one) => `${asked.get(one.id)?.sequence} ${one.broker} ${one.queueId}`);
  for (const [sequence, acknowledged] of sequences) {
    for (const [index, { id, queueOffset }] of acknowledged.entries()) {
      const before = acknowledged[index - 1];
      if (before === undefined || before.queueOffset < queueOffset) continue;
      throw new SimulationFailure('stored out of order', `${sequence}: ${id} lies before ${before.id}`);
    }
  }
}

/** A place in a queue holds one message for all readers. */
export function checkReadOrder(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  const losses = new Losses(events, facts);
  const direct = eventsOf(events, 'handled').filter(({ retried, broker }) => !retried && !losses.hitReaders(broker));
  const messages = new Map<string, string>();
  for (const { id, topic, broker, queueId, queueOffset } of direct) {
    const place = `${topic} ${broker} ${queueId} ${queueOffset}`;
    const known = messages.get(place) ?? id;
    messages.set(place, known);
    if (known !== id) throw new SimulationFailure('one place twice', `${known} and ${id} were both read at ${place}`);
  }
}
