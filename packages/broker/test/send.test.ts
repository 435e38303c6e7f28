import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeKVTable,
  encodeBatch,
  GET_BROKER_RUNTIME_INFO,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE,
  SEND_MESSAGE_V2,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type Caller, properties, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const REGION = { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' };
const MARKS = { ...REGION, CLUSTER: 'DefaultCluster' };

for (const command of [SEND_MESSAGE, SEND_MESSAGE_V2]) {
  test(`${command.name} stores one message with what Apache adds to it`, async () => {
    caller = await stage.started();
    const header = {
      ...SEND_FIELDS,
      topic: 'T',
      queueId: 1,
      flag: 7,
      properties: properties({ TAGS: 'A', UNIQ_KEY: 'U' }),
    };
    const sent = await caller.request(command, header, { body: Buffer.from('hello') });
    assert.equal(sent.code, 0);
    assert.match(sent.extFields.msgId ?? '', /^[0-9A-F]{32}$/);
    assert.deepEqual(
      { ...sent.extFields, msgId: '' },
      { ...REGION, msgId: '', queueId: '1', queueOffset: '0', transactionId: 'U' },
    );
    const [message] = await caller.messages('T', { queueId: 1 });
    assert.ok(message);
    assert.deepEqual(
      [message.body.toString(), message.flag, message.queueId, message.queueOffset, message.bornTimestamp],
      ['hello', 7, 1, 0, SEND_FIELDS.bornTimestamp],
    );
    assert.equal(message.offsetMsgId, sent.extFields.msgId);
    assert.deepEqual(Object.fromEntries(message.properties), { ...MARKS, TAGS: 'A', UNIQ_KEY: 'U' });
  });
}

test('a message without a unique key gets one; what only the broker may write is replaced', async () => {
  caller = await stage.started();
  const given = properties({ MSG_REGION: 'elsewhere', CLUSTER: 'x', POP_CK: 'y', KEYS: 'k' });
  const sent = await caller.send('T', 'x', { properties: given.slice(0, -1) });
  const [message] = await caller.messages('T');
  const uniqueKey = sent.extFields.transactionId;
  assert.match(uniqueKey ?? '', /^[0-9A-F]+$/);
  assert.deepEqual(Object.fromEntries(message!.properties), { ...MARKS, KEYS: 'k', UNIQ_KEY: uniqueKey });
});

test('a negative queue id means any queue that takes writes', async () => {
  caller = await stage.started();
  const sent = await caller.send('T', 'x', { queueId: -1 });
  assert.ok(['0', '1', '2', '3'].includes(sent.extFields.queueId ?? ''), sent.extFields.queueId);
});

test('members of a batch are stored one after the other, with their own properties and nothing added', async () => {
  caller = await stage.started();
  const members = ['a', 'b', 'c'].map((body) => ({
    body,
    propertiesText: properties({ UNIQ_KEY: `U${body}`, TAGS: body }),
  }));
  const sent = await caller.sendBatch('B', members, { properties: properties({ UNIQ_KEY: 'BATCH', WAIT: 'true' }) });
  assert.equal(sent.code, 0);
  assert.deepEqual([sent.extFields.queueOffset, sent.extFields.transactionId], ['0', 'BATCH']);
  const stored = await caller.messages('B');
  assert.deepEqual(stored.map((message) => message.offsetMsgId).join(','), sent.extFields.msgId);
  assert.deepEqual(
    stored.map((message) => [message.queueOffset, message.body.toString(), Object.fromEntries(message.properties)]),
    ['a', 'b', 'c'].map((name, index) => [index, name, { UNIQ_KEY: `U${name}`, TAGS: name }]),
  );
  assert.deepEqual(await caller.bodies('B', { subscription: 'b' }), ['b']);
});

test('bodies that are no batch, batches to retry topics and too long topics are refused with code 13', async () => {
  caller = await stage.started();
  const batch = { ...SEND_FIELDS, batch: true };
  const member = { flag: 0, body: Buffer.from('x'), propertiesText: '' };
  const refused = async (topic: string, body: Buffer): Promise<number> =>
    (await caller.request(SEND_BATCH_MESSAGE, { ...batch, topic }, { body })).code;
  assert.equal(await refused('B', Buffer.from('no batch at all, but bytes')), ResponseCode.MESSAGE_ILLEGAL);
  assert.equal(await refused('B', Buffer.alloc(0)), ResponseCode.MESSAGE_ILLEGAL);
  assert.equal(await refused('%RETRY%G', encodeBatch([member])), ResponseCode.MESSAGE_ILLEGAL);
  assert.equal(await refused(`%DLQ%${'x'.repeat(200)}`, encodeBatch([member])), ResponseCode.MESSAGE_ILLEGAL);
  assert.equal((await caller.pull('B')).code, ResponseCode.PULL_NOT_FOUND);
});

// Recorded from a 5.4.0 broker.
test('sends are refused with the codes of Apache, and every refusal carries region and trace', async () => {
  caller = await stage.started();
  const cases: [string, Parameters<Caller['send']>[2], number, RegExp][] = [
    ['a b', {}, ResponseCode.INVALID_PARAMETER, /illegal characters/],
    ['', {}, ResponseCode.INVALID_PARAMETER, /./],
    [
      'SCHEDULE_TOPIC_XXXX',
      {},
      ResponseCode.NO_PERMISSION,
      /^Sending message to topic\[SCHEDULE_TOPIC_XXXX\] is forbidden\.$/,
    ],
    ['SELF_TEST_TOPIC', {}, ResponseCode.NO_PERMISSION, /is forbidden/],
    ['T', { queueId: 77 }, ResponseCode.INVALID_PARAMETER, /^request queueId\[77\] is illegal/],
    ['T', { properties: properties({ A: 'x'.repeat(33_000) }) }, ResponseCode.MESSAGE_ILLEGAL, /properties/],
    ['T', { properties: properties({ TIMER_DELAY_MS: 'x' }) }, ResponseCode.MESSAGE_ILLEGAL, /timer/],
  ];
  for (const [topic, header, code, remark] of cases) {
    const answer = await caller.send(topic, 'x', header);
    assert.equal(answer.code, code, `${topic} ${JSON.stringify(header)}: ${answer.remark}`);
    assert.match(answer.remark ?? '', remark);
    assert.deepEqual(answer.extFields, REGION);
  }
  const large = await caller.send('T', 'x'.repeat(4 * 1024 * 1024 + 1));
  assert.equal(large.code, ResponseCode.MESSAGE_ILLEGAL);
  assert.equal((await caller.pull('T')).code, ResponseCode.PULL_NOT_FOUND, 'nothing of it was stored');
});

test('a request without a required field is refused by the name of the field', async () => {
  caller = await stage.started();
  const answer = await caller.remoting.request(
    caller.address,
    { ...SEND_MESSAGE_V2, request: {} },
    {},
    { timeoutMs: 1000, extFields: { a: 'PG', b: 'T' } },
  );
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.match(answer.remark ?? '', /SEND_MESSAGE_V2.*(queueId|"e")/);
});

test('an unknown topic takes the smaller count of queues, of the producer and of TBW102', async () => {
  const broker = await stage.broker({ defaultTopicQueueNums: '6' });
  assert.equal(broker.identity.brokerName, 'a');
  caller = await stage.caller();
  assert.equal((await caller.send('four', 'x', { queueId: 3 })).code, 0);
  assert.equal((await caller.send('four', 'x', { queueId: 4 })).code, ResponseCode.INVALID_PARAMETER);
  assert.equal((await caller.send('six', 'x', { queueId: 5, defaultTopicQueueNums: 16 })).code, 0);
  assert.equal((await caller.send('six', 'x', { queueId: 6 })).code, ResponseCode.INVALID_PARAMETER);
});

test('without automatic creation an unknown topic is code 17, and turning it on needs no restart', async () => {
  caller = await stage.started({ autoCreateTopicEnable: 'false' });
  const refused = await caller.send('T', 'x');
  assert.equal(refused.code, ResponseCode.TOPIC_NOT_EXIST);
  assert.match(refused.remark ?? '', /^topic\[T\] not exist, apply first please!\n.*mqadmin updateTopic/s);
  const turn = (on: boolean) => caller.configure(`autoCreateTopicEnable=${on}\n`);
  assert.equal((await turn(true)).code, 0);
  assert.equal((await caller.send('T', 'x')).code, 0);
  assert.equal((await turn(false)).code, 0);
  assert.equal((await caller.send('T2', 'x')).code, ResponseCode.TOPIC_NOT_EXIST);
  assert.equal((await caller.send('T', 'x')).code, 0);
});

// Recorded from a 5.4.0 broker: routes keep producers away; what still comes by an older route is stored.
test('a topic without the write bit still stores; a broker without it refuses only order topics', async () => {
  caller = await stage.started();
  const topic = { readQueueNums: 4, writeQueueNums: 4, topicFilterType: 'SINGLE_TAG', topicSysFlag: 0 };
  await caller.request(UPDATE_AND_CREATE_TOPIC, { ...topic, topic: 'RO', perm: 4, order: false });
  await caller.request(UPDATE_AND_CREATE_TOPIC, { ...topic, topic: 'ORD', perm: 6, order: true });
  assert.equal((await caller.send('RO', 'x')).code, 0);
  await caller.configure('brokerPermission=4\n');
  assert.equal((await caller.send('RO', 'x')).code, 0);
  assert.equal((await caller.send('fresh', 'x')).code, 0);
  const refused = await caller.send('ORD', 'x');
  assert.deepEqual(
    [refused.code, /sending message is forbidden/.test(refused.remark ?? '')],
    [ResponseCode.NO_PERMISSION, true],
  );
});

test('sends before startAcceptSendRequestTimeStamp are refused, later ones taken', async () => {
  caller = await stage.started({ startAcceptSendRequestTimeStamp: String(stage.clock.now() + 5000) });
  assert.equal((await caller.send('T', 'x')).code, ResponseCode.SYSTEM_ERROR);
  await stage.clock.advance(5000);
  assert.equal((await caller.send('T', 'x')).code, 0);
});

test('producers learn of a full disk in plain words beside those of Apache; sends work again by themselves', async () => {
  caller = await stage.started();
  assert.equal((await caller.send('T', 'kept')).code, 0);
  stage.machine().disk.faults.add({ operation: 'write', code: 'ENOSPC', path: 'commitlog', times: 2 });
  for (const body of ['rolled back', 'not taken']) {
    const refused = await caller.send('T', body);
    assert.equal(refused.code, ResponseCode.SERVICE_NOT_AVAILABLE);
    assert.match(
      refused.remark ?? '',
      /^service not available now\. It may be caused by .*no space is left on the disk \(ENOSPC/,
    );
  }
  const info = decodeKVTable((await caller.request(GET_BROKER_RUNTIME_INFO, {})).body);
  assert.match(info.get('storeNotWriteableBecause') ?? '', /^no space is left/);
  await stage.clock.advance(2500);
  assert.equal((await caller.send('T', 'after')).extFields.queueOffset, '1');
  assert.deepEqual(await caller.bodies('T'), ['kept', 'after']);
});

test('a read that the disk refuses is an error to the consumer, and other reads are answered', async () => {
  const first = await stage.broker();
  caller = await stage.caller();
  await caller.send('T', 'first');
  await stage.stop(first);
  await stage.broker();
  stage.machine().disk.faults.add({ operation: 'read', code: 'EIO', path: 'commitlog', times: 2 });
  const failed = await caller.pull('T');
  assert.equal(failed.code, ResponseCode.SYSTEM_ERROR);
  assert.match(failed.remark ?? '', /could not read T queue 0 from offset 0/);
  assert.deepEqual(await caller.bodies('T'), ['first']);
});

test('with SYNC_FLUSH a slow disk is FLUSH_DISK_TIMEOUT for sends that wait for it; the others are answered after the write', async () => {
  caller = await stage.started({ flushDiskType: 'SYNC_FLUSH', syncFlushTimeout: '1000' });
  stage.machine().disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 3000 });
  const slow = caller.send('T', 'slow');
  const written = await caller.send('T', 'not waiting', { properties: properties({ WAIT: 'false' }) });
  assert.equal(written.code, ResponseCode.SUCCESS);
  const answer = await slow;
  assert.equal(answer.code, ResponseCode.FLUSH_DISK_TIMEOUT);
  // The record is stored all the same.
  assert.equal(answer.extFields.queueOffset, '0');
  await stage.clock.advance(3000);
  // A change holds at once.
  await caller.configure('syncFlushTimeout=5000');
  stage.machine().disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 2000 });
  assert.equal((await caller.send('T', 'waiting')).code, ResponseCode.SUCCESS);
  assert.deepEqual(await caller.bodies('T'), ['slow', 'not waiting', 'waiting']);
});

