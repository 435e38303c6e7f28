import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appendProperty,
  decodeMessage,
  encodeMessage,
  formatMessageProperties,
  isReservedProperty,
  parseMessageProperties,
  readProperty,
} from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const read = (text: string): Record<string, string> => Object.fromEntries(parseMessageProperties(text));

// Source: MessageDecoder#string2messageProperties
test('both forms of the end are read, and pieces without a name or value are dropped', () => {
  assert.deepEqual(read('a\u0001b\u0002c\u0001d\u0002'), { a: 'b', c: 'd' });
  assert.deepEqual(read('a\u0001b\u0002c\u0001d'), { a: 'b', c: 'd' });
  assert.deepEqual(read('a\u0001\u0002\u0001b\u0002x\u0002\u0002c\u0001d'), { c: 'd' });
  assert.deepEqual(read('a\u0001b\u0001c\u0002'), { a: 'b\u0001c' });
  assert.deepEqual(read(''), {});
});

test('a name or value with a separator is refused', () => {
  for (const entry of [['a\u0001', 'b'] as const, ['a', 'b\u0002'] as const]) {
    assert.throws(() => formatMessageProperties([entry]), { code: 'BAD_PROPERTIES' });
  }
});

const word = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .filter((one) => !one.includes('\u0001') && !one.includes('\u0002'));

test('what is formatted is parsed, with or without the last separator', () => {
  fc.assert(
    fc.property(fc.dictionary(word, word, { noNullPrototype: true }), (properties) => {
      const text = formatMessageProperties(Object.entries(properties));
      assert.deepEqual(read(text), properties);
      assert.deepEqual(read(text.slice(0, -1)), properties);
      for (const [name, value] of Object.entries(properties)) assert.equal(readProperty(text, name), value);
    }),
    { numRuns: 200 },
  );
});

test('one property is added without touching the others', () => {
  fc.assert(
    fc.property(fc.dictionary(word, word, { noNullPrototype: true }), word, word, (properties, name, value) => {
      const { [name]: _, ...others } = properties;
      const text = formatMessageProperties(Object.entries(others));
      for (const start of [text, text.slice(0, -1)]) {
        const longer = appendProperty(start, name, value);
        assert.deepEqual(read(longer), { ...others, [name]: value });
      }
    }),
    { numRuns: 200 },
  );
});

test('properties beyond 32767 bytes fit no record', () => {
  const message = decodeMessage(
    encodeMessage({
      topic: 'T',
      queueId: 0,
      flag: 0,
      queueOffset: 0,
      physicalOffset: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      bornHost: { host: '1.1.1.1', port: 1 },
      storeTimestamp: 0,
      storeHost: { host: '1.1.1.1', port: 1 },
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.alloc(0),
      propertiesText: 'é'.repeat(16383),
    }),
  );
  assert.equal(Buffer.byteLength(message.propertiesText), 32766);
  assert.throws(() => encodeMessage(message.with({ propertiesText: 'é'.repeat(16384) })), {
    code: 'PROPERTIES_TOO_LONG',
  });
});

test('users may set a sharding key and a multi-dispatch list, but not what the broker sets', () => {
  for (const name of ['__SHARDINGKEY', 'INNER_MULTI_DISPATCH', 'mine']) assert.equal(isReservedProperty(name), false);
  for (const name of ['TAGS', 'UNIQ_KEY', 'REAL_TOPIC']) assert.equal(isReservedProperty(name), true);
});
