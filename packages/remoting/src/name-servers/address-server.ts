import { type Clock, type Network, splitEndpoints, whyNotEndpointList } from '@rocketmq-ts/kernel';
import { httpGet } from './http-get.ts';

/** The part of the address that is asked for the name servers. Source: MixAll#getWSAddr. */
const DEFAULT_SUBGROUP = 'nsaddr';
/** Source: DefaultTopAddressing#fetchNSAddr. */
const TIMEOUT_MS = 3000;

/** A server that knows which name servers there are. */
export interface AddressServer {
  /** Host, or host and port. Without a port: 8080. */
  readonly domain: string;
  /** Default `nsaddr`. */
  readonly subgroup?: string | undefined;
  /** Name of a unit of several, which has name servers of its own. */
  readonly unitName?: string | undefined;
}

/** `http://<domain>:8080/rocketmq/<subgroup>`. Source: MixAll#getWSAddr, DefaultTopAddressing#fetchNSAddr. */
export function addressServerUrl({ domain, subgroup = DEFAULT_SUBGROUP, unitName = '' }: AddressServer): string {
  const host = domain.indexOf(':') > 0 ? domain : `${domain}:8080`;
  const unit = unitName.trim() === '' ? '' : `-${unitName}?nofix=1`;
  return `http://${host}/rocketmq/${subgroup}${unit}`;
}

/**
 * The name servers that an address server names, `host:port` each: its answer is `a:9876;b:9876`, of which the first line
 * counts. Rejects with the reason when it can't be asked, or answers something else.
 */
export async function askAddressServer(
  platform: { readonly clock: Clock; readonly network: Network },
  server: AddressServer,
): Promise<readonly string[]> {
  const url = addressServerUrl(server);
  const [line = ''] = (await httpGet(platform, url, TIMEOUT_MS)).trim().split(/\r|\n/);
  const problem = whyNotEndpointList(line);
  if (problem !== undefined) throw new Error(`the answer of ${url} is no list of name servers: ${problem}`);
  const addresses = [...new Set(splitEndpoints(line))];
  if (addresses.length === 0) throw new Error(`the answer of ${url} is empty`);
  return addresses;
}
