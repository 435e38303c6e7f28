import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, headerCodec, int, optional, str } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const codec = headerCodec({ a: str(), b: optional(str()), topic: optional(str()), n: optional(int()) });

/** A request whose header has these bytes, with a body behind it that looks like more of the header. */
function request(header: Buffer): Buffer {
  const body = Buffer.from('","b":"of the body"},"opaque":9}');
  const bytes = Buffer.concat([Buffer.alloc(8), header, body]);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt32BE(header.length, 4);
  return bytes;
}

function fieldsOf(header: string | Buffer, withSlots: boolean): Record<string, string> {
  const reader = new FrameReader(undefined, withSlots ? () => codec.slots : undefined);
  reader.push(request(Buffer.from(header)));
  return { ...reader.next()!.extFields };
}

const quoted = (text: string): string => JSON.stringify(text);
const header = (extFields: string): string => `{"code":1,"extFields":{${extFields}},"opaque":5}`;

test('texts of any characters are read as the JSON parser reads them, in whatever form they are escaped', () => {
  const character = fc.oneof(
    fc.constantFrom('"', '\\', '/', '\b', '\f', '\n', '\r', '\t', '\u0001', '\u0002', 'a', 'ä', '√', '\u{1f600}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const form = (unit: string, kind: number): string => {
    const units = Array.from({ length: unit.length }, (_, i) => unit.charCodeAt(i).toString(16).padStart(4, '0'));
    if (kind === 0) return units.map((digits) => `\\u${digits}`).join('');
    if (kind === 1) return units.map((digits) => `\\u${digits.toUpperCase()}`).join('');
    return unit === '/' && kind === 2 ? '\\/' : quoted(unit).slice(1, -1);
  };
  const json = fc
    .array(fc.tuple(character, fc.nat(4)), { maxLength: 12 })
    .map((units) => `"${units.map(([unit, kind]) => form(unit, kind)).join('')}"`);
  fc.assert(
    fc.property(json, json, (a, b) => {
      const expected = { a: JSON.parse(a) as string, b: JSON.parse(b) as string };
      const bytes = header(`"a":${a},"b":${b}`);
      assert.deepEqual(fieldsOf(bytes, true), expected);
      assert.deepEqual(fieldsOf(bytes, false), expected);
    }),
    { numRuns: 1000 },
  );
});

test('a text of any length is read whole', () => {
  for (const length of [1, 63, 64, 65, 32_767, 32_768, 32_769, 100_000]) {
    for (const text of ['x'.repeat(length), `${'x'.repeat(length - 1)}\u0001`, `${'x'.repeat(length - 1)}√`]) {
      assert.equal(fieldsOf(header(`"a":${quoted(text)}`), true).a, text);
    }
  }
});

test('a text that begins as the last one of its place, or is a beginning of it, is another', () => {
  for (const text of ['orders', 'orders', 'order', 'orders-2', 'ord', '', 'orders', 'orders"', 'orders\\', 'ordärs']) {
    assert.equal(fieldsOf(header(`"a":${quoted(text)},"topic":${quoted(text)}`), true).a, text);
    assert.equal(fieldsOf(header(`"a":"k","topic":${quoted(text)}`), true).topic, text);
  }
});

test('a header that is cut off is an error, whatever the body behind it looks like', () => {
  const whole = header('"a":"orders","b":"x\\u0001y","n":"12"');
  for (let length = 0; length < whole.length; length++) {
    for (const withSlots of [true, false]) {
      assert.throws(() => fieldsOf(whole.slice(0, length), withSlots), { code: 'BAD_HEADER' });
    }
  }
});

test('bytes that are no UTF-8 are read as the decoder of the platform reads them', () => {
  for (const noise of [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80, 0x41]]) {
    const text = Buffer.from(noise).toString('utf8');
    const bytes = Buffer.concat([
      Buffer.from('{"code":1,"extFields":{"a":"'),
      Buffer.from(noise),
      Buffer.from('","b":"\\u0001'),
      Buffer.from(noise),
      Buffer.from('"},"opaque":5}'),
    ]);
    assert.deepEqual(fieldsOf(bytes, true), { a: text, b: `\u0001${text}` });
  }
});
