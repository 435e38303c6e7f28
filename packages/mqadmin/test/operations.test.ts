import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { runMqadmin } from '../src/index.ts';

const BROKER = 'broker-a:10911';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ brokers: 2, topics: { Orders: 2 } });
});
after(() => cluster.stop());

const disk = () => cluster.environment.machine('tools').disk;

function write(path: string, text: string): void {
  disk().makeDirectory(path.slice(0, path.lastIndexOf('/')) || '/');
  const file = disk().open(path, 'create');
  file.truncate(0);
  file.writeSync(Buffer.from(text), 0, Buffer.byteLength(text), 0);
  file.close();
}

const read = (path: string): string => disk().readFile(path)?.toString() ?? '';

async function mqadmin(...argv: string[]): Promise<{ text: string; errors: string; exitCode: number }> {
  let text = '';
  let errors = '';
  const exitCode = await cluster.run(
    runMqadmin(argv, {
      platform: cluster.environment.machine('tools'),
      env: { NAMESRV_ADDR: cluster.namesrvAddr },
      stdout: (piece) => (text += piece),
      stderr: (piece) => (errors += piece),
    }),
  );
  return { text, errors, exitCode };
}

test('nothing of a file is sent while one of its entries can not be read', async () => {
  write('/t.json', '[{"topicName":"First"},{"perm":6}]');
  const missing = await mqadmin('updateTopicList', '-b', BROKER, '-f', '/t.json');
  assert.equal(missing.exitCode, 2);
  assert.match(missing.errors, /^UpdateTopicListSubCommand command failed: .*TopicConfig\[1\]\.topicName.*\n$/);
  write('/t.json', '{"topicName":"First"}');
  assert.match((await mqadmin('updateTopicList', '-b', BROKER, '-f', '/t.json')).errors, /an array is expected\n$/);
  assert.doesNotMatch((await mqadmin('topicList')).text, /First/);
  const none = await mqadmin('updateSubGroupList', '-b', BROKER, '-f', '/nowhere.json');
  assert.deepEqual([none.text, none.exitCode], ['the file path /nowhere.json does not exists\n', 2]);
});

test('a topic or group that a broker refuses leaves the others of its list out, too', async () => {
  write('/t.json', '[{"topicName":"Good"},{"topicName":"bad name"}]');
  const refused = await mqadmin('updateTopicList', '-b', BROKER, '-f', '/t.json');
  assert.match(refused.errors, /CODE: 29 {2}DESC: /);
  assert.doesNotMatch((await mqadmin('topicList')).text, /Good/);
});

test('an export to a folder that can not be written names path and reason', async () => {
  disk().faults.add({ operation: 'write', path: '/full/', code: 'ENOSPC', times: Number.POSITIVE_INFINITY });
  const failed = await mqadmin('exportConfigs', '-c', 'DefaultCluster', '-f', '/full');
  disk().faults.clear();
  assert.equal(failed.exitCode, 2);
  assert.match(failed.errors, /file \/full\/configs\.json could not be written: ENOSPC\n$/);
});

test('an exported list of topics can be given back', async () => {
  assert.equal(
    (await mqadmin('exportMetadata', '-c', 'DefaultCluster', '-f', '/out')).text,
    'export /out/metadata.json success\n',
  );
  const { topicConfigTable } = JSON.parse(read('/out/metadata.json')) as { topicConfigTable: Record<string, object> };
  assert.deepEqual(Object.keys(topicConfigTable), ['Orders']);
  write('/again.json', JSON.stringify(Object.values(topicConfigTable)));
  const given = await mqadmin('updateTopicList', '-b', BROKER, '-f', '/again.json');
  assert.equal(given.exitCode, 0, given.errors);
});

