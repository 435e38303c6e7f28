import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { BlockCache } from '../src/log/block-cache.ts';
import { FilePool } from '../src/log/file-pool.ts';
import { MappedFile, mappedFileName } from '../src/log/mapped-file.ts';
import { MappedFileQueue } from '../src/log/mapped-file-queue.ts';

const KiB = 1024;
const BLOCK = 512 * KiB;
/** No multiple of a piece: the one in the middle has bytes of both files. */
const FILE = 5 * BLOCK + 100 * KiB;
const BLOCKS = 4;

const { disk, clock } = simulatedPlatform(1);
const log = Buffer.alloc(2 * FILE);
for (let at = 0; at < log.length; at += 4) log.writeUInt32BE(at, at);
disk.makeDirectory('/log');
for (const base of [0, FILE]) {
  const file = disk.open(`/log/${mappedFileName(base)}`, 'create');
  file.writeSync(log, base, FILE, 0);
  file.close();
}

let blocks: BlockCache;
beforeEach(() => {
  const files = new MappedFileQueue(disk, new FilePool(disk, 4), '/log', FILE);
  files.take(0, 2);
  blocks = new BlockCache(files, BLOCK, BLOCKS);
});

/** Copies bytes of the log as a reader does, loading what is missing, and checks them. */
async function copy(offset: number, size: number): Promise<void> {
  const target = Buffer.alloc(size);
  for (let missing = blocks.copy(offset, size, target, 0); missing >= 0; ) {
    await clock.run(
      new Promise<void>((resolve, reject) => {
        const loaded = (error: Error | null): void => (error === null ? resolve() : reject(error));
        blocks.load(missing, log.length, { abandoned: false, loaded });
      }),
    );
    missing = blocks.copy(offset, size, target, 0);
  }
  assert.ok(target.equals(log.subarray(offset, offset + size)), `${size} bytes from ${offset} on`);
}

test('a first read brings a part of a piece; a reader that continues gets the rest, and then whole pieces', async ({
  mock,
}) => {
  const reads = mock.method(MappedFile.prototype, 'read').mock;
  const lengths = (): number[] => {
    const found = reads.calls.map(({ arguments: [, , length] }) => length / KiB);
    reads.resetCalls();
    return found;
  };
  await copy(BLOCK + 100 * KiB, 50 * KiB);
  await copy(BLOCK + 150 * KiB, 50 * KiB);
  assert.deepEqual(lengths(), [128]);
  await copy(BLOCK + 200 * KiB, 50 * KiB);
  await copy(BLOCK + 10 * KiB, 50 * KiB);
  assert.deepEqual(lengths(), [512]);
  await copy(2 * BLOCK - 10 * KiB, 50 * KiB);
  await copy(3 * BLOCK + 400 * KiB, 50 * KiB);
  assert.deepEqual(lengths(), [512, 512]);
});

test('reads at places far from each other bring no whole piece', async ({ mock }) => {
  const reads = mock.method(MappedFile.prototype, 'read').mock;
  for (const block of [8, 2, 6, 0, 4, 8, 2, 6]) await copy(block * BLOCK + 300 * KiB, 20 * KiB);
  assert.equal(Math.max(...reads.calls.map(({ arguments: [, , length] }) => length)), 128 * KiB);
});

test('all bytes are right whatever the order and the size of the reads, also where one file ends and the next begins', async () => {
  for (let i = 0; i < 300; i++) {
    const size = 4 * KiB + ((i * 7919) % 200) * KiB;
    const inFile = (i * 104_729 * 13) % (FILE - size);
    await copy(inFile + (i % 2) * FILE, size);
  }
  for (let at = 0; at < FILE; at += 60 * KiB) await copy(FILE + at, Math.min(60 * KiB, FILE - at));
});
