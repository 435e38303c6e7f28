import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { bodyOf, idOf } from '../src/history/events.ts';
import { readMessages } from '../src/wire/stored-message.ts';

/** A message as a broker stores it, its hosts of IPv6 when asked for. */
function record(body: Buffer, topic: string, isV6: boolean, isLongTopic: boolean): Buffer {
  const host = Buffer.alloc(isV6 ? 20 : 8);
  const head = Buffer.alloc(48);
  head.writeInt32BE(isLongTopic ? -626_843_477 : -626_843_481, 4);
  head.writeInt32BE(crc32(body) & 0x7fff_ffff, 8);
  head.writeInt32BE(3, 12);
  head.writeBigInt64BE(17n, 20);
  head.writeBigInt64BE(4_294_967_301n, 28);
  head.writeInt32BE(isV6 ? 0x30 : 0, 36);
  const bodyBytes = Buffer.alloc(4);
  bodyBytes.writeInt32BE(body.length);
  const name = Buffer.from(topic);
  const topicBytes = isLongTopic ? Buffer.from([name.length >> 8, name.length & 0xff]) : Buffer.from([name.length]);
  const parts = [
    head,
    host,
    Buffer.alloc(8),
    host,
    Buffer.alloc(12),
    bodyBytes,
    body,
    topicBytes,
    name,
    Buffer.alloc(2),
  ];
  const whole = Buffer.concat(parts);
  whole.writeInt32BE(whole.length, 0);
  return whole;
}

describe("the checker's own decoder", () => {
  test('reads messages of each layout, and leaves one that is cut off', () => {
    const body = Buffer.from('a.1|the quick brown fox');
    const long = 'T'.repeat(200);
    const bytes = Buffer.concat([
      record(body, 'Chaos', false, false),
      record(body, 'Chaos', true, false),
      record(body, long, false, true),
    ]);
    const messages = readMessages(bytes.subarray(0, bytes.length));
    assert.deepEqual(
      messages.map(({ topic }) => topic),
      ['Chaos', 'Chaos', long],
    );
    for (const message of messages) {
      assert.equal(message.body, body.toString());
      assert.equal(message.queue, 3);
      assert.equal(message.offset, 17);
      assert.equal(message.physicalOffset, 4_294_967_301);
      assert.ok(message.isIntact);
    }
    assert.equal(readMessages(bytes.subarray(0, bytes.length - 1)).length, 2);
  });

  test('sees a changed byte', () => {
    const bytes = record(Buffer.from('a.1|bytes'), 'Chaos', false, false);
    bytes[bytes.length - 12]! ^= 1;
    assert.deepEqual(
      readMessages(bytes).map(({ isIntact }) => isIntact),
      [false],
    );
  });

  test('an id is in its body, and the rest of the body follows from it', () => {
    assert.equal(idOf(bodyOf('producer.0.77.free.5')), 'producer.0.77.free.5');
    assert.equal(bodyOf('a'), bodyOf('a'));
    assert.notEqual(bodyOf('a').slice(2), bodyOf('b').slice(2));
  });
});
