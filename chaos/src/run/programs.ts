import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaClassPath, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';
import type { Job } from '../load/job.ts';
import type { Program } from '../nodes/node.ts';
import type { Make } from './options.ts';
import type { SetBroker } from './sets.ts';

export const BROKER_PORT = 10_911;
export const NAMESRV_PORT = 9876;

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
  // Consumers learn of each other soon.
  notifyConsumerIdsChangedEnable: true,
};

export function namesrvProgram(folder: string): Program {
  const file = writeProperties(folder, 'namesrv.properties', { listenPort: NAMESRV_PORT });
  return {
    command: ['sh', join(root, 'bin/mqnamesrv'), '-c', file],
    ready: /Name Server boot success/,
    stopBy: 'SIGTERM',
  };
}

interface BrokerOptions {
  readonly make: Make;
  readonly folder: string;
  readonly store: string;
  readonly address: string;
  readonly namesrv: string;
  readonly member: SetBroker;
  readonly flush: string;
  readonly properties: Properties;
}

export async function brokerProgram(options: BrokerOptions): Promise<Program> {
  const { member, folder, store } = options;
  const file = writeProperties(folder, 'broker.properties', {
    ...BROKER_PROPERTIES,
    brokerClusterName: 'DefaultCluster',
    brokerName: member.broker,
    brokerId: member.id,
    brokerRole: member.role,
    flushDiskType: options.flush,
    listenPort: BROKER_PORT,
    brokerIP1: options.address,
    brokerIP2: options.address,
    namesrvAddr: options.namesrv,
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

function writeProperties(folder: string, name: string, properties: Properties): string {
  mkdirSync(join(folder, 'conf'), { recursive: true });
  const file = join(folder, name);
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
  return file;
}
