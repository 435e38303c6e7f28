import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { type SimulatedPlatform, simulatedPlatform } from '@rocketmq-ts/testkit';
import { systemProcesses } from '../src/processes.ts';
import { RunFolder, type ServerKind } from '../src/run-folder.ts';
import { SHUTDOWN_WAIT_MS, shutdown } from '../src/shutdown.ts';

let platform: SimulatedPlatform;
/** Process id to when it started. */
let processes: Map<number, string>;
/** Words of command lines of processes that have no file in the folder. */
let commands: Map<number, readonly string[]>;
let runs: RunFolder;
let lines: string[];

beforeEach(() => {
  platform = simulatedPlatform(1);
  processes = new Map();
  commands = new Map();
  runs = new RunFolder(platform.disk, '/home/.rocketmq-ts/run', {
    identity: (pid) => processes.get(pid),
    list: () => [...commands].map(([pid, words]) => ({ pid, words })),
  });
  lines = [];
});

function startProcess(pid: number, program: string, ...kinds: ServerKind[]): () => void {
  processes.set(pid, `start of ${pid}`);
  return runs.register({ pid, program, kinds });
}

function run(argument: string | undefined, terminate: (pid: number) => void): Promise<number> {
  return shutdown(argument, {
    clock: platform.clock,
    runs,
    mainFolder: '/repo/main',
    print: (line) => lines.push(line),
    terminate,
  });
}

// Source: distribution/bin/mqshutdown.
test('the processes of the kind are asked to end, in the words of Apache’s script', async () => {
  startProcess(10, 'mqbroker', 'broker');
  startProcess(20, 'mqnamesrv', 'namesrv');
  assert.equal(await run('broker', (pid) => processes.delete(pid)), 0);
  assert.deepEqual(lines, ['The mqbroker(10) is running...', 'Send shutdown request to mqbroker(10) OK']);
  assert.deepEqual([...processes.keys()], [20]);
});

test('nothing to stop is exit code 1', async () => {
  assert.equal(await run('broker', () => assert.fail()), 1);
  assert.equal(await run('namesrv', () => assert.fail()), 1);
  assert.deepEqual(lines, [
    'No mqbroker running.',
    'Looked in /home/.rocketmq-ts/run and for processes of this user that run /repo/main/mqbroker.ts.',
    'No mqnamesrv running.',
    'Looked in /home/.rocketmq-ts/run and for processes of this user that run /repo/main/mqnamesrv.ts.',
  ]);
});

test('servers that were started with another HOME are found by process, those of other checkouts are left alone', async () => {
  const run1 = (pid: number, ...words: string[]): void => {
    commands.set(pid, ['/usr/bin/node', '--max-semi-space-size=8', ...words]);
    processes.set(pid, `start of ${pid}`);
  };
  run1(30, '/repo/main/mqbroker.ts', '-c', 'b.conf');
  run1(31, '/repo/main/mqbroker.ts');
  run1(32, '/other/main/mqbroker.ts');
  run1(33, '/repo/main/mqstart.ts');
  run1(34, 'vi', '/repo/main/mqnamesrv.ts.orig');
  run1(35, '/repo/main/mqshutdown.ts', 'broker');
  assert.equal(await run('broker', (pid) => processes.delete(pid)), 0);
  assert.deepEqual([...processes.keys()], [32, 34, 35]);
  assert.ok(lines.includes('The mqbroker(30 31) is running...'), lines.join());
});

test('who keeps brokers apart by HOME stops the own one only', async () => {
  startProcess(10, 'mqbroker', 'broker');
  commands.set(10, ['node', '/repo/main/mqbroker.ts']);
  commands.set(11, ['node', '/repo/main/mqbroker.ts']);
  processes.set(11, 'start of 11');
  assert.equal(await run('broker', (pid) => processes.delete(pid)), 0);
  assert.deepEqual([...processes.keys()], [11]);
});

test('the process table of this machine holds this process, with its words', () => {
  const table = systemProcesses(nodePlatform.disk);
  const own = [...table.list()].find(({ pid }) => pid === process.pid);
  assert.ok(
    own?.words.some((word) => word.endsWith('node')),
    own?.words.join(' '),
  );
  assert.notEqual(table.identity(process.pid), undefined);
});

test('a server of another user is named as such', async () => {
  startProcess(10, 'mqbroker', 'broker');
  const denied = (): never => {
    throw Object.assign(new Error('kill'), { code: 'EPERM' });
  };
  assert.equal(await run('broker', denied), 1);
  assert.equal(lines.at(-1), 'mqbroker(10) was started by another user: run mqshutdown as that user');
});

test('a word that is no kind is exit code 1', async () => {
  assert.equal(await run('everything', () => assert.fail()), 1);
  assert.equal(await run(undefined, () => assert.fail()), 1);
  assert.equal(lines[0], 'Useage: mqshutdown broker | namesrv | controller | dashboard');
});

test('several brokers are named in one line, and one process that is both is named as such', async () => {
  startProcess(11, 'mqbroker', 'broker');
  startProcess(10, 'mqbroker', 'broker');
  startProcess(9, 'mqstart', 'namesrv', 'broker');
  assert.equal(await run('broker', (pid) => processes.delete(pid)), 0);
  assert.ok(lines.includes('The mqbroker(10 11) is running...'), lines.join());
  assert.ok(lines.includes('Send shutdown request to mqstart with name server and broker(9) OK'), lines.join());
});

test('it returns when the process has ended, not before', async () => {
  startProcess(10, 'mqbroker', 'broker');
  let code: number | undefined;
  const done = run('broker', () => {}).then((result) => {
    code = result;
  });
  await platform.clock.advance(5000);
  assert.equal(code, undefined);
  processes.delete(10);
  await platform.clock.advance(100);
  await done;
  assert.equal(code, 0);
});

test('a process that does not end is given up after 30 s', async () => {
  startProcess(10, 'mqbroker', 'broker');
  const done = run('broker', () => {});
  await platform.clock.advance(SHUTDOWN_WAIT_MS + 100);
  assert.equal(await done, 1);
  assert.equal(lines.at(-1), 'mqbroker(10) is still running after 30 s');
});

test('a file of a process that has ended, or whose id another process has now, is removed and stops no process', () => {
  startProcess(10, 'mqbroker', 'broker');
  startProcess(11, 'mqbroker', 'broker');
  processes.delete(10);
  processes.set(11, 'a stranger');
  assert.deepEqual(runs.find('broker'), []);
  assert.deepEqual(platform.disk.list('/home/.rocketmq-ts/run'), []);
});

test('a process that ends removes its file; foreign files are left alone', () => {
  const forget = startProcess(10, 'mqbroker', 'broker');
  const foreign = platform.disk.open('/home/.rocketmq-ts/run/other-file', 'create');
  foreign.writeSync(Buffer.from('{"a":'), 0, 5, 0);
  foreign.close();
  assert.equal(runs.find('broker').length, 1);
  forget();
  assert.deepEqual(runs.find('broker'), []);
  assert.deepEqual(
    platform.disk.list('/home/.rocketmq-ts/run').map((entry) => entry.name),
    ['other-file'],
  );
});
