import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { LiveConfig, readConfig, silentLogger } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  type Command,
  createTopicConfigWrapper,
  decodeBrokerMemberGroup,
  decodeClusterInfo,
  decodeKVTable,
  decodeTopicList,
  decodeTopicRouteData,
  encodeDataVersion,
  encodeRegisterBrokerBody,
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  GET_BROKER_CLUSTER_INFO,
  GET_BROKER_MEMBER_GROUP,
  GET_KV_CONFIG,
  GET_KVLIST_BY_NAMESPACE,
  GET_NAMESRV_CONFIG,
  GET_ROUTEINFO_BY_TOPIC,
  GET_SYSTEM_TOPIC_LIST_FROM_NS,
  GET_TOPICS_BY_CLUSTER,
  NOTIFY_MIN_BROKER_ID_CHANGE,
  PUT_KV_CONFIG,
  parseProperties,
  parsePropertiesFile,
  QUERY_DATA_VERSION,
  REGISTER_BROKER,
  type RequestInput,
  UNREGISTER_BROKER,
  UPDATE_NAMESRV_CONFIG,
  WIPE_WRITE_PERM_OF_BROKER,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, createRemotingServer, type RemotingClient, type Response } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { createNamesrv, namesrvConfigTable } from '../src/index.ts';
import type { LocalBrokerPort } from '../src/reachable-address.ts';
import { topics, version } from './broker-of-test.ts';

let environment: SimulatedEnvironment;
let stops: (() => unknown)[];

beforeEach(() => {
  environment = new SimulatedEnvironment(1);
  stops = [];
});
afterEach(async () => {
  const stopping = stops.reverse().map((stop) => stop());
  await environment.clock.advance(1000);
  await Promise.all(stopping);
  assert.equal(environment.clock.pendingTimers, 0);
});

async function startNamesrv(
  properties: Record<string, string> = {},
  localBrokerPort?: LocalBrokerPort,
): Promise<string> {
  const platform = environment.machine('ns');
  const given = new Map(Object.entries({ kvConfigPath: '/ns/kv.json', configStorePath: '/ns/ns.conf', ...properties }));
  const config = new LiveConfig(namesrvConfigTable, readConfig(namesrvConfigTable, given).config, {
    given: given.keys(),
  });
  const namesrv = createNamesrv({ platform, logger: silentLogger, config, localBrokerPort });
  await namesrv.start();
  stops.push(() => namesrv.stop());
  return `ns:${namesrv.port}`;
}

async function startClient(host = 'client'): Promise<RemotingClient> {
  const client = createRemotingClient({ platform: environment.machine(host), logger: silentLogger });
  await client.start();
  stops.push(() => client.stop());
  return client;
}

class Caller {
  readonly client: RemotingClient;
  readonly address: string;

  constructor(client: RemotingClient, address: string) {
    this.client = client;
    this.address = address;
  }

  ask<C extends Command>(
    command: C,
    header: RequestInput<C>,
    body?: Buffer,
    extFields?: Record<string, string>,
  ): Promise<Response<C>> {
    return this.client.request(this.address, command, header, { timeoutMs: 3000, body, extFields });
  }

  register(
    changes: Partial<RequestInput<typeof REGISTER_BROKER>> = {},
    counter = 1,
    names = ['T'],
    compressed = false,
  ) {
    const body = encodeRegisterBrokerBody(
      {
        topicConfigSerializeWrapper: createTopicConfigWrapper(topics(...names), version(counter)),
        filterServerList: [],
      },
      { compressed, version: 493 },
    );
    const bodyCrc32 = crc32(body) & 0x7fffffff;
    return this.ask(REGISTER_BROKER, { ...master, bodyCrc32, ...changes }, body);
  }

  async addresses(topic = 'T'): Promise<Record<string, string> | number> {
    const response = await this.ask(GET_ROUTEINFO_BY_TOPIC, { topic });
    if (response.code !== 0) return response.code;
    return Object.fromEntries(decodeTopicRouteData(response.body).brokerDatas[0]!.brokerAddrs);
  }
}

const master = {
  clusterName: 'C',
  brokerName: 'a',
  brokerAddr: '10.0.0.1:10911',
  brokerId: 0,
  haServerAddr: '10.0.0.1:10912',
};

