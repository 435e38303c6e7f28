import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodecError, encodeFrame, FrameReader, type RemotingFrame } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

function readAll(chunks: readonly Buffer[], maxFrameBytes?: number): RemotingFrame[] {
  const reader = new FrameReader(maxFrameBytes);
  const frames: RemotingFrame[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
  }
  return frames;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof CodecError, `only CodecError may rise, not ${String(error)}`);
    return error.code;
  }
  return 'none';
}

function rawFrame(length: number, type: number, headerLength: number, rest: string): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(length, 0);
  prefix.writeUInt32BE(((type << 24) | headerLength) >>> 0, 4);
  return Buffer.concat([prefix, Buffer.from(rest)]);
}

function jsonFrame(header: string, body = ''): Buffer {
  return rawFrame(4 + Buffer.byteLength(header) + body.length, 0, Buffer.byteLength(header), header + body);
}

function only(bytes: Buffer): RemotingFrame {
  const [frame, ...more] = readAll([bytes]);
  assert.equal(more.length, 0);
  assert.ok(frame !== undefined);
  return frame;
}

// Made by Apache's classes of 5.4.0.
const GOLDEN = { code: 38, opaque: 7, remark: 'r', extFields: { consumerGroup: 'G' }, body: Buffer.from('x') };
const GOLDEN_JSON =
  '{"code":38,"extFields":{"consumerGroup":"G"},"flag":0,"language":"JAVA","opaque":7,"remark":"r","serializeTypeCurrentRPC":"JSON","version":493}';
const GOLDEN_BINARY =
  '0000002f0100002a00260001ed0000000700000000000000017200000014000d636f6e73756d657247726f7570000000014778';

test('a JSON frame has the bytes that Apache writes', () => {
  const bytes = encodeFrame(GOLDEN);
  assert.equal(bytes.toString('hex', 0, 8), '000000940000008f');
  assert.equal(bytes.toString('latin1', 8), `${GOLDEN_JSON}x`);
});

test('a binary frame has the bytes that Apache writes', () => {
  assert.equal(encodeFrame({ ...GOLDEN, serializeType: 'ROCKETMQ' }).toString('hex'), GOLDEN_BINARY);
});

test('the golden frames read back', () => {
  for (const bytes of [jsonFrame(GOLDEN_JSON, 'x'), Buffer.from(GOLDEN_BINARY, 'hex')]) {
    const { code, opaque, remark, extFields, body, language, version, flag } = only(bytes);
    assert.deepEqual(
      { code, opaque, remark, extFields, body: body.toString(), language, version, flag },
      { ...GOLDEN, body: 'x', language: 'JAVA', version: 493, flag: 0 },
    );
  }
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\u0001', '\u0002', '"', '\\', 'k', '\n', 'ß', '消', '\u007f'), maxLength: 40 }),
);
const key = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }).filter((name) => name !== '__proto__');
const frameValues = fc.record({
  code: fc.integer({ min: 0, max: 3000 }),
  flag: fc.constantFrom(0, 1, 2),
  opaque: fc.integer(),
  remark: fc.option(
    text.filter((value) => value !== ''),
    { nil: undefined },
  ),
  extFields: fc.option(fc.dictionary(key, text, { noNullPrototype: true, maxKeys: 6 }), { nil: undefined }),
  body: fc.uint8Array({ maxLength: 300 }),
  serializeType: fc.constantFrom('JSON' as const, 'ROCKETMQ' as const),
});

test('what is written reads back, in both forms, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frameValues, { minLength: 1, maxLength: 5 }), fc.array(fc.nat({ max: 400 })), (list, cuts) => {
      const bytes = Buffer.concat(list.map(encodeFrame));
      const chunks: Buffer[] = [];
      let from = 0;
      for (const size of cuts) {
        chunks.push(bytes.subarray(from, from + size));
        from += size;
      }
      chunks.push(bytes.subarray(from));
      const frames = readAll(chunks);
      assert.equal(frames.length, list.length);
      frames.forEach((frame, index) => {
        const values = list[index]!;
        assert.deepEqual(
          [frame.code, frame.flag, frame.opaque, frame.remark, frame.serializeType],
          [values.code, values.flag, values.opaque, values.remark, values.serializeType],
        );
        assert.deepEqual(frame.extFields, values.extFields ?? {});
        assert.deepEqual(Buffer.from(frame.body), Buffer.from(values.body));
      });
    }),
  );
});

