import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '@rocketmq-ts/testkit/java';

const BIN = resolve(import.meta.dirname, '../../../bin');

let home: string;
before(() => {
  home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-commands-'));
  mkdirSync(join(home, 'links'));
});
after(() => rmSync(home, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(shell: string, words: readonly string[], variables: Record<string, string> = {}, cwd = home): Ran {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  const cache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
  const env = { PATH, HOME: home, ...cache, ...variables };
  const { status, stdout, stderr } = spawnSync(shell, words, { cwd, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const sh = (command: string, ...words: string[]): Ran => run('sh', [join(BIN, command), ...words]);
const oneLine = (text: string): boolean => /^[^\n]+\n$/.test(text);
const hasBash = spawnSync('bash', ['--version']).status === 0;
const needsBash = hasBash ? {} : { skip: 'this machine has no bash' };
const commands = ['mqbroker', 'mqdashboard', 'mqnamesrv', 'mqshutdown', 'mqstart', 'mqstore', 'tools.sh'];

test('a command starts from any folder: by PATH, by its bare name, by a link, by ROCKETMQ_HOME', needsBash, () => {
  const plain = sh('mqadmin', 'noSuchCommand');
  assert.match(plain.stdout, /not exist/);
  const path = (folder: string) => ({ PATH: `${folder}:${process.env.PATH}` });
  const link = join(home, 'links', 'mqadmin');
  const copy = join(home, 'mqadmin');
  symlinkSync(join(BIN, 'mqadmin'), link);
  copyFileSync(join(BIN, 'mqadmin'), copy);
  assert.deepEqual(run('bash', ['mqadmin', 'noSuchCommand'], path(BIN), '/'), plain);
  assert.deepEqual(run('bash', ['mqadmin', 'noSuchCommand'], path(dirname(link)), '/'), plain);
  assert.deepEqual(run('bash', ['mqadmin', 'noSuchCommand'], {}, BIN), plain);
  assert.deepEqual(run('sh', [link, 'noSuchCommand']), plain);
  assert.deepEqual(run('sh', [copy, 'noSuchCommand'], { ROCKETMQ_HOME: dirname(BIN) }), plain);
  const lost = run('sh', [copy, 'noSuchCommand']);
  assert.deepEqual([lost.code, lost.stdout, oneLine(lost.stderr)], [1, '', true]);
  assert.match(lost.stderr, /ROCKETMQ_HOME/);
});

test('every command finds its folder by the same lines', () => {
  const lines = (command: string): string[] =>
    readFileSync(join(BIN, command), 'utf8').replaceAll(command, 'mqadmin').split('\n').slice(2);
  const shared = lines('mqadmin').indexOf('. "$here/find-runtime"') + 1;
  assert.ok(shared > 5);
  for (const command of commands)
    assert.deepEqual(lines(command).slice(0, shared), lines('mqadmin').slice(0, shared), command);
});

test('programs of Apache’s that are missing here print one sentence about it', () => {
  for (const program of ['mqproxy', 'mqbrokercontainer']) {
    const { code, stdout, stderr } = sh(program, '-n', 'a:9876');
    assert.deepEqual([code, stdout, oneLine(stderr)], [1, '', true], stderr);
    assert.match(stderr, new RegExp(`^${program} is not served yet by this version: (?:use|start) `));
  }
});

test('options of Apache’s broker that are missing here get one sentence on what to do, wherever they are', () => {
  for (const words of [
    ['mqbroker', '-n', 'a:9876', '--enable-proxy', '-pc', 'proxy.json'],
    ['mqbroker', '-bc', 'b.conf'],
    ['mqstart', '--enable-proxy'],
  ]) {
    const { code, stdout, stderr } = sh(words[0]!, ...words.slice(1));
    assert.deepEqual([code, stdout, oneLine(stderr)], [1, '', true], stderr);
    assert.match(stderr, /is not served yet by this version: .* later version; /);
  }
});

test('mqadmin and an example name the name server that is not there, in one line, and end with an error', async () => {
  const namesrv = `127.0.0.1:${await freePort()}`;
  const admin = sh('mqadmin', 'topicList', '-n', namesrv);
  assert.deepEqual([admin.code, admin.stdout, oneLine(admin.stderr)], [2, '', true], admin.stderr);
  assert.ok(admin.stderr.includes(namesrv));
  const producer = 'org.apache.rocketmq.example.quickstart.Producer';
  const example = run('sh', [join(BIN, 'tools.sh'), producer], { NAMESRV_ADDR: namesrv });
  assert.equal(example.code, 1);
  assert.match(example.stderr, new RegExp(`^NAMESRV_UNREACHABLE: [^\\n]*${namesrv}[^\\n]*$`, 'm'));
});

test('no command ends with 0 when it did not do what it was asked for', () => {
  for (const words of [
    ['mqadmin', 'topicRoute'],
    ['mqadmin', 'updateSubGroup', '-g', 'G', '-n', '127.0.0.1:1'],
    ['mqstore', 'verify', '/nowhere'],
    ['mqshutdown', 'proxy'],
    ['tools.sh'],
    ['mqbroker', '--noSuchOption'],
    ['mqnamesrv', '-c', '/nowhere'],
  ]) {
    const { code, stdout, stderr } = sh(words[0]!, ...words.slice(1));
    assert.ok(code !== 0 && code !== null, words.join(' '));
    assert.notEqual(stdout + stderr, '');
  }
});

test('what mqadmin can not write to a full disk is a failure with a reason; a reader that has read enough is none', {
  skip: !existsSync('/dev/full') && 'this system has no /dev/full',
}, () => {
  const lost = run('sh', ['-c', `sh ${BIN}/mqadmin > /dev/full`]);
  assert.equal(lost.code, 2);
  assert.match(lost.stderr, /^The output could not be written: .*ENOSPC.*\n$/);
  assert.deepEqual(run('bash', ['-c', `set -o pipefail; sh ${BIN}/mqadmin | head -1`]), {
    code: 0,
    stdout: 'The most commonly used mqadmin commands are:\n',
    stderr: '',
  });
});
