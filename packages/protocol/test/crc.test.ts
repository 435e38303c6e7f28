import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { bodyCrc32, crc32ByTable } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

test('a CRC-32 without help of Node.js is the same', () => {
  assert.equal(crc32ByTable(Buffer.from('123456789')), 0xcbf43926);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => crc32ByTable(bytes) === crc32(bytes)));
});

test('the CRC of a body has no sign bit', () => {
  // UtilAll#crc32: 0xcbf43926 & 0x7fffffff.
  assert.equal(bodyCrc32(Buffer.from('123456789')), 0x4bf43926);
});
