import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Health, nodeNetwork, nodeServePages } from '@rocketmq-ts/kernel';
import { freePort } from '@rocketmq-ts/testkit/java';
import { HealthPages } from '../src/health/health-pages.ts';
import { freePorts, listen } from './broker-process.ts';
import { Shell } from './command.ts';

const LIMIT_MS = 30_000;

let shell: Shell;
before(() => {
  shell = new Shell();
});
after(() => shell.dispose());

async function get(port: number, path: string, method = 'GET'): Promise<[status: number, body: string]> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return [answer.status, await answer.text()];
}

test('the pages show what a server says of itself, answer nothing else, and go with it', async () => {
  let health: Health | Error = { defects: [], unready: [] };
  const port = await freePort();
  const ask = (): Health => {
    if (health instanceof Error) throw health;
    return health;
  };
  const pages = new HealthPages({ host: '127.0.0.1', port, health: ask }, nodeServePages);
  await pages.start();
  assert.deepEqual(
    [await get(port, '/livez'), await get(port, '/readyz?verbose')],
    [
      [200, 'ok\n'],
      [200, 'ok\n'],
    ],
  );
  health = { defects: [], unready: ['it is starting', 'no name server knows it'] };
  assert.deepEqual(await get(port, '/livez'), [200, 'ok\n']);
  assert.deepEqual(await get(port, '/readyz'), [503, 'it is starting\nno name server knows it\n']);
  health = { defects: ['the store failed'], unready: ['the store failed'] };
  assert.deepEqual(await get(port, '/livez'), [503, 'the store failed\n']);
  health = new Error('planted');
  assert.deepEqual(await get(port, '/livez'), [500, 'planted\n']);
  assert.deepEqual(await get(port, '/'), [404, 'there are /livez, /readyz\n']);
  assert.deepEqual(await get(port, '/livez', 'POST'), [405, 'only GET and HEAD\n']);
  assert.deepEqual(await get(port, '/readyz', 'HEAD'), [500, '']);
  await pages.stop();
  await assert.rejects(get(port, '/livez'));
});

test('0.0.0.0 takes the addresses of both families, as it does for the server itself', async () => {
  const port = await freePort();
  const pages = new HealthPages(
    { host: '0.0.0.0', port, health: () => ({ defects: [], unready: [] }) },
    nodeServePages,
  );
  await pages.start();
  const hosts = ['127.0.0.1', ...(nodeNetwork.interfaces().some(({ address }) => address === '::1') ? ['[::1]'] : [])];
  for (const host of hosts) assert.equal((await fetch(`http://${host}:${port}/livez`)).status, 200);
  await pages.stop();
});

test('a port that is taken is named; port 0 opens none', async () => {
  const taken = await listen(await freePort());
  const source = { host: '127.0.0.1', health: () => ({ defects: [], unready: [] }) };
  const pages = new HealthPages({ ...source, port: taken!.port }, nodeServePages);
  await assert.rejects(pages.start(), { code: 'HEALTH_PORT_IN_USE', message: /set another healthPort/ });
  await taken!.close();
  const none = new HealthPages({ ...source, port: 0 }, nodeServePages);
  await none.start();
  await none.stop();
});

test('name server and broker, also with workers, are ready once they serve and are known', {
  timeout: LIMIT_MS,
}, async () => {
  const [namesrvPort, port, health, brokerHealth] = [
    await freePort(),
    await freePorts(),
    await freePort(),
    await freePort(),
  ];
  const conf = (name: string, ...lines: string[]): string => {
    const file = join(shell.home, name);
    writeFileSync(file, ['bindAddress=127.0.0.1', ...lines].join('\n'));
    return file;
  };
  const lines = [
    `listenPort=${port}`,
    `healthPort=${brokerHealth}`,
    'brokerName=a',
    'mappedFileSizeCommitLog=67108864',
  ];
  const brokerFile = conf('broker.conf', ...lines);
  const namesrvFile = conf('namesrv.conf', `listenPort=${namesrvPort}`, `healthPort=${health}`);
  for (const words of [[], ['-w', '2']]) {
    const broker = shell.start('mqbroker', ['-n', `127.0.0.1:${namesrvPort}`, '-c', brokerFile, ...words]);
    await broker.printed(/boot success/);
    const sentence =
      words.length === 0 ? 'no name server knows it\n' : 'a: no name server knows it\na-w1: no name server knows it\n';
    assert.deepEqual(await get(brokerHealth, '/readyz'), [503, sentence]);
    assert.deepEqual(await get(brokerHealth, '/livez'), [200, 'ok\n']);

    const namesrv = shell.start('mqnamesrv', ['-c', namesrvFile]);
    await namesrv.printed(/boot success/);
    assert.deepEqual(
      [await get(health, '/livez'), await get(health, '/readyz')],
      [
        [200, 'ok\n'],
        [200, 'ok\n'],
      ],
    );
    await broker.complained(
      words.length === 0 ? /Registered with/ : /a: Registered(.|\n)*a-w1: Reg|a-w1: Reg(.|\n)*a: Reg/,
    );
    assert.deepEqual(await get(brokerHealth, '/readyz'), [200, 'ok\n']);
    for (const each of [broker, namesrv]) each.kill('SIGTERM');
    assert.deepEqual([(await broker.ended).code, (await namesrv.ended).code], [0, 0]);
    await assert.rejects(get(brokerHealth, '/livez'));
  }
});
