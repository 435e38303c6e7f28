import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@rocketmq-ts/testkit/java';
import type { MemberPlan } from './member.ts';
import { type ClusterOptions, filesOf, ROOT } from './options.ts';

/** Ports from one worker of a broker to the next, as mqbroker gives them. */
const WORKER_STEP = 4;
const MIB = 1024 * 1024;

/** The members of a set, name servers first: the shipped files, with ports that are free and folders of their own. */
export async function planMembers(options: ClusterOptions, folder: string): Promise<MemberPlan[]> {
  const plans: MemberPlan[] = [];
  const taken = new Set<number>();
  for (let number = 1; number <= options.nameServers; number++) {
    const port = await unusedPort([0], taken);
    plans.push({
      ...{ name: `namesrv-${number}`, command: 'mqnamesrv', role: 'name server', port, words: [] },
      folder: join(folder, `namesrv-${number}`),
      lines: [`listenPort=${port}`, 'bindAddress=127.0.0.1'],
    });
  }
  const nameServers = plans.map(({ port }) => `127.0.0.1:${port}`).join(';');
  const offsets = Array.from({ length: options.workers }, (_, index) => index * WORKER_STEP);
  const ports = offsets.flatMap((offset) => [offset - 2, offset, offset + 1]);
  for (const name of filesOf(options.set)) {
    const shipped = readFileSync(join(ROOT, 'conf', options.set, `${name}.properties`), 'utf8');
    const port = await unusedPort(ports, taken);
    const own = join(folder, name);
    plans.push({
      ...{ name, command: 'mqbroker', port, folder: own },
      role: /^brokerRole=SLAVE$/m.test(shipped) ? 'slave' : 'master',
      words: ['-n', nameServers, '--workers', String(options.workers)],
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
