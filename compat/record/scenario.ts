import { join } from 'node:path';
import { runApacheMqadmin, runJava, shortLivedJavaOptions, startJavaProgram } from '@rocketmq-ts/testkit/java';
import { buildGoClient, runGoClient } from '../support/go-client.ts';
import type { TappedCluster } from './cluster.ts';

const binary = [...shortLivedJavaOptions, '-Drocketmq.serialize.type=ROCKETMQ'];

/** Drives every request that the fixtures should hold past the taps. Steps print their names; a failing step is fatal. */
export async function runScenario(cluster: TappedCluster, work: string): Promise<void> {
  const { namesrv, broker } = cluster;
  const at = `namesrv=${namesrv}`;
  const java = async (opener: string, main: string, args: readonly string[], javaOptions = shortLivedJavaOptions) => {
    cluster.opener = opener;
    const result = await runJava(`compat.${main}`, [at, ...args], { home: join(work, opener), javaOptions });
    console.log(`${main} ${args.join(' ')}: ${result.code}`);
    if (result.code !== 0) throw new Error(result.output);
    return result.output;
  };
  const admin = async (...args: string[]): Promise<string> => {
    cluster.opener = 'mqadmin';
    const result = await runApacheMqadmin([...args, '-n', namesrv], { home: join(work, 'mqadmin') });
    console.log(`mqadmin ${args.join(' ')}: ${result.code}`);
    return result.output;
  };

  await admin('updateTopic', '-t', 'GoldenTopic', '-b', broker, '-r', '2', '-w', '2');
  const sent = await java('producer', 'ProducerProgram', [
    'topic=GoldenTopic',
    'count=2',
    'mode=sync',
    'tags=TagA,TagB',
    'keys=key',
  ]);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=3', 'mode=batch', 'tags=TagA']);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=1', 'mode=oneway']);
  await java('producer', 'ProducerProgram', [
    'topic=GoldenTopic',
    'count=1',
    'mode=sync',
    'compress=yes',
    'bodyBytes=200',
  ]);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=1', 'mode=sync', 'delayLevel=1']);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=2', 'mode=sync', 'tags=TagA'], binary);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=2', 'mode=batch'], binary);
  await java('producer', 'ProducerProgram', ['topic=GoldenAuto', 'count=1', 'mode=sync']);

  await consumers(cluster, work, java, admin);
  await java('consumer', 'PushConsumerProgram', [
    'topic=GoldenTopic',
    'group=golden_ordered',
    'order=orderly',
    'count=8',
  ]);
  await java('consumer', 'PushConsumerProgram', [
    'topic=GoldenTopic',
    'group=golden_broadcast',
    'model=broadcasting',
    'count=8',
  ]);
  await java(
    'consumer',
    'PushConsumerProgram',
    ['topic=GoldenTopic', 'group=golden_binary', 'expression=TagA', 'count=2'],
    binary,
  );
  await java('consumer', 'PullConsumerProgram', ['topic=GoldenTopic', 'group=golden_pull', 'kind=pull', 'count=8']);
  await java('consumer', 'PullConsumerProgram', [
    'topic=GoldenTopic',
    'group=golden_lite',
    'kind=subscribe',
    'count=8',
  ]);
  await java('consumer', 'PullConsumerProgram', ['topic=GoldenTopic', 'group=golden_assign', 'kind=assign', 'count=8']);

  await goClient(cluster, work);

  const offsetMsgId = /^SENT \S+ (\S+)/m.exec(sent)?.[1] ?? '';
  await readOnly(admin, broker, offsetMsgId);
  await changing(admin, broker);

  cluster.opener = 'nobody';
  await cluster.restartBroker(['-Drocketmq.serialize.type=ROCKETMQ']);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=2', 'mode=sync', 'tags=TagA'], binary);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=2', 'mode=batch'], binary);
  await java(
    'consumer',
    'PushConsumerProgram',
    ['topic=GoldenTopic', 'group=golden_binary2', 'order=orderly', 'count=8'],
    binary,
  );
}

type Java = (opener: string, main: string, args: readonly string[]) => Promise<string>;
type Admin = (...args: string[]) => Promise<string>;

