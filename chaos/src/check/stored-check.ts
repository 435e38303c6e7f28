import type { Place } from '../history/events.ts';
import { type Ledger, placeText, type QueueRecord, queueKey } from './ledger.ts';

/** What was acknowledged is there, at its place. */
export function checkKept(ledger: Ledger): void {
  for (const broker of ledger.expectations.brokers) {
    if (ledger.survivors.has(broker)) continue;
    ledger.violation('kept', `no node of ${broker} could be read`);
  }
  for (const sent of ledger.sents) {
    if (!ledger.isKept(sent)) continue;
    ledger.check('kept');
    if (sent.placed) {
      const there = ledger.queueOf(sent).stored.get(sent.offset);
      const found = there === undefined ? 'nothing' : there.id;
      if (there?.id !== sent.id) {
        ledger.violation('kept', `lost: ${sent.id}, answered ${sent.status} at ${placeText(sent)}, where ${found} is`);
      }
    } else if (!ledger.copies.has(sent.id)) {
      ledger.violation('kept', `lost: ${sent.id}, answered ${sent.status}, is in no queue of ${sent.topic}`);
    }
  }
  for (const queue of ledger.queues.values()) {
    for (const stored of queue.stored.values()) {
      if (!stored.intact)
        ledger.violation('kept', `${stored.id} at ${placeText(stored)} has other bytes than were sent`);
    }
  }
}

/** An offset has one message, at all times and for every reader. */
export function checkOffsets(ledger: Ledger): void {
  const witnesses = new Map<string, Map<number, { id: string; by: string }>>();
  const witness = (place: Place, id: string, by: string): void => {
    ledger.check('offsets');
    const key = queueKey(place);
    const queue = witnesses.get(key) ?? new Map<number, { id: string; by: string }>();
    witnesses.set(key, queue);
    const before = queue.get(place.offset);
    if (before === undefined) queue.set(place.offset, { id, by });
    else if (before.id !== id) {
      ledger.violation('offsets', `${placeText(place)} was ${before.id} (${before.by}) and ${id} (${by})`);
    }
  };
  for (const sent of ledger.sents) {
    if (sent.placed && ledger.isKept(sent)) witness(sent, sent.id, `answer to the producer, ${sent.status}`);
  }
  for (const event of ledger.handled) {
    if (!event.retried && mustStay(ledger, event)) witness(event, event.id, `delivery to ${event.group}`);
  }
  for (const queue of ledger.queues.values()) {
    for (const stored of queue.stored.values()) witness(stored, stored.id, `read from ${stored.node}`);
    checkGaps(ledger, queue);
  }
}

function checkGaps(ledger: Ledger, queue: QueueRecord): void {
  const { stored, min, max = min } = queue;
  for (let offset = min; offset < max; offset++) {
    if (!stored.has(offset))
      ledger.violation('offsets', `${queue.key} has no message at ${offset}, ends ${min} to ${max}`);
  }
}

/** What was delivered did not vanish. */
export function checkVisible(ledger: Ledger): void {
  const seen = new Set<string>();
  for (const event of ledger.handled) {
    if (event.retried || !mustStay(ledger, event)) continue;
    const text = placeText(event);
    if (seen.has(text)) continue;
    seen.add(text);
    ledger.check('visible');
    const queue = ledger.queueOf(event);
    if (queue.stored.has(event.offset) || event.offset < queue.min) continue;
    ledger.violation('visible', `${event.id} at ${text} was delivered to ${event.group}, and is not there any more`);
  }
}

/** A lost master may have shown what its slaves do not have, where visibility does not wait for them. */
function mustStay(ledger: Ledger, place: Place): boolean {
  return ledger.expectations.failover || !ledger.lossy.has(place.broker);
}

/** Behind what was answered before its send began; by the times of clients, so that it holds for all producers together. */
export function checkOrder(ledger: Ledger): void {
  // With the id: after the loss of a master another message may have the place.
  const answeredAt = new Map<string, number>();
  for (const sent of ledger.sents) if (sent.placed) answeredAt.set(`${sent.id} ${placeText(sent)}`, sent.at);
  for (const queue of ledger.queues.values()) {
    const offsets = [...queue.stored.keys()].sort((a, b) => b - a);
    let earliest = Number.POSITIVE_INFINITY;
    let earliestText = '';
    for (const offset of offsets) {
      const stored = queue.stored.get(offset)!;
      const sending = ledger.sendings.get(stored.id);
      // Delayed messages reach their queue when they are due.
      if (sending === undefined || sending.copies === 0) continue;
      ledger.check('order');
      if (earliest < sending.at) {
        ledger.violation(
          'order',
          `${stored.id} at ${placeText(stored)} was sent after ${earliestText} was answered, and lies before it`,
        );
      }
      const at = answeredAt.get(`${stored.id} ${placeText(stored)}`);
      if (at !== undefined && at < earliest) {
        earliest = at;
        earliestText = `${stored.id} at offset ${offset}`;
      }
    }
  }
}

/** Not more copies than requests, and nothing else. */
export function checkCopies(ledger: Ledger): void {
  for (const [id, count] of ledger.copies) {
    ledger.check('copies');
    const sending = ledger.sendings.get(id);
    if (sending === undefined) ledger.violation('copies', `${id} is stored and was never sent`);
    else if (sending.copies > 0 && count > sending.copies) {
      ledger.violation(
        'copies',
        `${id} is stored ${count} times, and at most ${sending.copies} requests were made for it`,
      );
    }
  }
}

/** Slaves against the node that speaks for their broker name. */
export function checkReplicas(ledger: Ledger): void {
  for (const event of ledger.events) {
    if (event.t !== 'stored' && event.t !== 'ends') continue;
    if (ledger.survivors.get(event.broker) === event.node) continue;
    const queue = ledger.queueOf(event);
    ledger.check('replicas');
    if (event.t === 'ends') {
      if (event.max !== queue.max) {
        ledger.violation(
          'replicas',
          `${queue.key} ends at ${event.max} on ${event.node}, at ${queue.max ?? 'nothing'} on the survivor`,
        );
      }
      continue;
    }
    const there = queue.stored.get(event.offset);
    if (there?.id === event.id && event.intact) continue;
    ledger.violation(
      'replicas',
      `${placeText(event)} is ${event.id} on ${event.node} and ${there?.id ?? 'nothing'} on the survivor`,
    );
  }
}
