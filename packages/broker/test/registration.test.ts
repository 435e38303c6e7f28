import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeRegisterBrokerBody,
  encodeKVTable,
  GET_TOPIC_CONFIG,
  REGISTER_BROKER,
  type RegisterBrokerBody,
  type RequestHeader,
  ResponseCode,
  UNREGISTER_BROKER,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import { Stage } from './stage.ts';

interface Registered {
  readonly header: RequestHeader<typeof REGISTER_BROKER>;
  readonly body: RegisterBrokerBody;
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** A name server that records what brokers register. */
async function namesrv(machine = 'ns', orderTopics: ReadonlyMap<string, string> = new Map()) {
  const registered: Registered[] = [];
  const left: string[] = [];
  const state = {
    registered,
    left,
    refuses: false,
    hangs: false,
    lastRequest: '',
    server: undefined as unknown as RemotingServer,
  };
  const server = stage.server(machine, 9876);
  server.handle(REGISTER_BROKER, (call) => {
    state.lastRequest = 'register';
    registered.push({ header: call.header, body: decodeRegisterBrokerBody(call.body, call.version) });
    if (state.hangs) return undefined;
    if (state.refuses) return call.fail(ResponseCode.SYSTEM_ERROR, 'register broker failed');
    call.answer({}, orderTopics.size > 0 ? { body: encodeKVTable(orderTopics) } : {});
  });
  server.handle(UNREGISTER_BROKER, (call) => {
    state.lastRequest = 'unregister';
    left.push(call.header.brokerName);
    call.answer({});
  });
  await server.start();
  state.server = server;
  return state;
}

const topicsOf = (each: Registered | undefined): string[] => [
  ...(each?.body.topicConfigSerializeWrapper.topicConfigTable.keys() ?? []),
];

test('a broker registers with all its topics, and unregisters when it stops', async () => {
  const ns = await namesrv();
  const broker = await stage.broker({ namesrvAddrs: 'ns:9876', brokerIP1: '10.1.2.3', brokerClusterName: 'C' });
  const { header } = ns.registered[0]!;
  assert.deepEqual(
    [header.brokerName, header.brokerAddr, header.clusterName, header.brokerId, header.haServerAddr],
    ['a', '10.1.2.3:10911', 'C', 0, '10.1.2.3:10912'],
  );
  for (const name of [
    'TBW102',
    'SELF_TEST_TOPIC',
    'C',
    'a',
    'C_REPLY_TOPIC',
    'SCHEDULE_TOPIC_XXXX',
    'OFFSET_MOVED_EVENT',
  ])
    assert.ok(topicsOf(ns.registered[0]).includes(name), name);
  await stage.stop(broker);
  assert.deepEqual(ns.left, ['a']);
});

test('each period it registers again, and a new topic at once and alone', async () => {
  const ns = await namesrv();
  await stage.broker({ namesrvAddrs: 'ns:9876', registerNameServerPeriod: '10000' });
  const caller = await stage.caller();
  await caller.send('T', 'x');
  await stage.clock.advance(10);
  assert.deepEqual(topicsOf(ns.registered[1]), ['T']);
  assert.ok(
    ns.registered[1]!.body.topicConfigSerializeWrapper.dataVersion.counter >
      ns.registered[0]!.body.topicConfigSerializeWrapper.dataVersion.counter,
  );
  await stage.clock.advance(30_500);
  assert.equal(ns.registered.length, 5);
  assert.ok(topicsOf(ns.registered[4]).includes('TBW102') && topicsOf(ns.registered[4]).includes('T'));
});

test('a name server that is named otherwise, or loses one of two names, keeps the broker', async () => {
  const ns = await namesrv();
  const address = stage.environment.network.addressOf('ns');
  await stage.broker({ namesrvAddrs: 'ns:9876' });
  const caller = await stage.caller();
  for (const list of [`${address}:9876`, `ns:9876;${address}:9876`, 'ns:9876']) {
    const unregistrations = ns.left.length;
    await caller.configure(`namesrvAddr=${list}\n`);
    await stage.clock.advance(500);
    assert.deepEqual(
      [ns.lastRequest, ns.left.length - unregistrations],
      ['register', list.includes(';') ? 0 : 1],
      list,
    );
  }
});

test('permissions that the broker takes away are taken from every topic it registers', async () => {
  const ns = await namesrv();
  await stage.broker({ namesrvAddrs: 'ns:9876' });
  const caller = await stage.caller();
  await caller.configure('brokerPermission=4\n');
  await stage.clock.advance(10);
  const table = ns.registered.at(-1)!.body.topicConfigSerializeWrapper.topicConfigTable;
  assert.deepEqual([table.get('TBW102')?.perm, table.get('BenchmarkTest')?.perm], [4, 4]);
});

test('without automatic creation no TBW102 is registered, so no client finds a route to unknown topics', async () => {
  const ns = await namesrv();
  await stage.broker({ namesrvAddrs: 'ns:9876', autoCreateTopicEnable: 'false' });
  assert.equal(topicsOf(ns.registered[0]).includes('TBW102'), false);
});

test('a name server that is not there is tried every second, with one line in the log, until it comes', async () => {
  const broker = await stage.broker({ namesrvAddrs: 'ns:9876' });
  await stage.clock.advance(20_000);
  assert.equal(stage.log.with('a name server can not be reached').length, 1);
  const ns = await namesrv();
  await stage.clock.advance(5000);
  assert.equal(ns.registered.length, 1);
  assert.equal(stage.log.with('registered with a name server again').length, 1);
  await stage.stop(broker);
  assert.deepEqual(ns.left, ['a']);
});

test('a name server that was restarted gets a registration at once, not at the next period', async () => {
  const first = await namesrv();
  await stage.broker({ namesrvAddrs: 'ns:9876' });
  await stage.clock.run(Promise.resolve(first.server.stop()));
  const second = await namesrv();
  await stage.clock.advance(3000);
  assert.ok(topicsOf(second.registered[0]).includes('TBW102'));
});

test('a registration that is refused is repeated with everything, with one line in the log', async () => {
  const ns = await namesrv();
  ns.refuses = true;
  await stage.broker({ namesrvAddrs: 'ns:9876' });
  await stage.clock.advance(3500);
  assert.equal(stage.log.with('a name server refused the registration').length, 1);
  ns.refuses = false;
  await stage.clock.advance(1500);
  const count = ns.registered.length;
  assert.ok(count >= 4 && topicsOf(ns.registered.at(-1)).includes('TBW102'), String(count));
  await stage.clock.advance(3000);
  assert.equal(ns.registered.length, count);
});

test('every name server gets the registration, also when others can not be reached', async () => {
  const [one, two] = [await namesrv('ns1'), await namesrv('ns2')];
  await stage.broker({ namesrvAddrs: 'ns1:9876;absent:9876;ns2:9876' });
  assert.deepEqual([one.registered.length, two.registered.length], [1, 1]);
});

test('topics with an order configuration at the name server become order topics', async () => {
  await namesrv(
    'ns',
    new Map([
      ['ORD', 'a:4'],
      ['NOPE', 'a:4'],
    ]),
  );
  await stage.broker({ namesrvAddrs: 'ns:9876' });
  const caller = await stage.caller();
  const topic = { topic: 'ORD', readQueueNums: 4, writeQueueNums: 4, perm: 6 };
  await caller.request(UPDATE_AND_CREATE_TOPIC, topic);
  await stage.clock.advance(100);
  const config = await caller.request(GET_TOPIC_CONFIG, { topic: 'ORD' });
  assert.match(config.body.toString(), /"order":true/);
});

const update = async (text: string): Promise<number> => {
  const caller = await stage.caller();
  return (await caller.configure(text)).code;
};

test('a changed namesrvAddr is followed at once: the removed name server gets the unregistration, the new one all topics', async () => {
  const [one, two] = [await namesrv('ns1'), await namesrv('ns2')];
  const broker = await stage.broker({ namesrvAddrs: 'ns1:9876' });
  assert.equal(await update('namesrvAddr=ns2:9876\n'), 0);
  await stage.clock.advance(100);
  assert.deepEqual([one.left, two.left], [['a'], []]);
  assert.ok(topicsOf(two.registered[0]).includes('TBW102'));
  const count = one.registered.length;
  await stage.clock.advance(60_000);
  assert.equal(one.registered.length, count);
  assert.ok(two.registered.length > 1);
  await stage.stop(broker);
  assert.deepEqual([one.left, two.left], [['a'], ['a']]);
});

test('a name server that stays in the list gets no request by the change', async () => {
  const [one, two] = [await namesrv('ns1'), await namesrv('ns2')];
  await stage.broker({ namesrvAddrs: 'ns1:9876' });
  assert.equal(await update('namesrvAddr=ns1:9876;ns2:9876\n'), 0);
  await stage.clock.advance(100);
  assert.deepEqual([one.registered.length, one.left, two.registered.length], [1, [], 1]);
  assert.equal(await update('namesrvAddr=\n'), 0);
  await stage.clock.advance(100);
  assert.deepEqual([one.left, two.left], [['a'], ['a']]);
  assert.match(stage.reports.at(-1) ?? '', /^No name server is configured/);
});

test('a name server that is removed and named again in one breath ends up knowing the broker', async () => {
  const ns = await namesrv();
  await stage.broker({ namesrvAddrs: 'ns:9876' });
  const caller = await stage.caller();
  const lists = ['other:9876', 'ns:9876', '', 'ns:9876'];
  await Promise.all(lists.map((list) => caller.configure(`namesrvAddr=${list}\n`)));
  const before = ns.left.length;
  await stage.clock.advance(2000);
  const after = ns.registered.length;
  await stage.clock.advance(2000);
  assert.ok(ns.lastRequest === 'register', ns.lastRequest);
  assert.ok(ns.left.length >= before && ns.registered.length === after);
});

test('a name server that is removed while it can not be reached is not tried any more', async () => {
  const broker = await stage.broker({ namesrvAddrs: 'absent:9876' });
  assert.equal(await update('namesrvAddr=\n'), 0);
  await stage.clock.advance(5000);
  const ns = await namesrv('absent');
  await stage.clock.advance(60_000);
  assert.deepEqual([ns.registered.length, ns.left.length], [0, 0]);
  await stage.stop(broker);
});

test('the operator reads once that a name server does not know the broker, and once that it does again', async () => {
  await stage.broker({ namesrvAddrs: 'ns:9876' });
  await stage.clock.advance(20_000);
  const ns = await namesrv();
  await stage.clock.advance(3000);
  assert.equal(stage.reports.length, 2);
  assert.match(
    stage.reports[0]!,
    /^Not registered with the name server ns:9876: it can not be reached \(\w+\), so .* tried again every second; start .*-n\)$/,
  );
  assert.match(stage.reports[1]!, /^Registered with the name server ns:9876/);
  ns.refuses = true;
  await stage.clock.advance(60_000);
  assert.match(stage.reports[2] ?? '', /refuses the registration \(code 1, register broker failed\)/);
  ns.refuses = false;
  await stage.clock.advance(3000);
  await stage.clock.run(Promise.resolve(ns.server.stop()));
  await stage.clock.advance(10_000);
  assert.equal(stage.reports.length, 5);
});

test('a broker without any name server logs it', async () => {
  await stage.broker();
  assert.match(stage.reports[0]!, /^No name server is configured, .*NAMESRV_ADDR$/);
});

test('a name server that hangs holds up neither its removal from the list nor the stop', async () => {
  const [one, two] = [await namesrv('ns1'), await namesrv('ns2')];
  const broker = await stage.broker({ namesrvAddrs: 'ns1:9876' });
  one.hangs = true;
  const caller = await stage.caller();
  await caller.send('T', 'x');
  await stage.clock.advance(100);
  assert.equal(await update('namesrvAddr=ns2:9876\n'), 0);
  await stage.clock.advance(100);
  assert.equal(two.registered.length, 1);
  const begin = stage.clock.monotonicMs();
  await stage.stop(broker);
  assert.ok(stage.clock.monotonicMs() - begin < 3000, `${stage.clock.monotonicMs() - begin} ms`);
  assert.deepEqual([one.left, two.left], [['a'], ['a']]);
});
