import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TortureHistory } from '../src/torture/index.ts';
import { messageNumber } from '../src/torture/torture-message.ts';

const message = (sequence: number, producer = 1): number => messageNumber({ producer, sequence, queueId: 0 });

/** What the checker says after these events; everything before them went well. */
function violations(happens: (history: TortureHistory) => void): string[] {
  const history = new TortureHistory(2);
  history.acknowledged(0, 0, message(1));
  history.acknowledged(0, 1, message(2));
  history.readBack(0, 0, [message(1), message(2)]);
  history.committing(0, 2);
  history.progress(0, 2);
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
    ['progress', /the group is at 3, but it never came further than 2/, (h) => h.progress(0, 3)],
  ];
  for (const [name, expected, happens] of cases) {
    const found = violations(happens);
    assert.ok(
      found.some((text) => expected.test(text)),
      `${name}: ${found.join('; ')}`,
    );
  }
});

test('the checker accepts messages whose sender heard nothing, stored or not', () => {
  assert.deepEqual(
    violations((history) => history.readBack(0, 0, [message(1), message(2), message(5), message(9, 2)])),
    [],
  );
});
