import { asError, problemText, replaceAndKeepPrevious } from '@rocketmq-ts/kernel';
import {
  dataVersionText,
  formatProperties,
  formatPropertiesFile,
  GET_BROKER_CONFIG,
  isWholePropertiesFile,
  newDataVersion,
  nextDataVersion,
  parseProperties,
  ResponseCode,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

type ConfigParts = Pick<
  AdminParts,
  'clock' | 'config' | 'liveConfig' | 'configFile' | 'disk' | 'topics' | 'registration' | 'logger'
>;

/** Never changed over the network, whatever configBlackList says. */
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
];

/** The running configuration. Source: AdminBrokerProcessor#updateBrokerConfig, Configuration. */
export function serveConfigRequests(server: RemotingServer, parts: ConfigParts): void {
  const { clock, liveConfig, logger } = parts;
  let version = newDataVersion(clock.now());
  server.handle(GET_BROKER_CONFIG, (call) => {
    call.answer(
      { version: dataVersionText(version) },
      { body: Buffer.from(formatProperties(liveConfig.entries()), 'utf8') },
    );
  });
  server.handle(UPDATE_BROKER_CONFIG, (call) => {
    if (call.body.length === 0) return call.answer({});
    const changes = parseProperties(call.body.toString('utf8'));
    const blackList = new Set([...ALWAYS_BLACK_LISTED, ...parts.config.configBlackList.split(';')]);
    for (const key of changes.keys()) {
      if (blackList.has(key)) return call.fail(ResponseCode.NO_PERMISSION, 'Can not update config in black list.');
    }
    const update = liveConfig.update(changes);
    if (update.problems.length > 0) {
      return call.fail(ResponseCode.SYSTEM_ERROR, update.problems.map(problemText).join('; '));
    }
    version = nextDataVersion(version, clock.now());
    logger.info('the configuration was changed', {
      applied: update.applied.join(','),
      needRestart: update.needRestart.join(','),
      idle: update.idle.join(','),
      ignored: update.ignored.join(','),
    });
    if (changes.has('brokerPermission')) parts.topics.touch();
    parts.topics.followConfig();
    parts.registration.followConfig();
    const problem = keep(parts);
    if (problem !== undefined) return call.fail(ResponseCode.SYSTEM_ERROR, problem);
    call.answer({});
  });
}

/** Writes what is configured to the file named with -c; the content before is kept as `.bak`, if there was some. */
function keep(parts: ConfigParts): string | undefined {
  const { configFile, disk, liveConfig } = parts;
  if (configFile === undefined) return undefined;
  try {
    replaceAndKeepPrevious(disk, configFile, formatPropertiesFile(liveConfig.given()), isWholePropertiesFile);
    return undefined;
  } catch (error) {
    return `the change is in force but could not be kept in ${configFile}: ${asError(error).message}`;
  }
}