test('tables that a full disk does not take are saved when it has room again, logged once for each change', async () => {
  caller = await stage.started();
  stage.machine().disk.faults.add({ operation: 'write', path: '/config/', code: 'ENOSPC', times: 5 });
  await caller.putTopic('Kept');
  await stage.clock.advance(60_000);
  const saved = stage.machine().disk.readFile('/store/config/topics.json');
  assert.ok(saved?.includes('"Kept"'), 'nothing else changed the table since');
  const lines = stage.log.lines.filter(({ sentence }) => sentence.startsWith('a file '));
  assert.deepEqual(
    lines.map(({ sentence }) => sentence),
    ['a file could not be saved; it is tried again', 'a file is saved again'],
  );
});

test('producers learn of a disk that fails, and nothing more is stored', async () => {
  caller = await stage.started();
  assert.equal((await caller.send('T', 'kept')).code, 0);
  stage.machine().disk.faults.add({ operation: 'write', code: 'EIO', path: 'commitlog' });
  const lost = await caller.send('T', 'lost');
  assert.equal(lost.code, ResponseCode.SERVICE_NOT_AVAILABLE);
  assert.match(lost.remark ?? '', /the disk refused/);
  assert.deepEqual(await caller.bodies('T'), ['kept']);
});

test('a one-way send is stored and not answered', async () => {
  caller = await stage.started();
  await caller.remoting.notify(
    caller.address,
    SEND_MESSAGE_V2,
    { ...SEND_FIELDS, topic: 'T' },
    { body: Buffer.from('quiet') },
  );
  assert.equal((await caller.send('T', 'after')).extFields.queueOffset, '1');
});
