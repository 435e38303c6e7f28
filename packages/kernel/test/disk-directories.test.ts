import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { nodeDisk } from '@rocketmq-ts/kernel';

/** Makes the same folders as its twin, each at the moment when both are there. */
const MAKER = `
  const { workerData: { door, root, count, meeting } } = require('node:worker_threads');
  import(door).then(({ nodeDisk }) => {
    for (let i = 0; i < count; i++) {
      Atomics.add(meeting, 0, 1);
      while (Atomics.load(meeting, 0) < 2 * (i + 1));
      nodeDisk.makeDirectory(root + '/' + i + '/commitlog/worker');
    }
  });`;

test('a folder is made with all its missing parents', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'kernel-'));
  context.after(() => rmSync(root, { recursive: true }));
  nodeDisk.makeDirectory(join(root, 'a', 'b', 'c'));
  nodeDisk.makeDirectory(join(root, 'a', 'b', 'c'));
  assert.ok(existsSync(join(root, 'a', 'b', 'c')));
});

test('a folder that can not be made below /proc is an error at once', { skip: !existsSync('/proc/self') }, () => {
  assert.throws(() => nodeDisk.makeDirectory('/proc/nope/store'), { code: 'ENOENT' });
});

test('threads that make the same folders at the same moment all succeed', async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'kernel-'));
  context.after(() => rmSync(root, { recursive: true }));
  const meeting = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { door: import.meta.resolve('@rocketmq-ts/kernel'), root, count: 300, meeting };
  const ended = [1, 2].map(async () => {
    const maker = new Worker(MAKER, { eval: true, workerData });
    context.after(() => maker.terminate());
    assert.deepEqual(await once(maker, 'exit'), [0]);
  });
  await Promise.all(ended);
  assert.ok(existsSync(join(root, '299', 'commitlog', 'worker')));
});
