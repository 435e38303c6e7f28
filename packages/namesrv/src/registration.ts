import { crc32 } from 'node:zlib';
import type { Clock, Logger } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  decodeDataVersion,
  decodeRegisterBrokerBody,
  decodeTopicRouteData,
  encodeBrokerMemberGroup,
  encodeDataVersion,
  encodeKVTable,
  GET_BROKER_MEMBER_GROUP,
  QUERY_DATA_VERSION,
  REGISTER_BROKER,
  REGISTER_TOPIC_IN_NAMESRV,
  type RegisterBrokerBody,
  ResponseCode,
  sameDataVersion,
  UNREGISTER_BROKER,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { LiveNamesrvConfig } from './config-table.ts';
import type { DepartureQueue } from './departure-queue.ts';
import { type KvTable, ORDER_TOPIC_NAMESPACE } from './kv-table.ts';
import type { GroupChange, RouteTable } from './route-table.ts';

/** What registration works on. */
interface RegistrationParts {
  readonly table: RouteTable;
  readonly config: LiveNamesrvConfig;
  readonly kv: KvTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly departures: DepartureQueue;
  readonly onGroupChanges: (changes: GroupChange[]) => void;
}

/**
 * Requests of brokers about themselves: registration (103), departure (104), one topic (217), heartbeats (322, 904) and the
 * members of their own group (901). Source: DefaultRequestProcessor.
 */
export function serveRegistration(server: RemotingServer, parts: RegistrationParts): void {
  const { table, config, clock, departures } = parts;
  server.handle(REGISTER_BROKER, (call) => registerBroker(call, parts));

  server.handle(UNREGISTER_BROKER, (call) => {
    const { clusterName, brokerName, brokerAddr, brokerId } = call.header;
    if (departures.size >= config.values.unRegisterBrokerQueueCapacity) {
      return call.fail(
        ResponseCode.SYSTEM_ERROR,
        `UNREGISTER_BROKER is not taken while ${departures.size} others wait; send it again in a second`,
      );
    }
    departures.add({ clusterName, brokerName, brokerAddr, brokerId }, 'unregistered');
    call.answer({});
  });

  server.handle(REGISTER_TOPIC_IN_NAMESRV, (call) => {
    const { queueDatas } = decodeTopicRouteData(call.body);
    table.registerTopic(call.header.topic, queueDatas);
    call.answer({});
  });

  server.handle(QUERY_DATA_VERSION, (call) => {
    const { clusterName, brokerAddr } = call.header;
    const known = table.brokers.live(clusterName, brokerAddr)?.dataVersion;
    table.refresh(clusterName, brokerAddr, clock.monotonicMs());
    const changed = known === undefined || !sameDataVersion(known, decodeDataVersion(call.body));
    call.answer({ changed }, { body: known && encodeDataVersion(known) });
  });

  server.handle(BROKER_HEARTBEAT, (call) => {
    table.refresh(call.header.clusterName, call.header.brokerAddr, clock.monotonicMs());
    call.answer({});
  });

  server.handle(GET_BROKER_MEMBER_GROUP, (call) => {
    const { clusterName, brokerName } = call.header;
    const brokerAddrs = table.brokers.group(brokerName)?.addresses ?? new Map();
    call.answer({}, { body: encodeBrokerMemberGroup({ cluster: clusterName, brokerName, brokerAddrs }) });
  });
}

function registerBroker(call: Call<typeof REGISTER_BROKER>, parts: RegistrationParts): void {
  const { table, config, kv, clock, logger } = parts;
  const { header } = call;
  // As brokers compute it: the sign bit is cut off. Source: UtilAll#crc32.
  if (header.bodyCrc32 !== 0 && (crc32(call.body) & 0x7fffffff) !== header.bodyCrc32) {
    return call.fail(
      ResponseCode.SYSTEM_ERROR,
      'crc32 not match: the body of REGISTER_BROKER is not the one that its bodyCrc32 was made of; send it again',
    );
  }
  const { topicConfigSerializeWrapper: wrapper, filterServerList } = bodyOf(call);
  const isNew = table.brokers.live(header.clusterName, header.brokerAddr) === undefined;
  const outcome = table.register(
    {
      clusterName: header.clusterName,
      brokerName: header.brokerName,
      brokerAddr: header.brokerAddr,
      brokerId: header.brokerId,
      haServerAddr: header.haServerAddr,
      zoneName: header.zoneName,
      heartbeatTimeoutMs: header.heartbeatTimeoutMillis,
      enableActingMaster: header.enableActingMaster,
      dataVersion: wrapper.dataVersion,
      topics: wrapper.topicConfigTable,
      hasAllTopics: config.values.deleteTopicWithBrokerRegistration,
      mappings: wrapper.topicQueueMappingInfoMap,
      filterServers: filterServerList,
      connection: call.connection,
    },
    clock.monotonicMs(),
  );
  const who = { brokerName: header.brokerName, brokerId: header.brokerId, brokerAddr: header.brokerAddr };
  if (outcome.kind === 'unknown-broker') {
    logger.warn('One topic of a broker that is not registered is refused', who);
    return call.fail(
      ResponseCode.SYSTEM_ERROR,
      `register broker failed: REGISTER_BROKER of ${header.brokerAddr} has one topic, and the broker is not registered; send all its topics first`,
    );
  }
  const order = config.values.returnOrderTopicConfigToBroker ? kv.list(ORDER_TOPIC_NAMESPACE) : undefined;
  const body = order && encodeKVTable(order);
  if (outcome.kind === 'superseded') {
    logger.warn('A broker registers under an id that another one holds with a newer state', { ...who, by: outcome.by });
    return call.answer({}, { body });
  }
  if (isNew)
    logger.info('A broker is registered', {
      ...who,
      clusterName: header.clusterName,
      topics: wrapper.topicConfigTable.size,
    });
  if (outcome.groupChange !== undefined) parts.onGroupChanges([outcome.groupChange]);
  const { master } = outcome;
  call.answer({ haServerAddr: master?.haServerAddr, masterAddr: master?.brokerAddr }, { body });
}

function bodyOf(call: Call<typeof REGISTER_BROKER>): RegisterBrokerBody {
  if (call.body.length > 0) return decodeRegisterBrokerBody(call.body, call.version);
  const dataVersion = { stateVersion: 0, timestamp: 0, counter: 0 };
  return {
    topicConfigSerializeWrapper: {
      topicConfigTable: new Map(),
      dataVersion,
      mappingDataVersion: dataVersion,
      topicQueueMappingInfoMap: new Map(),
      topicQueueMappingDetailMap: new Map(),
    },
    filterServerList: [],
  };
}
