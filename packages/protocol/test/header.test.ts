import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '@rocketmq-ts/kernel';
import {
  bool,
  CodecError,
  encodeFrame,
  FrameReader,
  FrameWriter,
  headerCodec,
  int,
  long,
  optional,
  type RemotingFrame,
  str,
  wire,
  withDefault,
} from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const fields = {
  topic: wire('b', str()),
  queueId: int(),
  offset: long(),
  order: optional(bool()),
  group: optional(str()),
  count: withDefault(int(), 4),
};
const codec = headerCodec(fields);
const complete = { b: 'T', queueId: '3', offset: '77' };

function read(bytes: Buffer): RemotingFrame {
  const reader = new FrameReader();
  reader.push(bytes);
  const frame = reader.next();
  assert.ok(frame !== undefined);
  return frame;
}

function readJson(header: string): RemotingFrame {
  const bytes = Buffer.alloc(8 + Buffer.byteLength(header));
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt32BE(bytes.length - 8, 4);
  bytes.write(header, 8);
  return read(bytes);
}

test('a header is decoded with every field set, in the order of its table', () => {
  const header = codec.decode({ ...complete, order: 'TRUE', unknown: 'kept elsewhere' });
  assert.deepEqual(Object.entries(header), [
    ['topic', 'T'],
    ['queueId', 3],
    ['offset', 77],
    ['order', true],
    ['group', undefined],
    ['count', 4],
  ]);
});

test('a missing required field is refused by its wire key and its name', () => {
  assert.throws(() => codec.decode({ queueId: '3', offset: '77' }), {
    name: 'CodecError',
    code: 'BAD_FIELD',
    message: 'the header field b (topic) is missing',
  });
});

test('a number that is none is refused by name', () => {
  for (const queueId of ['x', '1.5', ' 1', '1e3', '-', '2147483648', '-2147483649', '0x10', '99999999999999999999']) {
    assert.throws(() => codec.decode({ ...complete, queueId }), { code: 'BAD_FIELD', message: /queueId/ }, queueId);
  }
  for (const offset of ['x', '9223372036854785808', '1'.repeat(30), '12345678901234567x']) {
    assert.throws(() => codec.decode({ ...complete, offset }), { code: 'BAD_FIELD', message: /offset/ }, offset);
  }
});

test('ints take the whole range and a plus sign', () => {
  assert.equal(codec.decode({ ...complete, queueId: '2147483647' }).queueId, 2147483647);
  assert.equal(codec.decode({ ...complete, queueId: '-2147483648' }).queueId, -2147483648);
  assert.equal(codec.decode({ ...complete, queueId: '+7' }).queueId, 7);
});

test('longs beyond what a number holds are cut, and the largest one is read as it was written', () => {
  const { offset } = codec.decode({ ...complete, offset: '9223372036854775807' });
  assert.equal(offset, Number.MAX_SAFE_INTEGER);
  assert.equal(codec.decode({ ...complete, offset: '-9223372036854775808' }).offset, -Number.MAX_SAFE_INTEGER);
  assert.match(headerText({ header: { offset } }), /"offset":"9223372036854775807"/);
});

test('a lenient decode leaves out what is missing or broken', () => {
  assert.deepEqual(codec.decodeLenient({ queueId: 'x', count: 'y' }), {
    topic: undefined,
    queueId: undefined,
    offset: undefined,
    order: undefined,
    group: undefined,
    count: 4,
  });
});

test('a number that is no int or long of ours never reaches the wire', () => {
  assert.throws(() => codec.putJson({ queueId: 1.5 }, new ByteWriter()), RangeError);
  assert.throws(() => codec.putJson({ queueId: 2 ** 31 }, new ByteWriter()), RangeError);
  assert.throws(() => codec.putJson({ offset: Number.NaN }, new ByteWriter()), RangeError);
});

