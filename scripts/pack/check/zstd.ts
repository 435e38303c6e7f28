import assert from 'node:assert/strict';
import { zstdCompressSync } from 'node:zlib';
import { inflateZstdByScript } from '../zstd.ts';

const LIMIT_BYTES = 1_000_000;

/** Bodies of many sizes, one frame and several, torn ones, and one that would fill the memory. */
export function checkZstd(): void {
  for (const size of [0, 1, 100, 5000, 300_000]) {
    const body = Buffer.from(Array.from({ length: size }, (_, i) => ((i * i) % 251) & (i >> 3)));
    const frame = zstdCompressSync(body);
    assert.deepEqual(inflateZstdByScript(frame, LIMIT_BYTES), body);
    assert.deepEqual(inflateZstdByScript(Buffer.concat([frame, frame]), LIMIT_BYTES), Buffer.concat([body, body]));
    assert.throws(() => inflateZstdByScript(frame.subarray(0, -1), LIMIT_BYTES));
  }
  assert.throws(() => inflateZstdByScript(new Uint8Array(), LIMIT_BYTES));
  assert.throws(() => inflateZstdByScript(Buffer.from('no frame'), LIMIT_BYTES));
  assert.throws(() => inflateZstdByScript(zstdCompressSync(Buffer.alloc(100 * LIMIT_BYTES)), LIMIT_BYTES), /more than/);
}
