import { silentLogger } from '@rocketmq-ts/kernel';
import { type BrokerData, encodeTopicRouteData, GET_ROUTEINFO_BY_TOPIC } from '@rocketmq-ts/protocol';
import { createRemotingServer, type RemotingServer } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { type Admin, createAdmin } from '../src/index.ts';

/** Brokers `a` at `broker:10911` and, in cluster D, `b` at `other:10911`, each with so many queues of every topic. */
export interface SmallCluster {
  readonly brokers: { readonly a: RemotingServer; readonly b: RemotingServer };
  readonly environment: SimulatedEnvironment;
  /** Routes that were asked for, by topic. */
  readonly routesAsked: string[];
  /** Where broker `a` is said to be. */
  addressOfA: string;
}

/** Topics that start with `no` have no route, and what starts with `one` is only on broker `a`. */
export async function withSmallCluster(
  prepare: (cluster: SmallCluster) => void,
  use: (admin: Admin, cluster: SmallCluster) => Promise<void>,
): Promise<void> {
  const environment = new SimulatedEnvironment(7);
  const serverOn = (host: string, port: number): RemotingServer =>
    createRemotingServer({ platform: environment.machine(host), logger: silentLogger, host: '0.0.0.0', port });
  const names = serverOn('names', 9876);
  const cluster: SmallCluster = {
    brokers: { a: serverOn('broker', 10911), b: serverOn('other', 10911) },
    environment,
    routesAsked: [],
    addressOfA: 'broker:10911',
  };
  names.handle(GET_ROUTEINFO_BY_TOPIC, (call) => {
    const { topic } = call.header;
    cluster.routesAsked.push(topic);
    if (topic.startsWith('no')) return call.fail(17, `no route of ${topic}`);
    const brokers = [brokerData('C', 'a', cluster.addressOfA), brokerData('D', 'b', 'other:10911')];
    const brokerDatas = topic.startsWith('one') ? brokers.slice(0, 1) : brokers;
    const queueDatas = brokerDatas.map(({ brokerName }) => ({
      ...{ brokerName, readQueueNums: 3, writeQueueNums: 2, perm: 6, topicSysFlag: 0 },
    }));
    const nothing = { orderTopicConf: undefined, topicQueueMappingByBroker: undefined, filterServerTable: new Map() };
    call.answer({}, { body: encodeTopicRouteData({ queueDatas, brokerDatas, ...nothing }, { version: 493 }) });
  });
  prepare(cluster);
  const servers = [names, cluster.brokers.a, cluster.brokers.b];
  for (const server of servers) await server.start();
  const platform = environment.machine('tool');
  const admin = createAdmin({ platform, namesrvAddresses: ['names:9876'], logger: silentLogger });
  await environment.clock.run(async () => {
    await admin.start();
    await use(admin, cluster);
    await admin.stop();
    for (const server of servers) await server.stop();
  });
}

function brokerData(cluster: string, brokerName: string, address: string): BrokerData {
  return {
    cluster,
    brokerName,
    brokerAddrs: new Map([[0, address]]),
    enableActingMaster: false,
    zoneName: undefined,
  };
}
