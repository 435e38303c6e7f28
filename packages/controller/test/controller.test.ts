import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  CLEAN_BROKER_DATA,
  CONTROLLER_ALTER_SYNC_STATE_SET,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_SYNC_STATE_DATA,
  CONTROLLER_REGISTER_BROKER,
  decodeBrokerReplicasInfo,
  decodeElectMasterResponseBody,
  decodeSyncStateSet,
  encodeBrokerNames,
  encodeSyncStateSet,
  GET_CONTROLLER_CONFIG,
  parseProperties,
  ResponseCode,
  UPDATE_CONTROLLER_CONFIG,
} from '@rocketmq-ts/protocol';
import { type FakeBroker, World } from './controllers-of-test.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.stop());

/** Three brokers of one group; the first is master, all are in sync. */
async function threeBrokers(): Promise<[FakeBroker, FakeBroker, FakeBroker]> {
  const [a, b, c] = [await world.broker('a'), await world.broker('b'), await world.broker('c')];
  for (const broker of [a, b, c]) await broker.join();
  await a.elect();
  assert.equal((await alter(a, [1, 2, 3], 1, 1)).code, ResponseCode.SUCCESS);
  return [a, b, c];
}

function alter(broker: FakeBroker, set: number[], setEpoch: number, masterEpoch: number) {
  const { brokerName, brokerId } = broker;
  const body = encodeSyncStateSet({ syncStateSet: set, syncStateSetEpoch: setEpoch });
  return broker.ask(CONTROLLER_ALTER_SYNC_STATE_SET, { brokerName, masterBrokerId: brokerId, masterEpoch }, body);
}

// Source: ReplicasManager#register, ReplicasInfoManager
test('brokers get ids one after the other, and the first that asks becomes master in epoch 1', async () => {
  await world.startControllers();
  const [a, b] = [await world.broker('a'), await world.broker('b')];
  const first = await a.join();
  assert.deepEqual([a.brokerId, first.header.masterBrokerId], [1, undefined]);
  await b.join();
  assert.equal(b.brokerId, 2);
  assert.equal(await b.groupText(), 'nobody in epoch 0 of ');
  const elected = await b.elect();
  assert.equal(elected.code, ResponseCode.SUCCESS);
  const { masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch } = elected.header;
  assert.deepEqual([masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch], [2, 'b:10911', 1, 1]);
  const { brokerMemberGroup, syncStateSet } = decodeElectMasterResponseBody(elected.body);
  assert.deepEqual([brokerMemberGroup?.brokerAddrs.size, syncStateSet], [2, [2]]);
  assert.deepEqual(a.notices, [{ masterBrokerId: 2, masterEpoch: 1 }]);
  const late = await a.elect();
  assert.deepEqual([late.code, late.header.masterBrokerId], [ResponseCode.CONTROLLER_MASTER_STILL_EXIST, 2]);
});

test('an id belongs to the check code that took it', async () => {
  await world.startControllers();
  const a = await world.broker('a');
  await a.join();
  const apply = (appliedBrokerId: number, registerCheckCode: string, brokerName = 'broker-a') =>
    a.ask(CONTROLLER_APPLY_BROKER_ID, { clusterName: 'C', brokerName, appliedBrokerId, registerCheckCode });
  assert.equal((await apply(1, 'a:10911;1')).code, ResponseCode.SUCCESS);
  assert.equal((await apply(1, 'x:10911;2')).code, ResponseCode.CONTROLLER_BROKER_ID_INVALID);
  assert.equal((await apply(2, 'x:10911;2', 'broker-b')).code, ResponseCode.CONTROLLER_BROKER_ID_INVALID);
  assert.equal((await apply(0, 'x:10911;2')).code, ResponseCode.CONTROLLER_BROKER_ID_INVALID);
  const long = await apply(1, 'x'.repeat(300), 'broker-long');
  assert.equal(long.code, ResponseCode.CONTROLLER_BROKER_ID_INVALID);
  assert.match(long.remark!, /300 characters/);
  for (let id = 2; id <= 256; id++) assert.equal((await apply(id, `y:${id};1`)).code, ResponseCode.SUCCESS);
  assert.match((await apply(257, 'y:257;1')).remark!, /has 256 brokers/);
  const header = { clusterName: 'C', brokerName: 'broker-a', brokerId: 777, brokerAddress: 'x:1' };
  const unknown = await a.ask(CONTROLLER_REGISTER_BROKER, header);
  assert.equal(unknown.code, ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED);
});

