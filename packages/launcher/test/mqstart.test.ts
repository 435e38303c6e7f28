import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePorts } from './broker-process.ts';
import { Shell } from './command.ts';

let shell: Shell;
before(() => {
  shell = new Shell();
});
after(() => shell.dispose());

function config(name: string, ...lines: string[]): string {
  const path = join(shell.home, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

// docker-rocketmq#15, rocketmq#3440: the address found among the interfaces is not where this broker listens.
test('one command starts name server and broker; clients find the broker where they came in; mqshutdown ends both', async () => {
  const port = await freePorts();
  const namesrvPort = await freePorts();
  const file = config('broker.conf', `listenPort=${port}`, 'bindAddress=127.0.0.1', 'brokerName=one');
  const server = shell.start('mqstart', ['-c', file, '-d', 'data', '-np', String(namesrvPort), '-dp', '0']);
  const ready = await server.printed(
    /The broker\[one, .*:(\d+)\] boot success\. .*\nReady: .*\nData in (.*), logs in .*\n/,
  );
  assert.deepEqual([ready[1], ready[2]], [String(port), join(shell.home, 'data')]);

  const list = await shell.run('mqadmin', 'clusterList', '-n', `127.0.0.1:${namesrvPort}`);
  assert.match(list.stdout, new RegExp(`DefaultCluster +one +0 +127\\.0\\.0\\.1:${port} `));

  const rivalFile = config(
    'rival.conf',
    `storePathRootDir=${shell.home}/data/store`,
    `listenPort=${await freePorts()}`,
    'bindAddress=127.0.0.1',
  );
  const rival = await shell.run('mqbroker', '-c', rivalFile);
  assert.equal(rival.code, 1);
  assert.match(rival.stderr, /^[^\n]*another broker uses the store folder [^\n]*\n$/);

  const stopped = await shell.run('mqshutdown', 'broker');
  assert.equal(stopped.code, 0);
  assert.equal(stopped.stdout.split('\n')[0], `The mqstart with name server and broker(${server.pid}) is running...`);
  assert.equal((await server.ended).code, 0);
});

test('without a configuration file, changed properties are kept beside the store', async () => {
  // What `-c` names is a stream here: it can be read and not be written.
  const port = await freePorts();
  const namesrvPort = await freePorts();
  const stdin = openSync(config('streamed.conf', `listenPort=${port}`, 'bindAddress=127.0.0.1'), 'r');
  const server = shell.start('mqstart', ['-d', 'kept', '-np', String(namesrvPort), '-dp', '0', '-c', '/dev/fd/0'], {
    stdin,
  });
  await server.printed(/Ready: /);
  closeSync(stdin);
  const change = ['-b', `127.0.0.1:${port}`, '-k', 'maxMessageSize', '-v', '2097152'];
  const changed = await shell.run('mqadmin', 'updateBrokerConfig', '-n', `127.0.0.1:${namesrvPort}`, ...change);
  assert.deepEqual([changed.stderr, changed.code], ['', 0]);
  const kept = readFileSync(join(shell.home, 'kept/store/config/broker.properties'), 'utf8');
  assert.match(kept, /^maxMessageSize=2097152$/m);
  // A store made with these can be opened with this file by mqbroker, too.
  assert.match(kept, /^brokerName=broker-a$[\s\S]*^mappedFileSizeCommitLog=67108864$/m);
  await shell.run('mqshutdown', 'broker');
  assert.equal((await server.ended).code, 0);
});

test('with tls.server.mode=enforcing its parts and mqadmin talk TLS, and plain connections get nothing', async () => {
  const namesrv = `127.0.0.1:${await freePorts()}`;
  const file = config('tls.conf', `listenPort=${await freePorts()}`, 'bindAddress=127.0.0.1', 'brokerName=safe');
  const words = ['-c', file, '-d', 'safe', '-np', namesrv.split(':')[1]!, '-dp', '0', '-Dtls.server.mode=enforcing'];
  const server = shell.start('mqstart', words);
  await server.printed(/Ready: /);
  const list = await shell.run('mqadmin', '-Dtls.enable=true', 'clusterList', '-n', namesrv);
  assert.match(list.stdout, /DefaultCluster +safe /);
  const plain = await shell.run('mqadmin', 'clusterList', '-n', namesrv);
  assert.match(plain.stderr, /The connection to [^ ]+ was lost/);
  const rival = await shell.run('mqstart', ...words.map((word) => (word === 'safe' ? 'rival' : word)));
  assert.equal(rival.code, 1);
  assert.match(rival.stderr, /^Port \d+ is in use: [^\n]*-np\n$/);
  await shell.run('mqshutdown', 'broker');
  assert.equal((await server.ended).code, 0);
});

test('a broker names what is wrong with its configuration, and ends with Apache’s codes where it has some', async () => {
  const bad = await shell.run('mqbroker', '-c', config('bad.conf', 'flushDiskType=SOON'));
  assert.deepEqual([bad.code, bad.stderr.split('\n').length], [1, 2]);
  assert.match(bad.stderr, /^flushDiskType=SOON is not allowed: flushDiskType takes one of ASYNC_FLUSH, SYNC_FLUSH/);
  const address = await shell.run('mqbroker', '-n', 'localhost');
  assert.equal(address.code, 253);
  assert.match(address.stderr, /^The Name Server Address\[localhost\] illegal/);
  const slave = await shell.run('mqbroker', '-c', config('slave.conf', 'brokerRole=SLAVE'));
  assert.deepEqual([slave.code, slave.stderr.split('\n').length], [253, 2]);
  assert.match(slave.stderr, /^Slave's brokerId must be > 0: it is 0, which is the master's; set brokerId=1 /);
});
