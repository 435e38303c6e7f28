import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  brokerPortOffsets,
  freePort,
  type Program,
  startApacheController,
  startProgram,
} from '@rocketmq-ts/testkit/java';
import { generate } from './generator.ts';
import type { Load } from './load.ts';
import type { Target } from './options.ts';
import { apacheJavaOptions, bin, startBrokerOf, startLimitMs, startNamesrvOf, startOurCommand } from './servers.ts';

const IN_STEP_LIMIT_MS = 120_000;

/** Brokers whose master is chosen, in a group of two that both have what is acknowledged. */
const memberProperties = {
  ...{ enableControllerMode: 'true', brokerRole: 'SLAVE', brokerId: '-1', allAckInSyncStateSet: 'true' },
  brokerIP2: '127.0.0.1',
};

interface Member {
  readonly address: string;
  readonly program: Program;
}

/** How long nobody can send after the kill of a master, with the time-outs that both come with. */
export const newMaster: Load = {
  name: 'new-master',
  title: 'Controller mode, two brokers: from kill -9 of the master to the first send that the other one accepts',
  async run(target, folder) {
    const programs: Program[] = [];
    const kept = async <P extends Program>(starting: Promise<P>): Promise<P> => {
      const program = await starting;
      programs.push(program);
      return program;
    };
    try {
      const namesrvPort = await freePort();
      const namesrv = `127.0.0.1:${namesrvPort}`;
      await kept(startNamesrvOf(target, join(folder, 'namesrv'), namesrvPort));
      const controller = await startController(target, join(folder, 'controller'), kept);
      const members: Member[] = [];
      for (const name of ['n0', 'n1']) {
        const port = await freePort(brokerPortOffsets);
        const properties = { ...memberProperties, controllerAddr: controller };
        const broker = startBrokerOf(target, join(folder, name), namesrv, port, {
          flushDiskType: 'ASYNC_FLUSH',
          properties,
        });
        members.push({ address: `127.0.0.1:${port}`, program: await kept(broker) });
      }
      return { newMasterMillis: await millisWithout(await masterInStep(controller), members, namesrv) };
    } finally {
      await Promise.all(programs.map((program) => program.kill()));
    }
  },
};

/** Address of a controller; ours with an etcd of its own. */
async function startController(
  target: Target,
  folder: string,
  kept: <P extends Program>(starting: Promise<P>) => Promise<P>,
): Promise<string> {
  if (target === 'apache') {
    const options = { home: folder, javaOptions: apacheJavaOptions, timeoutMs: startLimitMs };
    return (await kept(startApacheController(options))).address;
  }
  const [clients, peers, port] = [await freePort(), await freePort(), await freePort()];
  const url = (at: number): string => `http://127.0.0.1:${at}`;
  mkdirSync(folder, { recursive: true });
  await kept(
    startProgram({
      command: 'etcd',
      args: [
        ...['--data-dir', join(folder, 'etcd'), '--name', 'n0', '--initial-cluster', `n0=${url(peers)}`],
        ...['--listen-client-urls', url(clients), '--advertise-client-urls', url(clients)],
        ...['--listen-peer-urls', url(peers), '--initial-advertise-peer-urls', url(peers)],
      ],
      workingDirectory: folder,
      environment: {},
      logFile: join(folder, 'etcd.log'),
    }),
  );
  const file = join(folder, 'controller.properties');
  writeFileSync(
    file,
    `controllerDLegerGroup=g\ncontrollerDLegerPeers=n0-127.0.0.1:${port}\ncontrollerDLegerSelfId=n0\netcdEndpoints=${url(clients)}\n`,
  );
  const controller = await kept(startOurCommand(folder, 'mqcontroller', ['-c', file]));
  await controller.waitForLine(/boot success/, startLimitMs);
  return `127.0.0.1:${port}`;
}

/** Address of the master, once the other one is in sync. Both controllers answer the tool alike. */
async function masterInStep(controller: string): Promise<string> {
  const giveUpAt = Date.now() + IN_STEP_LIMIT_MS;
  for (;;) {
    const args = [join(bin, 'mqadmin'), 'getSyncStateSet', '-a', controller, '-b', 'broker-a'];
    const { stdout } = spawnSync('sh', args, { encoding: 'utf8', timeout: 20_000 });
    const master = /#MasterAddr\s+(\S+)/.exec(stdout)?.[1];
    if (master !== undefined && /#SyncStateSetNums\s+2/.test(stdout)) return master;
    if (Date.now() > giveUpAt) throw new Error(`the group is not in sync: ${stdout}`);
    await pause(200);
  }
}

async function millisWithout(master: string, members: readonly Member[], namesrv: string): Promise<number> {
  const send = (): Promise<{ acceptedAtMillis: number }> =>
    generate('first-send', { namesrv, topic: 'chosen', timeout: '120s' });
  await send();
  const killed = members.find(({ address }) => address === master);
  if (killed === undefined) throw new Error(`the master ${master} is none of the brokers`);
  const killedAtMillis = Date.now();
  await killed.program.kill();
  return (await send()).acceptedAtMillis - killedAtMillis;
}
