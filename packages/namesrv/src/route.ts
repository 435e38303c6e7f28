import type { Clock } from '@rocketmq-ts/kernel';
import {
  type BrokerData,
  encodeClusterInfo,
  encodeTopicRouteData,
  GET_BROKER_CLUSTER_INFO,
  GET_ROUTEINFO_BY_TOPIC,
  MASTER_ID,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingConnection, RemotingServer } from '@rocketmq-ts/remoting';
import type { BrokerGroup } from './broker-table.ts';
import { ComparisonBudget } from './comparison-budget.ts';
import type { LiveNamesrvConfig } from './config-table.ts';
import { type KvTable, ORDER_TOPIC_NAMESPACE } from './kv-table.ts';
import { noRouteRemark } from './no-route-remark.ts';
import { type LocalBrokerPort, reachableAddress } from './reachable-address.ts';
import type { Route, RouteTable } from './route-table.ts';

interface RouteParts {
  readonly table: RouteTable;
  readonly config: LiveNamesrvConfig;
  readonly kv: KvTable;
  readonly clock: Clock;
  readonly localBrokerPort: LocalBrokerPort | undefined;
}

/** Where is a topic (105), what brokers are there (106). Source: ClientRequestProcessor, DefaultRequestProcessor. */
export function serveRoutes(server: RemotingServer, parts: RouteParts): void {
  const { table, clock, localBrokerPort } = parts;
  const startedMs = clock.monotonicMs();
  const comparisons = new ComparisonBudget(clock);
  server.handle(GET_ROUTEINFO_BY_TOPIC, (call) => topicRoute(call, parts, startedMs, comparisons));
  server.handle(GET_BROKER_CLUSTER_INFO, (call) => {
    const brokerAddrTable = new Map<string, BrokerData>();
    for (const group of table.brokers.groups()) {
      brokerAddrTable.set(group.brokerName, brokerData(group, call.connection, localBrokerPort));
    }
    const clusterAddrTable = new Map<string, string[]>();
    for (const [cluster, names] of table.brokers.clusters()) clusterAddrTable.set(cluster, [...names]);
    call.answer({}, { body: encodeClusterInfo({ brokerAddrTable, clusterAddrTable }) });
  });
}

function topicRoute(
  call: Call<typeof GET_ROUTEINFO_BY_TOPIC>,
  parts: RouteParts,
  startedMs: number,
  comparisons: ComparisonBudget,
): void {
  const { table, config, kv, clock, localBrokerPort } = parts;
  const { needWaitForService, waitSecondsForService, supportActingMaster, orderMessageEnable } = config.values;
  const waitMs = startedMs + waitSecondsForService * 1000 - clock.monotonicMs();
  if (needWaitForService && waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    return call.fail(
      ResponseCode.SYSTEM_ERROR,
      `name server not ready: it answers GET_ROUTEINFO_BY_TOPIC in ${seconds} s, when the brokers had time to register (needWaitForService)`,
    );
  }
  const { topic, acceptStandardJsonOnly } = call.header;
  const found = table.route(topic, { supportActingMaster });
  if (found === undefined) {
    return call.fail(ResponseCode.TOPIC_NOT_EXIST, noRouteRemark(topic, table, comparisons.take()));
  }
  const route = inZone(found, call.extFields);
  const filterServerTable = new Map<string, readonly string[]>();
  for (const [address, servers] of route.filterServers) {
    filterServerTable.set(reachableAddress(address, call.connection, localBrokerPort), servers);
  }
  const body = encodeTopicRouteData(
    {
      orderTopicConf: orderMessageEnable ? kv.get(ORDER_TOPIC_NAMESPACE, topic) : undefined,
      queueDatas: route.queues,
      brokerDatas: route.groups.map((group) => brokerData(group, call.connection, localBrokerPort)),
      filterServerTable,
      topicQueueMappingByBroker: route.mappings,
    },
    { version: call.version, acceptStandardJsonOnly },
  );
  call.answer({}, { body });
}

/**
 * For clients that stay in their zone: brokers of other zones are left out, but for groups that have lost their master.
 * Source: ZoneRouteRPCHook.
 */
function inZone(route: Route, extFields: Readonly<Record<string, string>>): Route {
  const zone = extFields.__ZONE_NAME;
  if (extFields.__ZONE_MODE?.toLowerCase() !== 'true' || zone === undefined || zone === '') return route;
  const groups = route.groups.filter(
    (group) => !group.addresses.has(MASTER_ID) || group.zoneName?.toLowerCase() === zone.toLowerCase(),
  );
  const names = new Set(groups.map((group) => group.brokerName));
  const addresses = new Set(groups.flatMap((group) => [...group.addresses.values()]));
  return {
    groups,
    queues: route.queues.filter((queues) => names.has(queues.brokerName)),
    filterServers: new Map([...route.filterServers].filter(([address]) => addresses.has(address))),
    mappings: route.mappings,
  };
}

function brokerData(
  group: BrokerGroup,
  connection: RemotingConnection,
  localBrokerPort: LocalBrokerPort | undefined,
): BrokerData {
  const brokerAddrs = new Map<number, string>();
  for (const [id, address] of group.addresses) {
    brokerAddrs.set(id, reachableAddress(address, connection, localBrokerPort));
  }
  const { clusterName: cluster, brokerName, enableActingMaster, zoneName } = group;
  return { cluster, brokerName, brokerAddrs, enableActingMaster, zoneName };
}
