import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HeldMessage } from '../src/consumer/held-message.ts';
import { ProcessQueue } from '../src/consumer/process-queue.ts';

const queue = { topic: 'T', brokerName: 'b', queueId: 0 };
const held = new Map<number, HeldMessage>();
const at = (queueOffset: number): HeldMessage => {
  const message = held.get(queueOffset) ?? ({ queueOffset, bodyBytes: 10 } as HeldMessage);
  held.set(queueOffset, message);
  return message;
};

// Source: ProcessQueue#removeMessage.
test('the lowest unfinished offset is where a group may commit', () => {
  const window = new ProcessQueue(queue, 0);
  const [a, b, c] = [at(10), at(11), at(12)];
  assert.equal(window.remove([a]), undefined);
  window.put([a, b, c]);
  assert.equal(window.bytes, 30);
  assert.equal(window.remove([b]), 10);
  assert.equal(window.remove([a]), 12);
  assert.equal(window.remove([c]), 13);
  assert.equal(window.count, 0);
  assert.equal(window.bytes, 0);
});

test('a message that is there already is not counted twice', () => {
  const window = new ProcessQueue(queue, 0);
  window.put([at(1), at(2)]);
  window.put([at(2), at(3)]);
  assert.equal(window.count, 3);
  assert.equal(window.bytes, 30);
});

test('the span is taken between messages that are still there', () => {
  const window = new ProcessQueue(queue, 0);
  const messages = [0, 1, 2, 3, 4].map(at);
  window.put(messages);
  assert.equal(window.span, 4);
  window.remove([messages[3]!, messages[4]!]);
  assert.equal(window.span, 2);
  window.remove(messages.slice(1, 3));
  assert.equal(window.span, 0);
  window.put([at(5)]);
  assert.equal(window.span, 5);
});

test('an ordered run commits behind what it took, or puts it back in its place', () => {
  const window = new ProcessQueue(queue, 0);
  window.put([1, 2, 3, 4].map(at));
  const first = window.take(2);
  assert.deepEqual(
    first.map((message) => message.queueOffset),
    [1, 2],
  );
  assert.equal(window.count, 4);
  window.putBack(first);
  assert.deepEqual(
    window.take(3).map((message) => message.queueOffset),
    [1, 2, 3],
  );
  assert.equal(window.commit(), 4);
  assert.equal(window.bytes, 10);
  assert.equal(window.commit(), undefined);
  window.take(1);
  window.rollback();
  assert.deepEqual(
    window.take(9).map((message) => message.queueOffset),
    [4],
  );
});

test('a waiter for room is woken once by the next removal and by the drop', () => {
  const window = new ProcessQueue(queue, 0);
  const messages = [1, 2].map(at);
  window.put(messages);
  let woken = 0;
  window.onRoom(() => woken++);
  window.remove([messages[0]!]);
  window.remove([messages[1]!]);
  assert.equal(woken, 1);
  window.onRoom(() => woken++);
  window.drop();
  assert.equal(woken, 2);
});

test('in whatever order messages come and finish, the commit offset agrees with a plain model', () => {
  const step = fc.oneof(
    fc.record({ put: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }) }),
    fc.record({ remove: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 4 }), commit: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const window = new ProcessQueue(queue, 0);
      const model = new Set<number>();
      let highest = 0;
      for (const one of steps) {
        if ('put' in one) {
          window.put(one.put.map(at));
          for (const offset of one.put) model.add(offset);
          highest = Math.max(highest, ...one.put);
        } else if ('remove' in one) {
          const wasEmpty = model.size === 0;
          for (const offset of one.remove) model.delete(offset);
          const expected = wasEmpty ? undefined : model.size === 0 ? highest + 1 : Math.min(...model);
          assert.equal(window.remove(one.remove.map((offset) => at(offset))), expected);
        } else {
          const expected = [...model].sort((left, right) => left - right).slice(0, one.take);
          assert.deepEqual(
            window.take(one.take).map((message) => message.queueOffset),
            expected,
          );
          if (one.commit) for (const offset of expected) model.delete(offset);
          if (one.commit) window.commit();
          else window.rollback();
        }
        assert.equal(window.count, model.size);
        assert.equal(window.bytes, model.size * 10);
        const sorted = [...model].sort((left, right) => left - right);
        assert.equal(window.span, sorted.length === 0 ? 0 : sorted.at(-1)! - sorted[0]!);
      }
    }),
    { numRuns: 200 },
  );
});
