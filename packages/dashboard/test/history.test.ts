import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { History } from '../src/history/history.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'console-history-'));
  folders.push(folder);
  return folder;
}

test('minutes are kept for two days, averages of ten minutes for thirty', async () => {
  const clock = new VirtualClock();
  const history = new History({ clock, logger: silentLogger, path: undefined });
  history.start();
  const cluster = history.ofCluster('one');
  const beganMs = Math.ceil(clock.now() / DAY_MS) * DAY_MS;
  await clock.advance(beganMs - clock.now());
  for (let hour = 0; hour < 60; hour++) {
    const hourMs = beganMs + hour * 60 * MINUTE_MS;
    const samples = Array.from({ length: 60 }, (_, minute) => ({
      name: 'Orders',
      atMs: hourMs + minute * MINUTE_MS,
      values: [minute % 10, 1, null],
    }));
    cluster.add('topic', samples);
    await clock.advance(60 * MINUTE_MS);
  }
  const all = cluster.read('topic', 'Orders', 0, clock.now());
  const minutes = all.filter((sample, index) => sample.atMs - (all[index - 1]?.atMs ?? 0) === MINUTE_MS);
  assert.ok(Math.abs(minutes.length - 2 * 24 * 60) < 15, `${minutes.length} minutes`);
  assert.equal(all[0]?.atMs, beganMs);
  assert.deepEqual(all[0]?.values.slice(0, 3), [4.5, 1, null]);
  assert.deepEqual(cluster.names('topic', 0, clock.now()), ['Orders']);
  assert.deepEqual(history.ofCluster('two').read('topic', 'Orders', 0, clock.now()), []);
  clock.jumpWallClock(35 * DAY_MS);
  await clock.advance(30 * MINUTE_MS);
  assert.notEqual(
    cluster.read('topic', 'Orders', 0, clock.now()).length,
    0,
    'a clock that jumped removes nothing at once',
  );
  await clock.advance(60 * MINUTE_MS);
  assert.deepEqual(cluster.read('topic', 'Orders', 0, clock.now()), []);
  history.stop();
});

test('what was written is there after a start, and a folder that is missing costs the file, not the history', async () => {
  const clock = new VirtualClock();
  const folder = newFolder();
  const path = join(folder, 'history.sqlite');
  const sample = { name: 'broker-a:0', atMs: clock.now(), values: [1, 2] };
  const first = new History({ clock, logger: silentLogger, path });
  first.start();
  first.ofCluster('one').add('broker', [sample]);
  first.stop();

  const second = new History({ clock, logger: silentLogger, path });
  second.start();
  assert.equal(second.ofCluster('one').read('broker', 'broker-a:0', 0, clock.now()).length, 1);
  second.stop();

  const third = new History({ clock, logger: silentLogger, path: join(folder, 'missing/history.sqlite') });
  third.start();
  assert.match(third.failure ?? '', /unable to open/);
  third.ofCluster('one').add('broker', [sample]);
  assert.equal(third.ofCluster('one').read('broker', 'broker-a:0', 0, clock.now()).length, 1);
  third.stop();
});

test('a file that fails while it is used costs what is in it, not the history, and is used again when it works', async () => {
  const clock = new VirtualClock();
  const path = join(newFolder(), 'history.sqlite');
  const history = new History({ clock, logger: silentLogger, path });
  history.start();
  const cluster = history.ofCluster('one');
  const add = (): void => cluster.add('broker', [{ name: 'broker-a:0', atMs: clock.now(), values: [1] }]);
  add();
  const other = new DatabaseSync(path);
  other.exec('BEGIN EXCLUSIVE');
  await clock.advance(MINUTE_MS);
  add();
  assert.match(history.failure ?? '', /locked/);
  await clock.advance(MINUTE_MS);
  add();
  assert.equal(cluster.read('broker', 'broker-a:0', 0, clock.now()).length, 1, 'in memory');
  other.exec('ROLLBACK');
  other.close();
  await clock.advance(2 * MINUTE_MS);
  assert.equal(history.failure, undefined);
  add();
  assert.equal(cluster.read('broker', 'broker-a:0', 0, clock.now()).length, 2, 'from the file');
  history.stop();
});
