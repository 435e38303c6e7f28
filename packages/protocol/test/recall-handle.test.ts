import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRecallHandle, encodeRecallHandle } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const sample = {
  topic: 'TimerTopic',
  brokerName: 'broker-a',
  timestamp: 1700000000123,
  messageId: 'AC1100013BF00055DE0000000001',
};

const urlBase64 = (text: string): string =>
  Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');

test('a recall handle is the five words of version 1 in padded Base64 for URLs', () => {
  const handle = encodeRecallHandle(sample);
  assert.equal(handle, urlBase64(`v1 TimerTopic broker-a 1700000000123 ${sample.messageId}`));
  assert.deepEqual(decodeRecallHandle(handle), sample);
});

test('any topic, broker and id pass through a recall handle', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll(/\s/g, '_'));
  const record = { topic: word, brokerName: word, timestamp: fc.maxSafeInteger(), messageId: word };
  fc.assert(
    fc.property(fc.record(record, { noNullPrototype: true }), (handle) =>
      assert.deepEqual(decodeRecallHandle(encodeRecallHandle(handle)), handle),
    ),
  );
});

test('Base64 without its padding is read, as Java reads it', () => {
  assert.deepEqual(decodeRecallHandle(encodeRecallHandle(sample).replaceAll('=', '')), sample);
});

test('words after the fifth are ignored, and a time that is no number is -1', () => {
  assert.deepEqual(decodeRecallHandle(urlBase64('v1 t b 12 id more words')), {
    topic: 't',
    brokerName: 'b',
    timestamp: 12,
    messageId: 'id',
  });
  for (const time of ['', 'soon', '12.5', '1e3', '9223372036854775808']) {
    assert.equal(decodeRecallHandle(urlBase64(`v1 t b ${time} id`))?.timestamp, -1, time);
  }
});

test('what is no recall handle is undefined', () => {
  const bad = ['', ' ', 'v1 t b 1 id', 'dj+/', urlBase64('v2 t b 1 id'), urlBase64('v1 t b 1'), urlBase64('v1 t b 1 ')];
  for (const text of [...bad, `${encodeRecallHandle(sample)}=`, `${encodeRecallHandle(sample)}\n`]) {
    assert.equal(decodeRecallHandle(text), undefined, JSON.stringify(text));
  }
  for (const value of [undefined, null, 1, {}]) assert.equal(decodeRecallHandle(value as never), undefined);
});

test('reading a recall handle never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void decodeRecallHandle(text)));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeRecallHandle(Buffer.from(bytes).toString('base64url'))));
});
