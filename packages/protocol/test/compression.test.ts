import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressBody, compressionType, inflateBody } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const text = 'hello hello hello hello hello rocketmq';

/** Source: CompressorFactory of 5.4.0. */
const golden = {
  LZ4: '04224d18607073130000006f68656c6c6f2006000580726f636b65746d7100000000',
  ZSTD: '28b52ffd0058a400007068656c6c6f20726f636b65746d710100014b11010000',
  ZLIB: '785ecb48cdc9c957c8c04116e52767a796e416020015890e6b',
} as const;

for (const type of ['LZ4', 'ZSTD', 'ZLIB'] as const) {
  test(`what Java compressed with ${type} is inflated`, () => {
    assert.equal(inflateBody(type, Buffer.from(golden[type], 'hex')).toString(), text);
  });

  test(`${type}: whatever is compressed is inflated`, () => {
    const repetitive = fc
      .array(fc.constantFrom('a', 'bc', 'rocketmq', '\0\0\0\0\0\0\0\0'), { maxLength: 400 })
      .map((parts) => Buffer.from(parts.join('')));
    const random = fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(fc.oneof(repetitive, random), (body) => {
        assert.deepEqual(inflateBody(type, compressBody(type, body)), body);
      }),
      { numRuns: 50 },
    );
  });

  test(`${type}: bytes that are none are refused`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(40), (noise, at) => {
        for (const bytes of [noise, Buffer.concat([Buffer.from(golden[type], 'hex').subarray(0, at), noise])]) {
          try {
            inflateBody(type, bytes);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'BAD_COMPRESSION');
          }
        }
      }),
      { numRuns: 100 },
    );
    assert.throws(() => inflateBody(type, Buffer.from(golden[type], 'hex').subarray(0, 12)), {
      code: 'BAD_COMPRESSION',
    });
  });
}

test('LZ4 blocks of several megabytes and matches of any length are right', () => {
  const pieces = [Buffer.alloc(4_200_000, 'ab'), Buffer.from(text), Buffer.alloc(70_000), Buffer.from(text)];
  const body = Buffer.concat(pieces);
  const compressed = compressBody('LZ4', body);
  assert.ok(compressed.length < 50_000);
  assert.ok(inflateBody('LZ4', compressed).equals(body));
});

test('LZ4 frames of other writers: stored blocks, checksums, content size, skippable and second frames', () => {
  const stored = '02000080 6869';
  const frame = (header: string, block: string, end: string): string => `04224d18${header}${block}00000000${end}`;
  const hex = [
    frame('4070df', stored, ''),
    `502a4d18 03000000 ffffff${frame('4470ff', `${stored}`, 'aabbccdd')}`,
    frame('5070ff', `${stored}11223344`, ''),
    frame('4870 0200000000000000 ff', stored, ''),
    frame('4070df', stored, '') + frame('4070df', stored, ''),
  ];
  const inflated = hex.map((one) => inflateBody('LZ4', Buffer.from(one.replaceAll(' ', ''), 'hex')).toString());
  assert.deepEqual(inflated, ['hi', 'hi', 'hi', 'hi', 'hihi']);
});

test('a bomb is refused before it explodes', () => {
  for (const type of ['LZ4', 'ZSTD', 'ZLIB'] as const) {
    const bomb = compressBody(type, Buffer.alloc(100_000));
    assert.equal(inflateBody(type, bomb, 100_000).length, 100_000);
    assert.throws(() => inflateBody(type, bomb, 99_999), { code: 'BAD_COMPRESSION' });
  }
});

// Source: MessageSysFlag#getCompressionType
test('no type bits mean ZLIB, unknown ones are illegal, and without the bit there is no compression', () => {
  assert.deepEqual([0x0, 0x300, 0x1, 0x301, 0x101, 0x201, 0x401, 0x701].map(compressionType), [
    undefined,
    undefined,
    'ZLIB',
    'ZLIB',
    'LZ4',
    'ZSTD',
    'illegal',
    'illegal',
  ]);
});
