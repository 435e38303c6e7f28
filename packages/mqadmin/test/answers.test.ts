import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { writeOutputFile } from '../src/command/output-file.ts';
import { COMMANDS } from '../src/command/table.ts';
import { runMqadmin } from '../src/index.ts';
import { optionsOf, readOptions } from '../src/options.ts';
import { shellWords } from './example-words.ts';
import { type Exchange, runAgainst } from './scripted-cluster.ts';
import { storedMessage } from './stored-message.ts';

/** Names that are known when the command lines are made. */
interface Scene {
  readonly broker: string;
  readonly slave: string;
  readonly controller: string;
  readonly msgId: string;
  readonly offsetMsgId: string;
  /** Of a transaction that was given up. */
  readonly discardedId: string;
  /** File of a compacted topic. */
  readonly log: string;
}

/** A command line of each command that works on the cluster below. */
const LINES: Readonly<Record<string, (scene: Scene) => string>> = {
  updateTopic: () => '-c DefaultCluster -t Made -o true',
  deleteTopic: () => '-c DefaultCluster -t Made',
  updateSubGroup: () => '-c DefaultCluster -g made',
  deleteSubGroup: () => '-c DefaultCluster -g made',
  updateBrokerConfig: () => '-c DefaultCluster -k fileReservedTime -v 48',
  updateTopicPerm: ({ broker }) => `-b ${broker} -t Half -p 4`,
  topicRoute: () => '-t Orders',
  topicStatus: () => '-t Orders',
  topicClusterList: () => '-t Orders',
  resetMasterFlushOffset: ({ slave }) => `-b ${slave} -o 0`,
  brokerStatus: () => '-c DefaultCluster',
  queryMsgById: ({ offsetMsgId }) => `-t Orders -i ${offsetMsgId}`,
  queryMsgByKey: () => '-t Orders -k order-1',
  queryMsgByUniqueKey: ({ msgId }) => `-t Orders -i ${msgId}`,
  queryMsgByOffset: () => '-t Orders -b broker-a -i 0 -o 0',
  queryMsgTraceById: ({ msgId }) => `-i ${msgId}`,
  printMsg: () => '-t Orders',
  printMsgByQueue: () => '-t Orders -a broker-a -i 0 -p true -f true',
  sendMsgStatus: () => '-b broker-a -c 2',
  brokerConsumeStats: ({ broker }) => `-b ${broker}`,
  producerConnection: () => '-g sellers -t Orders',
  consumerConnection: () => '-g billing',
  consumerProgress: () => '-g billing -s true',
  consumerStatus: () => '-g billing',
  cloneGroupOffset: () => '-s billing -d billing -t Orders',
  producer: ({ broker }) => `-b ${broker}`,
  clusterList: () => '',
  topicList: () => '-c',
  updateKvConfig: () => '-s NS -k key -v value',
  deleteKvConfig: () => '-s NS -k key',
  wipeWritePerm: () => '-b broker-a',
  addWritePerm: () => '-b broker-a',
  resetOffsetByTime: () => '-g billing -t Orders -s now',
  skipAccumulatedMessage: () => '-g billing -t Orders',
  cleanExpiredCQ: () => '',
  deleteExpiredCommitLog: () => '',
  cleanUnusedTopic: () => '',
  startMonitoring: () => '',
  statsAll: () => '',
  allocateMQ: () => '-t Orders -i 10.0.0.1,10.0.0.2',
  checkMsgSendRT: () => '-t Orders -a 3',
  clusterRT: () => '-a 2 -i 1',
  getNamesrvConfig: () => '',
  updateNamesrvConfig: () => '-k deleteTopicWithBrokerRegistration -v false',
  getBrokerConfig: () => '-c DefaultCluster',
  getConsumerConfig: () => '-g billing',
  queryCq: () => '-t Orders -q 0 -i 0',
  sendMessage: () => '-t Orders -p hello',
  consumeMessage: () => '-t Orders',
  haStatus: () => '-c DefaultCluster',
  getSyncStateSet: ({ controller }) => `-a ${controller} -c DefaultCluster`,
  getBrokerEpoch: () => '-c DefaultCluster',
  getControllerMetaData: ({ controller }) => `-a ${controller}`,
  getControllerConfig: ({ controller }) => `-a ${controller}`,
  updateControllerConfig: ({ controller }) => `-a ${controller} -k scanNotActiveBrokerInterval -v 4000`,
  electMaster: ({ controller }) => `-a ${controller} -c DefaultCluster -bn broker-a -b 2`,
  cleanBrokerMetadata: ({ controller }) => `-a ${controller} -c DefaultCluster -bn broker-a -b 1 -l`,
  updateTopicList: () => '-c DefaultCluster -f /topics.json',
  updateSubGroupList: () => '-c DefaultCluster -f /groups.json',
  setConsumeMode: () => '-c DefaultCluster -t Orders -g billing -m PULL',
  addBroker: ({ broker }) => `-c ${broker} -b /broker-b.conf`,
  removeBroker: ({ broker }) => `-c ${broker} -b DefaultCluster:broker-b:0`,
  updateOrderConf: () => '-t Orders -m put -v broker-a:2',
  updateStaticTopic: () => '-c DefaultCluster -t Static -qn 2',
  remappingStaticTopic: () => '-b broker-a -t Static',
  exportMetadata: () => '-c DefaultCluster',
  exportConfigs: () => '-c DefaultCluster',
  exportMetrics: () => '-c DefaultCluster',
  exportMetadataInRocksDB: () => '-p /config -t topics',
  exportPopRecord: () => '-c DefaultCluster',
  getColdDataFlowCtrInfo: () => '-c DefaultCluster',
  updateColdDataFlowCtrGroupConfig: () => '-c DefaultCluster -g billing -v 1048576',
  removeColdDataFlowCtrGroupConfig: () => '-c DefaultCluster -g billing',
  setCommitLogReadAheadMode: () => '-c DefaultCluster -m 0',
  createUser: () => '-c DefaultCluster -u alice -p secret',
  updateUser: () => '-c DefaultCluster -u alice -p secret',
  deleteUser: () => '-c DefaultCluster -u alice',
  getUser: () => '-c DefaultCluster -u alice',
  listUser: () => '-c DefaultCluster',
  copyUser: ({ broker, slave }) => `-f ${broker} -t ${slave}`,
  createAcl: () => '-c DefaultCluster -s User:alice -r Topic:Orders -a Pub -d Allow',
  updateAcl: () => '-c DefaultCluster -s User:alice -r Topic:Orders -a Pub -d Allow',
  deleteAcl: () => '-c DefaultCluster -s User:alice',
  getAcl: () => '-c DefaultCluster -s User:alice',
  listAcl: () => '-c DefaultCluster',
  copyAcl: ({ broker, slave }) => `-f ${broker} -t ${slave}`,
  rocksDBConfigToJson: () => '-c DefaultCluster',
  checkRocksdbCqWriteProgress: () => '-c DefaultCluster -n namesrv-1:9876',
  switchTimerEngine: () => '-c DefaultCluster -e F',
  dumpCompactionLog: ({ log }) => `-f ${log}`,
  listTransactions: () => '-c DefaultCluster',
  doctor: () => '-w 1',
  completion: () => 'bash',
  resumeCheckHalfMessage: ({ discardedId }) => `-i ${discardedId}`,
};