test('headers survive both forms', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const input = fc.record(
    {
      topic: text,
      queueId: fc.integer(),
      offset: fc.maxSafeInteger(),
      order: fc.option(fc.boolean(), { nil: undefined }),
      group: fc.option(text, { nil: undefined }),
      count: fc.integer(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(input, (header) => {
      const writer = new ByteWriter(8);
      writeHeader(writer, new FrameWriter('ROCKETMQ'), 1, 0, { codec, header });
      assert.deepEqual(codec.decode(read(writer.written()).extFields), header);
      writer.reset();
      writeHeader(writer, new FrameWriter('JSON'), 1, 0, { codec, header });
      assert.deepEqual(codec.decode(read(Buffer.from(writer.written())).extFields), header);
      assert.deepEqual(codec.decode(codec.flatten(header)), header);
    }),
  );
});

test('an answer with a header class has extFields even if empty, one without has none', () => {
  assert.match(headerText({ header: {} }), /"extFields":\{\}/);
  assert.match(headerText({}), /"extFields":\{\}/);
  assert.doesNotMatch(headerText({ codec: undefined }), /extFields/);
  assert.match(headerText({ header: { topic: 'T' }, extra: { x: '1' } }), /\{"b":"T","x":"1"\}/);
  assert.match(headerText({ codec: undefined, extra: { x: '"' } }), /"extFields":\{"x":"\\""\},"flag"/);
});

test('numbers of every length are laid out as decimal digits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constant(-0)), (offset) => {
      const digits = offset === Number.MAX_SAFE_INTEGER ? '9223372036854775807' : String(offset);
      const writer = new ByteWriter(1);
      codec.putJson({ offset }, writer);
      assert.equal(writer.written().toString(), `"offset":"${digits}",`);
    }),
  );
});

/** JSON header of an answer with the test's codec, unless `codec` is given. */
function headerText(options: { codec?: undefined; header?: object; extra?: Record<string, string> }): string {
  const writer = new ByteWriter(8);
  const used = 'codec' in options ? undefined : codec;
  writeHeader(writer, new FrameWriter(), 0, 1, { codec: used, header: options.header, extFields: options.extra });
  return writer.written().toString('utf8', 8);
}

function writeHeader(writer: ByteWriter, frames: FrameWriter, code: number, flag: number, fields: object): void {
  const frame = frames.begin(code, flag, 0);
  Object.assign(frame, fields);
  frames.write(writer, frame);
}

// What Apache's decoder does with a missing field.
test('a JSON header may lack every member', () => {
  const frame = readJson('{}');
  const { code, flag, language, remark, version, extFields } = frame;
  assert.deepEqual(
    { code, flag, language, remark, version },
    { code: 0, flag: 0, language: 'JAVA', remark: undefined, version: 0 },
  );
  assert.deepEqual(extFields, {});
  assert.equal(frame.body.length, 0);
});

test('a request without opaque gets one that no waiting request has', () => {
  const first = readJson('{"code":1}').opaque;
  const second = readJson('{"code":1}').opaque;
  assert.ok(first < 0 && second < 0);
  assert.notEqual(first, second);
});

// What Apache's decoder lets pass.
test('a JSON header may quote numbers, number languages and put any value into extFields', () => {
  const frame = readJson(
    '{"code":"38","opaque":"-7","flag":"2","version":"317","language":9,"new":{},"extFields":{"n":5,"b":true,"o":{"k":[1]},"z":null,"s":"x"}}',
  );
  assert.deepEqual([frame.code, frame.opaque, frame.flag, frame.version, frame.language], [38, -7, 2, 317, 'GO']);
  assert.deepEqual(frame.extFields, { n: '5', b: 'true', o: '{"k":[1]}', s: 'x' });
  assert.equal(readJson('{"language":"KLINGON"}').language, 'OTHER');
  assert.equal(readJson('{"language":99}').language, 'OTHER');
});

test('blanks, escapes and any order of members make no difference', () => {
  const frame = readJson(
    ' { "version" : 493 , "extFields" : { "i" : "k\\u0001v\\u0002\\"\\\\\\/ \\n é" , "i2":"é" } , "code" : 310 }\n',
  );
  assert.equal(frame.code, 310);
  assert.deepEqual(frame.extFields, { i: 'k\u0001v\u0002"\\/ \n é', i2: 'é' });
});

