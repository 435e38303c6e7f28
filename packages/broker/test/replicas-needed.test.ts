import assert from 'node:assert/strict';
import test from 'node:test';
import { ResponseCode } from '@rocketmq-ts/protocol';
import { properties, Stage } from './stage.ts';

const { SUCCESS, SYSTEM_ERROR, FLUSH_SLAVE_TIMEOUT, SLAVE_NOT_AVAILABLE } = ResponseCode;
const WAIT_FALSE = properties({ WAIT: 'false' });
/** Changes of the configuration are in force by then. */
const IN_FORCE_MS = 1500;

// Source: SendMessageProcessor#handlePutMessageResult.
test('sends get the answer that slaves, or their absence, ask for, and what is refused is not stored', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await stage.broker({ brokerRole: 'SYNC_MASTER', enableSlaveActingMaster: 'true' });
  const caller = await stage.caller();
  await caller.putTopic('T');
  const notEnough = /^in-sync replicas not enough: 2 brokers of the group must hold a message, and 1 are in sync$/;
  const rows: [string, number, RegExp, number, boolean][] = [
    ['inSyncReplicas=1', SUCCESS, /^$/, 0, true],
    ['inSyncReplicas=2', SYSTEM_ERROR, notEnough, 0, false],
    ['enableAutoInSyncReplicas=true', SUCCESS, /^$/, 0, true],
    ['minInSyncReplicas=2', SYSTEM_ERROR, notEnough, 0, false],
    ['haSlaveFallbehindMax=1000', SLAVE_NOT_AVAILABLE, /^$/, 0, true],
  ];
  let stored = 0;
  for (const [property, code, remark, leastMs, isStored] of rows) {
    await caller.configure(property);
    await stage.clock.advance(IN_FORCE_MS);
    const sinceMs = stage.clock.monotonicMs();
    const answer = await caller.send('T', 'body');
    const tookMs = stage.clock.monotonicMs() - sinceMs;
    assert.equal(answer.code, code, property);
    assert.match(answer.remark ?? '', remark, property);
    assert.ok(tookMs >= leastMs && tookMs < leastMs + 500, `${property} took ${tookMs} ms`);
    if (isStored) assert.equal(answer.header.queueOffset, stored);
    const batch = await caller.sendBatch('T', [{}, {}]);
    assert.equal(batch.code, code, property);
    stored += isStored ? 3 : 0;
  }
  await caller.configure('haSlaveFallbehindMax=-1');
  await stage.clock.advance(IN_FORCE_MS);
  const unwaited = await caller.send('T', 'body', { properties: WAIT_FALSE });
  assert.equal(unwaited.code, SUCCESS, 'who does not wait needs no replicas');
  await caller.configure('inSyncReplicas=1\nminInSyncReplicas=1');
  await stage.clock.advance(5000);
  assert.equal((await caller.bodies('T')).length, stored + 1);
});

test('a send that no slave takes is FLUSH_SLAVE_TIMEOUT after slaveTimeout, and is readable then', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await stage.broker({ brokerRole: 'SYNC_MASTER', inSyncReplicas: '2', slaveTimeout: '700' });
  const caller = await stage.caller();
  await caller.putTopic('T');
  const sinceMs = stage.clock.monotonicMs();
  assert.equal((await caller.send('T', 'body')).code, FLUSH_SLAVE_TIMEOUT);
  const tookMs = stage.clock.monotonicMs() - sinceMs;
  assert.ok(tookMs >= 700 && tookMs < 1000, `${tookMs} ms`);
  assert.deepEqual(await caller.bodies('T'), ['body']);
});

// Source: AbstractSendMessageProcessor#consumerSendMsgBack: the group counts it as handled after SUCCESS.
test('a message that is sent back and that no slave takes in time is not SUCCESS', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await stage.broker({ brokerRole: 'SYNC_MASTER', slaveTimeout: '700' });
  const caller = await stage.caller();
  await caller.putTopic('T');
  assert.equal((await caller.send('T', 'body')).code, SUCCESS);
  const place = await caller.last('T');
  await caller.configure('inSyncReplicas=2');
  await stage.clock.advance(IN_FORCE_MS);
  const { code, remark } = await caller.sendBack(place);
  assert.deepEqual([code, /^FLUSH_SLAVE_TIMEOUT: /.test(remark ?? '')], [SYSTEM_ERROR, true], remark);
});

// Source: ScheduleMessageService, TimerMessageStore: what is due does not wait for slaves.
test('delayed messages are delivered in time without slaves, one that is sent back is refused and taken later, and none is lost', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  const acting = { enableSlaveActingMaster: 'true', slaveTimeout: '500' };
  await stage.broker({ brokerRole: 'SYNC_MASTER', ...acting });
  const caller = await stage.caller();
  await caller.putTopic('T');
  for (let i = 0; i < 5; i++)
    assert.equal((await caller.send('T', `delayed ${i}`, { properties: properties({ DELAY: '1' }) })).code, SUCCESS);
  assert.equal((await caller.send('T', 'first')).code, SUCCESS);
  const place = await caller.last('T');
  await caller.configure('inSyncReplicas=2');
  await stage.clock.advance(3000);
  const delivered = ['first', ...Array.from({ length: 5 }, (_, i) => `delayed ${i}`)];
  assert.deepEqual(await caller.bodies('T'), delivered);
  const refused = await caller.sendBack(place);
  assert.deepEqual([refused.code, /^IN_SYNC_REPLICAS_NOT_ENOUGH: /.test(refused.remark ?? '')], [SYSTEM_ERROR, true]);
  await caller.configure('inSyncReplicas=1');
  await stage.clock.advance(IN_FORCE_MS);
  assert.equal((await caller.sendBack(place, { delayLevel: 1 })).code, SUCCESS);
  await stage.clock.advance(8000);
  assert.deepEqual(await caller.bodies('%RETRY%G'), ['first']);
});

test('delayed messages are not held up by a slave that is waited for in vain', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await stage.broker({ brokerRole: 'SYNC_MASTER', inSyncReplicas: '2', slaveTimeout: '1000' });
  const caller = await stage.caller();
  await caller.putTopic('T');
  for (let i = 0; i < 8; i++) await caller.send('T', `${i}`, { properties: properties({ DELAY: '3', WAIT: 'false' }) });
  await stage.clock.advance(13_000);
  assert.equal((await caller.bodies('T')).length, 8);
});
