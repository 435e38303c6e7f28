import type { Endpoint } from '@rocketmq-ts/kernel';
import { addressBytes } from '@rocketmq-ts/protocol';

/** Who this broker is, to name servers, clients and in stored records. */
export interface BrokerIdentity {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
  /** brokerIP1 and the port that listens. */
  readonly address: Endpoint;
  /** The same as `host:port`. */
  readonly brokerAddr: string;
  readonly haServerAddr: string;
}

/** A host as it stands in a record: 4 or 16 address bytes, then the port in 4. An address that is no IP stands as 0.0.0.0. */
export function encodeHost(endpoint: Endpoint): Buffer {
  const address = addressBytes(endpoint.host) ?? Buffer.alloc(4);
  const bytes = Buffer.alloc(address.length + 4);
  address.copy(bytes);
  bytes.writeInt32BE(endpoint.port, address.length);
  return bytes;
}
