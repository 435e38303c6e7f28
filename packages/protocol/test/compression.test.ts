import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressBody, compressionType, inflateBody } from '@rocketmq-ts/protocol';
import fc from 'fast-check';
import { xxHash32 } from '../src/message/xx-hash.ts';

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

/** What lz4-java 1.8.0 wrote of the text with each of its flags. Source: LZ4FrameOutputStream. */
const flagged = {
  'no checksum': '04224d18604082130000006f68656c6c6f2006000580726f636b65746d7100000000',
  'a checksum of the content': '04224d186440a7130000006f68656c6c6f2006000580726f636b65746d7100000000979e13c3',
  'checksums of blocks': '04224d187040ad130000006f68656c6c6f2006000580726f636b65746d71020dc19100000000',
  'the size of the content': '04224d186840260000000000000085130000006f68656c6c6f2006000580726f636b65746d7100000000',
  'all of them': '04224d187c4026000000000000001e130000006f68656c6c6f2006000580726f636b65746d71020dc19100000000979e13c3',
} as const;

test('LZ4 frames of other writers: with checksums and sizes, stored blocks, skippable and second frames', () => {
  const inflated = (hex: string): string => inflateBody('LZ4', Buffer.from(hex, 'hex')).toString();
  for (const [flags, hex] of Object.entries(flagged)) assert.equal(inflated(hex), text, flags);
  const stored = '04224d187c4002000000000000009502000080686964a5a7da0000000064a5a7da';
  assert.equal(inflated(stored), 'hi');
  assert.equal(inflated(`502a4d1803000000ffffff${stored}${flagged['all of them']}`), `hi${text}`);
});

test('LZ4: every byte that a checksum covers is looked at', () => {
  const hex = flagged['all of them'];
  const good = Buffer.from(hex, 'hex');
  for (let at = 4; at < good.length; at++) {
    const damaged = Buffer.from(good);
    damaged[at]! ^= 0x01;
    assert.throws(() => inflateBody('LZ4', damaged), { code: 'BAD_COMPRESSION' }, `byte ${at}`);
  }
});

// Source: XXHashFactory of lz4-java 1.8.0.
test('checksums are XXH32', () => {
  for (const [of, sum] of [
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['0123456789abcdef', 0xc2c45b69],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ] as const)
    assert.equal(xxHash32(Buffer.from(of)), sum);
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