async function start(properties: Record<string, string> = {}, localBrokerPort?: LocalBrokerPort): Promise<Caller> {
  return new Caller(await startClient(), await startNamesrv(properties, localBrokerPort));
}

test('what a broker registers is found by topic, by cluster and by name', async () => {
  const caller = await start();
  assert.equal((await caller.register()).code, 0);
  assert.deepEqual(await caller.addresses(), { 0: master.brokerAddr });
  const info = decodeClusterInfo((await caller.ask(GET_BROKER_CLUSTER_INFO, {})).body);
  assert.deepEqual([...info.clusterAddrTable], [['C', ['a']]]);
  const group = await caller.ask(GET_BROKER_MEMBER_GROUP, { clusterName: 'C', brokerName: 'a' });
  assert.deepEqual([...decodeBrokerMemberGroup(group.body)!.brokerAddrs], [[0, master.brokerAddr]]);
  const list = decodeTopicList((await caller.ask(GET_TOPICS_BY_CLUSTER, { cluster: 'C' })).body);
  assert.deepEqual([...list.topicList].sort(), ['SELF_TEST_TOPIC', 'T', 'TBW102']);
  const system = decodeTopicList((await caller.ask(GET_SYSTEM_TOPIC_LIST_FROM_NS, {})).body);
  assert.deepEqual([system.topicList, system.brokerAddr], [['C', 'a'], master.brokerAddr]);
});

test('a compressed registration is read although its header denies it', async () => {
  const caller = await start();
  assert.equal((await caller.register({ compressed: false }, 1, ['T'], true)).code, 0);
  assert.deepEqual(await caller.addresses(), { 0: master.brokerAddr });
});

test('a registration that was damaged on its way is refused', async () => {
  const caller = await start();
  const response = await caller.register({ bodyCrc32: 1 });
  assert.equal(response.code, 1);
  assert.match(response.remark ?? '', /^crc32 not match: the body of REGISTER_BROKER is not the one/);
  assert.equal(await caller.addresses(), 17);
});

test('a slave gets the address of its master, a master gets none', async () => {
  const caller = await start();
  const first = await caller.register();
  assert.deepEqual([first.header.masterAddr, first.header.haServerAddr], [undefined, undefined]);
  const response = await caller.register({ brokerId: 1, brokerAddr: '10.0.0.2:10911' });
  assert.deepEqual(
    [response.header.masterAddr, response.header.haServerAddr],
    [master.brokerAddr, master.haServerAddr],
  );
});

test('a broker that unregisters is out of the routes with its answer', async () => {
  const caller = await start();
  await caller.register();
  assert.equal((await caller.ask(UNREGISTER_BROKER, master)).code, 0);
  assert.equal(await caller.addresses(), 17);
});

test('a broker whose connection is closed is removed at once, unless it came back through another', async () => {
  const caller = await start();
  const first = new Caller(await startClient('b1'), caller.address);
  const second = new Caller(await startClient('b2'), caller.address);
  await first.register();
  await second.register();
  first.client.closeConnection(caller.address);
  await environment.clock.advance(10);
  assert.deepEqual(await caller.addresses(), { 0: master.brokerAddr });
  second.client.closeConnection(caller.address);
  await environment.clock.advance(10);
  assert.equal(await caller.addresses(), 17);
});

test('a silent broker is dropped after the time it promised, and heartbeats keep it', async () => {
  const caller = await start();
  const broker = new Caller(await startClient('b'), caller.address);
  await broker.register({ heartbeatTimeoutMillis: 10_000 });
  for (let i = 0; i < 4; i++) {
    await environment.clock.advance(8000);
    await broker.client.notify(caller.address, BROKER_HEARTBEAT, master);
  }
  assert.deepEqual(await caller.addresses(), { 0: master.brokerAddr });
  await environment.clock.advance(16_000);
  assert.equal(await caller.addresses(), 17);
});

test('a data version shows whether a registration is needed, and counts as a heartbeat', async () => {
  const caller = await start();
  const ask = (counter: number) => caller.ask(QUERY_DATA_VERSION, master, encodeDataVersion(version(counter)));
  const unknown = await ask(1);
  assert.deepEqual([unknown.header.changed, unknown.body.length], [true, 0]);
  await caller.register();
  const same = await ask(1);
  assert.deepEqual([same.header.changed, same.body.toString()], [false, encodeDataVersion(version(1)).toString()]);
  assert.equal((await ask(2)).header.changed, true);
});

