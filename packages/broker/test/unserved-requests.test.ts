import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { commandTable, GET_BROKER_HA_STATUS, knownRequest, RESET_MASTER_FLUSH_OFFSET } from '@rocketmq-ts/protocol';
import { unservedByBroker } from '../src/index.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

const OUTSIDE_CONTROLLER_MODE = 'is not in controller mode; set enableControllerMode and controllerAddr';

/** Answer to a request without any field. */
async function answerTo(code: number): Promise<[code: number, remark: string | undefined]> {
  const command = { code, name: `code ${code}`, request: {}, response: {}, responseHasHeader: false };
  const answer = await caller.request(command, {});
  return [answer.code, answer.remark];
}

test('every request that is not served gets code 3, its name and the reason', async () => {
  for (const [code, reason] of unservedByBroker) {
    const { name } = knownRequest(code)!;
    assert.deepEqual(await answerTo(code), [
      3,
      ` request type ${code} not supported: ${name} is not served, since ${reason}`,
    ]);
  }
});

test('every other declared request for brokers is served: without its fields it is refused for them, or answered', async () => {
  const inControllerMode: string[] = [];
  for (const { code, name } of commandTable.values()) {
    if (knownRequest(code)?.target !== 'broker' || unservedByBroker.has(code)) continue;
    const [answered, remark] = await answerTo(code);
    if (remark?.endsWith(OUTSIDE_CONTROLLER_MODE) === true) inControllerMode.push(name);
    else assert.notEqual(answered, 3, `${name}: ${remark}`);
  }
  assert.deepEqual(inControllerMode.sort(), ['GET_BROKER_EPOCH_CACHE', 'NOTIFY_BROKER_ROLE_CHANGED']);
});

test('a request to another kind of server names that server', async () => {
  const refused = async (code: number): Promise<string | undefined> => (await answerTo(code))[1];
  assert.equal(
    await refused(105),
    ' request type 105 not supported: GET_ROUTEINFO_BY_TOPIC is a request to name servers, and this is a broker; check the address that it was sent to',
  );
  assert.match((await refused(221)) ?? '', /: GET_CONSUMER_STATUS_FROM_CLIENT is a request to clients, and this is/);
  assert.match((await refused(1002)) ?? '', /: CONTROLLER_ELECT_MASTER is a request to controllers, and this is/);
  assert.match((await refused(27)) ?? '', /: TRIGGER_DELETE_FILES is not served by this broker$/);
  assert.equal(await refused(4711), ' request type 4711 not supported: RocketMQ 5.4.0 has no request of this code');
});

test('a master without slaves shows its replication as Apache’s does', async () => {
  await caller.send('T', 'x');
  const status = await caller.request(GET_BROKER_HA_STATUS, {});
  assert.match(
    status.body.toString(),
    /^\{"haClientRuntimeInfo":\{"lastReadTimestamp":0,"lastWriteTimestamp":0,"masterFlushOffset":0,"maxOffset":0,"transferredByteInSecond":0\},"haConnectionInfo":\[\],"inSyncSlaveNums":0,"master":true,"masterCommitLogMaxOffset":[1-9]\d*\}$/,
  );
  assert.equal((await caller.request(RESET_MASTER_FLUSH_OFFSET, { masterFlushOffset: 1 })).code, 0);
});
