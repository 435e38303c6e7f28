import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appendProperty,
  decodeMessage,
  encodeMessage,
  endOfValue,
  findProperty,
  formatMessageProperties,
  isReservedProperty,
  PropertySlot,
  PropertyTable,
  parseJavaInt,
  parseJavaLong,
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
  assert.deepEqual(read(formatMessageProperties([['a', 'b\u0001c']])), { a: 'b\u0001c' });
});

/** The value of a property of a text that lies between other bytes. */
function readInPlace(text: string, name: string): string | undefined {
  const bytes = Buffer.from(`${name}\u0001${text}${name}\u0001x\u0002`);
  const from = Buffer.byteLength(name) + 1;
  const end = from + Buffer.byteLength(text);
  const at = findProperty(bytes, from, end, Buffer.from(name));
  return at < 0 ? undefined : bytes.toString('utf8', at, endOfValue(bytes, at, end));
}

/** Texts that should not be written: pieces of few names, with separators anywhere. */
const gluedText = fc
  .array(fc.constantFrom('\u0001', '\u0002', 'TAGS', 'KEYS', 'DELAY', 'é', 'x', '\0', '1', '😀'), { maxLength: 40 })
  .map((parts) => parts.join(''));

test('all readers read a text in one way, and what the table writes says the same, as text and as bytes', () => {
  const table = new PropertyTable();
  fc.assert(
    fc.property(gluedText, (text) => {
      const properties = read(text);
      const bytes = Buffer.from(text).toString('latin1');
      for (const name of ['TAGS', 'KEYS', 'DELAY'] as const) {
        assert.equal(readProperty(text, name), properties[name]);
        assert.equal(readInPlace(text, name), properties[name]);
        assert.equal(table.read(text).value(PropertySlot[name]), properties[name]);
        assert.equal(table.read(bytes, 'latin1').value(PropertySlot[name]), properties[name]);
      }
      assert.deepEqual(read(table.read(text).text()), properties);
      const moved = Buffer.from(table.read(bytes, 'latin1').text(), 'latin1').toString();
      assert.equal(moved, table.read(text).text());
      table.read(text).set(PropertySlot.TAGS, 'new');
      table.remove(PropertySlot.KEYS);
      const { KEYS: _, ...rest } = properties;
      assert.deepEqual(read(table.text()), { ...rest, TAGS: 'new' });
      assert.equal(table.text().endsWith('\u0002'), true);
    }),
    { numRuns: 500 },
  );
});

// Source: java.util.HashMap, which Apache formats properties from.
test('thousands of properties are read and ordered in little time', () => {
  const text = Array.from({ length: 8000 }, (_, i) => `${i.toString(36)}\u0001v`).join('\u0002');
  const table = new PropertyTable();
  assert.deepEqual(read(table.read(`${text}\u0002${text}`).text()), read(text));
});

// Source: Integer.parseInt; checked with Java 17.
test('numbers are those that Java reads', () => {
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['-0', 0],
    ['+1', 1],
    ['007', 7],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
    ['１９', 19],
    ['٣', 3],
    ['०१', 1],
    ['2147483648', undefined],
    ['-2147483649', undefined],
    ['', undefined],
    ['+', undefined],
    ['-', undefined],
    ['+-1', undefined],
    [' 1', undefined],
    ['1 ', undefined],
    ['1x', undefined],
    ['1.0', undefined],
    ['1e1', undefined],
    ['0x1', undefined],
    ['½', undefined],
    ['𝟙', undefined],
    ['99999999999999999999999', undefined],
  ];
  for (const [text, number] of cases) assert.equal(parseJavaInt(text), number, JSON.stringify(text));
});

// Source: Long#parseLong.
test('whole numbers of 64 bits are read as Java reads them', () => {
  const cases: [string, bigint | undefined][] = [
    ['-0', 0n],
    ['+9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775808', -(2n ** 63n)],
    [`${'0'.repeat(100)}7`, 7n],
    ['１७', 17n],
    ['9223372036854775808', undefined],
    ['-9223372036854775809', undefined],
    ['9'.repeat(1000), undefined],
    ['', undefined],
    ['-', undefined],
    ['1_0', undefined],
    ['1.0', undefined],
    ['𝟙', undefined],
  ];
  for (const [text, number] of cases) assert.equal(parseJavaLong(text), number, JSON.stringify(text));
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
      for (const [name, value] of Object.entries(properties)) {
        assert.equal(readProperty(text, name), value);
        assert.equal(readInPlace(text, name), value);
      }
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
