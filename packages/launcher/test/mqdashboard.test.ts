import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { freePorts, listen } from './broker-process.ts';
import { Shell } from './command.ts';

let shell: Shell;
before(() => {
  shell = new Shell();
});
after(() => shell.dispose());

/** Nothing listens there: the console starts without a cluster as well. */
const NAMESRV = '--rocketmq.config.namesrvAddr=127.0.0.1:1';

test('it starts without its cluster, logs where Apache’s does, and mqshutdown ends it', async () => {
  const port = await freePorts();
  const words = [`--server.port=${port}`, '--server.address=127.0.0.1', NAMESRV];
  const server = shell.start('mqdashboard', words);
  await server.printed(
    new RegExp(`^The console boot success: http://127\\.0\\.0\\.1:${port}/ for name servers 127\\.0\\.0\\.1:1$`, 'm'),
  );
  const session = (await (await fetch(`http://127.0.0.1:${port}/api/v1/session`)).json()) as { mayWrite: boolean };
  assert.equal(session.mayWrite, true);
  assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200);
  const old = await fetch(`http://127.0.0.1:${port}/cluster/list.query`);
  const envelope = (await old.json()) as { status: number; data: unknown; errMsg: string };
  assert.deepEqual([old.status, envelope.status, envelope.data], [200, -1, null]);
  assert.match(envelope.errMsg, /127\.0\.0\.1:1/);
  const stopped = await shell.run('mqshutdown', 'dashboard');
  assert.equal(stopped.code, 0);
  assert.equal((await server.ended).code, 0);
  assert.ok(existsSync(join(shell.home, 'logs/dashboardlogs/rocketmq-dashboard.log')));
});

test('options come from the environment, JAVA_OPTS and a file; what is unknown or without effect is said', async () => {
  const port = await freePorts();
  const folder = join(shell.home, 'deployed');
  mkdirSync(join(folder, 'config'), { recursive: true });
  const yaml = `server:\n  port: 1\nrocketmq:\n  config:\n    namesrvAddrs: [127.0.0.1:1]\n    dataPath: ${folder}/data\n    isVIPChannel: true\n    loginRequird: true\nspring:\n  application:\n    name: x\n`;
  writeFileSync(join(folder, 'config/application.yml'), yaml);
  const server = shell.start('mqdashboard', ['-p'], {
    cwd: folder,
    variables: { SERVER_PORT: String(port), JAVA_OPTS: '-Dserver.address=127.0.0.1 -Xmx1g' },
  });
  const { code, stdout, stderr } = await server.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^server\\.port=${port}$`, 'm'));
  assert.match(stdout, /^server\.address=127\.0\.0\.1$/m);
  assert.match(stdout, new RegExp(`^rocketmq\\.config\\.dataPath=${folder}/data$`, 'm'));
  assert.match(stdout, /^load config file OK, .*config\/application\.yml$/m);
  assert.match(
    stderr,
    /^Unknown keys, without effect: rocketmq\.config\.loginRequird \(.*application\.yml\), did you mean rocketmq\.config\.loginRequired\?$/m,
  );
  assert.match(stderr, /^Without effect here: spring\.application\.name, rocketmq\.config\.isVIPChannel$/m);
});

test('a first start that needs a login prints its password once, and keeps it out of logs and files', async () => {
  const port = await freePorts();
  const words = [`--server.port=${port}`, '--server.address=127.0.0.1', NAMESRV, '--rocketmq.config.loginRequired'];
  const server = shell.start('mqdashboard', [...words, `--rocketmq.config.dataPath=${shell.home}/login`]);
  const [, password] = await server.printed(/^A user was made, since there was none: admin with the password (\S+)$/m);
  await server.printed(/boot success/);
  const url = `http://127.0.0.1:${port}`;
  assert.equal((await fetch(`${url}/api/v1/clusters`)).status, 401);
  const body = JSON.stringify({ userName: 'admin', password });
  const headers = { 'content-type': 'application/json' };
  const login = await fetch(`${url}/api/v1/session`, { method: 'POST', headers, body });
  assert.equal(login.status, 200);
  server.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);
  for (const file of ['login/users.properties', 'logs/dashboardlogs/rocketmq-dashboard.log'])
    assert.ok(!readFileSync(join(shell.home, file), 'utf8').includes(password!), file);
});

