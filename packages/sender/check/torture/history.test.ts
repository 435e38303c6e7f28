import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HistoryEvent, parseHistory, type StoredMessage, violationsOf } from './history.ts';

const begun = (n: number): HistoryEvent => ({ what: 'begun', key: 'k', n });
const promised = (n: number, what: HistoryEvent['what'] = 'sent'): HistoryEvent => ({
  what,
  key: 'k',
  n,
  uniqueKey: `U${n}`,
});
const stored = (n: number, queueOffset: number, changes: Partial<StoredMessage> = {}): StoredMessage => ({
  text: `k ${n}`,
  uniqueKey: `U${n}`,
  queue: 'broker-a 0',
  queueOffset,
  ...changes,
});
const events = [begun(1), promised(1), begun(2), promised(2, 'saved'), begun(3), promised(3, 'committed'), begun(4)];
const good = [stored(1, 0), stored(2, 1), stored(3, 2)];

test('a history that keeps every promise is accepted, with copies that crashes explain', () => {
  assert.deepEqual(violationsOf(events, good, 0), []);
  assert.deepEqual(violationsOf(events, [...good, stored(4, 3)], 0), []);
  assert.deepEqual(violationsOf(events, [...good, stored(1, 3)], 1), []);
});

test('what is lost, invented, out of order, in two queues, copied without cause or under another key is found', () => {
  for (const n of [1, 2, 3]) {
    const text = `k ${n}`;
    assert.match(
      violationsOf(
        events,
        good.filter((message) => message.text !== text),
        9,
      ).join(),
      new RegExp(`${text} .*lost`),
    );
  }
  assert.match(violationsOf(events, [...good, stored(9, 4)], 9).join(), /k 9 was never sent/);
  assert.match(violationsOf(events, [stored(1, 1), stored(2, 0), stored(3, 2)], 9).join(), /k 2 lies at 0, before/);
  assert.match(
    violationsOf(events, [...good.slice(1), stored(1, 0, { queue: 'broker-a 1' })], 9).join(),
    /in the queues/,
  );
  assert.match(violationsOf(events, [...good, stored(1, 4)], 0).join(), /1 messages more than once, and 0 crashes/);
  assert.match(
    violationsOf(events, [...good, stored(1, 4, { uniqueKey: 'other' })], 9).join(),
    /a copy of k 1 is not U1/,
  );
});

test('the cut last line of a killed process is passed over', () => {
  assert.deepEqual(parseHistory(`${JSON.stringify(begun(1))}\n{"what":"se`), [begun(1)]);
});
