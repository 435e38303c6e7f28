import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { brokerConfigTable } from '@rocketmq-ts/broker';
import { controllerConfigTable, readPeers } from '@rocketmq-ts/controller';
import { nodePlatform, readConfig } from '@rocketmq-ts/kernel';
import { namesrvConfigTable } from '@rocketmq-ts/namesrv';
import { readPropertiesFile } from '../src/properties-file.ts';

const CONF = resolve(import.meta.dirname, '../../../conf');

function propertiesOf(name: string): Map<string, string> {
  return readPropertiesFile(nodePlatform.disk, join(CONF, name)).properties;
}

/** Name, id, role. Source: distribution/conf. */
const brokers: readonly (readonly [file: string, name: string, id: string, role: string])[] = [
  ['broker.conf', 'broker-a', '0', 'ASYNC_MASTER'],
  ['2m-noslave/broker-a.properties', 'broker-a', '0', 'ASYNC_MASTER'],
  ['2m-noslave/broker-b.properties', 'broker-b', '0', 'ASYNC_MASTER'],
  ['2m-noslave/broker-trace.properties', 'broker-trace', '0', 'ASYNC_MASTER'],
  ['2m-2s-async/broker-a.properties', 'broker-a', '0', 'ASYNC_MASTER'],
  ['2m-2s-async/broker-a-s.properties', 'broker-a', '1', 'SLAVE'],
  ['2m-2s-async/broker-b.properties', 'broker-b', '0', 'ASYNC_MASTER'],
  ['2m-2s-async/broker-b-s.properties', 'broker-b', '1', 'SLAVE'],
  ['2m-2s-sync/broker-a.properties', 'broker-a', '0', 'SYNC_MASTER'],
  ['2m-2s-sync/broker-a-s.properties', 'broker-a', '1', 'SLAVE'],
  ['2m-2s-sync/broker-b.properties', 'broker-b', '0', 'SYNC_MASTER'],
  ['2m-2s-sync/broker-b-s.properties', 'broker-b', '1', 'SLAVE'],
];

for (const [file, name, id, role] of brokers) {
  test(`conf/${file} is ${name} with id ${id}, ${role}, and holds no key that the broker does not know`, () => {
    const properties = propertiesOf(file);
    const { config, unknown, problems } = readConfig(brokerConfigTable, properties);
    assert.deepEqual([unknown, problems], [[], []]);
    assert.deepEqual([config.brokerName, String(config.brokerId), config.brokerRole], [name, id, role]);
    assert.deepEqual([config.brokerClusterName, config.flushDiskType], ['DefaultCluster', 'ASYNC_FLUSH']);
  });
}

for (const file of [
  'controller-standalone.conf',
  ...['n0', 'n1', 'n2'].map((name) => `cluster-3n-independent/controller-${name}.conf`),
]) {
  test(`conf/controller/${file} holds no key that the controller does not know, and peers that fit together`, () => {
    const { config, unknown, problems } = readConfig(controllerConfigTable, propertiesOf(`controller/${file}`));
    assert.deepEqual([unknown, problems], [[], []]);
    assert.ok('group' in readPeers(config));
  });
}

test('conf/namesrv.conf changes nothing, and what it shows as defaults are the defaults', () => {
  assert.equal(propertiesOf('namesrv.conf').size, 0);
  const text = nodePlatform.disk.readFile(join(CONF, 'namesrv.conf'))!.toString();
  for (const [, key, value] of text.matchAll(/^#(\w+)=(.*)$/gm)) {
    assert.ok(Object.hasOwn(namesrvConfigTable, key!), key);
    const { fallback } = namesrvConfigTable[key as keyof typeof namesrvConfigTable];
    if (!value!.startsWith('<')) assert.equal(String(fallback), value, key);
  }
});
