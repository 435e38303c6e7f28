import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { Members, textOf } from './members.ts';
import { type BrokerData, brokerDataJson, readBrokerData } from './route.ts';

/** All brokers by name, and the names of each cluster. Source: ClusterInfo. */
export interface ClusterInfo {
  readonly brokerAddrTable: ReadonlyMap<string, BrokerData>;
  readonly clusterAddrTable: ReadonlyMap<string, readonly string[]>;
}

/** Broker ids stay unquoted for every reader. */
export function encodeClusterInfo(info: ClusterInfo): Buffer {
  return encodeJson({
    brokerAddrTable: new Map([...info.brokerAddrTable].map(([name, data]) => [name, brokerDataJson(data)])),
    clusterAddrTable: info.clusterAddrTable,
  });
}

/** Throws BAD_BODY. */
export function decodeClusterInfo(body: Uint8Array): ClusterInfo {
  const members = Members.parse(body, 'ClusterInfo');
  return {
    brokerAddrTable: members.table('brokerAddrTable', readBrokerData),
    clusterAddrTable: members.textListTable('clusterAddrTable'),
  };
}

/** One broker name with its addresses. Source: BrokerMemberGroup. */
export interface BrokerMemberGroup {
  readonly cluster: string;
  readonly brokerName: string;
  readonly brokerAddrs: ReadonlyMap<number, string>;
}

/** The answer of GET_BROKER_MEMBER_GROUP; undefined when no broker has that name. Source: GetBrokerMemberGroupResponseBody. */
export function encodeBrokerMemberGroup(group: BrokerMemberGroup | undefined): Buffer {
  return encodeJson({ brokerMemberGroup: group && memberGroupJson(group) });
}

/** For the JSON writer. */
export function memberGroupJson(group: BrokerMemberGroup): JsonInput {
  return { brokerAddrs: group.brokerAddrs, brokerName: group.brokerName, cluster: group.cluster };
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readMemberGroup(group: Members): BrokerMemberGroup {
  return {
    cluster: group.text('cluster', ''),
    brokerName: group.text('brokerName', ''),
    brokerAddrs: group.numberedTable('brokerAddrs', textOf),
  };
}

/** Throws BAD_BODY. */
export function decodeBrokerMemberGroup(body: Uint8Array): BrokerMemberGroup | undefined {
  const group = Members.parse(body, 'GetBrokerMemberGroupResponseBody').object('brokerMemberGroup');
  return group && readMemberGroup(group);
}
