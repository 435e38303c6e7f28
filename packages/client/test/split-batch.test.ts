import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError, type Message, splitBatch } from '@rocketmq-ts/client';
import { BATCH_MEMBER_FIXED_BYTES } from '@rocketmq-ts/protocol';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { prepareBatch } from '../src/message/outgoing.ts';
import { resolveSendOptions } from '../src/producer/producer-options.ts';
import { encodeBatch } from '../src/producer/send-request.ts';

const settings = resolveSendOptions({});
const bytesOf = (batch: readonly Message[]): number =>
  encodeBatch(prepareBatch(batch, 2 ** 30), () => 'K'.repeat(32), { ...settings, maxMessageBytes: 2 ** 30 }).body
    .length;
const of = (body: string | Uint8Array, more: object = {}): Message => ({ topic: 'T', body, ...more });

function refused(messages: readonly Message[], reason: RegExp, facts: object, maxBytes?: number): void {
  assert.throws(
    () => splitBatch(messages, { maxBytes }),
    (error: unknown) => {
      assert.ok(error instanceof ClientError);
      assert.match(error.message, reason);
      assert.deepEqual({ ...error.facts, ...facts }, error.facts);
      return true;
    },
  );
}

test('the pieces hold all messages in order, fit exactly, and none could hold the next message as well', () => {
  const random = new SeededRandom(3);
  for (let round = 0; round < 50; round++) {
    const messages = Array.from({ length: random.between(1, 60) }, (_, index) =>
      of(random.pick(['x', 'é', '消息', '😀']).repeat(random.between(1, 40)), {
        ...(random.chance(0.5) ? { tags: 'TagÄ' } : {}),
        ...(random.chance(0.5) ? { keys: [`key${index}`, '键'] } : {}),
        ...(random.chance(0.3) ? { properties: { farbe: 'grün'.repeat(random.between(1, 9)) } } : {}),
      }),
    );
    const maxBytes = random.between(600, 3000);
    const pieces = splitBatch(messages, { maxBytes });
    assert.deepEqual(pieces.flat(), messages);
    for (const [index, piece] of pieces.entries()) {
      assert.ok(bytesOf(piece) <= maxBytes);
      const next = pieces[index + 1]?.[0];
      if (next !== undefined) assert.ok(bytesOf([...piece, next]) > maxBytes);
    }
  }
});

test('without a limit the pieces have at most the four megabytes that brokers take', () => {
  const messages = Array.from({ length: 9 }, () => of(Buffer.alloc(1024 * 1024)));
  const pieces = splitBatch(messages);
  assert.deepEqual(
    pieces.map(({ length }) => length),
    [3, 3, 3],
  );
  const wide = bytesOf([of('x')]) - 1;
  assert.equal(splitBatch([of(Buffer.alloc(4 * 1024 * 1024 - wide))]).length, 1);
  assert.ok(wide > BATCH_MEMBER_FIXED_BYTES);
  refused([of('a'), of(Buffer.alloc(4 * 1024 * 1024 - wide + 1))], /Message 1 of the list/, { index: 1 });
});

test('pieces have one topic and one waitStoreOk; the messages of a topic keep their order', () => {
  const list = [
    of('a1'),
    { topic: 'U', body: 'u1' },
    of('a2'),
    of('b1', { waitStoreOk: false }),
    { topic: 'U', body: 'u2' },
    of('a3'),
  ];
  const bodies = splitBatch(list).map((piece) => piece.map(({ body }) => body));
  assert.deepEqual(bodies, [['a1', 'a2'], ['u1', 'u2'], ['b1'], ['a3']]);
  assert.deepEqual(splitBatch([]), []);
});

test('a message that fits into no batch is named by its place, and nothing is split', () => {
  const good = of('x');
  refused(
    [good, good, of('y'.repeat(500))],
    /Message 2 of the list \(from 0\), to topic T, has \d+ bytes/,
    { index: 2 },
    400,
  );
  refused([good, of('y'.repeat(500))], /Message 1 .* more than maxBytes 450/, { index: 1 }, 450);
  refused([of('x', { delayLevel: 3 })], /Message 0 .* Delayed messages/, { index: 0 });
  refused([good, of('x', { delayMs: 3 })], /Message 1 .* Delayed messages/, { index: 1 });
  refused([good, { topic: '%RETRY%g', body: 'x' }], /Message 1 .* retry topic/, { index: 1 });
  refused([good, of('')], /Message 1 .* empty body/, { index: 1 });
  refused([good, null as never], /Message 1 .* object with topic and body/, { index: 1 });
  refused([good], /maxBytes is 0/, {}, 0);
});
