import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonDouble, type JsonValue, parseJson, writeJson } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const readable: readonly (readonly [sentence: string, text: string, value: unknown])[] = [
  ['unquoted number keys', '{0:"a",-1:"b"}', { '0': 'a', '-1': 'b' }],
  ['bare names and single quotes', "{a:'it\\'s',$b_1:\"\\u00e9\\x41\\/\"}", { a: "it's", $b_1: 'éA/' }],
  ['blanks and line ends everywhere', ' {\r\n\t0 : [ 1 , true , null ] } ', { '0': [1, true, null] }],
  [
    'longs beyond 2^53 are cut',
    '[9223372036854775807,-9223372036854775808,12345678901234567]',
    [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ],
  ['doubles of Java', '[1.0E10,1.5E-5,-0.5]', [1e10, 1.5e-5, -0.5]],
  ['a repeated object', '{"a":{"b":[1,{"c":2}]},"r":{"$ref":"$.a.b[1]"}}', { a: { b: [1, { c: 2 }] }, r: { c: 2 } }],
  ['a reference that leads nowhere', '{"r":{"$ref":"$.x.y"}}', { r: null }],
  ['empty things', '{a:{},b:[],c:""}', { a: {}, b: [], c: '' }],
];

for (const [sentence, text, value] of readable) {
  test(`read: ${sentence}`, () => assert.deepEqual(parseJson(Buffer.from(text)), value));
}

test('read: whole objects as keys give a map', () => {
  const value = parseJson('{{"brokerName":"b","queueId":0,"topic":"t"}:{"x":1},{"queueId":1}:5}');
  assert.ok(value instanceof Map);
  assert.deepEqual(
    [...value],
    [
      [{ brokerName: 'b', queueId: 0, topic: 't' }, { x: 1 }],
      [{ queueId: 1 }, 5],
    ],
  );
});

test('read: a member called __proto__ is a member', () => {
  for (const text of ['{"__proto__":{"a":1}}', '{0:1,"__proto__":{"a":1}}']) {
    const value = parseJson(text) as object;
    assert.ok(Object.hasOwn(value, '__proto__'));
    assert.equal((value as { a?: unknown }).a, undefined);
  }
});

test('read: what is no JSON is refused with its position', () => {
  for (const text of [
    '',
    '{',
    '{"a"}',
    '[1,]',
    '{0:1}x',
    '"a',
    'nul',
    '{"a":\\',
    '{:1}',
    "['a]",
    '01x',
    '"\\q"',
    '{a:1,}',
  ]) {
    assert.throws(() => parseJson(text), { code: 'BAD_JSON', message: /position \d+/ }, text);
  }
});

test('read: nesting has a limit, so that a body cannot exhaust the stack', () => {
  const deep = `{0:${'['.repeat(100_000)}`;
  assert.throws(() => parseJson(deep), { code: 'BAD_JSON', message: /too deeply/ });
});

test('read: any text is a value or BAD_JSON, nothing else', () => {
  const pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', ':', ',', '"', "'", '\\', '0', '-', 'a', '$ref', '.', 'e', ' '),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      try {
        parseJson(parts.join(''));
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'BAD_JSON');
      }
    }),
    { numRuns: 1000 },
  );
});

// Source: RemotingSerializable#toJson, which writes by fastjson.
test('write: members are sorted, null members left out, keys and numbers in fastjson’s form', () => {
  const queue = { topic: 't', queueId: 0, brokerName: 'b' };
  const map = new Map<object | number | string, unknown>([
    [queue, new JsonDouble(0)],
    [3, 'x'],
    ['k', null],
  ]);
  assert.equal(
    writeJson({ z: 1, a: map, n: null, u: undefined, e: {}, l: [], s: new Set(['v']) }),
    '{"a":{{"brokerName":"b","queueId":0,"topic":"t"}:0.0,3:"x"},"e":{},"l":[],"s":["v"],"z":1}',
  );
  assert.equal(
    writeJson(map, { standard: true }),
    '{"{\\"brokerName\\":\\"b\\",\\"queueId\\":0,\\"topic\\":\\"t\\"}":0.0,"3":"x"}',
  );
});

test('write: doubles as Java prints them, longs in full', () => {
  const double = (value: number): string => writeJson(new JsonDouble(value));
  assert.deepEqual([0, -0, 1, 0.001, 0.00015, 1e7, 9999999, 1.5e-5, -2.5e300, Number.NaN].map(double), [
    '0.0',
    '-0.0',
    '1.0',
    '0.001',
    '1.5E-4',
    '1.0E7',
    '9999999.0',
    '1.5E-5',
    '-2.5E300',
    'null',
  ]);
  assert.equal(writeJson([Number.MAX_SAFE_INTEGER, 1700000000000, -5]), '[9223372036854775807,1700000000000,-5]');
});

test('write: files are indented with tabs', () => {
  assert.equal(
    writeJson({ b: new Map([[1, [1, 2]]]), a: {} }, { pretty: true, standard: true }),
    '{\n\t"a":{},\n\t"b":{\n\t\t"1":[\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t}\n}',
  );
});

const plain = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((name) => name !== '$ref'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

test('whatever is written is read back, in each form', () => {
  fc.assert(
    fc.property(plain, fc.boolean(), fc.boolean(), (value, pretty, standard) => {
      assert.deepEqual(parseJson(writeJson(value, { pretty, standard })), withoutMinusZero(value));
    }),
    { numRuns: 200 },
  );
});

test('maps with object keys are read back', () => {
  const key = fc.record({ topic: fc.string(), queueId: fc.nat() }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.maxSafeInteger()), { minLength: 1 }), (entries) => {
      const read = parseJson(writeJson(new Map(entries)));
      assert.ok(read instanceof Map);
      assert.deepEqual([...read], entries);
    }),
  );
});

/** A whole number has no sign when it is 0. */
function withoutMinusZero(value: JsonValue): JsonValue {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutMinusZero(item)]));
}
