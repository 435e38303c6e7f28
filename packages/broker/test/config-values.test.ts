import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { problemText, readConfig } from '@rocketmq-ts/kernel';
import {
  formatProperties,
  GET_BROKER_CONFIG,
  parseProperties,
  parsePropertiesFile,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/protocol';
import { brokerConfigTable } from '../src/index.ts';
import { type Caller, ROOT, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

const update = (pairs: Record<string, string>) =>
  caller.request(UPDATE_BROKER_CONFIG, {}, { body: Buffer.from(formatProperties(Object.entries(pairs))) });

/** Values that a start refuses: none of them may be kept by a running broker. */
const refused: readonly (readonly [key: string, value: string, rule: RegExp])[] = [
  ['messageDelayLevel', 'garbage', /takes times such as 1s 5m/],
  ['messageDelayLevel', '', /takes times/],
  ['messageDelayLevel', '1s 5x', /takes times/],
  ['messageDelayLevel', '99999999999999d', /takes times/],
  ['bindAddress', '999.1.1.1', /"999.1.1.1" is no IPv4 address/],
  ['bindAddress', '1.2.3', /no IPv4 address/],
  ['bindAddress', '::g', /no IPv6 address/],
  ['bindAddress', '', /it is empty/],
  ['bindAddress', 'a host', /neither an IP address nor a host name/],
  ['brokerIP1', 'fe80::1%eth0', /one link of one machine only/],
  ['brokerIP1', '[fe80::1]', /one link of one machine only/],
  ['brokerIP1', '10.0.0.256', /no IPv4 address/],
  ['brokerIP2', '[::1', /no IPv6 address/],
  ['namesrvAddr', 'localhost', /"localhost" is not host:port/],
  ['namesrvAddr', 'a:9876,b:9876', /"a:9876,b:9876" is no|neither an IP|no IPv6/],
  ['namesrvAddr', 'a:0', /port 0/],
  ['namesrvAddr', 'a:70000', /not host:port/],
  ['namesrvAddr', '[::1]', /not host:port/],
  ['listenPort', '0', /from 3 to 65535/],
  ['listenPort', '70000', /from 3 to 65535/],
  ['listenPort', 'ten', /whole number/],
  ['haListenPort', '-1', /from 0 to 65535/],
  ['brokerRole', 'MASTER', /one of ASYNC_MASTER, SYNC_MASTER, SLAVE/],
  ['flushDiskType', 'async_flush', /one of ASYNC_FLUSH, SYNC_FLUSH/],
  ['deleteWhen', '25', /hours from 0 to 23/],
  ['deleteWhen', '', /hours from 0 to 23/],
  ['diskMaxUsedSpaceRatio', '101', /from 0 to 100/],
  ['diskMaxUsedSpaceRatio', '0.75', /whole number/],
  ['maxMessageSize', '0', /from 10 to/],
  ['maxMessageSize', '1e6', /whole number/],
  ['mappedFileSizeCommitLog', '4096', /mappedFileSizeCommitLog is 1048576 for what this process has on its disk/],
  ['mappedFileSizeConsumeQueue', '40', /can't be changed/],
  ['msgTraceTopicName', 'a b', /contains illegal characters/],
  ['regionId', 'a\nb', /without control characters/],
  ['regionId', 'a\u0001b', /regionId=a\\u0001b is not allowed/],
  ['autoCreateTopicEnable', 'yes', /true or false/],
  ['sendMessageThreadPoolNums', 'many', /whole number/],
  ['timerWheelEnable', '1', /true or false/],
  ['timerRocksDBRollMaxTps', 'x', /takes a number/],
  ['defaultMessageRequestMode', 'PUSH', /one of PULL, POP/],
];

for (const [key, value, rule] of refused) {
  test(`${key}=${JSON.stringify(value)} is refused by a running broker with the property's rule`, async () => {
    const answer = await update({ fileReservedTime: '7', [key]: value });
    assert.equal(answer.code, 1);
    assert.match(answer.remark ?? '', rule);
    assert.ok(answer.remark?.startsWith(`${key}=`), answer.remark);
    const shown = parseProperties((await caller.request(GET_BROKER_CONFIG, {})).body.toString());
    assert.equal(shown.get('fileReservedTime'), '72');
    assert.equal(stage.machine().disk.readFile(`${ROOT}/broker.conf`), undefined);
    if (brokerConfigTable[key as keyof typeof brokerConfigTable].facts.change === 'fixed') return;
    const { problems } = readConfig(brokerConfigTable, new Map([[key, value]]));
    assert.equal(problemText(problems[0]!), answer.remark);
  });
}

test('names that are folders of the store are refused at the start', () => {
  for (const name of ['a/b', '..', 'a\\b', 'x'.repeat(300), 'a\u0000']) {
    assert.equal(readConfig(brokerConfigTable, new Map([['brokerName', name]])).problems.length, 1, name);
    assert.equal(readConfig(brokerConfigTable, new Map([['brokerClusterName', name]])).problems.length, 1, name);
  }
  for (const name of ['my broker', 'höst', 'a.b.c', 'a#1', 'a=b']) {
    assert.deepEqual(readConfig(brokerConfigTable, new Map([['brokerName', name]])).problems, [], name);
  }
  for (const path of ['', ' ', '/a,/b']) {
    assert.equal(readConfig(brokerConfigTable, new Map([['storePathRootDir', path]])).problems.length, 1, path);
  }
});

test('what an update keeps in the file is what the next start reads, whatever characters it has', async () => {
  const values = {
    regionId: '  ä=b#c!d:e\\f\\u0041 日本 ',
    socksProxyConfig: '{"a=b":"#c"}',
    metricsLabel: 'k:v,x:y\\n',
  };
  assert.equal((await update(values)).code, 0);
  const file = parsePropertiesFile(stage.machine().disk.readFile(`${ROOT}/broker.conf`)!);
  const shown = parseProperties((await caller.request(GET_BROKER_CONFIG, {})).body.toString());
  const next = readConfig(brokerConfigTable, file);
  assert.deepEqual(next.problems, []);
  for (const [key, value] of Object.entries(values)) {
    assert.equal(file.get(key), value.trim());
    assert.equal(shown.get(key), value.trim());
    assert.equal(String(next.config[key as keyof typeof next.config]), value.trim());
  }
});

test('an address that is not one of this machine is refused for bindAddress, and nothing beside it is changed', async () => {
  const { network } = stage.machine();
  const listen = network.listen.bind(network);
  network.listen = (options, accept) =>
    options.host === '203.0.113.9'
      ? Promise.reject(Object.assign(new Error('listen'), { code: 'EADDRNOTAVAIL' }))
      : listen(options, accept);
  const answer = await update({ bindAddress: '203.0.113.9', fileReservedTime: '7' });
  assert.deepEqual(
    [answer.code, answer.remark],
    [1, "bindAddress=203.0.113.9 is not allowed: this machine can't listen at 203.0.113.9 (EADDRNOTAVAIL)"],
  );
  assert.equal((await update({ bindAddress: '0.0.0.0' })).code, 0);
  const shown = parseProperties((await caller.request(GET_BROKER_CONFIG, {})).body.toString());
  assert.deepEqual([shown.get('fileReservedTime'), shown.get('bindAddress')], ['72', '0.0.0.0']);
});

test('a port that another process has is refused for listenPort, also as the one two below; own ports are free by then', async () => {
  const listener = await stage.machine().network.listen({ host: '0.0.0.0', port: 9876 }, () => {});
  for (const port of [9876, 9878]) {
    const answer = await update({ listenPort: String(port), fileReservedTime: '7' });
    assert.deepEqual(
      [answer.code, answer.remark],
      [1, `listenPort=${port} is not allowed: this machine can't listen at 0.0.0.0:9876 (EADDRINUSE)`],
    );
  }
  for (const port of [10909, 10911, 10913]) assert.equal((await update({ listenPort: String(port) })).code, 0);
  const shown = parseProperties((await caller.request(GET_BROKER_CONFIG, {})).body.toString());
  assert.equal(shown.get('fileReservedTime'), '72');
  await listener.close();
});

test('a body that is no properties text is refused', async () => {
  const answer = await caller.request(UPDATE_BROKER_CONFIG, {}, { body: Buffer.from('a=\\u12') });
  assert.match(`${answer.code} ${answer.remark}`, /^1 string2Properties error/);
});

test('an answer names the changes that wait for the next start, change nothing here, or name no property', async () => {
  const remark = async (pairs: Record<string, string>) => (await update(pairs)).remark;
  assert.equal(await remark({ fileReservedTime: '5' }), undefined);
  assert.equal(
    await remark({ listenPort: '20000', reviveInterval: '5', fileReservdTime: '5' }),
    'After the next start: listenPort. Without effect here: reviveInterval. Not kept, since there is no such property: fileReservdTime',
  );
});
