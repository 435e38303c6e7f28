import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@rocketmq-ts/testkit/java';
import { planEtcd } from './etcd.ts';
import type { MemberPlan } from './member.ts';
import { type ClusterOptions, filesOf, ROOT } from './options.ts';

/** Ports from one worker of a broker to the next, as mqbroker gives them. */
const WORKER_STEP = 4;
const MIB = 1024 * 1024;

/** Brokers of the group of the set `controller`. */
const REPLICAS = 3;

/** The members of a set in the order of their start: the shipped files, with ports that are free and folders of their own. */
export async function planMembers(options: ClusterOptions, folder: string): Promise<MemberPlan[]> {
  const taken = new Set<number>();
  const before = options.set === 'controller' ? await planController(folder, taken) : [];
  const nameServers: MemberPlan[] = [];
  for (let number = 1; number <= options.nameServers; number++) {
    const port = await unusedPort([0], taken);
    nameServers.push({
      ...{ name: `namesrv-${number}`, role: 'name server', port, folder: join(folder, `namesrv-${number}`) },
      lines: [`listenPort=${port}`, 'bindAddress=127.0.0.1'],
      ...ours('mqnamesrv'),
    });
  }
  const addresses = nameServers.map(({ port }) => `127.0.0.1:${port}`).join(';');
  const controller = before.find(({ role }) => role === 'controller');
  const brokers =
    controller === undefined
      ? await planBrokers(options, folder, addresses, taken)
      : await planReplicas(options, folder, { addresses, controller: controller.port }, taken);
  return [...before, ...nameServers, ...brokers];
}

/** A program of this checkout. */
function ours(command: string, ...words: string[]): Pick<MemberPlan, 'program' | 'ready'> {
  return { program: (file) => ['sh', join(ROOT, 'bin', command), '-c', file, ...words], ready: /boot success/ };
}

async function planBrokers(options: ClusterOptions, folder: string, nameServers: string, taken: Set<number>) {
  const plans: MemberPlan[] = [];
  const offsets = Array.from({ length: options.workers }, (_, index) => index * WORKER_STEP);
  const ports = offsets.flatMap((offset) => [offset - 2, offset, offset + 1]);
  for (const name of filesOf(options.set)) {
    const shipped = readFileSync(join(ROOT, 'conf', options.set, `${name}.properties`), 'utf8');
    const port = await unusedPort(ports, taken);
    const own = join(folder, name);
    plans.push({
      ...{ name, port, folder: own },
      role: /^brokerRole=SLAVE$/m.test(shipped) ? 'slave' : 'master',
      ...ours('mqbroker', '-n', nameServers, '--workers', String(options.workers)),
      lines: [
        ...shipped.split('\n').filter((line) => /^\w/.test(line)),
        ...[`listenPort=${port}`, 'bindAddress=127.0.0.1', `storePathRootDir=${join(own, 'store')}`],
        // Consumers go on reading while a master is down: off by default, as in Apache's brokers.
        ...['slaveReadEnable=true', `mappedFileSizeCommitLog=${64 * MIB}`, ...options.properties],
      ],
    });
  }
  return plans;
}

async function planController(folder: string, taken: Set<number>): Promise<MemberPlan[]> {
  const [etcdPort, peerPort, port] = [
    await unusedPort([0], taken),
    await unusedPort([0], taken),
    await unusedPort([0], taken),
  ];
  const lines = [
    ...['controllerDLegerGroup=group1', `controllerDLegerPeers=n0-127.0.0.1:${port}`, 'controllerDLegerSelfId=n0'],
    ...[`etcdEndpoints=http://127.0.0.1:${etcdPort}`, 'bindAddress=127.0.0.1'],
  ];
  return [
    planEtcd(join(folder, 'etcd'), etcdPort, peerPort),
    {
      name: 'controller',
      role: 'controller',
      port,
      folder: join(folder, 'controller'),
      lines,
      ...ours('mqcontroller'),
    },
  ];
}

/** Brokers of one group, of which none is master by its file. */
async function planReplicas(
  options: ClusterOptions,
  folder: string,
  { addresses, controller }: { readonly addresses: string; readonly controller: number },
  taken: Set<number>,
): Promise<MemberPlan[]> {
  const shipped = readFileSync(join(ROOT, 'conf/controller/quick-start/broker-n0.conf'), 'utf8');
  const plans: MemberPlan[] = [];
  for (let number = 0; number < REPLICAS; number++) {
    const name = `broker-n${number}`;
    const port = await unusedPort([-2, 0, 1], taken);
    const own = join(folder, name);
    plans.push({
      ...{ name, role: 'replica', port, folder: own, ...ours('mqbroker', '-n', addresses) },
      lines: [
        ...shipped.split('\n').filter((line) => /^\w/.test(line) && !/^(storePath|namesrvAddr)/.test(line)),
        ...[`controllerAddr=127.0.0.1:${controller}`, `listenPort=${port}`, 'bindAddress=127.0.0.1'],
        ...[`storePathRootDir=${join(own, 'store')}`, `mappedFileSizeCommitLog=${64 * MIB}`],
        // Sends need a second member, so that any one may be killed.
        ...['minInSyncReplicas=2', 'inSyncReplicas=2', ...options.properties],
      ],
    });
  }
  return plans;
}

/** A port whose block no other member of this cluster has either. */
async function unusedPort(offsets: readonly number[], taken: Set<number>): Promise<number> {
  for (;;) {
    const port = await freePort(offsets);
    const block = offsets.map((offset) => port + offset);
    if (block.some((each) => taken.has(each))) continue;
    for (const each of block) taken.add(each);
    return port;
  }
}