test('the quick reader of plain headers and the JSON parser agree on every text', () => {
  const text = fc.string({
    unit: fc.constantFrom('\u0001', '"', '\\', '/', 'u', '0', 'é', ' ', '{', ':', ','),
    maxLength: 12,
  });
  const header = fc.record(
    {
      code: fc.oneof(fc.integer(), fc.double(), fc.constant('38')),
      extFields: fc.option(fc.dictionary(text, fc.oneof(text, fc.integer()), { maxKeys: 4 })),
      flag: fc.integer(),
      language: fc.constantFrom('JAVA', 'GO', 'KLINGON', 9),
      opaque: fc.integer(),
      remark: fc.option(text),
      version: fc.nat(),
    },
    { requiredKeys: ['opaque'] },
  );
  const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '"', '\\', ',', '{', '}', '0', '-', ' ')), {
    maxLength: 2,
  });
  const outcome = (json: string): unknown => {
    try {
      const frame = readJson(json);
      // An edit may take the opaque away, and then each reading invents another one below 0.
      return { ...frame, opaque: Math.max(frame.opaque, 0) };
    } catch (error) {
      assert.ok(error instanceof CodecError);
      return error.code;
    }
  };
  fc.assert(
    fc.property(header, edits, (values, changes) => {
      let json = JSON.stringify(values);
      for (const [at, inserted] of changes) {
        const place = at % json.length;
        json = json.slice(0, place) + inserted + json.slice(place + (at & 1));
      }
      // A blank in front is not plain, so the parser reads it.
      assert.deepEqual(outcome(json), outcome(` ${json}`), json);
    }),
    { numRuns: 400 },
  );
});

// A binary header has 16 bits for the code. Source: RocketMQSerializable.
test('pop codes that lost their upper bits in a binary header are restored', () => {
  for (const code of [200050, 200051, 200052, 200053, 200054, 200055, 200056, 200151]) {
    const bytes = encodeFrame({ code: code & 0xffff, serializeType: 'ROCKETMQ' });
    assert.equal(read(bytes).code, code);
  }
});

test('a code that does not fit into a binary header is sent as JSON', () => {
  const frame = read(encodeFrame({ code: 200050, serializeType: 'ROCKETMQ' }));
  assert.equal(frame.serializeType, 'JSON');
  assert.equal(frame.code, 200050);
});

test('an empty value in a binary header reads as empty text and as a missing number', () => {
  const extFields = { ...complete, b: '', count: '' };
  const header = codec.decode(read(encodeFrame({ code: 1, extFields, serializeType: 'ROCKETMQ' })).extFields);
  assert.equal(header.topic, '');
  assert.equal(header.count, 4);
});

test('lengths inside a binary header that reach beyond it are refused', () => {
  const good = encodeFrame({ code: 1, remark: 'r', extFields: { key: 'value' }, serializeType: 'ROCKETMQ' });
  // Offsets of the lengths: remark, map, key, value.
  for (const [at, size] of [
    [21, 4],
    [26, 4],
    [30, 2],
    [35, 4],
  ] as const) {
    for (const wrong of [-1, 1000]) {
      const bytes = Buffer.from(good);
      if (size === 4) bytes.writeInt32BE(wrong, at);
      else bytes.writeInt16BE(wrong, at);
      assert.throws(
        () => read(bytes),
        (error) => error instanceof CodecError && error.code === 'BAD_HEADER',
      );
    }
  }
});

/** Values as peers write them, plain and odd, for a field of any kind. */
const anyValue = fc.oneof(
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc.constantFrom('', '0', '-0', '007', '+7', '-', '12x', '1e3', '4294967296', '-2147483649', 'true', 'TRUE', 'false'),
  fc.constantFrom('9223372036854775807', '99999999999999999999', '"', '\\', 'a\u0001b', 'ä\u{1f600}', '123"', '1\\2'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

test('a header that is read into slots has the same values as one that is read as texts', () => {
  const fields = fc.dictionary(fc.constantFrom('b', 'e', 'f', 'queueId', 'offset', 'zz', 'x', 'ä', '\\'), anyValue);
  const complete = { b: 'T', queueId: '1', offset: '2' };
  fc.assert(
    fc.property(fields, fc.boolean(), (some, isComplete) => {
      const extFields = isComplete ? { ...complete, ...some } : some;
      const bytes = encodeFrame({ code: 9, extFields });
      const plain = new FrameReader();
      plain.push(bytes);
      const texts = plain.next()!;
      const withSlots = new FrameReader(undefined, (code) => (code === 9 ? codec.slots : undefined));
      withSlots.push(bytes);
      const placed = withSlots.next()!;
      assert.deepEqual(
        outcome(() => codec.decodeFrame(placed)),
        outcome(() => codec.decode(texts.extFields)),
      );
      assert.deepEqual({ ...placed.extFields }, { ...texts.extFields });
    }),
    { numRuns: 2000 },
  );
});

function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error instanceof CodecError ? error.message : error;
  }
}
