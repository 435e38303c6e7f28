import type { Disk, Logger, Network } from '@rocketmq-ts/kernel';
import { asError, problemText, replaceAndKeepPrevious, updateNote, whyNotListenable } from '@rocketmq-ts/kernel';
import {
  formatProperties,
  formatPropertiesFile,
  GET_CONTROLLER_CONFIG,
  isWholePropertiesFile,
  parseProperties,
  ResponseCode,
  UPDATE_CONTROLLER_CONFIG,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { LiveControllerConfig } from '../config/config-table.ts';

/** Never changed by a request, whatever `configBlackList` has. Source: ControllerRequestProcessor#initConfigBlackList. */
const ALWAYS_BLACK_LISTED = ['configBlackList', 'configStorePath', 'rocketmqHome'];

/** What requests about the configuration work on. */
interface ConfigRequestParts {
  readonly config: LiveControllerConfig;
  readonly disk: Disk;
  readonly network: Network;
  readonly logger: Logger;
}

/** Shows and changes the configuration: 1010 and 1009. Source: ControllerRequestProcessor, Configuration. */
export function serveConfig(server: RemotingServer, parts: ConfigRequestParts): void {
  server.handle(GET_CONTROLLER_CONFIG, (call) => {
    call.answer({}, { body: Buffer.from(formatProperties(parts.config.entries())) });
  });
  server.handle(UPDATE_CONTROLLER_CONFIG, (call) => updateConfig(call, parts));
}

function updateConfig(call: Call<typeof UPDATE_CONTROLLER_CONFIG>, parts: ConfigRequestParts): void | Promise<void> {
  if (call.body.length === 0) return call.answer({});
  const changes = readChanges(call, parts.config);
  if (changes === undefined) return undefined;
  if (!changes.has('bindAddress') && !changes.has('listenPort')) return apply(call, parts, changes);
  // Only the system knows which addresses are this machine's and which ports are free.
  return whyNotListenable(parts.network, changes, parts.config.values, (port) => [port]).then((reason) => {
    if (reason === undefined) apply(call, parts, changes);
    else call.fail(ResponseCode.SYSTEM_ERROR, reason);
  });
}

/** The changes that a request asks for; undefined when it was refused. */
function readChanges(
  call: Call<typeof UPDATE_CONTROLLER_CONFIG>,
  config: LiveControllerConfig,
): Map<string, string> | undefined {
  let changes: Map<string, string>;
  try {
    changes = parseProperties(call.body.toString());
  } catch (error) {
    call.fail(ResponseCode.SYSTEM_ERROR, `string2Properties error: ${asError(error).message}`);
    return undefined;
  }
  const configured = config.values.configBlackList.split(';').map((key) => key.trim());
  const blackList = new Set([...ALWAYS_BLACK_LISTED, ...configured]);
  const forbidden = [...changes.keys()].filter((key) => blackList.has(key));
  if (forbidden.length > 0) {
    call.fail(ResponseCode.NO_PERMISSION, `Can not update config in black list. (${forbidden.join(', ')})`);
    return undefined;
  }
  const problems = config.check(changes);
  if (problems.length === 0) return changes;
  call.fail(ResponseCode.SYSTEM_ERROR, problems.map(problemText).join('; '));
  return undefined;
}

function apply(
  call: Call<typeof UPDATE_CONTROLLER_CONFIG>,
  { config, disk, logger }: ConfigRequestParts,
  changes: ReadonlyMap<string, string>,
): void {
  const update = config.update(changes);
  const { applied, needRestart, ignored, idle } = update;
  logger.info('The configuration was changed', { by: call.connection.peer, applied, needRestart, idle, ignored });
  try {
    save(config, disk);
  } catch (error) {
    const file = config.values.configStorePath;
    const sentence = `the change is in force but could not be kept in ${file}: ${asError(error).message}`;
    return call.fail(ResponseCode.SYSTEM_ERROR, sentence);
  }
  call.answer({}, { remark: updateNote(update) });
}

/** The configuration; the previous content of the file is kept as `.bak`, if there was any. */
function save(config: LiveControllerConfig, disk: Disk): void {
  replaceAndKeepPrevious(
    disk,
    config.values.configStorePath,
    formatPropertiesFile(config.given()),
    isWholePropertiesFile,
  );
}