// Only readers from 4.9.4 on get quoted ids. Source: ClientRequestProcessor#getRouteInfoByTopic.
test('cluster information has unquoted broker ids, a route for new clients quoted ones', async () => {
  const caller = await start();
  await caller.register();
  assert.match((await caller.ask(GET_BROKER_CLUSTER_INFO, {})).body.toString(), /\{0:"10/);
  assert.match((await caller.ask(GET_ROUTEINFO_BY_TOPIC, { topic: 'T' })).body.toString(), /\{"0":"10/);
});

test('a route that is missing is explained', async () => {
  const caller = await start();
  await caller.register();
  const response = await caller.ask(GET_ROUTEINFO_BY_TOPIC, { topic: 'TT' });
  assert.equal(response.code, 17);
  assert.match(response.remark!, /^No topic route info in name server for the topic: TT\nSee .*Similar topics: T\.$/s);
});

// rocketmq#3440, #2933: a client reaches the broker of its own process by the address it came to.
test('in one process a broker of found address has the address to which the client connected', async () => {
  const caller = await start({}, (address) => (address === master.brokerAddr ? 10911 : undefined));
  await caller.register();
  await caller.register({ brokerName: 'b', brokerAddr: '10.0.0.9:10911' });
  const response = await caller.ask(GET_ROUTEINFO_BY_TOPIC, { topic: 'T' });
  const addresses = decodeTopicRouteData(response.body).brokerDatas.map((data) => data.brokerAddrs.get(0)!);
  assert.equal(addresses[1], '10.0.0.9:10911');
  assert.match(addresses[0]!, /:10911$/);
  assert.notEqual(addresses[0], master.brokerAddr);
});

test('zones: a client that keeps to its own sees other zones only where the master is down', async () => {
  const caller = await start();
  await caller.register({ zoneName: 'z1' });
  await caller.register({ brokerName: 'b', brokerAddr: 'b:1', zoneName: 'z2' });
  const names = async (extFields: Record<string, string>): Promise<string[]> => {
    const response = await caller.ask(GET_ROUTEINFO_BY_TOPIC, { topic: 'T' }, undefined, extFields);
    const route = decodeTopicRouteData(response.body);
    assert.deepEqual(
      route.brokerDatas.map((data) => data.brokerName),
      route.queueDatas.map((data) => data.brokerName),
    );
    return route.brokerDatas.map((data) => data.brokerName);
  };
  assert.deepEqual(await names({ __ZONE_MODE: 'true', __ZONE_NAME: 'Z2' }), ['b']);
  assert.deepEqual(await names({ __ZONE_MODE: 'false', __ZONE_NAME: 'Z2' }), ['a', 'b']);
  await caller.ask(UNREGISTER_BROKER, master);
  await caller.register({ brokerId: 1, zoneName: 'z1' });
  await caller.register({ zoneName: 'z1', brokerName: 'c', brokerAddr: 'c:1' });
  assert.deepEqual(await names({ __ZONE_MODE: 'true', __ZONE_NAME: 'z2' }), ['b']);
});

test('routes can be refused for a while after the start', async () => {
  const caller = await start({ needWaitForService: 'true', waitSecondsForService: '45' });
  await caller.register();
  assert.equal(await caller.addresses(), 1);
  await environment.clock.advance(45_000);
  assert.deepEqual(await caller.addresses(), { 0: master.brokerAddr });
});

test('write permission is wiped with the count of topics', async () => {
  const caller = await start();
  await caller.register();
  assert.equal((await caller.ask(WIPE_WRITE_PERM_OF_BROKER, { brokerName: 'a' })).header.wipeTopicCount, 3);
  assert.equal((await caller.ask(WIPE_WRITE_PERM_OF_BROKER, { brokerName: 'absent' })).header.wipeTopicCount, 0);
});

test('key-value pairs outlive the process, and order configurations reach brokers and routes', async () => {
  const caller = await start({ orderMessageEnable: 'true' });
  const missing = await caller.ask(GET_KV_CONFIG, { namespace: 'n', key: 'k' });
  assert.deepEqual([missing.code, missing.remark], [22, 'No config item, Namespace: n Key: k']);
  await caller.ask(PUT_KV_CONFIG, { namespace: 'ORDER_TOPIC_CONFIG', key: 'T', value: 'a:4' });
  assert.deepEqual([...decodeKVTable((await caller.register()).body)], [['T', 'a:4']]);
  const route = decodeTopicRouteData((await caller.ask(GET_ROUTEINFO_BY_TOPIC, { topic: 'T' })).body);
  assert.equal(route.orderTopicConf, 'a:4');
  assert.equal(
    environment.machine('ns').disk.readFile('/ns/kv.json')?.toString(),
    '{"configTable":{"ORDER_TOPIC_CONFIG":{"T":"a:4"}}}',
  );
  const next = new Caller(caller.client, await startNamesrv({ listenPort: '9877' }));
  const list = await next.ask(GET_KVLIST_BY_NAMESPACE, { namespace: 'ORDER_TOPIC_CONFIG' });
  assert.deepEqual([...decodeKVTable(list.body)], [['T', 'a:4']]);
});

test('key-value pairs come from the backup when their file is empty, and a start without a good copy is refused', async () => {
  const caller = await start();
  await caller.ask(PUT_KV_CONFIG, { namespace: 'N', key: 'K', value: 'V' });
  const { disk } = environment.machine('ns');
  assert.equal(disk.readFile('/ns/kv.json.bak')?.toString(), disk.readFile('/ns/kv.json')?.toString());
  disk.open('/ns/kv.json', 'write').truncate(0);
  const next = new Caller(caller.client, await startNamesrv({ listenPort: '9877' }));
  assert.deepEqual(
    [...decodeKVTable((await next.ask(GET_KVLIST_BY_NAMESPACE, { namespace: 'N' })).body)],
    [['K', 'V']],
  );
  await next.ask(PUT_KV_CONFIG, { namespace: 'N', key: 'L', value: 'W' });
  for (const name of ['/ns/kv.json', '/ns/kv.json.bak']) {
    const file = disk.open(name, 'write');
    file.truncate(0);
    file.writeSync(Buffer.from('{"other":1}'), 0, 11, 0);
    file.close();
  }
  await assert.rejects(startNamesrv({ listenPort: '9878' }), { code: 'SAVED_FILE_BROKEN', message: /\/ns\/kv\.json/ });
});

test('a change of the configuration never takes an empty file as the backup', async () => {
  const caller = await start();
  const update = (text: string) => caller.ask(UPDATE_NAMESRV_CONFIG, {}, Buffer.from(text));
  await update('enableTopicList=false\n');
  await update('enableTopicList=true\n');
  const { disk } = environment.machine('ns');
  const before = disk.readFile('/ns/ns.conf.bak')!.toString();
  disk.open('/ns/ns.conf', 'write').truncate(0);
  await update('enableAllTopicList=false\n');
  assert.equal(disk.readFile('/ns/ns.conf.bak')!.toString(), before);
  assert.equal(parseProperties(disk.readFile('/ns/ns.conf')!.toString()).get('enableAllTopicList'), 'false');
});

test('a port that another process has is refused for the next start', async () => {
  const caller = await start();
  const listener = await environment.machine('ns').network.listen({ host: '0.0.0.0', port: 10911 }, () => {});
  const { code, remark } = await caller.ask(UPDATE_NAMESRV_CONFIG, {}, Buffer.from('listenPort=10911'));
  assert.deepEqual(
    [code, remark],
    [1, "listenPort=10911 is not allowed: this machine can't listen at 0.0.0.0:10911 (EADDRINUSE)"],
  );
  await listener.close();
});

test('topic lists can be switched off, also while running', async () => {
  const caller = await start();
  const body = Buffer.from('enableAllTopicList=false\n');
  assert.equal((await caller.ask(UPDATE_NAMESRV_CONFIG, {}, body)).code, 0);
  const response = await caller.ask(GET_ALL_TOPIC_LIST_FROM_NAMESERVER, {});
  assert.deepEqual(
    [response.code, response.remark],
    [
      1,
      'disable: GET_ALL_TOPIC_LIST_FROM_NAMESERVER is switched off here; switch it on with mqadmin updateNamesrvConfig -k enableAllTopicList -v true',
    ],
  );
  const stored = parseProperties(environment.machine('ns').disk.readFile('/ns/ns.conf')!.toString());
  assert.equal(stored.get('enableAllTopicList'), 'false');
  const shown = parseProperties((await caller.ask(GET_NAMESRV_CONFIG, {})).body.toString());
  assert.deepEqual([shown.get('enableAllTopicList'), shown.get('listenPort')], ['false', '9876']);
});

test('a name server lists every property that Apache’s 5.4.0 lists, with the same values', async () => {
  const file = join(import.meta.dirname, 'fixtures/namesrv-config.properties');
  const recorded = parsePropertiesFile(readFileSync(file));
  const place = ['listenPort', 'kvConfigPath', 'configStorePath', 'rocketmqHome'];
  const caller = await start(Object.fromEntries(place.map((key) => [key, recorded.get(key)!])));
  const shown = parseProperties((await caller.ask(GET_NAMESRV_CONFIG, {})).body.toString());
  assert.deepEqual(Object.fromEntries(shown), Object.fromEntries(recorded));
});

test('an update of a black-listed key, a bad value or a broken text changes nothing', async () => {
  const caller = await start();
  const update = async (text: string) => {
    const { code, remark } = await caller.ask(UPDATE_NAMESRV_CONFIG, {}, Buffer.from(text));
    return `${code} ${remark}`;
  };
  assert.match(await update('enableTopicList=false\nrocketmqHome=/x'), /^16 Can not update config in black list\./);
  assert.match(await update('enableTopicList=no'), /^1 enableTopicList=no is not allowed/);
  assert.match(await update('a=\\u1'), /^1 string2Properties error/);
  assert.equal(await update('whatever=1'), '0 Not kept, since there is no such property: whatever');
  assert.equal(await update('listenPort=0'), '0 After the next start: listenPort');
  for (const line of ['bindAddress=999.1.1.1', 'listenPort=70000', 'listenPort=x', 'scanNotActiveBrokerInterval=0'])
    assert.match(await update(`enableTopicList=false\n${line}`), /^1 \w+=\S+ is not allowed: /);
  assert.equal((await caller.ask(GET_TOPICS_BY_CLUSTER, { cluster: 'C' })).code, 0);
});

test('brokers are notified when the smallest id of their group changed, if configured', async () => {
  const caller = await start({ notifyMinBrokerIdChanged: 'true' });
  const notices: unknown[] = [];
  const slave = createRemotingServer({
    platform: environment.machine('slave'),
    logger: silentLogger,
    host: '0.0.0.0',
    port: 10911,
  });
  slave.handle(NOTIFY_MIN_BROKER_ID_CHANGE, (call) => {
    notices.push([call.header.minBrokerId, call.header.minBrokerAddr, call.header.offlineBrokerAddr]);
  });
  await slave.start();
  stops.push(() => slave.stop());
  await caller.register({ brokerId: 1, brokerAddr: 'slave:10911', enableActingMaster: true });
  await caller.register({ enableActingMaster: true });
  await environment.clock.advance(10);
  assert.deepEqual(notices, [[0, master.brokerAddr, undefined]]);
  await caller.ask(UNREGISTER_BROKER, master);
  await environment.clock.advance(10);
  assert.deepEqual(notices[1], [1, 'slave:10911', master.brokerAddr]);
});

test('a request for another kind of server is refused with its name and where it belongs', async () => {
  const caller = await start();
  const remarkOf = async (code: number): Promise<string | undefined> => {
    const command = { code, name: `code ${code}`, request: {}, response: {}, responseHasHeader: false };
    const answer = await caller.ask(command, {});
    assert.equal(answer.code, 3);
    return answer.remark;
  };
  assert.equal(
    await remarkOf(310),
    ' request type 310 not supported: SEND_MESSAGE_V2 is a request to brokers, and this is a name server; check the address that it was sent to',
  );
  assert.match((await remarkOf(1002)) ?? '', /CONTROLLER_ELECT_MASTER is a request to controllers/);
  assert.match((await remarkOf(9999)) ?? '', /RocketMQ 5\.4\.0 has no request of this code$/);
});