/** Our broker has no accounts yet, is no container, and has no RocksDB. */
const REFUSED = new Set([
  ...['createUser', 'updateUser', 'deleteUser', 'getUser', 'listUser', 'copyUser', 'createAcl', 'updateAcl'],
  ...['deleteAcl', 'getAcl', 'listAcl', 'copyAcl', 'addBroker', 'removeBroker', 'checkRocksdbCqWriteProgress'],
]);

/** On the machine of the tools. */
const FILES: Readonly<Record<string, string>> = {
  '/topics.json': '[{"topicName":"Listed"},{"topicName":"ListedToo","readQueueNums":2,"writeQueueNums":2}]',
  '/groups.json': '[{"groupName":"listed"}]',
  '/config/topics.json': '{"topicConfigTable":{"T":{"topicName":"T","perm":6}}}',
};

/** For commands that repeat for ever. */
const INTERRUPTED_AFTER_MS = 50_000;

/** They leave the cluster without its master. */
const LAST = new Set(['electMaster', 'cleanBrokerMetadata']);

for (const entry of COMMANDS) {
  test(`${entry.name} has examples that its options take`, async () => {
    const { options, examples } = await entry.load();
    assert.ok(examples.length > 0);
    for (const { line, does } of examples) {
      const { words } = readOptions(optionsOf({ options }), shellWords(line));
      if (entry.name !== 'completion') assert.deepEqual(words, [], line);
      assert.match(does, /^[A-Z].*\.$/);
    }
  });
}

