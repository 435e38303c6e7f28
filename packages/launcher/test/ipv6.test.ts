import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { createOffsetMessageId } from '@rocketmq-ts/protocol';
import { freePort } from '@rocketmq-ts/testkit/java';
import { freePorts } from './broker-process.ts';
import { Shell } from './command.ts';

const hasIpv6 = nodePlatform.network.interfaces().some((each) => each.address === '::1');
const needsIpv6 = hasIpv6 ? {} : { skip: 'this machine has no ::1' };

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

test('name server, broker and mqadmin work over IPv6 alone, with and without brackets', needsIpv6, async () => {
  const namesrv = shell.start('mqnamesrv', ['-c', config('ns.conf', 'listenPort=0', 'bindAddress=[::1]')]);
  const [, namesrvPort] = await namesrv.printed(/boot success.*address \[::1\]:(\d+)/);
  const dead = await freePort();
  const port = await freePorts();
  const file = config(
    'broker.conf',
    `listenPort=${port}`,
    'bindAddress=::1',
    'brokerIP1=[::1]',
    'brokerName=six',
    'mappedFileSizeCommitLog=1048576',
  );
  const broker = shell.start('mqbroker', ['-n', `127.0.0.1:${dead};[::1]:${namesrvPort}`, '-c', file]);
  await broker.printed(/The broker\[six, \[::1\]:\d+\] boot success/);

  const list = await shell.run('mqadmin', 'clusterList', '-n', `127.0.0.1:${dead};[::1]:${namesrvPort}`);
  assert.match(list.stdout, new RegExp(`DefaultCluster +six +0 +\\[::1\\]:${port} `));
  const status = await shell.run('mqadmin', 'brokerStatus', '-n', `[::1]:${namesrvPort}`, '-b', `::1:${port}`);
  assert.match(status.stdout, /bootTimestamp/);
  const topic = ['-t', 'TopicTest', '-n', `[::1]:${namesrvPort}`];
  await shell.run('mqadmin', 'updateTopic', '-b', `[::1]:${port}`, ...topic);
  const sent = await shell.run('mqadmin', 'sendMessage', ...topic, '-p', 'hello', '-k', 'key');
  assert.match(sent.stdout, /six +\d+ +SEND_OK/);
  const found = await shell.run('mqadmin', 'queryMsgByKey', ...topic, '-k', 'key');
  const [uniqueKey] = /\b[0-9A-F]{32,56}\b/.exec(found.stdout) ?? [];
  const message = await shell.run('mqadmin', 'queryMsgByUniqueKey', ...topic, '-i', uniqueKey ?? '');
  assert.match(message.stdout, /Born Host: +\[::1\]:\d+/);
  const [, offset] = /CommitLog Offset: +(\d+)/.exec(message.stdout) ?? [];
  const offsetId = createOffsetMessageId({ host: '::1', port }, Number(offset));
  const byId = await shell.run('mqadmin', 'queryMsgById', ...topic, '-i', offsetId);
  assert.match(byId.stdout, new RegExp(`Store Host: +\\[::1\\]:${port}`));

  broker.kill('SIGTERM');
  assert.equal((await broker.ended).code, 0);
  namesrv.kill('SIGTERM');
  await namesrv.ended;
});

test(
  'without a bindAddress both families are served, and each client finds the broker where it came in',
  needsIpv6,
  async () => {
    const port = await freePorts();
    const namesrvPort = await freePort();
    const file = config('both.conf', `listenPort=${port}`, 'brokerName=both', 'mappedFileSizeCommitLog=1048576');
    const server = shell.start('mqstart', ['-c', file, '-d', 'both', '-np', String(namesrvPort), '-dp', '0']);
    await server.printed(/Ready: /);
    for (const [namesrv, host] of [
      ['127.0.0.1', '127\\.0\\.0\\.1'],
      ['[::1]', '\\[::1\\]'],
    ] as const) {
      const list = await shell.run('mqadmin', 'clusterList', '-n', `${namesrv}:${namesrvPort}`);
      assert.match(list.stdout, new RegExp(`DefaultCluster +both +0 +${host}:${port} +V5`), list.stderr);
    }
    server.kill('SIGTERM');
    assert.equal((await server.ended).code, 0);
  },
);

test('an address that other machines could not connect to is refused with the reason', async () => {
  for (const [line, reason] of [
    ['brokerIP1=fe80::1%eth0', /one link of one machine only/],
    ['brokerIP1=[fe80::1]', /one link of one machine only/],
    ['bindAddress=[::g]', /no IPv6 address/],
    ['namesrvAddr=[fe80::1]:9876', /needs the name of an interface/],
  ] as const) {
    const refused = await shell.run('mqbroker', '-c', config('refused.conf', line));
    assert.match(refused.stderr, reason);
    assert.deepEqual([refused.code === 0, refused.stderr.split('\n').length], [false, 2]);
  }
});
