import type { Handled } from '../history/events.ts';
import { type Ledger, placeText, queueKey } from './ledger.ts';

/** `timerPrecisionMs` of the brokers. */
const TIMER_PRECISION_MS = 100;

/** At least once, to each group: what is stored, and what was acknowledged. */
export function checkDelivered(ledger: Ledger): void {
  const wanted = toBeHandled(ledger);
  for (const group of ledger.expectations.groups) {
    const done = doneBy(ledger, group.name);
    for (const id of wanted) {
      ledger.check('delivered');
      if (!done.has(id)) ledger.violation('delivered', `${id} was never handled by ${group.name}`);
    }
    for (const id of done) {
      if (!ledger.sendings.has(id)) ledger.violation('copies', `${id} was delivered to ${group.name} and never sent`);
    }
  }
}

/** Whether a group has not handled something yet that is stored or acknowledged. */
export function isDeliveryOpen(ledger: Ledger): boolean {
  const wanted = toBeHandled(ledger);
  return ledger.expectations.groups.some(({ name }) => {
    const done = doneBy(ledger, name);
    return [...wanted].some((id) => !done.has(id));
  });
}

function doneBy(ledger: Ledger, group: string): Set<string> {
  const done = new Set<string>();
  for (const event of ledger.handled) if (event.group === group && event.ok) done.add(event.id);
  return done;
}

function toBeHandled(ledger: Ledger): Set<string> {
  const wanted = new Set<string>();
  for (const sent of ledger.sents) if (ledger.isKept(sent)) wanted.add(sent.id);
  for (const queue of ledger.queues.values()) {
    // A group may be ahead of what is left of such a queue, and has passed the places of what comes next.
    if (ledger.isOnLostDisk(queue)) continue;
    for (const { id } of queue.stored.values()) wanted.add(id);
  }
  return wanted;
}

/** Delays are counted from the send, which is before the broker counts. */
export function checkEarly(ledger: Ledger): void {
  if (ledger.expectations.clocksMove) return;
  const seen = new Set<string>();
  for (const event of ledger.handled) {
    const sending = ledger.sendings.get(event.id);
    if (sending?.delayMs === undefined || seen.has(event.id)) continue;
    seen.add(event.id);
    ledger.check('early');
    const tookMs = event.at - sending.at;
    if (tookMs < sending.delayMs - TIMER_PRECISION_MS) {
      ledger.violation(
        'early',
        `${event.id} was given to ${event.group} after ${tookMs.toFixed(0)} of ${sending.delayMs} ms`,
      );
    }
  }
}

/** What was rolled back is nowhere. */
export function checkTransactions(ledger: Ledger): void {
  const handled = new Map<string, string>();
  for (const { id, group } of ledger.handled) handled.set(id, group);
  for (const { id, rolledBack } of ledger.sendings.values()) {
    if (rolledBack !== true) continue;
    ledger.check('transactions');
    const group = handled.get(id);
    if (group !== undefined) ledger.violation('transactions', `${id} was rolled back, and given to ${group}`);
    if (ledger.copies.has(id)) ledger.violation('transactions', `${id} was rolled back, and is in its topic`);
  }
}

/** All before a message were handled before it: over all members, since they share the queue one after the other. */
export function checkOrderly(ledger: Ledger): void {
  for (const group of ledger.expectations.groups) {
    if (!group.orderly) continue;
    const frontiers = new Map<string, number>();
    for (const event of ledger.handled) {
      if (event.group !== group.name) continue;
      ledger.check('orderly');
      const key = queueKey(event);
      const frontier = frontiers.get(key) ?? ledger.queueOf(event).min;
      if (event.offset > frontier) {
        ledger.violation(
          'orderly',
          `${event.member} of ${group.name} was given ${placeText(event)} before offset ${frontier} was handled`,
        );
      }
      if (event.ok && event.offset >= frontier) frontiers.set(key, event.offset + 1);
    }
  }
}

/** When the messages below each offset were all handled: an entry per offset, from the first one of the queue. */
interface HandledUpTo {
  readonly min: number;
  readonly at: readonly number[];
}

/** Offsets that brokers answered, against what had been handled by then. */
export function checkProgress(ledger: Ledger): void {
  const handledUpTo = new Map<string, HandledUpTo>();
  for (const group of ledger.expectations.groups) {
    for (const [key, first] of firstHandled(ledger.handled, group)) {
      handledUpTo.set(`${group.name} ${key}`, upTo(first, ledger.queues.get(key)?.min ?? 0));
    }
  }
  for (const event of ledger.events) {
    if (event.t !== 'progress') continue;
    ledger.check('progress');
    const known = handledUpTo.get(`${event.group} ${queueKey(event)}`);
    const min = known?.min ?? 0;
    if (event.offset <= min) continue;
    const at = known?.at[event.offset - min - 1] ?? Number.POSITIVE_INFINITY;
    if (at <= event.at) continue;
    const missing = (known?.at ?? []).findIndex((each) => each > event.at);
    ledger.violation(
      'progress',
      `${event.node} answered offset ${event.offset} of ${event.group} in ${queueKey(event)}, and the message at ` +
        `${min + (missing < 0 ? (known?.at.length ?? 0) : missing)} was not handled by then`,
    );
  }
}

/** By queue and offset, the first time that the group had finished with a message. A failed one of a concurrent group is sent back. */
function firstHandled(
  handled: readonly Handled[],
  group: { readonly name: string; readonly orderly: boolean },
): Map<string, Map<number, number>> {
  const queues = new Map<string, Map<number, number>>();
  for (const event of handled) {
    if (event.group !== group.name || event.retried || (group.orderly && !event.ok)) continue;
    const key = queueKey(event);
    const queue = queues.get(key) ?? new Map<number, number>();
    queues.set(key, queue);
    if (!queue.has(event.offset)) queue.set(event.offset, event.at);
  }
  return queues;
}

function upTo(first: ReadonlyMap<number, number>, min: number): HandledUpTo {
  const at: number[] = [];
  let last = 0;
  let end = min;
  for (const offset of first.keys()) end = Math.max(end, offset + 1);
  for (let offset = min; offset < end; offset++) {
    last = Math.max(last, first.get(offset) ?? Number.POSITIVE_INFINITY);
    at.push(last);
  }
  return { min, at };
}
