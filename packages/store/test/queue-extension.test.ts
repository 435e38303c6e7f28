import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOf } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { extensionOffset, readExtension } from '../src/queue/queue-extension.ts';

const FOLDER = '/store/consumequeue_ext/T/0';

function disk(files: Readonly<Record<string, Buffer>>) {
  const { disk } = new SimulatedEnvironment(1).machine('broker');
  disk.makeDirectory(FOLDER);
  for (const [name, bytes] of Object.entries(files)) {
    const file = disk.open(`${FOLDER}/${name}`, 'create');
    file.writeSync(bytes, 0, bytes.length, 0);
    file.close();
  }
  return disk;
}

function entry(tagsCode: bigint, storeTimestamp: bigint, bitMap: Buffer): Buffer {
  const bytes = Buffer.alloc(20 + bitMap.length);
  bytes.writeInt16BE(bytes.length, 0);
  bytes.writeBigInt64BE(tagsCode, 2);
  bytes.writeBigInt64BE(storeTimestamp, 10);
  bytes.writeInt16BE(bitMap.length, 18);
  bitMap.copy(bytes, 20);
  return bytes;
}

// Source: ConsumeQueueExt#isExtAddr, #unDecorate.
test('only codes below every 32-bit hash are addresses, and they are exact', () => {
  const cases: [bigint, number | undefined][] = [
    [0n, undefined],
    [2598919n, undefined],
    [-2147483648n, undefined],
    [-(2n ** 63n), 0],
    [-(2n ** 63n) + 1n, 1],
    [-(2n ** 63n) + 50_331_649n, 50_331_649],
    [-(2n ** 63n) + 2n ** 40n + 7n, 2 ** 40 + 7],
  ];
  for (const [code, offset] of cases) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(code);
    assert.equal(extensionOffset(viewOf(bytes), 0), offset, String(code));
  }
});

test('an entry is read from the file that it lies in, with and without a bit map', () => {
  const first = Buffer.concat([entry(2598919n, 1000n, Buffer.from([1, 0x80])), entry(-5n, 2000n, Buffer.alloc(0))]);
  const name = (offset: number): string => String(offset).padStart(20, '0');
  const files = disk({ [name(0)]: first, [name(100)]: entry(7n, 3000n, Buffer.from([3])), lock: Buffer.from('x') });
  assert.deepEqual(readExtension(files, FOLDER, 0), {
    size: 22,
    tagsCode: 2598919,
    storeTimestamp: 1000,
    bitMap: Buffer.from([1, 0x80]),
  });
  assert.deepEqual(readExtension(files, FOLDER, 22), {
    size: 20,
    tagsCode: -5,
    storeTimestamp: 2000,
    bitMap: Buffer.alloc(0),
  });
  assert.equal(readExtension(files, FOLDER, 100)?.tagsCode, 7);
});

test('where no whole entry is, there is none', () => {
  const cut = entry(1n, 1n, Buffer.alloc(10)).subarray(0, 25);
  const files = disk({ [String(0).padStart(20, '0')]: cut });
  for (const offset of [0, 5, 24, 1000]) assert.equal(readExtension(files, FOLDER, offset), undefined, String(offset));
  assert.equal(readExtension(files, '/store/consumequeue_ext/T/9', 0), undefined);
});
