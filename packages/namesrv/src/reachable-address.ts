import { formatEndpoint, isLinkLocalIpv6 } from '@rocketmq-ts/kernel';
import type { RemotingConnection } from '@rocketmq-ts/remoting';

/**
 * For a broker in the same process whose address is not configured: the port on which it can be reached at every address
 * of this machine. Undefined for all other brokers.
 */
export type LocalBrokerPort = (brokerAddr: string) => number | undefined;

/**
 * The address of a broker for one client. Where broker and name server are one process, the address to which the client
 * connected is reachable, which the address found among the interfaces may not be (containers, several networks). A client
 * behind a proxy connected to an address that is not known here, and one that connected to a link-local address has its own
 * name for the interface.
 */
export function reachableAddress(
  brokerAddr: string,
  connection: Pick<RemotingConnection, 'local' | 'remote' | 'peer'>,
  localBrokerPort: LocalBrokerPort | undefined,
): string {
  const port = localBrokerPort?.(brokerAddr);
  const viaProxy = connection.peer !== formatEndpoint(connection.remote);
  if (port === undefined || viaProxy || isLinkLocalIpv6(connection.local.host)) return brokerAddr;
  return formatEndpoint({ host: connection.local.host, port });
}
