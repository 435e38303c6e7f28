import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerPortOffsets, freePort, startApacheContainer } from '@rocketmq-ts/testkit/java';
import { startOurController } from '@rocketmq-ts/testkit/processes';
import { type Make, startNamesrv } from '../cluster.ts';
import { GROUP, groupAt, startController, startMember, until } from '../controller.ts';
import { startEtcd } from '../etcd.ts';
import { registerGroup } from '../registered-group.ts';
import type { Scene } from './scene.ts';

const START_LIMIT_MS = 60_000;

/**
 * A controller of a make, which looks after a group of one broker of that make, and after `ReplicasOne` and `ReplicasTwo` of
 * cluster `C`, which are there only by their requests: each has master 1 and slave 2 in sync, and 3 that was never there.
 *
 * Names: `controller`, `namesrv`, `broker`; with Apache's make also `container`, which can start a broker for each tool by
 * `contained{tool}.conf` in `containerFolder`.
 */
export async function startControlledScene(make: Make): Promise<Scene> {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-controlled-'));
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
    rmSync(home, { recursive: true, force: true });
  };
  const started = <Server extends { kill(): Promise<unknown> }>(server: Server): Server => {
    ends.push(() => server.kill());
    return server;
  };
  try {
    const namesrv = started(await startNamesrv(make, join(home, 'namesrv'))).address;
    const controller = await controllerOf(make, home, ends);
    const broker = started(await startMember({ home, namesrv, controller }, 'member', make));
    await until(
      () => groupAt(controller),
      ({ master }) => master === broker.address,
      START_LIMIT_MS,
    );
    for (const tool of ['One', 'Two']) {
      const group = await registerGroup(controller, `Replicas${tool}`);
      ends.push(() => group.stop());
    }
    const names = { controller, namesrv, broker: broker.address, member: GROUP };
    if (make === 'ours') return { make, namesrv, names, stop };
    const container = started(await startApacheContainer({ home: join(home, 'container'), namesrv }));
    const containerFolder = join(home, 'container');
    for (const tool of ['One', 'Two']) await writeContained(containerFolder, tool, namesrv);
    return { make, namesrv, names: { ...names, container: container.address, containerFolder }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Its address. Apache's is one node of its Raft group; ours needs etcd. */
async function controllerOf(make: Make, home: string, ends: (() => Promise<unknown>)[]): Promise<string> {
  if (make === 'apache') {
    const controller = await startController(home);
    ends.push(() => controller.kill());
    return controller.address;
  }
  const etcd = await startEtcd();
  ends.push(() => etcd.stop());
  const controller = await startOurController({
    home: join(home, 'controller'),
    etcdEndpoints: etcd.endpoints,
    // The groups that are there by their requests send one heartbeat each.
    properties: { brokerSilenceLimitMillis: 600_000 },
  });
  ends.push(() => controller.kill());
  return controller.address;
}

/** What a container starts a broker by. */
async function writeContained(folder: string, tool: string, namesrv: string): Promise<void> {
  const port = await freePort(brokerPortOffsets);
  const store = join(folder, `store${tool}`);
  mkdirSync(store, { recursive: true });
  const properties = {
    ...{ brokerName: `contained${tool}`, brokerId: 0, brokerClusterName: 'DefaultCluster', brokerIP1: '127.0.0.1' },
    ...{ listenPort: port, haListenPort: port + 1, namesrvAddr: namesrv },
    ...{ storePathRootDir: store, storePathCommitLog: join(store, 'commitlog'), mappedFileSizeCommitLog: 16 << 20 },
  };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(folder, `contained${tool}.conf`), lines.join(''));
}
