import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TortureHistory } from '../src/torture/index.ts';
import { LateHistory } from '../src/torture/late-history.ts';
import { ProgressHistory } from '../src/torture/progress-history.ts';
import { messageNumber } from '../src/torture/torture-message.ts';

const message = (sequence: number, producer = 1): number => messageNumber({ producer, sequence, queueId: 0 });

/** What the checker reports after these events; everything before them was right. */
function violations(happens: (history: TortureHistory) => void): string[] {
  const history = new TortureHistory(2);
  history.acknowledged(0, 0, message(1));
  history.acknowledged(0, 1, message(2));
  history.readBack(0, 0, [message(1), message(2)]);
  history.progress.committing(0, 2);
  history.progress.found(0, 2);
  history.checkOrder();
  assert.deepEqual(history.violations, []);
  happens(history);
  history.checkOrder();
  return history.violations;
}

test('the checker of the torture test notices whatever a broker may do wrong', () => {
  const cases: [string, RegExp, (history: TortureHistory) => void][] = [
    ['lost', /^lost: message 2 of producer 1, acknowledged at queue 0 offset 1/, (h) => h.readBack(0, 0, [message(1)])],
    ['gap', /no message at offset 0, before its end 2/, (h) => h.readBack(0, 0, [undefined, message(2)])],
    ['changed', /offset 1 had message 2 of producer 1 and has message 3/, (h) => h.seen(0, 1, message(3))],
    ['given out twice', /offset 1 was given out twice/, (h) => h.acknowledged(0, 1, message(3))],
    ['order', /message 3 of producer 1 comes after message 4/, (h) => h.readBack(0, 2, [message(4), message(3)])],
    [
      'twice',
      /message 2 of producer 1 is at queue 1 offset 0 and at queue 0 offset 1/,
      (h) => h.seen(1, 0, message(2)),
    ],
    ['shorter', /ended at 2 and now ends at 1/, (h) => h.readBack(0, 0, [message(1)])],
    ['progress', /the group is at 3, but it never came further than 2/, (h) => h.progress.found(0, 3)],
  ];
  for (const [name, expected, happens] of cases) {
    const found = violations(happens);
    assert.ok(
      found.some((text) => expected.test(text)),
      `${name}: ${found.join('; ')}`,
    );
  }
});

test('the checker accepts messages whose sender got no answer, stored or not', () => {
  assert.deepEqual(
    violations((history) => history.readBack(0, 0, [message(1), message(2), message(5), message(9, 2)])),
    [],
  );
});

/** What the checker of progress reports; the group committed 5 at 1 s and 9 at 10 s. */
function progressViolations(happens: (progress: ProgressHistory) => void): string[] {
  const found: string[] = [];
  const progress = new ProgressHistory(1, (text) => found.push(text));
  for (const [offset, atMs] of [
    [5, 1000],
    [9, 10_000],
  ] as const) {
    progress.committing(0, offset);
    progress.answered(0, offset, atMs);
  }
  happens(progress);
  return found;
}

test('progress may go back by what a kill took from memory, and no further', () => {
  const after = (savedMs: number, found: number): string[] =>
    progressViolations((progress) => {
      progress.ended(savedMs);
      progress.found(0, found);
    });
  assert.deepEqual(after(7000, 5), []);
  assert.deepEqual(after(7000, 9), []);
  assert.deepEqual(after(7000, 4), ['queue 0: the group is back at 4, but 5 had been saved']);
  assert.deepEqual(after(Number.POSITIVE_INFINITY, 5), ['queue 0: the group is back at 5, but 9 had been saved']);
  assert.deepEqual(after(7000, 10), ['queue 0: the group is at 10, but it never came further than 9']);
  // What the broker answered after its start was saved before: a second kill loses nothing of it.
  const twice = progressViolations((progress) => {
    progress.ended(Number.POSITIVE_INFINITY);
    progress.ended(0);
    progress.found(0, 5);
  });
  assert.equal(twice.length, 1);
});

test('late messages are neither early nor lost nor made up, and may come twice', () => {
  const found: string[] = [];
  const late = new LateHistory('delayed', 1000, (text) => found.push(text));
  late.sending(message(1), 500);
  late.accepted(message(1));
  late.sending(message(2), 500);
  late.delivered(message(1), 1500);
  late.delivered(message(1), 1700);
  assert.deepEqual([late.checkLost(), late.awaitedCount, found], [0, 0, []]);
  late.delivered(message(2), 1499);
  assert.deepEqual(found.splice(0), ['delayed: message 2 of producer 1 came 1 ms early']);
  late.delivered(message(3), 9000);
  assert.deepEqual(found.splice(0), ['delayed: message 3 of producer 1 was never sent there']);
  late.sending(message(4), 500);
  late.accepted(message(4));
  assert.deepEqual([late.awaitedCount, late.checkLost()], [1, 1]);
  assert.deepEqual(found, ['delayed: lost message 4 of producer 1, which was accepted']);
});
