import {
  bareHost,
  bracketedHost,
  type Endpoint,
  formatEndpoint,
  isWildcard,
  type LiveConfig,
  localAddress,
  type Network,
} from '@rocketmq-ts/kernel';
import { addressBytes } from '@rocketmq-ts/protocol';
import { whyNotPublished } from './config/kinds.ts';
import type { BrokerConfig, brokerConfigTable } from './config-table.ts';

/** Who this broker is, to name servers, clients and in stored records; its id is its role's. */
export interface BrokerIdentity {
  readonly clusterName: string;
  readonly brokerName: string;
  /** brokerIP1 and the port that listens. */
  readonly address: Endpoint;
  /** The same as `host:port`. */
  readonly brokerAddr: string;
  readonly haServerAddr: string;
}

/** A host as it is in a record: 4 or 16 address bytes, then the port in 4. An address that is no IP is written as 0.0.0.0. */
export function encodeHost(endpoint: Endpoint): Buffer {
  const address = addressBytes(endpoint.host) ?? Buffer.alloc(4);
  const bytes = Buffer.alloc(address.length + 4);
  address.copy(bytes);
  bytes.writeInt32BE(endpoint.port, address.length);
  return bytes;
}

/** What a broker decides by, where its configuration is silent. */
export interface BrokerPlace {
  readonly network: Network;
  /** Name of this machine. */
  readonly hostName: string;
  /** Store folder. */
  readonly root: string;
}

/**
 * Puts what was not configured into the configuration as it was decided, so that it is listed. A broker that listens at one
 * address gives clients that one, since it has no other. True when the address was found among the interfaces. Source: BrokerStartup#createBrokerController, NetworkUtil#getLocalAddress.
 */
export function settleConfig(config: LiveConfig<typeof brokerConfigTable>, place: BrokerPlace): boolean {
  const { bindAddress, brokerIP1, brokerIP2, brokerName, listenPort, haListenPort } = config.values;
  const { storePathRootDir, storePathCommitLog } = config.values;
  const bound =
    whyNotPublished(bindAddress) === undefined && !isWildcard(bindAddress) ? bareHost(bindAddress) : undefined;
  const own = bound ?? localAddress(place.network);
  const address = filled(brokerIP1) ?? bracketedHost(own);
  const { root, hostName } = place;
  config.settle({
    ...(filled(brokerIP1) === undefined ? { brokerIP1: address } : {}),
    ...(filled(brokerIP2) === undefined ? { brokerIP2: address } : {}),
    ...(filled(brokerName) === undefined ? { brokerName: filled(hostName) ?? 'DEFAULT_BROKER' } : {}),
    ...(haListenPort > 0 ? {} : { haListenPort: listenPort + 1 }),
    ...(storePathRootDir === undefined ? { storePathRootDir: root } : {}),
    ...(storePathCommitLog === undefined ? { storePathCommitLog: `${root}/commitlog` } : {}),
  });
  return filled(brokerIP1) === undefined && bound === undefined;
}

/**
 * From a settled configuration. Clients are given names as they are configured, never resolved; records hold an address of this
 * machine then.
 */
export function identityOf(config: BrokerConfig, network: Network): BrokerIdentity {
  const detected = localAddress(network);
  const host = bareHost(config.brokerIP1 ?? detected);
  const port = config.listenPort;
  return {
    clusterName: config.brokerClusterName,
    brokerName: config.brokerName ?? 'DEFAULT_BROKER',
    address: { host: addressBytes(host) === undefined ? detected : host, port },
    brokerAddr: formatEndpoint({ host, port }),
    haServerAddr: formatEndpoint({ host: config.brokerIP2 ?? host, port: config.haListenPort }),
  };
}

/** A property that is set to nothing counts as not set. */
function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
