import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ended, Shell } from './command.ts';

const LIMIT_MS = 40_000;

let shell: Shell;
before(() => {
  shell = new Shell();
});
after(() => shell.dispose());

const cluster = (...words: string[]): Promise<Ended> => shell.script('cluster.ts', ...words).ended;

/** Process ids by member, from the table of `--status`. */
function pidsOf(table: string): Record<string, number> {
  const rows = [...table.matchAll(/^ {2}(\S+) .* (\d+)$/gm)];
  return Object.fromEntries(rows.map(([, name, pid]) => [name!, Number(pid)]));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a set is started, its members are killed, paused and started from another terminal, and it is stopped as one', {
  timeout: LIMIT_MS,
}, async () => {
  const folder = join(shell.home, 'kept');
  const parent = shell.script(
    'cluster.ts',
    '2m-noslave',
    '--name',
    'one',
    '--folder',
    folder,
    '--set',
    'fileReservedTime=7',
  );
  const [table] = await parent.printed(/Cluster one(.|\n)*Ctrl-C stops it/);
  const { 'broker-a': brokerA = 0, 'namesrv-1': namesrv = 0, 'broker-b': brokerB = 0 } = pidsOf(table);
  const [, nameServer] = /NAMESRV_ADDR='(.*)'/.exec(table)!;

  const listed = await shell.run('mqadmin', 'clusterList', '-n', nameServer!);
  assert.match(listed.stdout, /broker-a +0 +127\.0\.0\.1:\d+(.|\n)*broker-b +0 +127/);
  assert.match((await cluster('--kill', 'broker-a')).stdout, /^broker-a \(pid \d+\) is killed$/m);
  assert.equal(isRunning(brokerA), false);
  const paused = await cluster('--pause', 'broker-b');
  assert.deepEqual([paused.code, paused.stdout], [0, `broker-b (pid ${brokerB}) stands still\n`]);
  const status = await cluster('--status', '--name', 'one');
  assert.match(status.stdout, /broker-a .* ended +-\n.*broker-b .* paused +\d+/);
  assert.match((await cluster('--start', 'broker-a')).stdout, /broker-a runs again on 127\.0\.0\.1:\d+ \(pid \d+\)/);
  assert.equal((await cluster('--resume', 'broker-b')).code, 0);

  for (const [words, line] of [
    [['--kill', 'broker-c'], /^one has no member broker-c; its members are namesrv-1, broker-a, broker-b\n$/],
    [['--start', 'broker-a'], /^broker-a runs already \(pid \d+\)\n$/],
    [['--kill', 'broker-a', '--name', 'two'], /^no cluster of the name two runs; those that run: one\n$/],
    [['--kill', 'broker-a', '--status'], /^one action at a time: .*\n$/],
    [['2m-noslave', '--name', 'one'], /^a cluster of the name one runs already: .*\n$/],
    [['3m'], /^3m is given, and the sets are 2m-noslave, 2m-2s-async, 2m-2s-sync, controller; .*\n$/],
    [['2m-noslave', '--workers', '0'], /^--workers 0: it takes a whole number from 1 to 16\n$/],
    [['controller', '--workers', '2'], /^the set controller has three brokers of one group, without --workers\n$/],
    [['--nonsense'], /^Unknown option '--nonsense'\n$/],
  ] as const) {
    const { code, stdout, stderr } = await cluster(...words);
    assert.deepEqual([code, stdout], [1, ''], words.join(' '));
    assert.match(stderr, line);
  }

  // An end that nobody asked for is printed where the cluster was started.
  process.kill(brokerB, 'SIGKILL');
  await parent.complained(
    /broker-b ended by itself \(SIGKILL\); the others keep running\. npm run cluster -- --start broker-b/,
  );
  parent.kill('SIGINT');
  assert.equal((await parent.ended).code, 0);
  assert.equal(isRunning(namesrv), false);
  assert.equal(existsSync(join(folder, 'broker-a/store/abort')), false);
  assert.match((await cluster('--status')).stderr, /^no cluster runs: /);
});

test('members do not outlive a parent that is killed, nor a start that fails', { timeout: LIMIT_MS }, async () => {
  const parent = shell.script('cluster.ts', '2m-noslave', '--name-servers', '2');
  const [table] = await parent.printed(/Cluster 2m-noslave(.|\n)*Ctrl-C stops it/);
  const pids = Object.values(pidsOf(table));
  assert.equal(pids.length, 4);
  assert.equal((await cluster('--pause', 'broker-a')).code, 0);
  parent.kill('SIGKILL');
  await parent.ended;
  while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 20));

  const { code, stderr } = await cluster('2m-noslave', '--set', 'flushDiskType=NEVER');
  assert.equal(code, 1);
  assert.match(stderr, /broker-\w did not start \(code 1\): flushDiskType=NEVER is not allowed/);
});
