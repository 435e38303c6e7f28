import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Shell } from './command.ts';

let shell: Shell;
before(() => {
  shell = new Shell();
});
after(() => shell.dispose());

const BOOT = /The Name Server boot success\. serializeType=JSON, address 127\.0\.0\.1:(\d+)\n/;

function config(name: string, text: string): string {
  const path = join(shell.home, name);
  writeFileSync(path, text);
  return path;
}

test('a name server starts, is stopped by mqshutdown, and another one cannot take its port', async () => {
  const file = config('ns.conf', 'listenPort=0\nbindAddress=127.0.0.1\nunknownKey=1\n');
  const server = shell.start('mqnamesrv', ['-c', file, 'listenPort=1']);
  const port = (await server.printed(BOOT))[1]!;

  const rival = await shell.run('mqnamesrv', '-c', config('rival.conf', `listenPort=${port}\nbindAddress=127.0.0.1\n`));
  assert.equal(rival.code, 1);
  assert.match(rival.stderr, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use by another process[^\\n]*\\n$`));

  // As with nohup: the terminal ends, and a server whose output is redirected stays.
  server.kill('SIGHUP');
  const stopped = await shell.run('mqshutdown', 'namesrv');
  assert.deepEqual([stopped.code, stopped.stderr], [0, '']);
  assert.equal(
    stopped.stdout,
    `The mqnamesrv(${server.pid}) is running...\nSend shutdown request to mqnamesrv(${server.pid}) OK\n`,
  );
  const { code, stdout, stderr } = await server.ended;
  assert.equal(code, 0);
  assert.match(stdout, /^load config properties file OK, .*ns\.conf\n/);
  assert.match(stderr, /Without effect: listenPort=1/);
  assert.match(stderr, /Unknown keys, without effect: unknownKey/);
  assert.deepEqual(readdirSync(join(shell.home, '.rocketmq-ts/run')), []);
  assert.match(readFileSync(join(shell.home, 'logs/rocketmqlogs/namesrv.log'), 'utf8'), /boot success/);
});

test('bad values are named with their key, in one line, and exit code 1', async () => {
  const file = config('bad.conf', 'listenPort=many\norderMessageEnable=perhaps\n');
  const { code, stderr } = await shell.run('mqnamesrv', '-c', file);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^listenPort=many is not allowed: [^\n]*orderMessageEnable=perhaps is not allowed: [^\n]*bad\.conf\)\n$/,
  );
});

test('an unknown option shows the usage and ends with 1', async () => {
  const { code, stderr } = await shell.run('mqnamesrv', '-x');
  assert.equal(code, 1);
  assert.match(stderr, /^Unrecognized option: -x\nusage: mqnamesrv/);
});

test('-p lists the configuration and starts nothing, through a link and from any folder', async () => {
  const folder = join(shell.home, 'a b');
  mkdirSync(folder);
  symlinkSync(resolve(import.meta.dirname, '../../../bin/mqnamesrv'), join(folder, 'link'));
  symlinkSync('link', join(folder, 'link of link'));
  const { code, stdout } = await shell.start('', ['-p', '-Duser.home=/elsewhere'], {
    cwd: folder,
    path: './link of link',
  }).ended;
  assert.equal(code, 0);
  assert.match(stdout, /^listenPort=9876$/m);
  assert.match(stdout, /^kvConfigPath=\/elsewhere\/namesrv\/kvConfig\.json$/m);
  assert.equal(existsSync('/elsewhere'), false);
});
