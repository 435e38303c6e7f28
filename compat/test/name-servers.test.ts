import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Producer, type ProducerOptions, silentLogger } from '@rocketmq-ts/client';
import {
  type ApacheServer,
  brokerIsRegistered,
  runApacheMqadmin,
  shortLivedJavaOptions,
  startApacheBroker,
  startApacheNamesrv,
} from '@rocketmq-ts/testkit/java';
import { type OurServer, runOurCommand, startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { runNameServerScript } from '../support/name-server-script.ts';
import { unlessJava } from '../support/needs.ts';

const TEST_MS = 90_000;
const properties = { supportActingMaster: true, notifyMinBrokerIdChanged: true, scanNotActiveBrokerInterval: 500 };

suite('name servers of two makes', { skip: unlessJava() }, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-namesrv-'));
  let apache: ApacheServer;
  let our: OurServer;
  /** What the address server answers. */
  let named = '';
  const addressServer = createServer((_request, response) => void response.end(`${named}\n`));
  let domain: string;

  before(async () => {
    [apache, our] = await Promise.all([
      startApacheNamesrv({ home: join(home, 'apache-namesrv'), properties }),
      startOurNamesrv({ home: join(home, 'our-namesrv'), properties }),
    ]);
    await new Promise<void>((resolve) => addressServer.listen(0, '127.0.0.1', resolve));
    domain = `127.0.0.1:${(addressServer.address() as AddressInfo).port}`;
  });
  after(async () => {
    addressServer.close();
    addressServer.closeAllConnections();
    await Promise.all([apache.kill(), our.kill()]);
    rmSync(home, { recursive: true, force: true });
  });

  test('answers, routes and notices are the same through every life of a replica group', {
    timeout: TEST_MS,
  }, async () => {
    const [expected, actual] = await Promise.all([
      runNameServerScript(apache.address),
      runNameServerScript(our.address),
    ]);
    for (const [index, step] of expected.entries()) assert.deepEqual(actual[index], step);
    assert.equal(actual.length, expected.length);
  });

  test('an address server leads brokers, clients and tools of both makes to both name servers, one of which may end', {
    timeout: TEST_MS,
  }, async () => {
    named = `${apache.address};${our.address}`;
    const settings = { fetchNamesrvAddrByAddressServer: true, rmqAddressServerDomain: domain };
    const [ours, apaches] = await Promise.all([
      startOurBroker({
        home: join(home, 'our-broker'),
        namesrv: '',
        properties: { ...settings, brokerName: 'broker-a' },
      }),
      startApacheBroker({
        home: join(home, 'apache-broker'),
        namesrv: named,
        properties: { brokerName: 'broker-b', mappedFileSizeCommitLog: 64 * 1024 * 1024 },
      }),
    ]);
    try {
      for (const { address } of [apache, our]) {
        for (const broker of [ours, apaches]) await brokerIsRegistered(address, broker.address, 30_000);
      }
      const both = [new RegExp(`broker-a +0 +${ours.address} `), new RegExp(`broker-b +0 +${apaches.address} `)];
      const byDomain = `-Drocketmq.namesrv.domain=${domain}`;
      const javaOptions = [...shortLivedJavaOptions, byDomain];
      const lists = await Promise.all([
        runApacheMqadmin(['clusterList'], { home: join(home, 'mqadmin'), javaOptions }),
        runOurCommand('mqadmin', [byDomain, 'clusterList'], { home: join(home, 'our-mqadmin') }),
      ]);
      for (const { output } of lists) for (const line of both) assert.match(output, line);

      await apache.kill();
      // Our client asks the next name server within the same call, Apache's with its next one.
      assert.deepEqual(await brokersReached({ namesrvAddr: named }), ['broker-a', 'broker-b']);
      assert.deepEqual(await brokersReached({ namesrvDomain: domain }), ['broker-a', 'broker-b']);
    } finally {
      await Promise.all([ours.kill(), apaches.kill()]);
    }
  });
});

/** The brokers that take the sends of a new client. */
async function brokersReached(options: Pick<ProducerOptions, 'namesrvAddr' | 'namesrvDomain'>): Promise<string[]> {
  const producer = new Producer({ ...options, producerGroup: 'moves_on', logger: silentLogger });
  await producer.start();
  try {
    const reached = new Set<string>();
    for (let i = 0; i < 16; i++)
      reached.add((await producer.send({ topic: 'Reached', body: 'x' })).messageQueue.brokerName);
    return [...reached].sort();
  } finally {
    await producer.stop();
  }
}