test('the in-sync set is changed by the master of this epoch alone, who knows the set that it replaces', async () => {
  await world.startControllers();
  const [a, b] = await threeBrokers();
  assert.equal((await alter(b, [1, 2], 2, 1)).code, ResponseCode.CONTROLLER_INVALID_MASTER);
  assert.equal((await alter(a, [1, 2], 2, 2)).code, ResponseCode.CONTROLLER_FENCED_MASTER_EPOCH);
  assert.equal((await alter(a, [1, 2], 1, 1)).code, ResponseCode.CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH);
  assert.equal((await alter(a, [3, 2, 1], 2, 1)).code, ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED);
  assert.equal((await alter(a, [2, 3], 2, 1)).code, ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED);
  assert.equal((await alter(a, [1, 9], 2, 1)).code, ResponseCode.CONTROLLER_INVALID_REPLICAS);
  const altered = await alter(a, [1, 3], 2, 1);
  assert.deepEqual([altered.code, altered.header.newSyncStateSetEpoch], [ResponseCode.SUCCESS, 3]);
  assert.deepEqual(decodeSyncStateSet(altered.body).syncStateSet, [1, 3]);
  assert.equal(await a.groupText(), '1 in epoch 1 of 1,3');
  await b.kill();
  assert.equal((await alter(a, [1, 2, 3], 3, 1)).code, ResponseCode.CONTROLLER_BROKER_NOT_ALIVE);
});

test('a killed master is replaced at once by an in-sync broker with the longest log', async () => {
  await world.startControllers();
  const [a, b, c] = await threeBrokers();
  b.maxOffset = 100;
  c.maxOffset = 200;
  await world.pass(1000);
  await a.kill();
  await world.pass(100);
  assert.equal(await b.groupText(), '3 in epoch 2 of 3');
  assert.deepEqual(b.notices.at(-1), { masterBrokerId: 3, masterEpoch: 2 });
  assert.deepEqual(c.notices.at(-1), { masterBrokerId: 3, masterEpoch: 2 });
});

test('a master that hangs is replaced within ten seconds', async () => {
  await world.startControllers();
  const [a, b] = await threeBrokers();
  a.pause();
  await world.pass(6_000);
  assert.match(await b.groupText(), /^1 in epoch 1/);
  await world.pass(3_000);
  assert.match(await b.groupText(), /^[23] in epoch 2/);
});

test('a broker that lacks confirmed messages is not elected, and the old master has a new epoch when it is back', async () => {
  await world.startControllers();
  const [a, b, c] = await threeBrokers();
  assert.equal((await alter(a, [1], 2, 1)).code, ResponseCode.SUCCESS);
  await a.kill();
  await world.pass(20_000);
  assert.equal(await b.groupText(), 'nobody in epoch 2 of 1');
  assert.equal((await b.elect()).code, ResponseCode.CONTROLLER_ELECT_MASTER_FAILED);
  const again = await world.broker('a2');
  again.brokerId = a.brokerId;
  await again.join();
  await world.pass(2_000);
  assert.equal(await c.groupText(), '1 in epoch 3 of 1');
});

test('with enableElectUncleanMaster any living broker is elected', async () => {
  await world.startControllers(1, { enableElectUncleanMaster: 'true' });
  const [a, b] = await threeBrokers();
  assert.equal((await alter(a, [1], 2, 1)).code, ResponseCode.SUCCESS);
  await a.kill();
  await world.pass(2_000);
  assert.match(await b.groupText(), /^[23] in epoch 2 of [23]$/);
});

test('a master that was started again before anybody noticed gets no second life in its epoch', async () => {
  await world.startControllers();
  const [a, b, c] = await threeBrokers();
  b.maxOffset = 500;
  await world.pass(1_000);
  a.pause();
  const again = await world.broker('a2');
  again.brokerId = a.brokerId;
  const registered = await again.join();
  assert.equal(registered.header.masterBrokerId, undefined);
  await world.pass(2_000);
  assert.equal(await c.groupText(), '2 in epoch 3 of 2');
});

