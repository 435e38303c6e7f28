import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type { Overview, Page, TopicRow } from '../src/api/index.ts';
import { createDashboard, type Dashboard } from '../src/index.ts';
import { consoleOf } from './support/console.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  folders.push(folder);
  return folder;
}

/** A console over sockets whose name server is not there. */
async function consoleIn(dataPath: string): Promise<Dashboard> {
  const console = await createDashboard({ clusters: [{ namesrvAddr: '127.0.0.1:1' }], port: 0, dataPath });
  await console.start();
  return console;
}

test('a name server that comes after the console is found; until then every list says what is missing', async () => {
  const cluster = await startCluster({ brokers: 2, topics: { T: 2 } });
  cluster.partition('console', 'namesrv-1');
  const console = await consoleOf(cluster);
  const topics = `/clusters/${console.id}/topics`;
  const early = await console.get<Page<TopicRow>>(topics);
  assert.equal(early.total, 0);
  assert.match(early.failures[0]?.message ?? '', /no name server could be asked/);
  const { findings } = await console.get<Overview>(`/clusters/${console.id}/overview`);
  assert.ok(findings.some(({ kind }) => kind === 'noNameServer'));
  cluster.heal();
  await cluster.advance(60_000);
  const later = await console.get<Page<TopicRow>>(`${topics}?filter=T`);
  assert.ok(
    later.rows.some(({ topic }) => topic === 'T'),
    JSON.stringify(later),
  );
  assert.deepEqual(later.failures, []);
  await console.stop();
  await cluster.stop();
});

test('files of the data folder that are damaged or no files cost what is in them, not the console', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'history.sqlite'), 'this is no database, but long enough to be taken for one'.repeat(100));
  writeFileSync(join(folder, 'clusters.json'), '{"half":');
  mkdirSync(join(folder, 'audit.jsonl'));
  const console = await consoleIn(folder);
  const [first] = console.registry.list();
  const answer = await console.http.inject({ url: `/api/v1/clusters/${first!.id}/overview` });
  assert.equal(answer.statusCode, 200);
  const history = answer.json<Overview>().findings.find(({ kind }) => kind === 'historyInMemory');
  assert.match((history as { reason?: string } | undefined)?.reason ?? '', /not a database/, answer.body);
  const payload = { namesrvAddr: '127.0.0.1:2' };
  assert.equal((await console.http.inject({ method: 'POST', url: '/api/v1/clusters', payload })).statusCode, 200);
  const audit = await console.http.inject({ url: '/api/v1/audit' });
  assert.equal(audit.json<Page<unknown>>().total, 1, 'the change is on the page, though no file takes it');
  await console.stop();
});

test('300 pages that ask at the same time are all answered', async () => {
  const console = await consoleIn(newFolder());
  const [first] = console.registry.list();
  const ask = async (): Promise<number> => (await fetch(`${console.url}api/v1/clusters/${first!.id}/overview`)).status;
  const statuses = await Promise.all(Array.from({ length: 300 }, ask));
  assert.deepEqual([...new Set(statuses)], [200]);
  await console.stop();
});

test('a connection whose reader does not read is closed', async () => {
  const console = await consoleIn(newFolder());
  const { server } = console.http;
  assert.ok(server.timeout > 0 && server.timeout <= 120_000, `${server.timeout} ms`);
  server.timeout = 200;
  const { port } = new URL(console.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.pause();
  const closed = new Promise((resolve) => server.once('connection', (peer) => peer.once('close', resolve)));
  // Many answers for which nobody comes fill the buffers of both ends.
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20_000));
  socket.on('error', () => {});
  const outcome = await Promise.race([closed.then(() => 'closed'), sleep(20_000, 'open', { ref: false })]);
  assert.equal(outcome, 'closed');
  socket.destroy();
  await console.stop();
});
