import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, silentLogger } from '@rocketmq-ts/kernel';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { History } from '../src/history/history.ts';
import { importHistory } from '../src/history/import.ts';

test('the history of the old dashboard is taken over once, as averages of ten minutes; a broken file stops nothing', () => {
  const { clock, disk } = simulatedPlatform(1);
  const history = new History({ clock, logger: silentLogger, path: undefined });
  history.start();
  const into = history.ofCluster('one');
  const options = { disk, clock, logger: silentLogger, folder: '/old', history, into };
  const atMs = Math.floor((clock.now() - 3_600_000) / 600_000) * 600_000;
  const tooOldMs = atMs - 40 * 24 * 3_600_000;
  put(disk, '/old/dashboard2026-11-26.json', {
    'broker-a:0': [`${atMs},2.00000`, `${atMs + 60_000},4.00000`, `${tooOldMs},9`, 'nonsense'],
  });
  put(disk, '/old/dashboard2026-11-26_topic.json', { Orders: [`${atMs},1.5,100,0.5,40`] });
  put(disk, '/old/dashboard2026-11-25.json', '{"broker-a:0": [');
  put(disk, '/old/users.properties', 'super=admin,1');

  assert.equal(importHistory(options), 2);
  assert.deepEqual(into.read('broker', 'broker-a:0', 0, clock.now()), [{ atMs, values: [null, 3, null, null, null] }]);
  assert.deepEqual(into.read('topic', 'Orders', 0, clock.now()), [{ atMs, values: [1.5, 0.5, 100, 40, null] }]);
  assert.equal(importHistory(options), 0, 'not a second time');
  history.stop();
});

function put(disk: Disk, path: string, content: unknown): void {
  disk.makeDirectory('/old');
  const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const file = disk.open(path, 'create');
  file.writeSync(bytes, 0, bytes.length, 0);
  file.close();
}
