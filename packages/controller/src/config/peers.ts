import { type Endpoint, formatEndpoint, parseEndpoint, whyNotEndpointList } from '@rocketmq-ts/kernel';

/** One controller of the set. */
export interface Peer {
  readonly id: string;
  readonly address: string;
}

/** Who the controllers are, by the configuration. */
export interface Peers {
  readonly group: string;
  readonly all: readonly Peer[];
  /** Undefined where the configuration names no peers: then this one is named by its address. */
  readonly self: Peer | undefined;
}

interface PeerProperties {
  readonly controllerType: string;
  readonly controllerDLegerGroup: string | undefined;
  readonly controllerDLegerPeers: string;
  readonly controllerDLegerSelfId: string | undefined;
  readonly jRaftGroupId: string;
  readonly jRaftServerId: string;
  readonly jRaftInitConf: string;
  readonly jRaftControllerRPCAddr: string;
}

/** Why the properties do not fit together, or who the controllers are. */
export function readPeers(properties: PeerProperties): Peers | { readonly problem: string } {
  return properties.controllerType === 'jRaft' ? jRaftPeers(properties) : dLedgerPeers(properties);
}

/** Where this controller listens, when its peer names a port. */
export function placeOf(peer: Peer): Endpoint | undefined {
  return parseEndpoint(peer.address);
}

/** Why a list such as `n0-127.0.0.1:9878;n1-127.0.0.1:9868` can't be used. Source: DLedgerConfig#getPeerAddressMap. */
export function whyNotPeers(list: string): string | undefined {
  const seen = new Set<string>();
  for (const part of partsOf(list, ';')) {
    const dash = part.indexOf('-');
    if (dash <= 0) return `"${part}" is not <id>-<host>:<port>`;
    const reason = whyNotEndpointList(part.slice(dash + 1));
    if (reason !== undefined) return reason;
    const id = part.slice(0, dash);
    if (seen.has(id)) return `${id} is there twice`;
    seen.add(id);
  }
  return undefined;
}

function dLedgerPeers({ controllerDLegerGroup, controllerDLegerPeers, controllerDLegerSelfId }: PeerProperties) {
  const group = controllerDLegerGroup ?? 'default';
  const all = partsOf(controllerDLegerPeers, ';').map((part): Peer => {
    const dash = part.indexOf('-');
    return { id: part.slice(0, dash), address: normal(part.slice(dash + 1)) };
  });
  if (all.length === 0) return { group, all, self: undefined };
  const self = all.find(({ id }) => id === controllerDLegerSelfId);
  if (self !== undefined) return { group, all, self };
  const ids = all.map(({ id }) => id).join(', ');
  return {
    problem: `controllerDLegerSelfId=${controllerDLegerSelfId ?? ''} is none of controllerDLegerPeers (${ids})`,
  };
}

function jRaftPeers({ jRaftGroupId, jRaftServerId, jRaftInitConf, jRaftControllerRPCAddr }: PeerProperties) {
  const ids = partsOf(jRaftInitConf, ',');
  const addresses = partsOf(jRaftControllerRPCAddr, ',');
  const problem = whyNotEndpointList(addresses.join(';'));
  if (problem !== undefined) return { problem: `jRaftControllerRPCAddr: ${problem}` };
  if (ids.length !== addresses.length) {
    return { problem: 'jRaftInitConf and jRaftControllerRPCAddr have different numbers of parts' };
  }
  const all = ids.map((id, at): Peer => ({ id, address: normal(addresses[at]!) }));
  const self = all.find(({ id }) => id === jRaftServerId);
  if (self === undefined) return { problem: `jRaftServerId=${jRaftServerId} is none of jRaftInitConf` };
  return { group: jRaftGroupId, all, self };
}

function normal(address: string): string {
  const endpoint = parseEndpoint(address);
  return endpoint === undefined ? address : formatEndpoint(endpoint);
}

function partsOf(list: string, separator: string): string[] {
  return list
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
