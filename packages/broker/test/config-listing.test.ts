import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { nodePlatform, readConfig } from '@rocketmq-ts/kernel';
import { GET_BROKER_CONFIG, parseProperties, parsePropertiesFile, UPDATE_BROKER_CONFIG } from '@rocketmq-ts/protocol';
import { brokerConfigTable, machineDefaults } from '../src/index.ts';
import { ROOT, Stage } from './stage.ts';

const recorded = parsePropertiesFile(readFileSync(join(import.meta.dirname, 'fixtures/broker-config.properties')));

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** The recorded broker's place, which ours takes; its name server is not there. */
const PLACE = {
  brokerName: 'broker-a',
  brokerIP1: '127.0.0.1',
  brokerIP2: '192.0.2.2',
  listenPort: '19974',
  rocketmqHome: '/tmp/cfg/b',
  namesrvAddrs: '127.0.0.1:31529',
  mappedFileSizeCommitLog: '1073741824',
  mappedFileSizeConsumeQueue: '6000000',
  storePathRootDir: '/tmp/cfg/b/store',
};

async function listed(port = 10911): Promise<Map<string, string>> {
  const caller = await stage.caller(`broker:${port}`);
  return parseProperties((await caller.request(GET_BROKER_CONFIG, {})).body.toString());
}

test('a broker lists every property that Apache’s 5.4.0 lists, each with the same value in the same place', async () => {
  await stage.broker(PLACE);
  assert.ok(recorded.size >= 455);
  // On by default here, unlike there.
  const expected = { ...Object.fromEntries(recorded), enablePropertyFilter: 'true' };
  assert.deepEqual(Object.fromEntries(await listed(19974)), expected);
});

test('a file that Apache’s broker wrote back whole is taken as it is', () => {
  const { problems, unknown } = readConfig(brokerConfigTable, recorded);
  assert.deepEqual([problems, unknown], [[], []]);
});

test('pool sizes are listed as Apache’s broker computes them from the processors', () => {
  for (const [key, value] of Object.entries(machineDefaults(2))) assert.equal(String(value), recorded.get(key), key);
  assert.deepEqual(
    [machineDefaults(16).sendMessageThreadPoolNums, machineDefaults(16).endTransactionThreadPoolNums],
    [4, 40],
  );
});

test('what was not configured is listed as it was decided: names, addresses, ports, folders', async () => {
  await stage.broker({ brokerName: '', listenPort: '20000' }, 'machine-of-mine');
  const caller = await stage.caller('machine-of-mine:20000');
  const shown = parseProperties((await caller.request(GET_BROKER_CONFIG, {})).body.toString());
  const keys = ['brokerName', 'haListenPort', 'storePathRootDir', 'storePathCommitLog', 'listenPort'];
  assert.deepEqual(
    keys.map((key) => shown.get(key)),
    ['machine-of-mine', '20001', ROOT, `${ROOT}/commitlog`, '20000'],
  );
  assert.equal(shown.get('brokerIP1'), shown.get('brokerIP2'));
  assert.match(shown.get('brokerIP1') ?? '', /^\d+\.\d+\.\d+\.\d+$/);
});

test('a broker that listens at one address gives that one to clients, unless brokerIP1 names another or no other machine could use it', async () => {
  const given = async (machine: string, properties: Record<string, string>): Promise<string> =>
    (await stage.broker(properties, machine)).identity.brokerAddr;
  assert.equal(await given('a', { bindAddress: '::1' }), '[::1]:10911');
  assert.equal(await given('b', { bindAddress: '[fd00::9]' }), '[fd00::9]:10911');
  assert.equal(await given('c', { bindAddress: '10.9.9.9' }), '10.9.9.9:10911');
  assert.equal(await given('d', { bindAddress: '10.9.9.9', brokerIP1: '203.0.113.1' }), '203.0.113.1:10911');
  for (const [machine, bindAddress] of Object.entries({ e: '0.0.0.0', f: '::', g: '[::]', h: 'fe80::1%eth0' })) {
    assert.equal(await given(machine, { bindAddress }), `${stage.environment.network.addressOf(machine)}:10911`);
  }
});

test('a file that an update writes holds what was configured, not what the machine decided', async () => {
  await stage.broker();
  const caller = await stage.caller();
  const body = Buffer.from('fileReservedTime=5\nreviveInterval=7\n');
  assert.equal((await caller.request(UPDATE_BROKER_CONFIG, {}, { body })).code, 0);
  const file = stage.machine().disk.readFile(`${ROOT}/broker.conf`)!;
  assert.deepEqual(Object.fromEntries(parsePropertiesFile(file)), {
    brokerName: 'a',
    fileReservedTime: '5',
    mappedFileSizeCommitLog: '1048576',
    mappedFileSizeConsumeQueue: '2000',
    reviveInterval: '7',
    storePathRootDir: ROOT,
  });
  assert.deepEqual([(await listed()).get('fileReservedTime'), (await listed()).get('reviveInterval')], ['5', '7']);
});

test('an idle property is one that no source of the broker, its rooms or the launcher reads, and every other is read', () => {
  const packages = join(import.meta.dirname, '../..');
  const disk = nodePlatform.disk;
  const sourcesIn = (folder: string): string[] =>
    disk.list(folder).flatMap(({ name, isDirectory }) => {
      const path = join(folder, name);
      if (isDirectory) return path.endsWith('broker/src/config') ? [] : sourcesIn(path);
      return [disk.readFile(path)?.toString() ?? ''];
    });
  const sources = ['broker', 'store', 'replication', 'launcher']
    .flatMap((room) => sourcesIn(join(packages, room, 'src')))
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const wrong = Object.entries(brokerConfigTable)
    .filter(([name, { facts, allowed }]) => {
      if (facts.idle === true) return new RegExp(`\\b(?:config|values)\\??\\.${name}\\b`).test(sources);
      return !new RegExp(`\\b${name}\\b`).test(sources) && !allowed.startsWith('only ');
    })
    .map(([name]) => name);
  assert.deepEqual(wrong, []);
});
