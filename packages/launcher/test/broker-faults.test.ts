import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BrokerProcess, freePorts, listen, logged, RawClient } from './broker-process.ts';
import { Shell } from './command.ts';

let shell: Shell;
before(() => {
  shell = new Shell();
});
after(() => shell.dispose());

/** One readable line on standard error: no stack, and what to change. */
function assertOneLine(text: string, pattern: RegExp): void {
  assert.match(text, pattern);
  assert.deepEqual(text.trimEnd().split('\n').length, 1, text);
}

test('a port in use ends the start with 1 and one line that names port and setting', async () => {
  const port = await freePorts();
  for (const taken of [port, port - 2]) {
    const holder = await listen(taken);
    assert.ok(holder);
    const broker = BrokerProcess.launch(shell, port, [`storePathRootDir=${shell.home}/port-in-use`]);
    const { code, stderr } = await broker.command.ended;
    assert.equal(code, 1);
    assertOneLine(stderr, new RegExp(`${taken}.*listenPort`, 'i'));
    await holder.close();
  }
});

test('a store folder that can not be written ends the start with 1 and one line that names it', async () => {
  const file = join(shell.home, 'a-file');
  writeFileSync(file, '');
  const places = [join(file, 'store')];
  if (process.getuid?.() !== 0) {
    const sealed = join(shell.home, 'sealed');
    mkdirSync(sealed);
    chmodSync(sealed, 0o500);
    places.push(join(sealed, 'store'));
  }
  for (const place of places) {
    const broker = BrokerProcess.launch(shell, await freePorts(), [`storePathRootDir=${place}`]);
    const { code, stderr } = await broker.command.ended;
    assert.equal(code, 1);
    assertOneLine(stderr, /storePathRootDir|can't be/);
    assert.ok(stderr.includes(place), stderr);
  }
});

test('a store that another broker uses ends the start with 1; the other one works on', async () => {
  const store = [`storePathRootDir=${shell.home}/locked`];
  const first = await BrokerProcess.start(shell, store);
  const second = BrokerProcess.launch(shell, await freePorts(), store);
  const { code, stderr } = await second.command.ended;
  assert.equal(code, 1);
  assertOneLine(stderr, /Lock failed, MQ already started: another broker uses the store folder .*locked/);
  const client = new RawClient(first.address);
  assert.equal((await client.send('T', 'x')).code, 0);
  await client.stop();
  first.command.kill('SIGTERM');
  assert.equal((await first.command.ended).code, 0);
});

test('unknown keys and keys without effect are named, and do not keep a broker from starting', async () => {
  const lines = ['sendMessageThreadPoolNums=16', 'noSuchThing=1', `storePathRootDir=${shell.home}/keys`];
  const broker = await BrokerProcess.start(shell, lines);
  broker.command.kill('SIGTERM');
  const { code, stderr } = await broker.command.ended;
  assert.equal(code, 0);
  assert.match(stderr, /^Unknown keys, without effect: noSuchThing /m);
  assert.match(stderr, /^Without effect here: sendMessageThreadPoolNums /m);
});

test('a broker starts without its name server, logs it, and registers when that comes up', async () => {
  const namesrvPort = await freePorts();
  const broker = await BrokerProcess.start(shell, [
    `namesrvAddr=127.0.0.1:${namesrvPort}`,
    'brokerName=early',
    `storePathRootDir=${shell.home}/early`,
  ]);
  const file = join(shell.home, 'namesrv.conf');
  writeFileSync(file, `listenPort=${namesrvPort}\nbindAddress=127.0.0.1\n`);
  const namesrv = shell.start('mqnamesrv', ['-c', file]);
  await namesrv.printed(/boot success/);
  for (;;) {
    const list = await shell.run('mqadmin', 'clusterList', '-n', `127.0.0.1:${namesrvPort}`);
    if (list.stdout.includes(`early`)) break;
  }
  broker.command.kill('SIGTERM');
  assert.equal((await broker.command.ended).code, 0);
  assert.match(logged(shell), /a name server can not be reached; it is tried again every second address=127\.0\.0\.1:/);
  assert.match(logged(shell), /registered with a name server again/);
  const list = await shell.run('mqadmin', 'clusterList', '-n', `127.0.0.1:${namesrvPort}`);
  assert.doesNotMatch(list.stdout, /early/);
  namesrv.kill('SIGTERM');
  await namesrv.ended;
});

for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
  test(`a stop under load with ${flushDiskType} ends with 0, and everything acknowledged is there afterwards`, async () => {
    const settings = [`storePathRootDir=${shell.home}/load-${flushDiskType}`, `flushDiskType=${flushDiskType}`];
    const broker = await BrokerProcess.start(shell, settings);
    const acknowledged: string[] = [];
    let next = 0;
    let enough = (): void => {};
    const loaded = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const clients = Array.from({ length: 4 }, () => new RawClient(broker.address));
    const loads = clients.flatMap((client) =>
      Array.from({ length: 8 }, async () => {
        for (;;) {
          const body = String(next++);
          try {
            if ((await client.send('T', body)).code !== 0) return;
          } catch {
            return;
          }
          acknowledged.push(body);
          if (acknowledged.length === 1000) enough();
        }
      }),
    );
    await loaded;
    broker.command.kill('SIGTERM');
    const { code } = await broker.command.ended;
    assert.equal(code, 0);
    await Promise.all(loads);
    await Promise.all(clients.map((client) => client.stop()));

    const again = await BrokerProcess.start(shell, settings);
    const client = new RawClient(again.address);
    const kept = new Set(await client.bodies('T'));
    assert.deepEqual(
      acknowledged.filter((body) => !kept.has(body)),
      [],
    );
    await client.stop();
    again.command.kill('SIGTERM');
    assert.equal((await again.command.ended).code, 0);
  });
}
