import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '@rocketmq-ts/testkit/java';
import { Shell } from './command.ts';

let shell: Shell;
before(() => {
  shell = new Shell();
});
after(() => shell.dispose());

const BOOT = /The Controller Server boot success\. serializeType=JSON, address 127\.0\.0\.1:(\d+), etcd (\S+)\n/;

function config(name: string, ...lines: string[]): string {
  const path = join(shell.home, name);
  writeFileSync(path, [...lines, 'bindAddress=127.0.0.1', 'etcdEndpoints=http://127.0.0.1:1', ''].join('\n'));
  return path;
}

test('a controller starts before its etcd, says that nobody leads, is not ready, and is stopped by mqshutdown', async () => {
  const healthPort = await freePort();
  const file = config(
    'c.conf',
    ...['listenPort=0', 'controllerStorePath=/tmp/x', 'unknownKey=1', 'etcdTimeoutMillis=200'],
    `healthPort=${healthPort}`,
  );
  const server = shell.start('mqcontroller', ['-c', file]);
  const port = (await server.printed(BOOT))[1]!;
  const page = async (path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  assert.deepEqual([await page('/livez'), await page('/readyz')], ['200 ok\n', '503 etcd does not answer\n']);

  const shown = await shell.run('mqadmin', 'getControllerMetaData', '-a', `127.0.0.1:${port}`);
  assert.match(shown.stdout, /#ControllerLeaderId\tnull\n#ControllerLeaderAddress\tnull\n#Peer:/);
  const group = await shell.run('mqadmin', 'getSyncStateSet', '-a', `127.0.0.1:${port}`, '-b', 'broker-a');
  assert.equal(group.code, 2);
  assert.match(group.stderr, /no controller leads/);

  const stopped = await shell.run('mqshutdown', 'controller');
  assert.deepEqual([stopped.code, stopped.stderr], [0, '']);
  const { code, stderr } = await server.ended;
  assert.equal(code, 0);
  assert.match(stderr, /Unknown keys, without effect: unknownKey/);
  assert.match(stderr, /Without effect here: controllerStorePath/);
  const log = readFileSync(join(shell.home, 'logs/rocketmqlogs/controller.log'), 'utf8');
  assert.match(log, /etcd does not answer; tried again/);
});

test('a name server runs a controller in its process, on a port of its own; changes of both are in the file that a start reads', async () => {
  const port = await freePort();
  const file = config(
    'ns.conf',
    ...['listenPort=0', 'enableControllerInNamesrv=true', 'etcdTimeoutMillis=200', 'controllerDLegerGroup=g'],
    ...[`controllerDLegerPeers=n0-127.0.0.1:${port}`, 'controllerDLegerSelfId=n0'],
    // Read by one of the two; by none, with two tables that have it, and one.
    ...['scanNotActiveBrokerInterval=4000', 'serverWorkerThreads=9', 'productEnvName=x', 'metricsInDelta=true'],
  );
  const server = shell.start('mqnamesrv', ['-c', file]);
  const namesrv = (await server.printed(/Name Server boot success.*:(\d+)\n/))[1]!;
  const controller = (await server.printed(BOOT))[1]!;
  assert.equal(controller, String(port));
  assert.notEqual(namesrv, controller);
  const shown = await shell.run('mqadmin', 'getControllerMetaData', '-a', `127.0.0.1:${controller}`);
  assert.match(shown.stdout, /^\n#ControllerGroup\tg\n/);
  const change = (command: string, place: string, key: string, value: string) =>
    shell.run('mqadmin', command, place, `127.0.0.1:${place === '-a' ? controller : namesrv}`, '-k', key, '-v', value);
  const changed = await change('updateControllerConfig', '-a', 'enableElectUncleanMaster', 'true');
  assert.deepEqual([changed.code, changed.stderr], [0, '']);
  assert.equal((await change('updateNamesrvConfig', '-n', 'orderMessageEnable', 'true')).code, 0);
  const refused = await change('updateControllerConfig', '-a', 'listenPort', '1234');
  assert.match(refused.stdout + refused.stderr, /listenPort is the name server’s in this file/);
  const kept = readFileSync(file, 'utf8').trim().split('\n');
  for (const line of ['listenPort=0', 'enableElectUncleanMaster=true', 'orderMessageEnable=true']) {
    assert.ok(kept.includes(line), `${line} in ${kept}`);
  }
  server.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  assert.deepEqual([code, /Unknown keys/.test(stderr)], [0, false]);
  assert.match(stderr, /^Without effect here: serverWorkerThreads, productEnvName, metricsInDelta \(/m);
});

test('peers that do not fit together are named, in one line, and exit code 1', async () => {
  const peers = 'controllerDLegerPeers=n0-127.0.0.1:9878;n1-127.0.0.1:9868';
  const missing = await shell.run('mqcontroller', '-c', config('a.conf', peers, 'controllerDLegerSelfId=n7'));
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^controllerDLegerSelfId=n7 is none of controllerDLegerPeers \(n0, n1\) \([^\n]*\)\n$/);
  const broken = await shell.run('mqcontroller', '-c', config('b.conf', 'controllerDLegerPeers=n0:127.0.0.1:9878'));
  assert.match(broken.stderr, /^controllerDLegerPeers=n0:127\.0\.0\.1:9878 is not allowed: [^\n]*\n$/);
});

test('-p prints all properties and -h the usage', async () => {
  const printed = await shell.run('mqcontroller', '-p');
  assert.match(printed.stdout, /^brokerSilenceLimitMillis=7000$/m);
  assert.doesNotMatch(printed.stdout, /etcdPassword/);
  const usage = await shell.run('mqcontroller', '-h');
  assert.match(usage.stdout, /^usage: mqcontroller/);
});
