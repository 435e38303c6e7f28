import {
  type Command,
  DELETE_TOPIC_IN_NAMESRV,
  encodeTopicList,
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  GET_HAS_UNIT_SUB_TOPIC_LIST,
  GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
  GET_SYSTEM_TOPIC_LIST_FROM_NS,
  GET_TOPICS_BY_CLUSTER,
  GET_UNIT_TOPIC_LIST,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { LiveNamesrvConfig } from './config-table.ts';
import { type LocalBrokerPort, reachableAddress } from './reachable-address.ts';
import type { RouteTable } from './route-table.ts';

/** Lists of topics (206, 224, 304, 311 to 313) and the removal of one (216). Source: DefaultRequestProcessor. */
export function serveTopicLists(
  server: RemotingServer,
  table: RouteTable,
  config: LiveNamesrvConfig,
  localBrokerPort: LocalBrokerPort | undefined,
): void {
  server.handle(GET_ALL_TOPIC_LIST_FROM_NAMESERVER, (call) =>
    answerList(call, config, 'enableAllTopicList', () => table.topics.names()),
  );
  server.handle(GET_TOPICS_BY_CLUSTER, (call) =>
    answerList(call, config, 'enableTopicList', () => {
      const names = table.brokers.clusters().get(call.header.cluster);
      return names === undefined ? [] : table.topics.ofBrokers(names);
    }),
  );
  server.handle(GET_UNIT_TOPIC_LIST, (call) =>
    answerList(call, config, 'enableTopicList', () => table.topics.ofUnits()),
  );
  server.handle(GET_HAS_UNIT_SUB_TOPIC_LIST, (call) =>
    answerList(call, config, 'enableTopicList', () => table.topics.withUnitSubscription()),
  );
  server.handle(GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, (call) =>
    answerList(call, config, 'enableTopicList', () => table.topics.withUnitSubscriptionOnly()),
  );
  server.handle(GET_SYSTEM_TOPIC_LIST_FROM_NS, (call) => {
    const names: string[] = [];
    for (const [cluster, brokerNames] of table.brokers.clusters()) names.push(cluster, ...brokerNames);
    const some = anyBrokerAddr(table);
    const brokerAddr = some && reachableAddress(some, call.connection, localBrokerPort);
    call.answer({}, { body: encodeTopicList(names, brokerAddr) });
  });
  server.handle(DELETE_TOPIC_IN_NAMESRV, (call) => {
    const { topic, clusterName } = call.header;
    if (clusterName === undefined || clusterName === '') table.topics.remove(topic);
    else table.topics.remove(topic, table.brokers.clusters().get(clusterName) ?? []);
    call.answer({});
  });
}

function answerList<C extends Command>(
  call: Call<C>,
  config: LiveNamesrvConfig,
  property: 'enableAllTopicList' | 'enableTopicList',
  list: () => Iterable<string>,
): void {
  if (!config.values[property])
    return call.fail(
      ResponseCode.SYSTEM_ERROR,
      `disable: ${call.command.name} is switched off here; switch it on with mqadmin updateNamesrvConfig -k ${property} -v true`,
    );
  call.answer({} as Parameters<Call<C>['answer']>[0], { body: encodeTopicList(list()) });
}

function anyBrokerAddr(table: RouteTable): string | undefined {
  for (const group of table.brokers.groups()) for (const address of group.addresses.values()) return address;
  return undefined;
}
