import { check } from '../src/check/check.ts';
import type { Expectations, PromiseName } from '../src/check/promises.ts';
import type { Handled, HistoryEvent, Place, Sent, Stored } from '../src/history/events.ts';

export const expectations: Expectations = {
  brokers: ['broker-a'],
  groups: [
    { name: 'plain', orderly: false },
    { name: 'ordered', orderly: true },
  ],
  failover: false,
  replacesLost: false,
  survivesLostDisk: true,
  clocksMove: false,
  availableWithinMs: 1000,
};

const MESSAGES = 6;

export const place = (offset: number): Place => ({ topic: 'T', broker: 'broker-a', queue: 0, offset });

/**
 * A history without a fault: six messages, sent one after the other, kept by the master and its slave, handled by both groups. Message `m<i>` is
 * sent at 10 i (delayed by 1), answered at 10 i + 1, handled at 10 i + 2 (plain) and 10 i + 3 (ordered), and the groups' offsets are asked at 10 i + 4. Message `r` is rolled back.
 */
export function goodHistory(): HistoryEvent[] {
  const events: HistoryEvent[] = [{ t: 'phase', at: 0, name: 'load' }];
  for (let offset = 0; offset < MESSAGES; offset++) {
    const [at, id] = [10 * offset, `m${offset}`];
    events.push({ t: 'sending', at, id, copies: 1, delayMs: 1 });
    events.push({ t: 'sent', at: at + 1, id, status: 'SEND_OK', placed: true, ...place(offset) });
    for (const [more, group] of [
      [2, 'plain'],
      [3, 'ordered'],
    ] as const) {
      const delivery = { id, group, member: 'c', ok: true, retried: false, ...place(offset) };
      events.push({ t: 'handled', at: at + more, ...delivery });
    }
    for (const group of ['plain', 'ordered']) {
      events.push({ t: 'progress', at: at + 4, group, node: 'broker-a.0', ...place(offset + 1) });
    }
  }
  events.push({ t: 'sending', at: 1, id: 'r', copies: 0, rolledBack: true });
  events.push({ t: 'failed', at: 2, id: 'r', error: 'rolled back' });
  // The last message is sent once the faults are over.
  events.push({ t: 'phase', at: 10 * (MESSAGES - 1) - 1, name: 'faults over', lost: [] });
  for (const node of ['broker-a.0', 'broker-a.1']) {
    for (let offset = 0; offset < MESSAGES; offset++) events.push(stored(offset, `m${offset}`, node));
    events.push({ t: 'ends', node, broker: 'broker-a', topic: 'T', queue: 0, min: 0, max: MESSAGES });
  }
  events.push({ t: 'phase', at: 1000, name: 'read', survivors: { 'broker-a': 'broker-a.0' } });
  return events;
}

export function stored(offset: number, id: string, node = 'broker-a.0', intact = true): Stored {
  return { t: 'stored', node, id, intact, ...place(offset) };
}

/** The promises that a history breaks. */
export function brokenBy(events: readonly HistoryEvent[], changed: Partial<Expectations> = {}): PromiseName[] {
  const { violations } = check(events, { ...expectations, ...changed });
  return [...new Set(violations.map(({ promise }) => promise))].sort();
}

/** The history with each event replaced by what `change` returns: itself, others, or nothing. */
export function changedBy(change: (event: HistoryEvent) => readonly HistoryEvent[]): HistoryEvent[] {
  return goodHistory().flatMap(change);
}

export const isStored = (event: HistoryEvent, offset: number): event is Stored =>
  event.t === 'stored' && event.offset === offset;
export const isSent = (event: HistoryEvent, offset: number): event is Sent =>
  event.t === 'sent' && event.offset === offset;
export const isHandled = (event: HistoryEvent, group: string, offset: number): event is Handled =>
  event.t === 'handled' && event.group === group && event.offset === offset;
