import {
  dataVersionText,
  GET_BROKER_CONFIG,
  newDataVersion,
  nextDataVersion,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/protocol';
import { type RemotingServer, serveConfigRequests as serveConfig } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

/** Never changed over the network, also when configBlackList does not name them. */
const ALWAYS_BLACK_LISTED: readonly string[] = [
  'brokerConfigPath',
  'rocketmqHome',
  'configBlackList',
  // Beyond Apache's list: who the broker is and where its data lies would change with the next start.
  'brokerName',
  'brokerClusterName',
  'brokerId',
  'storePathRootDir',
  'storePathCommitLog',
  // Decided for the whole process, by its command line or its file.
  'workers',
];

/** The running configuration. Source: AdminBrokerProcessor#updateBrokerConfig, Configuration. */
export function serveConfigRequests(server: RemotingServer, parts: AdminParts): void {
  const { clock, liveConfig, configFile, disk, network, logger } = parts;
  let version = newDataVersion(clock.now());
  serveConfig(
    server,
    { get: GET_BROKER_CONFIG, update: UPDATE_BROKER_CONFIG },
    {
      config: liveConfig,
      alwaysBlackListed: ALWAYS_BLACK_LISTED,
      file: configFile === undefined ? undefined : { path: configFile, isShared: false },
      portsOf: (port) => [port, port - 2],
      header: () => ({ version: dataVersionText(version) }),
      onChange: (changes) => {
        version = nextDataVersion(version, clock.now());
        if (changes.has('brokerPermission')) parts.topics.touch();
        parts.topics.followConfig();
        parts.registration.followConfig();
      },
      ...{ disk, network, logger },
    },
  );
}
