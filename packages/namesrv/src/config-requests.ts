import type { Disk, Logger } from '@rocketmq-ts/kernel';
import { asError, problemText, replaceAndKeepPrevious } from '@rocketmq-ts/kernel';
import {
  formatProperties,
  formatPropertiesFile,
  GET_NAMESRV_CONFIG,
  isWholePropertiesFile,
  parseProperties,
  ResponseCode,
  UPDATE_NAMESRV_CONFIG,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { LiveNamesrvConfig } from './config-table.ts';

/** Never changed by a request, whatever `configBlackList` says. Source: DefaultRequestProcessor#initConfigBlackList. */
const ALWAYS_BLACK_LISTED = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome'];

/** Shows and changes the configuration: 319 and 318. Source: DefaultRequestProcessor, Configuration. */
export function serveConfig(server: RemotingServer, config: LiveNamesrvConfig, disk: Disk, logger: Logger): void {
  server.handle(GET_NAMESRV_CONFIG, (call) => {
    call.answer({}, { body: Buffer.from(formatProperties(config.entries())) });
  });
  server.handle(UPDATE_NAMESRV_CONFIG, (call) => updateConfig(call, config, disk, logger));
}

function updateConfig(
  call: Call<typeof UPDATE_NAMESRV_CONFIG>,
  config: LiveNamesrvConfig,
  disk: Disk,
  logger: Logger,
): void {
  if (call.body.length === 0) return call.answer({});
  let changes: Map<string, string>;
  try {
    changes = parseProperties(call.body.toString());
  } catch (error) {
    return call.fail(ResponseCode.SYSTEM_ERROR, `string2Properties error: ${asError(error).message}`);
  }
  const blackList = new Set([...ALWAYS_BLACK_LISTED, ...config.values.configBlackList.split(';')]);
  const forbidden = [...changes.keys()].filter((key) => blackList.has(key));
  if (forbidden.length > 0) {
    return call.fail(ResponseCode.NO_PERMISSION, `Can not update config in black list. (${forbidden.join(', ')})`);
  }
  const update = config.update(changes);
  if (update.problems.length > 0) {
    return call.fail(ResponseCode.SYSTEM_ERROR, update.problems.map(problemText).join('; '));
  }
  const { applied, needRestart, ignored } = update;
  logger.info('The configuration was changed', { by: call.connection.peer, applied, needRestart, ignored });
  save(config, disk);
  const remark = needRestart.length === 0 ? undefined : `After the next start: ${needRestart.join(', ')}`;
  call.answer({}, { remark });
}

/** What is configured; what the file held before stays as `.bak`, if it held something. */
function save(config: LiveNamesrvConfig, disk: Disk): void {
  replaceAndKeepPrevious(
    disk,
    config.values.configStorePath,
    formatPropertiesFile(config.given()),
    isWholePropertiesFile,
  );
}
