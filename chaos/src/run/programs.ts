import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaClassPath, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';
import type { ConsumerJob, Job, ProducerJob } from '../load/job.ts';
import type { Program } from '../nodes/node.ts';
import type { Make } from './options.ts';
import type { SetBroker } from './sets.ts';

export const BROKER_PORT = 10_911;
export const NAMESRV_PORT = 9876;
const CONTROLLER_PORT = 9878;
const ETCD_PORT = 2379;
const ETCD_PEER_PORT = 2380;

const root = fileURLToPath(new URL('../../..', import.meta.url));

type Properties = Readonly<Record<string, string | number | boolean>>;

/** Small files, so that they roll often; nothing is deleted, since what is read at the end is everything. */
const BROKER_PROPERTIES: Properties = {
  mappedFileSizeCommitLog: 4 * 1024 * 1024,
  mappedFileSizeConsumeQueue: 20_000,
  flushConsumerOffsetInterval: 1000,
  autoCreateTopicEnable: false,
  cleanFileForciblyEnable: false,
  fileReservedTime: 720,
  // Slaves are read at the end, and by consumers whose master is gone.
  slaveReadEnable: true,
  timerPrecisionMs: 100,
  // Asked for soon, and never given up.
  transactionTimeOut: 2000,
  transactionCheckInterval: 3000,
  transactionCheckMax: 1000,
};

export function namesrvProgram(folder: string, properties: Properties): Program {
  const file = writeProperties(folder, 'namesrv.properties', { listenPort: NAMESRV_PORT, ...properties });
  return {
    command: ['sh', join(root, 'bin/mqnamesrv'), '-c', file],
    ready: /Name Server boot success/,
    stopBy: 'SIGTERM',
  };
}

/** Addresses of the servers of one kind, in the order of their numbers. */
export interface Addresses {
  readonly namesrv: readonly string[];
  readonly controller: readonly string[];
  readonly etcd: readonly string[];
}

/** `host:port` of all name servers, as clients and brokers take them. */
export function namesrvList({ namesrv }: Addresses): string {
  return namesrv.map((address) => `${address}:${NAMESRV_PORT}`).join(';');
}

/** One of several controllers over etcd. */
export function controllerProgram(folder: string, number: number, { controller, etcd }: Addresses): Program {
  const file = writeProperties(folder, 'controller.properties', {
    controllerDLegerGroup: 'chaos',
    controllerDLegerPeers: controller.map((address, at) => `n${at}-${address}:${CONTROLLER_PORT}`).join(';'),
    controllerDLegerSelfId: `n${number}`,
    etcdEndpoints: etcd.map((address) => `http://${address}:${ETCD_PORT}`).join(';'),
  });
  return {
    command: ['sh', join(root, 'bin/mqcontroller'), '-c', file],
    ready: /Controller Server boot success/,
    stopBy: 'SIGTERM',
  };
}

/** A member of etcd; it is ready when most members are, which is not waited for. */
export function etcdProgram(folder: string, number: number, { etcd }: Addresses): Program {
  const [client, peer] = [`http://${etcd[number]}:${ETCD_PORT}`, `http://${etcd[number]}:${ETCD_PEER_PORT}`];
  return {
    command: [
      'etcd',
      ...['--name', `e${number}`, '--data-dir', join(folder, 'data')],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', etcd.map((address, at) => `e${at}=http://${address}:${ETCD_PEER_PORT}`).join(',')],
      ...['--initial-cluster-token', 'chaos', '--initial-cluster-state', 'new'],
    ],
    stopBy: 'SIGTERM',
  };
}

interface BrokerOptions {
  readonly make: Make;
  readonly folder: string;
  readonly store: string;
  readonly address: string;
  readonly addresses: Addresses;
  readonly member: SetBroker;
  readonly flush: string;
  readonly properties: Properties;
}

export async function brokerProgram(options: BrokerOptions): Promise<Program> {
  const { member, folder, store, addresses } = options;
  const controllers = addresses.controller.map((address) => `${address}:${CONTROLLER_PORT}`).join(';');
  const file = writeProperties(folder, 'broker.properties', {
    ...BROKER_PROPERTIES,
    brokerClusterName: 'DefaultCluster',
    brokerName: member.broker,
    // Controllers give out the ids.
    brokerId: controllers === '' ? member.id : -1,
    brokerRole: member.role,
    flushDiskType: options.flush,
    listenPort: BROKER_PORT,
    brokerIP1: options.address,
    brokerIP2: options.address,
    namesrvAddr: namesrvList(addresses),
    ...(controllers === '' ? {} : { controllerAddr: controllers }),
    storePathRootDir: join(store, 'store'),
    storePathCommitLog: join(store, 'store/commitlog'),
    ...options.properties,
  });
  const ready = /The broker\[.*boot success/;
  if (options.make === 'ours') {
    return { command: ['sh', join(root, 'bin/mqbroker'), '-c', file], ready, stopBy: 'SIGTERM' };
  }
  return {
    command: [
      'java',
      ...shortLivedJavaOptions,
      `-Duser.home=${folder}`,
      `-Drocketmq.home.dir=${folder}`,
      '-Drmq.logback.configurationFile=rmq.broker.logback.xml',
      '-cp',
      await javaClassPath(),
      'org.apache.rocketmq.broker.BrokerStartup',
      '-c',
      file,
    ],
    environment: { ROCKETMQ_HOME: folder },
    ready,
    stopBy: 'SIGTERM',
  };
}

export function clientProgram(job: Job): Program {
  return {
    command: ['sh', join(root, 'bin/node-run'), join(root, 'chaos/src/load/main.ts'), JSON.stringify(job)],
    stopBy: 'end of input',
  };
}

/** A producer or consumer of Apache's Java client that does the same job. */
export async function javaClientProgram(job: ProducerJob | ConsumerJob): Promise<Program> {
  const common = { history: job.history, namesrv: job.namesrv, topic: job.topic, name: job.name };
  const words =
    job.role === 'producer'
      ? {
          ...common,
          group: 'chaos-once',
          brokers: job.brokers.join(','),
          queues: job.queues,
          rate: job.messagesPerSecond,
        }
      : { ...common, group: job.group, orderly: job.orderly ? 'yes' : 'no' };
  return {
    command: [
      'java',
      ...shortLivedJavaOptions,
      '-Drocketmq.client.rebalance.waitInterval=5000',
      '-cp',
      await javaClassPath(),
      'compat.ChaosProgram',
      `role=${job.role}`,
      ...Object.entries(words).map(([name, value]) => `${name}=${value}`),
    ],
    stopBy: 'end of input',
  };
}

function writeProperties(folder: string, name: string, properties: Properties): string {
  mkdirSync(join(folder, 'conf'), { recursive: true });
  const file = join(folder, name);
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
  return file;
}