test('a mapping that was kept in a file is sent again with -mf, and back with -fr', async () => {
  const made = await mqadmin('updateStaticTopic', '-c', 'DefaultCluster', '-t', 'Static', '-qn', '4');
  assert.equal(made.exitCode, 0, made.errors);
  const [, , after = ''] = /file (\S+\.before)\n.*file (\S+\.after)\n/.exec(made.text) ?? [];
  assert.match(after, /^\/tmp\/Static-\d+\.after$/);
  const again = ['updateStaticTopic', '-c', 'DefaultCluster', '-t', 'Static', '-qn', '4', '-mf'];
  const sent = await mqadmin(...again, after);
  assert.deepEqual([sent.exitCode, sent.text], [0, ''], sent.errors);
  write('/broken.after', read(after).replace('"Static"', '"Other"'));
  assert.equal((await mqadmin(...again, '/broken.after')).exitCode, 2);
  assert.match((await mqadmin(...again, '/none.after')).errors, /there is no file \/none\.after\n$/);
  const moved = await mqadmin('remappingStaticTopic', '-b', 'broker-a', '-t', 'Static');
  assert.equal(moved.exitCode, 0, moved.errors);
  const old = await mqadmin('updateStaticTopic', '-c', 'DefaultCluster', '-t', 'Static', '-qn', '4', '-mf', after);
  assert.match(old.errors, /small epoch/);
});

test('tables of a broker on this machine are printed from its JSON files, and RocksDB is named as what it is', async () => {
  write(
    '/store/config/topics.json',
    '{"dataVersion":{"counter":1},"topicConfigTable":{"B":{"topicName":"B"},"A":{"topicName":"A"}}}',
  );
  const rows = await mqadmin('exportMetadataInRocksDB', '-p', '/store/config', '-t', 'topics');
  assert.equal(rows.text, '1, Key: A, Value: {"topicName":"A"}\n2, Key: B, Value: {"topicName":"B"}\n');
  assert.match(rows.errors, /keeps the table in \/store\/config\/topics\.json, not in RocksDB/);
  const toFile = await mqadmin('rocksDBConfigToJson', '-p', '/store/config', '-t', 'topics', '-e', '/out/t.json');
  assert.equal(toFile.text, 'Use [local mode] load rocksdb to print or export file \n', toFile.errors);
  write('/rocks/config/topics/CURRENT', 'MANIFEST-000001');
  const rocksDb = await mqadmin('exportMetadataInRocksDB', '-p', '/rocks/config', '-t', 'topics');
  assert.equal(rocksDb.exitCode, 2);
  assert.match(
    rocksDb.errors,
    /is a RocksDB database, which this program can not read: use "mqadmin rocksDBConfigToJson -b/,
  );
  const empty = await mqadmin('exportMetadataInRocksDB', '-p', '/out', '-t', 'topics');
  assert.match(empty.errors, /there is neither \/out\/topics\.json nor a RocksDB database/);
});

test('limits of old messages are shown as the broker has them, with times as text', async () => {
  await mqadmin('updateColdDataFlowCtrGroupConfig', '-b', BROKER, '-g', 'billing', '-v', '1024');
  const { text } = await mqadmin('getColdDataFlowCtrInfo', '-b', BROKER);
  const lines = [
    ` ============${BROKER}============`,
    '{',
    '\t"runtimeTable":{',
    '\t\t',
    '\t},',
    '\t"configTable":{',
    '\t\t"billing":1024',
    '\t},',
    '\t"cgColdReadThreshold":3145728,',
    '\t"globalColdReadThreshold":104857600,',
    '\t"globalAcc":0',
    '}',
    '',
  ];
  assert.equal(text, lines.join('\n'));
  const wrong = await mqadmin(
    'updateColdDataFlowCtrGroupConfig',
    '-c',
    'DefaultCluster',
    '-g',
    'billing',
    '-v',
    'much',
  );
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.errors, /not a whole number of bytes/);
});

test('a broker that never answers ends a command in time, and the others of a cluster are changed all the same', async () => {
  cluster.partition('tools', 'broker-b');
  const started = cluster.clock.now();
  const half = await mqadmin('setConsumeMode', '-c', 'DefaultCluster', '-t', 'Orders', '-g', 'billing', '-m', 'PULL');
  cluster.heal();
  assert.equal(half.exitCode, 2);
  assert.match(half.text, /^set consume mode to \S+:10911 success\.\ntopic\[Orders\] group\[billing\]/);
  assert.equal(half.errors.split('\n').length, 2, half.errors);
  assert.ok(cluster.clock.now() - started < 20_000);
});