test('an operator designates a living in-sync broker, and no other', async () => {
  await world.startControllers();
  const [a, b, c] = await threeBrokers();
  assert.equal((await alter(a, [1, 2], 2, 1)).code, ResponseCode.SUCCESS);
  assert.equal((await c.elect(true)).code, ResponseCode.CONTROLLER_ELECT_MASTER_FAILED);
  assert.equal((await b.elect(true)).code, ResponseCode.SUCCESS);
  assert.equal(await a.groupText(), '2 in epoch 2 of 2');
  const header = { clusterName: 'C', brokerName: 'broker-a', brokerId: 9, designateElect: true };
  assert.equal(
    (await a.ask(CONTROLLER_ELECT_MASTER, header)).code,
    ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED,
  );
});

test('a cleaned group is forgotten but for its epochs, which continue', async () => {
  await world.startControllers();
  const [a, b, c] = await threeBrokers();
  const clean = (fields: { brokerControllerIdsToClean?: string; isCleanLivingBroker?: boolean; brokerName?: string }) =>
    a.ask(CLEAN_BROKER_DATA, { clusterName: 'C', brokerName: 'broker-a', ...fields });
  const refused = ResponseCode.CONTROLLER_INVALID_CLEAN_BROKER_METADATA;
  assert.equal((await clean({})).code, refused);
  assert.equal((await clean({ brokerControllerIdsToClean: '3' })).code, refused);
  assert.equal((await clean({ brokerControllerIdsToClean: '3;x' })).code, refused);
  assert.equal((await clean({ brokerName: 'broker-x' })).code, refused);
  await c.kill();
  assert.equal((await clean({ brokerControllerIdsToClean: '3' })).code, ResponseCode.SUCCESS);
  assert.equal(await b.groupText(), '1 in epoch 1 of 1,2');
  assert.equal((await clean({ isCleanLivingBroker: true })).code, ResponseCode.SUCCESS);
  assert.match(await b.groupText(), /^2008 /);
  const fresh = await world.broker('d');
  await fresh.join();
  assert.equal(fresh.brokerId, 1);
  await fresh.elect();
  assert.equal(await b.groupText(), '1 in epoch 3 of 1');
});

test('in-sync data of several groups names who lives', async () => {
  await world.startControllers();
  const [a, , c] = await threeBrokers();
  assert.equal((await alter(a, [1, 2], 2, 1)).code, ResponseCode.SUCCESS);
  await c.kill();
  const { body } = await a.ask(CONTROLLER_GET_SYNC_STATE_DATA, {}, encodeBrokerNames(['broker-a', 'broker-x']));
  const groups = decodeBrokerReplicasInfo(body);
  assert.deepEqual([...groups.keys()], ['broker-a']);
  const group = groups.get('broker-a')!;
  const text = (list: readonly { brokerId: number; alive: boolean }[]): string =>
    list.map(({ brokerId, alive }) => `${brokerId} ${alive}`).join(', ');
  assert.deepEqual([text(group.inSyncReplicas), text(group.notInSyncReplicas)], ['1 true, 2 true', '3 false']);
});

test('the configuration is shown and changed, but not what is black-listed', async () => {
  await world.startControllers();
  const a = await world.broker('a');
  const shown = parseProperties((await a.ask(GET_CONTROLLER_CONFIG, {})).body.toString());
  assert.deepEqual([shown.get('controllerDLegerSelfId'), shown.get('enableElectUncleanMaster')], ['n0', 'false']);
  assert.equal(shown.has('etcdPassword'), false);
  const update = (text: string) => a.ask(UPDATE_CONTROLLER_CONFIG, {}, Buffer.from(text));
  assert.equal((await update('enableElectUncleanMaster=true')).code, ResponseCode.SUCCESS);
  assert.equal((await update('configStorePath=/x')).code, ResponseCode.NO_PERMISSION);
  const wrong = await update('brokerSilenceLimitMillis=soon');
  assert.equal(wrong.code, ResponseCode.SYSTEM_ERROR);
  assert.match(wrong.remark!, /brokerSilenceLimitMillis=soon/);
  assert.match((await update('listenPort=1')).remark!, /listens where its peer says/);
  const again = parseProperties((await a.ask(GET_CONTROLLER_CONFIG, {})).body.toString());
  assert.equal(again.get('enableElectUncleanMaster'), 'true');
});