test('random bytes end in frames, in silence or in a coded error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      codeOf(() => readAll([Buffer.from(bytes)]));
    }),
  );
});

test('a good frame with flipped bits or cut short raises only coded errors', () => {
  fc.assert(
    fc.property(frameValues, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), fc.nat(), (values, flips, cut) => {
      const bytes = encodeFrame(values);
      for (const bit of flips) bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7);
      codeOf(() => readAll([bytes, encodeFrame(values)]));
      codeOf(() => readAll([bytes.subarray(0, cut % bytes.length)]));
    }),
  );
});

test('each kind of broken frame has its own code', () => {
  const cases: [string, Buffer][] = [
    ['BAD_LENGTH', rawFrame(-1, 0, 0, '')],
    ['BAD_LENGTH', rawFrame(3, 0, 0, '')],
    ['FRAME_TOO_LONG', rawFrame(16_777_213, 0, 2, '{}')],
    ['FRAME_TOO_LONG', rawFrame(0x7fffffff, 0, 2, '{}')],
    ['UNKNOWN_SERIALIZE_TYPE', rawFrame(6, 2, 2, '{}')],
    ['UNKNOWN_SERIALIZE_TYPE', rawFrame(6, 255, 2, '{}')],
    ['BAD_HEADER_LENGTH', rawFrame(6, 0, 3, '{} ')],
    ['BAD_HEADER', rawFrame(4, 0, 0, '')],
    ['BAD_HEADER', jsonFrame('GET / HTTP/1.1')],
    ['BAD_HEADER', jsonFrame('[]')],
    ['BAD_HEADER', jsonFrame('null')],
    ['BAD_HEADER', jsonFrame('"text"')],
    ['BAD_HEADER', jsonFrame('{"code":"x"}')],
    ['BAD_HEADER', jsonFrame('{"code":4294967296}')],
    ['BAD_HEADER', jsonFrame('{"extFields":[1]}')],
    ['BAD_HEADER', rawFrame(24, 1, 20, 'x'.repeat(20))],
  ];
  for (const [code, bytes] of cases) {
    assert.equal(
      codeOf(() => readAll([bytes])),
      code,
      bytes.toString('latin1', 0, 60),
    );
    const byteByByte = [...bytes].map((byte) => Buffer.of(byte));
    assert.equal(
      codeOf(() => readAll(byteByByte)),
      code,
    );
  }
});

test('a length that cannot be is refused before the frame has come', () => {
  assert.equal(
    codeOf(() => readAll([Buffer.from('7fffffff', 'hex')])),
    'FRAME_TOO_LONG',
  );
  assert.equal(
    codeOf(() => readAll([rawFrame(1000, 9, 10, '')])),
    'UNKNOWN_SERIALIZE_TYPE',
  );
});

test('a frame of exactly the limit is read and one byte more is not', () => {
  const bytes = encodeFrame({ code: 1, body: Buffer.alloc(500) });
  assert.equal(readAll([bytes], bytes.length).length, 1);
  assert.equal(
    codeOf(() => readAll([bytes], bytes.length - 1)),
    'FRAME_TOO_LONG',
  );
});

test('a frame inside one chunk is not copied', () => {
  const bytes = encodeFrame({ code: 1, body: Buffer.from('body') });
  const { body } = only(bytes);
  assert.equal(body.buffer, bytes.buffer);
  assert.equal(body.byteOffset, bytes.byteOffset + bytes.length - 4);
});

test('a large frame that comes in small pieces holds little more than its bytes', () => {
  const bytes = encodeFrame({ code: 1, body: Buffer.alloc(300_000, 7) });
  const reader = new FrameReader();
  for (let from = 0; from < bytes.length - 1; from += 3) {
    reader.push(bytes.subarray(from, Math.min(from + 3, bytes.length - 1)));
    assert.equal(reader.next(), undefined);
  }
  assert.equal(reader.heldBytes, bytes.length - 1);
  reader.push(bytes.subarray(bytes.length - 1));
  const frame = reader.next();
  assert.equal(frame?.body.length, 300_000);
  assert.ok(frame?.body.every((byte) => byte === 7));
  assert.equal(reader.heldBytes, 0);
});
