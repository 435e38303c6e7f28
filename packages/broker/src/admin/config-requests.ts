import { asError, problemText, replaceAndKeepPrevious, updateNote, whyNotListenable } from '@rocketmq-ts/kernel';
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
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

type UpdateCall = Call<typeof UPDATE_BROKER_CONFIG>;

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
  const { clock, liveConfig, logger } = parts;
  let version = newDataVersion(clock.now());
  server.handle(GET_BROKER_CONFIG, (call) => {
    call.answer(
      { version: dataVersionText(version) },
      { body: Buffer.from(formatProperties(liveConfig.entries()), 'utf8') },
    );
  });
  const apply = (call: UpdateCall, changes: ReadonlyMap<string, string>): void => {
    const update = liveConfig.update(changes);
    version = nextDataVersion(version, clock.now());
    logger.info('the configuration was changed', {
      by: call.connection.peer,
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
    call.answer({}, { remark: updateNote(update) });
  };
  server.handle(UPDATE_BROKER_CONFIG, (call) => {
    if (call.body.length === 0) return call.answer({});
    const changes = readChanges(call, parts);
    if (changes === undefined) return undefined;
    if (!changes.has('bindAddress') && !changes.has('listenPort')) return apply(call, changes);
    // Only the system knows which addresses are this machine's and which ports are free.
    return whyNotListenable(parts.network, changes, parts.config, (port) => [port, port - 2]).then((reason) => {
      if (reason === undefined) apply(call, changes);
      else call.fail(ResponseCode.SYSTEM_ERROR, reason);
    });
  });
}

/** The changes that a request asks for; undefined when it was refused. */
function readChanges(call: UpdateCall, { config, liveConfig }: AdminParts): Map<string, string> | undefined {
  let changes: Map<string, string>;
  try {
    changes = parseProperties(call.body.toString('utf8'));
  } catch (error) {
    call.fail(ResponseCode.SYSTEM_ERROR, `string2Properties error: ${asError(error).message}`);
    return undefined;
  }
  const configured = config.configBlackList.split(';').map((key) => key.trim());
  const blackList = new Set([...ALWAYS_BLACK_LISTED, ...configured]);
  if ([...changes.keys()].some((key) => blackList.has(key))) {
    call.fail(ResponseCode.NO_PERMISSION, 'Can not update config in black list.');
    return undefined;
  }
  const problems = liveConfig.check(changes);
  if (problems.length === 0) return changes;
  call.fail(ResponseCode.SYSTEM_ERROR, problems.map(problemText).join('; '));
  return undefined;
}

/** Writes what is configured to the file named with -c; the content before is kept as `.bak`, if there was some. */
function keep(parts: AdminParts): string | undefined {
  const { configFile, disk, liveConfig } = parts;
  if (configFile === undefined) return undefined;
  try {
    replaceAndKeepPrevious(disk, configFile, formatPropertiesFile(liveConfig.given()), isWholePropertiesFile);
    return undefined;
  } catch (error) {
    return `the change is in force but could not be kept in ${configFile}: ${asError(error).message}`;
  }
}
