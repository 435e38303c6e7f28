import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ResponseCode } from '@rocketmq-ts/protocol';
import type { Broker } from '../src/index.ts';
import { type Caller, Stage } from './stage.ts';
import { COMMIT, collectChecks, end, HALF, OPS, pass, ROLLBACK, sendHalf } from './transacting.ts';

let stage: Stage;
let broker: Broker;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await start();
  await caller.putTopic('T', 1);
});
afterEach(() => stage.dispose());

async function start(): Promise<void> {
  broker = await stage.broker();
  caller = await stage.caller();
}

async function crash(how: 'kill' | 'power loss'): Promise<void> {
  stage.end(how);
  await start();
}

async function bodiesOf(topic: string): Promise<string[]> {
  return (await caller.pull(topic)).code === ResponseCode.PULL_NOT_FOUND ? [] : caller.bodies(topic);
}

test('a half message outlives a killed broker, and its producer is asked for it', async () => {
  await sendHalf(caller, 'T', 'k1');
  await crash('kill');
  const checks = collectChecks(caller, () => COMMIT);
  await pass(caller, 61_000);
  assert.equal(checks.length, 1);
  assert.deepEqual(await bodiesOf('T'), ['body of k1']);
});

test('an end after a crash still finds its half message by the offsets from before', async () => {
  const half = await sendHalf(caller, 'T', 'k1');
  await crash('kill');
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  const checks = collectChecks(caller);
  await pass(caller, 90_000);
  assert.deepEqual(checks, []);
  assert.deepEqual(await bodiesOf('T'), ['body of k1']);
});

test('a commit that was acknowledged is there after a kill; its producer may be asked once more', async () => {
  const half = await sendHalf(caller, 'T', 'k1');
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  await crash('kill');
  assert.deepEqual(await bodiesOf('T'), ['body of k1']);
  const checks = collectChecks(caller, () => ROLLBACK);
  await pass(caller, 120_000);
  assert.equal(checks.length, 1);
});

test('after a kill behind the op message nobody is asked', async () => {
  const halves = [await sendHalf(caller, 'T', 'k1'), await sendHalf(caller, 'T', 'k2')];
  await end(caller, halves[0]!, COMMIT);
  await end(caller, halves[1]!, ROLLBACK);
  await stage.clock.advance(3100);
  await crash('kill');
  const checks = collectChecks(caller);
  await pass(caller, 90_000);
  assert.deepEqual(checks, []);
});

test('a stop stores what ended transactions at once, so that nobody is asked after it', async () => {
  const halves = [await sendHalf(caller, 'T', 'k1'), await sendHalf(caller, 'T', 'k2')];
  await end(caller, halves[0]!, COMMIT);
  await end(caller, halves[1]!, ROLLBACK);
  await stage.stop(broker);
  await start();
  assert.deepEqual(await bodiesOf(OPS), ['0,1,']);
  const checks = collectChecks(caller);
  await pass(caller, 90_000);
  assert.deepEqual(checks, []);
});

for (const how of ['kill', 'power loss'] as const) {
  for (const afterMs of [1, 2, 5, 20, 300, 1200, 7000]) {
    test(`a ${how} ${afterMs} ms after the round that asks loses no transaction and leaves none twice`, async () => {
      const half = await sendHalf(caller, 'T', 'k1');
      await sendHalf(caller, 'T', 'k2');
      await end(caller, half, COMMIT);
      await stage.clock.advance(30_000 - (stage.clock.now() % 1) + afterMs);
      await crash(how);
      const checks = collectChecks(caller, () => COMMIT);
      await pass(caller, 90_000);
      const asked = checks.map(({ half: { transactionId } }) => transactionId);
      assert.deepEqual(asked.filter((id) => id === 'k2').length, 1, `${asked}`);
      assert.deepEqual((await bodiesOf('T')).filter((body) => body === 'body of k2').length, 1);
      assert.ok((await bodiesOf('T')).includes('body of k1'));
    });
  }
}

test('with SYNC_FLUSH an acknowledged commit outlives a loss of power', async () => {
  await stage.stop(broker);
  await stage.broker({ flushDiskType: 'SYNC_FLUSH' });
  caller = await stage.caller();
  const half = await sendHalf(caller, 'T', 'k1');
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  await crash('power loss');
  assert.deepEqual(await bodiesOf('T'), ['body of k1']);
});

test('while the disk has no room ends are refused, the half message stays, and a later end is taken', async () => {
  const half = await sendHalf(caller, 'T', 'k1');
  const other = await sendHalf(caller, 'T', 'k2');
  const { faults } = stage.machine().disk;
  faults.add({ operation: 'write', code: 'ENOSPC', times: Number.MAX_SAFE_INTEGER });
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SERVICE_NOT_AVAILABLE);
  assert.equal((await end(caller, other, ROLLBACK)).code, ResponseCode.SUCCESS);
  await pass(caller, 40_000);
  faults.clear();
  await pass(caller, 3000);
  assert.deepEqual(await bodiesOf('T'), []);
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  await stage.clock.advance(4000);
  assert.deepEqual(await bodiesOf('T'), ['body of k1']);
  const checks = collectChecks(caller);
  await pass(caller, 90_000);
  assert.deepEqual(checks, []);
  assert.ok((await bodiesOf(HALF)).length >= 2);
});

test('a late commit after a restart ends the copy that was checked before it', async () => {
  const half = await sendHalf(caller, 'T', 'k1');
  await pass(caller, 95_000);
  await stage.stop(broker);
  await start();
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  const checks = collectChecks(caller);
  await pass(caller, 90_000);
  assert.deepEqual(checks, []);
  assert.deepEqual(await bodiesOf('T'), ['body of k1']);
});
