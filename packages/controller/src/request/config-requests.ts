import type { Disk, Logger, Network } from '@rocketmq-ts/kernel';
import { GET_CONTROLLER_CONFIG, UPDATE_CONTROLLER_CONFIG } from '@rocketmq-ts/protocol';
import { type RemotingServer, serveConfigRequests } from '@rocketmq-ts/remoting';
import type { LiveControllerConfig } from '../config/config-table.ts';

/** Never changed by a request, whatever `configBlackList` has. Source: ControllerRequestProcessor#initConfigBlackList. */
const ALWAYS_BLACK_LISTED = ['configBlackList', 'configStorePath', 'rocketmqHome'];
/** Keys of a name server's file that are not the controller's. */
const FIXED_IN_NAMESRV = new Map([
  [
    'listenPort',
    'listenPort is the name server’s in this file; the controller of its process listens where its peer says',
  ],
  ['healthPort', 'healthPort is the name server’s in this file'],
]);
const FIXED_BY_PEERS = new Map([
  ['listenPort', 'the controller listens where its peer says; its listenPort has no effect'],
]);

/** What requests about the configuration work on. */
interface ConfigRequestParts {
  readonly config: LiveControllerConfig;
  /** Its file is that of the name server in whose process it runs. */
  readonly isInNamesrv: boolean;
  /** Its port is that of one of the peers. */
  readonly hasPeers: boolean;
  readonly disk: Disk;
  readonly network: Network;
  readonly logger: Logger;
}

/** Shows and changes the configuration: 1010 and 1009. Source: ControllerRequestProcessor. */
export function serveConfig(server: RemotingServer, parts: ConfigRequestParts): void {
  const { config, isInNamesrv, hasPeers, disk, network, logger } = parts;
  const fixed = isInNamesrv ? FIXED_IN_NAMESRV : hasPeers ? FIXED_BY_PEERS : undefined;
  serveConfigRequests(
    server,
    { get: GET_CONTROLLER_CONFIG, update: UPDATE_CONTROLLER_CONFIG },
    {
      config,
      alwaysBlackListed: ALWAYS_BLACK_LISTED,
      ...(fixed && { fixed }),
      file: { path: config.values.configStorePath, isShared: isInNamesrv },
      header: () => ({}),
      ...{ disk, network, logger },
    },
  );
}
