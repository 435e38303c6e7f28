import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  AUTH_CREATE_USER,
  AUTH_GET_USER,
  AUTH_LIST_ACL,
  AUTH_LIST_USER,
  CHECK_ROCKSDB_CQ_WRITE_PROGRESS,
  CheckStatus,
  decodeCheckRocksdbCqWriteResult,
  EXPORT_ROCKSDB_CONFIG_TO_JSON,
  GET_BROKER_CONFIG,
  POP_ROLLBACK,
  parseProperties,
  SWITCH_TIMER_ENGINE,
} from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  caller = await stage.started({ timerStopEnqueue: 'true' });
});
afterEach(() => stage.dispose());

test('the timer engine F is the one that is there, R is refused with what this broker has', async () => {
  const engine = (engineType: string) => caller.request(SWITCH_TIMER_ENGINE, { engineType });
  const file = await engine('F');
  assert.deepEqual([file.code, file.remark], [0, 'switch timer engine success']);
  const properties = parseProperties((await caller.request(GET_BROKER_CONFIG, {})).body.toString());
  assert.deepEqual([properties.get('timerStopEnqueue'), properties.get('timerRocksDBStopScan')], ['false', 'true']);
  const rocksDb = await engine('R');
  assert.equal(rocksDb.code, 29);
  assert.match(rocksDb.remark ?? '', /file of the timer wheel only, not in RocksDB/);
  assert.deepEqual((await engine('X')).remark, 'param error');
});

test('tables are exported already, and there are no queues in RocksDB to compare', async () => {
  const configType = 'topics;subscriptionGroups;consumerOffsets;';
  const exported = await caller.request(EXPORT_ROCKSDB_CONFIG_TO_JSON, { configType });
  assert.deepEqual([exported.code, exported.remark], [0, 'export done.']);
  const unknown = await caller.request(EXPORT_ROCKSDB_CONFIG_TO_JSON, { configType: 'queues;' });
  assert.deepEqual([unknown.code, unknown.remark], [1, 'Unknown config type: queues']);
  const checked = await caller.request(CHECK_ROCKSDB_CQ_WRITE_PROGRESS, { topic: 'T', checkStoreTime: 0 });
  const { checkStatus, checkResult } = decodeCheckRocksdbCqWriteResult(checked.body);
  assert.equal(checkStatus, CheckStatus.CHECK_ERROR);
  assert.match(checkResult ?? '', /in files only/);
  assert.equal((await caller.request(POP_ROLLBACK, {})).code, 0);
});

test('requests for accounts are answered as without access control', async () => {
  for (const answer of [
    await caller.request(AUTH_LIST_USER, {}),
    await caller.request(AUTH_LIST_ACL, {}),
    await caller.request(AUTH_CREATE_USER, { username: 'alice' }),
  ]) {
    assert.equal(answer.code, 1);
    assert.match(answer.remark ?? '', /^The authenticationMetadataProvider is not configured: /);
  }
  const blank = await caller.request(AUTH_GET_USER, {});
  assert.deepEqual([blank.code, blank.remark], [29, 'The username is blank']);
});
