import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ClientError } from '@rocketmq-ts/client';
import type { Connection } from '@rocketmq-ts/kernel';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';
const MINUTE_MS = 60_000;

let cluster: Cluster;
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
});

const start = (options: Parameters<typeof startCluster>[0] = {}): Promise<Cluster> =>
  startCluster({ seed: 11, nameServers: 2, topics: { [TOPIC]: 2 }, ...options });
/** A send by a client that knows no route yet. */
async function sendAnew(
  options: { readonly namesrvAddr?: string; readonly namesrvDomain?: string } = {},
): Promise<void> {
  const { namesrvAddr = options.namesrvDomain === undefined ? cluster.namesrvAddr : '' } = options;
  const producer = await cluster.producer({ producerGroup: 'orders', ...options, namesrvAddr });
  const { sendStatus } = await cluster.run(producer.send({ topic: TOPIC, body: 'hello' }));
  assert.equal(sendStatus, 'SEND_OK');
  await cluster.stopClient(producer);
}

/** A server that names name servers, on a machine of its own. */
async function addressServer(machine: string): Promise<{ names: string }> {
  const state = { names: '' };
  const serve = (connection: Connection): void => {
    connection.setHandlers({
      onData: () => {
        connection.write(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${state.names.length}\r\n\r\n${state.names}`));
      },
      onDrain: () => {},
      onClose: () => {},
    });
  };
  await cluster.environment.machine(machine).network.listen({ host: '0.0.0.0', port: 8080 }, serve);
  return state;
}

test('a client moves on to the next name server, whichever is killed or does not answer', async () => {
  cluster = await start();
  for (const name of ['namesrv-1', 'namesrv-2']) {
    cluster.nameServer(name).kill();
    for (let i = 0; i < 4; i++) await sendAnew();
    await cluster.nameServer(name).start();
    await cluster.advance(3000);
    for (let i = 1; i <= 4; i++) cluster.partition(name, `client-${i + (name === 'namesrv-1' ? 4 : 12)}`);
    for (let i = 0; i < 4; i++) await sendAnew();
    cluster.heal();
  }
});

test('a name server that lost a broker is not the last word: the next one is asked for the topic', async () => {
  cluster = await start();
  // Within these minutes the name server drops the silent broker.
  cluster.partition('broker-a', 'namesrv-1');
  await cluster.advance(3 * MINUTE_MS);
  for (let i = 0; i < 6; i++) await sendAnew();
});

test('a topic that no name server knows is an error of the first one that was asked', async () => {
  cluster = await start({ brokerProperties: { autoCreateTopicEnable: 'false' } });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  const isNoRoute = (error: unknown): boolean => error instanceof ClientError && error.code === 'ROUTE_NOT_FOUND';
  await assert.rejects(cluster.run(producer.send({ topic: 'Missing', body: 'hello' })), isNoRoute);
});

test('a name that has the addresses of several name servers is as good as their list, also when it leads elsewhere', async () => {
  cluster = await start({
    brokerProperties: {
      namesrvAddr: 'ns.example:9876',
      fetchNameSrvAddrByDnsLookup: 'true',
      autoCreateTopicEnable: 'true',
    },
    topics: {},
  });
  const { network } = cluster.environment;
  const namesrvAddr = 'ns.example:9876';
  network.nameHosts('ns.example', ['namesrv-1', 'namesrv-2']);
  // The broker looks the name up again.
  await cluster.advance(15_000);
  await cluster.createTopic(TOPIC, 2);
  for (const name of ['namesrv-1', 'namesrv-2']) {
    cluster.nameServer(name).kill();
    for (let i = 0; i < 3; i++) await sendAnew({ namesrvAddr });
    await cluster.nameServer(name).start();
    await cluster.advance(3000);
  }
  const producer = await cluster.producer({ producerGroup: 'orders', namesrvAddr });
  await cluster.run(producer.send({ topic: TOPIC, body: 'before' }));
  network.nameHosts('ns.example', ['namesrv-2']);
  await cluster.advance(2 * MINUTE_MS);
  cluster.nameServer('namesrv-1').kill();
  await sendAnew({ namesrvAddr });
  assert.equal((await cluster.run(producer.send({ topic: TOPIC, body: 'after' }))).sendStatus, 'SEND_OK');
});

test('an address server names the name servers of brokers and clients, and may be away later', async () => {
  cluster = await start({
    brokerProperties: {
      ...{ namesrvAddr: '', fetchNamesrvAddrByAddressServer: 'true', rmqAddressServerDomain: 'addresses' },
    },
    topics: {},
  });
  const server = await addressServer('addresses');
  await assert.rejects(sendAnew({ namesrvDomain: 'addresses' }), (error) => {
    assert.ok(error instanceof ClientError && error.code === 'NAMESRV_UNREACHABLE', String(error));
    assert.match(error.message, /http:\/\/addresses:8080\/rocketmq\/nsaddr can not be asked/);
    return true;
  });
  server.names = 'namesrv-1:9876';
  await cluster.advance(11_000);
  await cluster.createTopic(TOPIC, 2);
  await sendAnew({ namesrvDomain: 'addresses' });
  const producer = await cluster.producer({ producerGroup: 'orders', namesrvAddr: '', namesrvDomain: 'addresses' });
  server.names = 'namesrv-2:9876';
  await cluster.advance(2 * MINUTE_MS + 1000);
  cluster.nameServer('namesrv-1').kill();
  cluster.environment.network.refuse('addresses');
  await cluster.run(producer.send({ topic: TOPIC, body: 'after' }));
  await cluster.advance(5 * MINUTE_MS);
  await cluster.run(producer.send({ topic: TOPIC, body: 'much later' }));
});

test('an address that is given counts before the address server, which is not asked', async () => {
  cluster = await start();
  await sendAnew({ namesrvAddr: cluster.namesrvAddr, namesrvDomain: 'nowhere' });
  assert.equal(cluster.clock.monotonicMs() < 60_000, true);
});
