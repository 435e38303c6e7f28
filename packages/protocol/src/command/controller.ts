import { bool, command, int, long, optional, str, withDefault } from './table.ts';

/**
 * Requests between brokers in controller mode, tools and controllers. Only the controller that leads answers them, except
 * CONTROLLER_GET_METADATA_INFO and heartbeats; others answer CONTROLLER_NOT_LEADER.
 */

/** Fields of answers that name a master; all absent while a group has none. */
const masterFields = {
  masterBrokerId: optional(long()),
  masterAddress: optional(str()),
  masterEpoch: optional(int()),
};

/** A master asks for another in-sync set. Body: SyncStateSet with the epoch that it replaces. Answer: SyncStateSet. Source: AlterSyncStateSetRequestHeader. */
export const CONTROLLER_ALTER_SYNC_STATE_SET = command(1001, 'CONTROLLER_ALTER_SYNC_STATE_SET', {
  request: { brokerName: str(), masterBrokerId: long(), masterEpoch: int(), invokeTime: withDefault(long(), 0) },
  response: { newSyncStateSetEpoch: optional(int()) },
});

/**
 * Elects a master: `brokerId` −1 by the controller's policy; a broker's own id when it knows no master; any id of the in-sync
 * set with `designateElect`. Answer: ElectMasterResponseBody. With CONTROLLER_MASTER_STILL_EXIST header and body have the master
 * that there is. Source: ElectMasterRequestHeader.
 */
export const CONTROLLER_ELECT_MASTER = command(1002, 'CONTROLLER_ELECT_MASTER', {
  request: {
    clusterName: str(),
    brokerName: str(),
    brokerId: withDefault(long(), -1),
    designateElect: withDefault(bool(), false),
    invokeTime: optional(long()),
  },
  response: { ...masterFields, syncStateSetEpoch: optional(int()) },
});

/**
 * A broker with an id reports that it has started, and its address. The answer names a master only while that is alive.
 * Body of the answer: SyncStateSet. Source: RegisterBrokerToControllerRequestHeader.
 */
export const CONTROLLER_REGISTER_BROKER = command(1003, 'CONTROLLER_REGISTER_BROKER', {
  request: {
    clusterName: str(),
    brokerName: str(),
    brokerId: long(),
    brokerAddress: str(),
    invokeTime: withDefault(long(), 0),
  },
  response: {
    clusterName: optional(str()),
    brokerName: optional(str()),
    ...masterFields,
    syncStateSetEpoch: optional(int()),
  },
});

/** The master of a group, alive or not. Body of the answer: SyncStateSet. Source: GetReplicaInfoRequestHeader. */
export const CONTROLLER_GET_REPLICA_INFO = command(1004, 'CONTROLLER_GET_REPLICA_INFO', {
  request: { brokerName: str() },
  response: masterFields,
});

/** Who leads. Every controller answers. Source: GetMetaDataResponseHeader. */
export const CONTROLLER_GET_METADATA_INFO = command(1005, 'CONTROLLER_GET_METADATA_INFO', {
  request: {},
  response: {
    group: optional(str()),
    /** Absent while nobody leads. */
    controllerLeaderId: optional(str()),
    controllerLeaderAddress: optional(str()),
    isLeader: withDefault(bool(), false),
    /** `n0:127.0.0.1:9878;n1:127.0.0.1:9868;` */
    peers: optional(str()),
  },
});

/** Body: JSON array of broker names. Answer: BrokerReplicasInfo. Source: ControllerRequestProcessor#handleControllerGetSyncStateData. */
export const CONTROLLER_GET_SYNC_STATE_DATA = command(1006, 'CONTROLLER_GET_SYNC_STATE_DATA', { request: {} });

/** Which master's time each part of a broker's log is from. Answer: EpochEntryCache. Source: AdminBrokerProcessor#getBrokerEpochCache. */
export const GET_BROKER_EPOCH_CACHE = command(1007, 'GET_BROKER_EPOCH_CACHE', { request: {} });

/**
 * Controller to broker, one-way: your group has another master, or its master another epoch. Body: SyncStateSet.
 * Source: NotifyBrokerRoleChangedRequestHeader.
 */
export const NOTIFY_BROKER_ROLE_CHANGED = command(1008, 'NOTIFY_BROKER_ROLE_CHANGED', {
  request: { ...masterFields, syncStateSetEpoch: optional(int()) },
});

/** Body: properties text. Source: ControllerRequestProcessor#handleUpdateControllerConfig. */
export const UPDATE_CONTROLLER_CONFIG = command(1009, 'UPDATE_CONTROLLER_CONFIG', { request: {} });

/** Answer: properties text. Source: ControllerRequestProcessor#handleGetControllerConfig. */
export const GET_CONTROLLER_CONFIG = command(1010, 'GET_CONTROLLER_CONFIG', { request: {} });

/** Forgets a group, or those of its brokers whose ids are named (`1;2`). Source: CleanControllerBrokerDataRequestHeader. */
export const CLEAN_BROKER_DATA = command(1011, 'CLEAN_BROKER_DATA', {
  request: {
    clusterName: optional(str()),
    brokerName: str(),
    brokerControllerIdsToClean: optional(str()),
    isCleanLivingBroker: withDefault(bool(), false),
    invokeTime: withDefault(long(), 0),
  },
});

/** The id that a broker without one applies for next. Source: GetNextBrokerIdRequestHeader. */
export const CONTROLLER_GET_NEXT_BROKER_ID = command(1012, 'CONTROLLER_GET_NEXT_BROKER_ID', {
  request: { clusterName: str(), brokerName: str() },
  response: { clusterName: optional(str()), brokerName: optional(str()), nextBrokerId: optional(long()) },
});

/**
 * Takes an id for ever. `registerCheckCode` is `<address>;<milliseconds>`, by which a broker may ask again for the id that it
 * was given. Source: ApplyBrokerIdRequestHeader.
 */
export const CONTROLLER_APPLY_BROKER_ID = command(1013, 'CONTROLLER_APPLY_BROKER_ID', {
  request: { clusterName: str(), brokerName: str(), appliedBrokerId: long(), registerCheckCode: str() },
  response: { clusterName: optional(str()), brokerName: optional(str()) },
});
