import { join } from 'node:path';
import { createAdmin } from '@rocketmq-ts/admin';
import { freePort } from '@rocketmq-ts/testkit/java';
import { startOurController } from '@rocketmq-ts/testkit/processes';
import { type Make, startNamesrv } from './cluster.ts';
import { GROUP, groupAt, startController, startMember, until } from './controller.ts';
import { startEtcd } from './etcd.ts';
import { Started } from './started.ts';

const TIMEOUT_MS = 30_000;

/**
 * Starts a controller and two brokers of a group, has masters elected in every way that a controller counts, and resolves to
 * its page of metrics while one broker is there. All of it has ended then.
 */
export async function controllerPage(make: Make, home: string): Promise<string> {
  const started = new Started();
  const admin = createAdmin({ namesrvAddresses: [] });
  try {
    const port = await freePort();
    const exporter = { metricsPromExporterHost: '127.0.0.1', metricsPromExporterPort: port };
    const properties = { metricsExporterType: 'PROM', metricsLabel: 'region:eu', ...exporter };
    const controller = await started.keep(startedController(make, home, started, properties));
    const namesrv = await started.keep(startNamesrv('ours', home));
    await admin.start();
    const place = { home, namesrv: namesrv.address, controller: controller.address };
    const members: Awaited<ReturnType<typeof startMember>>[] = [];
    for (const name of ['m0', 'm1']) {
      const member = await started.keep(startMember(place, name, 'ours'));
      members.push(member);
      await until(
        () => groupAt(controller.address),
        ({ inSync }) => inSync.length === members.length,
        TIMEOUT_MS,
      );
    }
    const group = { clusterName: 'DefaultCluster', brokerName: GROUP };
    const replicas = (await admin.syncStateData(controller.address, [GROUP])).get(GROUP)!.inSyncReplicas;
    const id = replicas.find(({ brokerAddress }) => brokerAddress === members[1]!.address)!.brokerId;
    // Another one becomes master; the same one again; one that is not there.
    await admin.electMaster(controller.address, group, id);
    for (const refused of [id, 99]) await admin.electMaster(controller.address, group, refused).catch(() => {});
    await admin.controllerConfig([controller.address]);
    await until(
      () => groupAt(controller.address),
      ({ inSync }) => inSync.length === 2,
      TIMEOUT_MS,
    );
    await members[1]!.kill();
    await until(
      () => groupAt(controller.address),
      ({ master }) => master === members[0]!.address,
      TIMEOUT_MS,
    );
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } finally {
    await admin.stop();
    await started.end();
  }
}

async function startedController(
  make: Make,
  home: string,
  started: Started,
  properties: Readonly<Record<string, string | number>>,
) {
  if (make === 'apache') return startController(home, properties);
  const etcd = await started.keep(startEtcd().then((cluster) => ({ ...cluster, kill: () => cluster.stop() })));
  return startOurController({ home: join(home, 'controller'), etcdEndpoints: etcd.endpoints, properties });
}