/** Two consumers of one group, so that the first one is notified of the second; one refuses a message. */
async function consumers(cluster: TappedCluster, work: string, java: Java, admin: Admin): Promise<void> {
  cluster.opener = 'consumer';
  const args = [`namesrv=${cluster.namesrv}`, 'topic=GoldenTopic', 'group=golden_group', 'failFirst=1', 'delayLevel=1'];
  const start = (instance: string) =>
    startJavaProgram('compat.PushConsumerProgram', [...args, `instance=${instance}`], { home: join(work, 'consumer') });
  const first = await start('one');
  const ready = await first.waitForLine(/^READY/, 30_000);
  await first.waitForLine(/^RECV \S+ \S+ \S+ 1 /, 30_000);
  const second = await start('two');
  await second.waitForLine(/^READY/, 30_000);
  await java('producer', 'ProducerProgram', ['topic=GoldenTopic', 'count=6', 'mode=sync', 'tags=TagA']);
  await second.waitForLine(/^RECV/, 60_000);
  await admin('consumerConnection', '-g', 'golden_group');
  await admin('consumerProgress', '-g', 'golden_group');
  await admin('consumerStatus', '-g', 'golden_group', '-i', ready.split(' ')[1] ?? '');
  await admin('resetOffsetByTime', '-g', 'golden_group', '-t', 'GoldenTopic', '-s', 'now');
  await admin('brokerConsumeStats', '-b', cluster.broker);
  await second.stop();
  await first.stop();
}

async function readOnly(admin: Admin, broker: string, offsetMsgId: string): Promise<void> {
  await admin('clusterList');
  await admin('topicList');
  await admin('topicList', '-c');
  await admin('topicRoute', '-t', 'GoldenTopic');
  await admin('topicRoute', '-t', 'NoSuchTopic');
  await admin('topicStatus', '-t', 'GoldenTopic');
  await admin('consumerProgress');
  await admin('consumerProgress', '-g', 'golden_pull');
  await admin('brokerStatus', '-b', broker);
  await admin('getBrokerConfig', '-b', broker);
  await admin('getNamesrvConfig');
  await admin('getConsumerConfig', '-g', 'golden_group');
  await admin('queryMsgById', '-t', 'GoldenTopic', '-i', offsetMsgId);
  await admin('queryMsgByKey', '-t', 'GoldenTopic', '-k', 'key0');
  await admin('statsAll', '-t', 'GoldenTopic');
  await admin('printMsg', '-t', 'GoldenTopic');
}

async function changing(admin: Admin, broker: string): Promise<void> {
  await admin('updateSubGroup', '-b', broker, '-g', 'golden_made');
  await admin('deleteSubGroup', '-b', broker, '-g', 'golden_made');
  await admin('updateTopic', '-t', 'GoldenGone', '-c', 'DefaultCluster');
  await admin('updateTopicPerm', '-t', 'GoldenGone', '-b', broker, '-p', '4');
  await admin('deleteTopic', '-t', 'GoldenGone', '-c', 'DefaultCluster');
  await admin('updateKvConfig', '-s', 'golden', '-k', 'key', '-v', 'value');
  await admin('deleteKvConfig', '-s', 'golden', '-k', 'key');
  await admin('updateOrderConf', '-t', 'GoldenTopic', '-m', 'put', '-v', 'broker-a:2');
  await admin('updateOrderConf', '-t', 'GoldenTopic', '-m', 'get');
  await admin('updateOrderConf', '-t', 'GoldenTopic', '-m', 'delete');
  await admin('wipeWritePerm', '-b', 'broker-a');
  await admin('addWritePerm', '-b', 'broker-a');
  await admin('updateNamesrvConfig', '-k', 'orderMessageEnable', '-v', 'true');
  await admin('updateBrokerConfig', '-b', broker, '-k', 'traceOn', '-v', 'true');
  await admin('cleanExpiredCQ', '-b', broker);
  await admin('cleanUnusedTopic', '-b', broker);
}

/** Apache's Go client has its own writing of headers and bodies, and is served the older dialect. */
async function goClient(cluster: TappedCluster, work: string): Promise<void> {
  const program = await buildGoClient();
  cluster.opener = 'go client';
  await runGoClient(program, work, ['produce', cluster.namesrv, 'GoldenTopic', '1', 'TagA', '20']);
  await runGoClient(program, work, ['consume', cluster.namesrv, 'GoldenTopic', 'golden_go', '*', '8', '1']);
}
