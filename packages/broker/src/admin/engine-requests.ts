import {
  CHECK_ROCKSDB_CQ_WRITE_PROGRESS,
  CheckStatus,
  EXPORT_ROCKSDB_CONFIG_TO_JSON,
  encodeCheckRocksdbCqWriteResult,
  POP_ROLLBACK,
  ResponseCode,
  SWITCH_TIMER_ENGINE,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'config' | 'liveConfig'>;

/** Source: ExportRocksDBConfigToJsonRequestHeader.ConfigType. */
const TABLE_TYPES: ReadonlySet<string> = new Set(['topics', 'subscriptiongroups', 'consumeroffsets']);

/** What is kept in which kind of file: here always in files that Apache's broker without RocksDB has. */
export function serveEngineRequests(server: RemotingServer, parts: Parts): void {
  server.handle(SWITCH_TIMER_ENGINE, (call) => switchTimerEngine(parts, call));
  // Topics, groups and progress are in JSON files at any time: as Apache's broker without RocksDB has nothing to do.
  server.handle(EXPORT_ROCKSDB_CONFIG_TO_JSON, (call) => {
    const types = (call.header.configType ?? '').split(';').filter((type) => type !== '');
    const unknown = types.find((type) => !TABLE_TYPES.has(type.trim().toLowerCase()));
    if (unknown !== undefined) return call.fail(ResponseCode.SYSTEM_ERROR, `Unknown config type: ${unknown}`);
    call.answer({}, { remark: 'export done.' });
  });
  server.handle(CHECK_ROCKSDB_CQ_WRITE_PROGRESS, (call) => {
    const checkResult =
      'this broker keeps consume queues in files only, there is nothing in RocksDB to compare them with';
    call.answer({}, { body: encodeCheckRocksdbCqWriteResult({ checkResult, checkStatus: CheckStatus.CHECK_ERROR }) });
  });
  // Records of pop consumers that are in RocksDB: there are none.
  server.handle(POP_ROLLBACK, (call) => call.answer({}));
}

/** Source: AdminBrokerProcessor#switchTimerEngine of 5.4.0. */
function switchTimerEngine({ config, liveConfig }: Parts, call: Call<typeof SWITCH_TIMER_ENGINE>): void {
  const refuse = (remark: string): void => call.fail(ResponseCode.INVALID_PARAMETER, remark);
  if (!config.timerWheelEnable) return refuse('broker timerWheelEnable is false');
  const { engineType } = call.header;
  if (engineType === undefined) return refuse('param error, extFields is null');
  if (engineType === 'R') {
    return refuse(
      'this broker keeps timer messages in the file of the timer wheel only, not in RocksDB; it has engine F',
    );
  }
  if (engineType !== 'F') return refuse('param error');
  liveConfig.update(
    new Map([
      ['timerStopEnqueue', 'false'],
      ['timerRocksDBStopScan', 'true'],
    ]),
  );
  call.answer({}, { remark: 'switch timer engine success' });
}
