import { bool, command, int, long, optional, str, topicRequestFields, wire, withDefault } from './table.ts';

/** Stores a value under a namespace and key. Source: PutKVConfigRequestHeader. */
export const PUT_KV_CONFIG = command(100, 'PUT_KV_CONFIG', {
  request: { namespace: str(), key: str(), value: str() },
});

/** Source: GetKVConfigRequestHeader, GetKVConfigResponseHeader. */
export const GET_KV_CONFIG = command(101, 'GET_KV_CONFIG', {
  request: { namespace: str(), key: str() },
  response: { value: optional(str()) },
});

/** Source: DeleteKVConfigRequestHeader. */
export const DELETE_KV_CONFIG = command(102, 'DELETE_KV_CONFIG', {
  request: { namespace: str(), key: str() },
});

/** All keys of a namespace. Answer: KVTable. Source: GetKVListByNamespaceRequestHeader. */
export const GET_KVLIST_BY_NAMESPACE = command(219, 'GET_KVLIST_BY_NAMESPACE', { request: { namespace: str() } });

/** A broker reports its addresses and topics. Body: RegisterBrokerBody. Source: RegisterBrokerRequestHeader. */
export const REGISTER_BROKER = command(103, 'REGISTER_BROKER', {
  request: {
    brokerName: str(),
    brokerAddr: str(),
    clusterName: str(),
    haServerAddr: optional(str()),
    brokerId: long(),
    /** Absent from 4.9: the name server's own expiry applies. */
    heartbeatTimeoutMillis: optional(long()),
    enableActingMaster: optional(bool()),
    compressed: withDefault(bool(), false),
    /** CRC-32 & 0x7fffffff of the body as sent; 0: not checked. */
    bodyCrc32: withDefault(int(), 0),
    zoneName: wire('__ZONE_NAME', optional(str())),
  },
  /** Filled in only for slaves of a master that is alive. */
  response: { haServerAddr: optional(str()), masterAddr: optional(str()) },
});

/** A broker leaves. Source: UnRegisterBrokerRequestHeader. */
export const UNREGISTER_BROKER = command(104, 'UNREGISTER_BROKER', {
  request: { brokerName: str(), brokerAddr: str(), clusterName: str(), brokerId: long() },
});

/** Has the topic table changed? Body and answer: DataVersion. Source: QueryDataVersionRequestHeader and its response header. */
export const QUERY_DATA_VERSION = command(322, 'QUERY_DATA_VERSION', {
  request: { brokerName: str(), brokerAddr: str(), clusterName: str(), brokerId: long() },
  response: { changed: bool() },
});

/** A broker is still there; one-way. The optional part is for controllers. Source: BrokerHeartbeatRequestHeader. */
export const BROKER_HEARTBEAT = command(904, 'BROKER_HEARTBEAT', {
  request: {
    clusterName: str(),
    brokerAddr: str(),
    brokerName: str(),
    brokerId: optional(long()),
    epoch: optional(int()),
    maxOffset: optional(long()),
    confirmOffset: optional(long()),
    heartbeatTimeoutMills: optional(long()),
    electionPriority: optional(int()),
  },
});

/** Name server to broker, one-way: the lowest id of your group changed. Source: NotifyMinBrokerIdChangeRequestHeader. */
export const NOTIFY_MIN_BROKER_ID_CHANGE = command(905, 'NOTIFY_MIN_BROKER_ID_CHANGE', {
  request: {
    minBrokerId: optional(long()),
    brokerName: optional(str()),
    minBrokerAddr: optional(str()),
    offlineBrokerAddr: optional(str()),
    haBrokerAddr: optional(str()),
  },
});

/** Takes the write permission from all topics of a broker. Source: WipeWritePermOfBrokerRequestHeader and its response header. */
export const WIPE_WRITE_PERM_OF_BROKER = command(205, 'WIPE_WRITE_PERM_OF_BROKER', {
  request: { brokerName: str() },
  response: { wipeTopicCount: int() },
});

/** Gives it back. Source: AddWritePermOfBrokerRequestHeader, AddWritePermOfBrokerResponseHeader. */
export const ADD_WRITE_PERM_OF_BROKER = command(327, 'ADD_WRITE_PERM_OF_BROKER', {
  request: { brokerName: str() },
  response: { addTopicCount: int() },
});

/** Answer: TopicList. Source: namesrv/DefaultRequestProcessor. */
export const GET_ALL_TOPIC_LIST_FROM_NAMESERVER = command(206, 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER', { request: {} });

/** Removes a topic from all routes, or from those of one cluster. Source: DeleteTopicFromNamesrvRequestHeader. */
export const DELETE_TOPIC_IN_NAMESRV = command(216, 'DELETE_TOPIC_IN_NAMESRV', {
  request: { topic: str(), clusterName: optional(str()), ...topicRequestFields },
});

/** Adds one topic to the routes. Body: TopicRouteData with queue data only. Source: RegisterTopicRequestHeader. */
export const REGISTER_TOPIC_IN_NAMESRV = command(217, 'REGISTER_TOPIC_IN_NAMESRV', {
  request: { topic: str(), ...topicRequestFields },
});

/** Answer: TopicList. Source: GetTopicsByClusterRequestHeader. */
export const GET_TOPICS_BY_CLUSTER = command(224, 'GET_TOPICS_BY_CLUSTER', { request: { cluster: str() } });

/** Cluster and broker names, with the address of some broker. Answer: TopicList. Source: RouteInfoManager#getSystemTopicList. */
export const GET_SYSTEM_TOPIC_LIST_FROM_NS = command(304, 'GET_SYSTEM_TOPIC_LIST_FROM_NS', { request: {} });

/** Answer: TopicList. Source: RouteInfoManager#getUnitTopics. */
export const GET_UNIT_TOPIC_LIST = command(311, 'GET_UNIT_TOPIC_LIST', { request: {} });

/** Answer: TopicList. Source: RouteInfoManager#getHasUnitSubTopicList. */
export const GET_HAS_UNIT_SUB_TOPIC_LIST = command(312, 'GET_HAS_UNIT_SUB_TOPIC_LIST', { request: {} });

/** Answer: TopicList. Source: RouteInfoManager#getHasUnitSubUnUnitTopicList. */
export const GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST = command(313, 'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST', { request: {} });

/** Body: properties text. Source: namesrv/DefaultRequestProcessor. */
export const UPDATE_NAMESRV_CONFIG = command(318, 'UPDATE_NAMESRV_CONFIG', { request: {} });

/** Answer: properties text. Source: namesrv/DefaultRequestProcessor. */
export const GET_NAMESRV_CONFIG = command(319, 'GET_NAMESRV_CONFIG', { request: {} });
