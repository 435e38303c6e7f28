import { type Logger, type Platform, splitEndpoints } from '@rocketmq-ts/kernel';
import { NameServerList } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';

const FIRST_REFRESH_MS = 10_000;
/** What Apache's programs ask where nothing is configured. Source: MixAll#DEFAULT_NAMESRV_ADDR_LOOKUP. */
const DEFAULT_DOMAIN = 'jmenv.tbsite.net';

/** `host:port` each, of `namesrvAddr`. */
export function configuredNameServers({ namesrvAddr = '' }: BrokerConfig): readonly string[] {
  return [...new Set(splitEndpoints(namesrvAddr))];
}

/**
 * The name servers of this broker: those of `namesrvAddr`, with `fetchNameSrvAddrByDnsLookup` every address of each name; without
 * any and with `fetchNamesrvAddrByAddressServer` those that an address server names. Source: BrokerController#initializeScheduledTasks.
 */
export function nameServerListOf(
  config: BrokerConfig,
  platform: Pick<Platform, 'clock' | 'network'>,
  logger: Logger,
): NameServerList {
  const { rmqAddressServerDomain = DEFAULT_DOMAIN, rmqAddressServerSubGroup: subgroup } = config;
  const { updateNameServerAddrPeriod, fetchNamesrvAddrInterval } = config;
  const configured = configuredNameServers(config);
  const addressServer = { domain: rmqAddressServerDomain, subgroup };
  return new NameServerList({
    ...{ platform, logger, configured },
    addressServer: config.fetchNamesrvAddrByAddressServer ? addressServer : undefined,
    get lookUp() {
      return config.fetchNameSrvAddrByDnsLookup;
    },
    firstRefreshMs: FIRST_REFRESH_MS,
    refreshMs: configured.length > 0 ? updateNameServerAddrPeriod : fetchNamesrvAddrInterval,
  });
}
