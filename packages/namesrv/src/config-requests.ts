import type { Disk, Logger, Network } from '@rocketmq-ts/kernel';
import { GET_NAMESRV_CONFIG, UPDATE_NAMESRV_CONFIG } from '@rocketmq-ts/protocol';
import { type RemotingServer, serveConfigRequests } from '@rocketmq-ts/remoting';
import type { LiveNamesrvConfig } from './config-table.ts';

/** Never changed by a request, whatever `configBlackList` has. Source: DefaultRequestProcessor#initConfigBlackList. */
const ALWAYS_BLACK_LISTED = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome'];

/** What requests about the configuration work on. */
interface ConfigRequestParts {
  readonly config: LiveNamesrvConfig;
  readonly disk: Disk;
  readonly network: Network;
  readonly logger: Logger;
}

/** Shows and changes the configuration: 319 and 318. Source: DefaultRequestProcessor. */
export function serveConfig(server: RemotingServer, { config, disk, network, logger }: ConfigRequestParts): void {
  const { configStorePath: path, enableControllerInNamesrv: isShared } = config.values;
  serveConfigRequests(
    server,
    { get: GET_NAMESRV_CONFIG, update: UPDATE_NAMESRV_CONFIG },
    {
      config,
      alwaysBlackListed: ALWAYS_BLACK_LISTED,
      file: { path, isShared },
      header: () => ({}),
      disk,
      network,
      logger,
    },
  );
}