test('TLS from a PKCS12, as Apache’s dashboard takes it', {
  skip: spawnSync('openssl', ['version']).error !== undefined,
}, async () => {
  const folder = join(shell.home, 'tls');
  mkdirSync(folder);
  const openssl = (...words: string[]): void =>
    assert.equal(spawnSync('openssl', words, { cwd: folder }).status, 0, words.join(' '));
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    '-subj',
    '/CN=localhost',
    '-days',
    '2',
  );
  openssl(
    'pkcs12',
    '-export',
    '-in',
    'cert.pem',
    '-inkey',
    'key.pem',
    '-out',
    'store.p12',
    '-passout',
    'pass:changeit',
  );
  const port = await freePorts();
  const tls = [`--server.ssl.key-store=${folder}/store.p12`, '--server.ssl.key-store-password=changeit'];
  const server = shell.start('mqdashboard', [`--server.port=${port}`, '--server.address=127.0.0.1', NAMESRV, ...tls]);
  await server.printed(/boot success: https:\/\//);
  const answer = spawnSync('curl', ['-sk', `https://127.0.0.1:${port}/livez`], { encoding: 'utf8' });
  if (answer.error === undefined) assert.equal(answer.stdout, 'ok\n');
  server.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);
  const wrong = await shell.run(
    'mqdashboard',
    `--server.port=${port}`,
    tls[0]!,
    '--server.ssl.key-store-password=wrong',
  );
  assert.deepEqual([wrong.code, wrong.stderr.split('\n').length], [1, 2], wrong.stderr);
});

test('what is wrong is one line: a port in use, a bad value, a file that is missing or no YAML, an unknown word', async () => {
  const taken = await listen(await freePorts());
  const broken = join(shell.home, 'broken.yml');
  writeFileSync(broken, 'server:\n  port: [1\n');
  const cases: [words: string[], message: RegExp][] = [
    [
      [`--server.port=${taken!.port}`, '--server.address=127.0.0.1'],
      new RegExp(`^Port ${taken!.port} is in use by another process`),
    ],
    [['--server.port=high'], /^server\.port=high is not allowed: server\.port takes a whole number from 0 to 65535/],
    [['--rocketmq.config.namesrvAddr=nowhere'], /"nowhere" is not host:port/],
    [['--spring.config.location=/nowhere.yml'], /^There is no configuration file \/nowhere\.yml/],
    [[`--spring.config.location=${broken}`], /^\S+broken\.yml is not YAML: /],
  ];
  for (const [words, message] of cases) {
    const { code, stderr } = await shell.run('mqdashboard', ...words);
    assert.deepEqual([code, stderr.split('\n').length], [1, 2], stderr);
    assert.match(stderr, message);
  }
  await taken!.close();
  const unknown = await shell.run('mqdashboard', '-z');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^Unrecognized option: -z\nusage: mqdashboard /);
});

test('--hash-password makes what users.properties takes in place of a password', () => {
  const command = resolve(import.meta.dirname, '../../../bin/mqdashboard');
  const { stdout, status } = spawnSync('sh', [command, '--hash-password'], { input: 'secret\n', encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /^scrypt\$16384\$8\$1\$[\w-]{22}\$[\w-]{43}\n$/);
});

test('in npm start it comes after the servers, says what to do next, and a port in use leaves the servers alone', async () => {
  const [port, namesrvPort, dashboardPort] = [await freePorts(), await freePorts(), await freePorts()];
  const file = join(shell.home, 'one.conf');
  writeFileSync(file, `listenPort=${port}\nbindAddress=127.0.0.1\nbrokerName=one\n`);
  const words = ['-c', file, '-d', 'data', '-np', String(namesrvPort), '-dp', String(dashboardPort)];
  const server = shell.start('mqstart', words);
  await server.printed(
    new RegExp(
      `Ready: [^\\n]*\\nData in [^\\n]*\\nConsole: http://127\\.0\\.0\\.1:${dashboardPort}/\\nNext, in another terminal:\\n`,
    ),
  );
  const list = await fetch(`http://127.0.0.1:${dashboardPort}/cluster/list.query`);
  const { data } = (await list.json()) as { data: { brokerServer: Record<string, Record<string, object>> } };
  assert.deepEqual(Object.keys(data.brokerServer.one!), ['0']);
  server.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);

  const taken = await listen(dashboardPort);
  const again = shell.start('mqstart', words);
  await again.printed(
    new RegExp(`There is no console: Port ${dashboardPort} is in use[^\\n]* Name server and broker run\\.`),
  );
  const admin = await shell.run('mqadmin', 'clusterList', '-n', `127.0.0.1:${namesrvPort}`);
  assert.match(admin.stdout, /DefaultCluster +one /);
  again.kill('SIGTERM');
  assert.equal((await again.ended).code, 0);
  await taken!.close();
});