describe('in JSON', () => {
  let cluster: Cluster;
  let scene: Scene;
  before(async () => {
    const brokerProperties = {
      traceTopicEnable: 'true',
      transactionCheckInterval: '10000',
      transactionTimeOut: '6000',
    };
    cluster = await startCluster({
      ...{ controllers: 1, slaves: 1, topics: { Orders: 2, Half: 1 } },
      brokerProperties: { ...brokerProperties, transactionCheckMax: '1' },
    });
    const { disk } = cluster.environment.machine('tools');
    disk.makeDirectory('/config');
    for (const [path, text] of Object.entries(FILES)) {
      const file = disk.open(path, 'create');
      file.writeSync(Buffer.from(text), 0, text.length, 0);
      file.close();
    }
    const producer = await cluster.producer({ producerGroup: 'sellers', enableMsgTrace: true });
    await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => {});
    const properties = 'UNIQ_KEY\u0001half\u0002TRAN_MSG\u0001true\u0002PGROUP\u0001sellers\u0002';
    const fields = { ...SEND_FIELDS, producerGroup: 'sellers', topic: 'Half', properties };
    const half = { ...fields, bornTimestamp: cluster.clock.now() };
    await cluster.run(cluster.admin.ask(cluster.brokers[0]!.address, SEND_MESSAGE_V2, half, Buffer.from('half')));
    const sent = await cluster.run(producer.send({ topic: 'Orders', body: 'hello', keys: 'order-1' }));
    await cluster.advance(40_000);
    const discarded = await run(cluster, ['listTransactions', '-c', 'DefaultCluster', '-s', 'discarded', '--json']);
    const list = await run(cluster, ['clusterList', '--json']);
    const { brokers } = JSON.parse(list.stdout) as { brokers: { brokerId: number; address: string }[] };
    scene = {
      broker: brokers.find(({ brokerId }) => brokerId === 0)!.address,
      slave: brokers.find(({ brokerId }) => brokerId !== 0)!.address,
      controller: cluster.controllers[0]!.address,
      msgId: sent.msgId,
      offsetMsgId: sent.offsetMsgId!,
      discardedId: JSON.parse(discarded.stdout.split('\n')[0]!).offsetMsgId,
      log: '/compaction/0',
    };
    writeOutputFile(cluster.environment.machine('tools').disk, '/compaction', '0', storedMessage('compacted'));
  });
  after(() => cluster.stop());

  for (const name of COMMANDS.map((entry) => entry.name).sort((a, b) => Number(LAST.has(a)) - Number(LAST.has(b)))) {
    test(`${name} answers data and no text`, async () => {
      const line = LINES[name]?.(scene);
      assert.ok(line !== undefined, 'a command line of it is missing in this test');
      const { exitCode, stdout, stderr } = await run(cluster, [name, ...shellWords(line), '--json']);
      if (REFUSED.has(name)) {
        assert.equal(exitCode, 2, stdout);
        assert.equal(typeof JSON.parse(stderr.split('\n')[0]!).error.message, 'string');
        return;
      }
      // A setting without effect is a note; what the doctor finds here is a matter of its own test.
      const expected = name === 'doctor' ? exitCode : 0;
      assert.deepEqual([exitCode, stderr.replace(/^\{"note":.*\n/gm, '')], [expected, ''], stdout);
      const answers = stdout
        .split('\n')
        .slice(0, -1)
        .map((each) => JSON.parse(each));
      assert.ok(answers.length > 0);
      for (const answer of answers) assert.equal(typeof answer, 'object');
      assert.notEqual((await run(cluster, [name, ...shellWords(line)])).stdout, stdout);
    });
  }
});

async function run(
  cluster: Cluster,
  argv: readonly string[],
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const interrupt = new AbortController();
  const timer = cluster.clock.after(INTERRUPTED_AFTER_MS, () => interrupt.abort());
  const exitCode = await cluster.run(
    runMqadmin([...argv, '-n', cluster.namesrvAddr], {
      platform: cluster.environment.machine('tools'),
      env: {},
      signal: interrupt.signal,
      stdout: (piece) => (stdout += piece),
      stderr: (piece) => (stderr += piece),
    }),
  );
  timer.cancel();
  return { exitCode, stdout, stderr };
}

test('what Apache’s tool prints is, with --json, lines of JSON on both outputs, and the exit code is the same', async () => {
  const folder = new URL('./fixtures/cluster/', import.meta.url);
  for (const name of readdirSync(folder)) {
    const { argv, exchanges, nowMs } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
      argv: readonly string[];
      exchanges: readonly Exchange[];
      nowMs: number;
    };
    const text = await runAgainst(argv, exchanges, { nowMs });
    const json = await runAgainst([...argv, '--json'], exchanges, { nowMs });
    assert.equal(json.exitCode, text.exitCode, name);
    assert.deepEqual(json.requests, text.requests, name);
    for (const line of json.stdout.split('\n').slice(0, -1)) assert.equal(typeof JSON.parse(line), 'object', name);
    const errors = json.stderr
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    for (const { error, note } of errors) {
      if (error === undefined) assert.equal(typeof note, 'string', name);
      else assert.deepEqual([typeof error.code, typeof error.message], ['string', 'string'], name);
    }
    if (text.exitCode === 0) assert.notEqual(json.stdout, '', name);
    else
      assert.ok(
        errors.some(({ error }) => error !== undefined),
        `${name}: ${json.stderr}`,
      );
  }
});
