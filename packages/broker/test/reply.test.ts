import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  PUSH_REPLY_MESSAGE_TO_CLIENT,
  parseMessageProperties,
  type RequestHeader,
  type RequestInput,
  ResponseCode,
  SEND_REPLY_MESSAGE,
  SEND_REPLY_MESSAGE_V2,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type Caller, properties, Stage } from './stage.ts';

const TOPIC = 'DefaultCluster_REPLY_TOPIC';
const REPLY = { REPLY_TO_CLIENT: 'asker', CORRELATION_ID: 'c-1', MSG_TYPE: 'reply', TTL: '3000' };

interface Pushed {
  readonly header: RequestHeader<typeof PUSH_REPLY_MESSAGE_TO_CLIENT>;
  readonly body: string;
}

let stage: Stage;
let requester: Caller;
let responder: Caller;
let pushed: Pushed[];
/** What the requester answers; undefined: nothing. */
let verdict: { readonly code: number; readonly remark: string } | undefined;

beforeEach(async () => {
  stage = new Stage();
  await stage.broker({ maxMessageSize: '65536', replyThreadPoolQueueCapacity: '3' });
  requester = await stage.caller('broker:10911', 'asking');
  responder = await stage.caller('broker:10911', 'answering');
  pushed = [];
  verdict = { code: 0, remark: '' };
  requester.remoting.handle(PUSH_REPLY_MESSAGE_TO_CLIENT, (call): void | Promise<void> => {
    pushed.push({ header: call.header, body: call.body.toString() });
    if (verdict === undefined) return new Promise(() => {});
    if (verdict.code === 0) call.answer({});
    else call.fail(verdict.code, verdict.remark);
  });
  await requester.heartbeat({ clientID: 'asker', producerGroups: ['CLIENT_INNER_PRODUCER', 'asking'] });
});
afterEach(() => stage.dispose());

type Given = Partial<RequestInput<typeof SEND_REPLY_MESSAGE_V2>>;

function ask(body: string | Buffer, given: Record<string, string>, header: Given = {}) {
  const text = properties(given);
  const fields = { ...SEND_FIELDS, topic: TOPIC, properties: text, ...header };
  return responder.ask(SEND_REPLY_MESSAGE_V2, fields, { body: Buffer.from(body) });
}

const reply = (body: string | Buffer, given: Record<string, string> = REPLY, header: Given = {}) =>
  stage.clock.run(ask(body, given, header), 60_000);

// Source: ReplyMessageProcessor#pushReplyMessage, #handlePushReplyResult.
test('a reply is pushed to the client that asked, and stored as it was sent', async () => {
  const answer = await reply('yes', REPLY, { sysFlag: 0, flag: 7, bornTimestamp: 5 });
  assert.equal(answer.code, ResponseCode.SUCCESS, answer.remark);
  const { regionId, traceOn, queueId, queueOffset } = answer.header;
  assert.deepEqual([regionId, traceOn, queueId, queueOffset], ['DefaultRegion', true, 0, 0]);
  assert.equal(pushed.length, 1);
  const { header, body } = pushed[0]!;
  assert.deepEqual([body, header.topic, header.flag, header.bornTimestamp], ['yes', TOPIC, 7, 5]);
  assert.match(header.bornHost, /^\d+\.\d+\.\d+\.\d+:\d+$/);
  assert.match(header.storeHost, /:10911$/);
  const seen = parseMessageProperties(header.properties);
  assert.ok(Number(seen.get('PUSH_REPLY_TIME')) > 0);
  seen.delete('PUSH_REPLY_TIME');
  assert.deepEqual(Object.fromEntries(seen), { ...REPLY, MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' });
  const stored = await responder.last(TOPIC);
  assert.equal(stored.body.toString(), 'yes');
  assert.deepEqual(stored.properties, seen);
  assert.equal(stored.offsetMsgId, answer.header.msgId);
});

test('the older request with whole field names does the same', async () => {
  const fields = { ...SEND_FIELDS, topic: TOPIC, properties: properties(REPLY) };
  const answer = await responder.request(SEND_REPLY_MESSAGE, fields, { body: Buffer.from('old') });
  assert.equal(answer.code, ResponseCode.SUCCESS);
  assert.equal(pushed[0]?.body, 'old');
});

test('without storeReplyMessageEnable nothing is stored, and the answer has the id 0', async () => {
  await responder.configure('storeReplyMessageEnable=false');
  const answer = await reply('yes');
  assert.deepEqual([answer.code, answer.header.msgId, answer.header.queueOffset], [0, '0', 0]);
  assert.equal((await responder.pull(TOPIC)).code, ResponseCode.PULL_NOT_FOUND);
  const nobody = await reply('yes', { ...REPLY, REPLY_TO_CLIENT: 'nobody' });
  assert.deepEqual([nobody.code, nobody.header.traceOn], [ResponseCode.SYSTEM_ERROR, true]);
});

test('a reply to a client that is not there is refused with its name, and stored', async () => {
  const answer = await reply('late', { ...REPLY, REPLY_TO_CLIENT: 'nobody' });
  assert.deepEqual(
    [answer.code, answer.remark],
    [ResponseCode.SYSTEM_ERROR, 'push reply message fail, channel of <nobody> not found.'],
  );
  assert.equal((await responder.last(TOPIC)).offsetMsgId, answer.header.msgId);
});

test('a reply that names no client is refused', async () => {
  const { REPLY_TO_CLIENT: _, ...rest } = REPLY;
  const answer = await reply('to whom', rest);
  assert.deepEqual(
    [answer.code, answer.remark],
    [ResponseCode.SYSTEM_ERROR, 'reply message properties[REPLY_TO_CLIENT] is null'],
  );
  assert.deepEqual(pushed, []);
});

test('a requester that refuses the reply, or answers nothing for ten seconds, does not have it', async () => {
  verdict = { code: 1, remark: 'process reply message fail' };
  const refused = await reply('no');
  assert.equal(refused.code, ResponseCode.SYSTEM_ERROR);
  assert.match(refused.remark ?? '', /^push reply message to askerfail\. .*code 1: process reply message fail$/);
  verdict = undefined;
  const before = stage.clock.monotonicMs();
  const silent = await reply('hello?');
  assert.match(silent.remark ?? '', /^push reply message to askerfail\. .*within 10000 ms/);
  assert.ok(stage.clock.monotonicMs() - before >= 10_000);
});

test('a client is found as long as it is in one producer group, and not after it left or its connection broke', async () => {
  await requester.request(UNREGISTER_CLIENT, { clientID: 'asker', producerGroup: 'asking' });
  assert.equal((await reply('still there')).code, 0);
  await requester.request(UNREGISTER_CLIENT, { clientID: 'asker', producerGroup: 'CLIENT_INNER_PRODUCER' });
  assert.match((await reply('gone')).remark ?? '', /channel of <asker> not found/);
  await requester.heartbeat({ clientID: 'asker', producerGroups: ['asking'] });
  assert.equal((await reply('back')).code, 0);
  requester.remoting.closeConnection(requester.address);
  await stage.clock.advance(100);
  assert.match((await reply('broken')).remark ?? '', /channel of <asker> not found/);
});

test('a reply that could not be stored, or is no single message, is neither pushed nor stored', async () => {
  const wrong: [string, Promise<{ code: number; remark: string | undefined }>][] = [
    ['more than maxMessageSize 65536', reply(Buffer.alloc(65_537))],
    ['properties have more than 32767 bytes', reply('x', { ...REPLY, LONG: 'x'.repeat(33_000) })],
    ['properties have more than 32767 bytes', reply('x', { ...REPLY, LONG: 'x'.repeat(70_000) })],
    ['not a batch', reply('x', REPLY, { batch: true })],
    ['not a batch', reply('x', { ...REPLY, INNER_NUM: '2' })],
  ];
  for (const [text, answering] of wrong) {
    const { code, remark } = await answering;
    assert.equal(code, ResponseCode.MESSAGE_ILLEGAL);
    assert.ok(remark?.includes(text), remark);
  }
  const forbidden = await reply('x', REPLY, { topic: 'RMQ_SYS_TRANS_HALF_TOPIC' });
  assert.equal(forbidden.code, ResponseCode.NO_PERMISSION);
  assert.deepEqual(pushed, []);
  assert.equal((await responder.pull(TOPIC)).code, ResponseCode.PULL_NOT_FOUND);
});

test('replies that wait for a silent requester are bounded in number; others are refused as busy', async () => {
  verdict = undefined;
  const waiting = [ask('1', REPLY), ask('2', REPLY), ask('3', REPLY)];
  const fourth = await reply('4');
  assert.equal(fourth.code, ResponseCode.SYSTEM_BUSY);
  assert.match(fourth.remark ?? '', /3 replies with 3 bytes wait for their requesters/);
  await stage.clock.run(Promise.all(waiting), 60_000);
  verdict = { code: 0, remark: '' };
  assert.equal((await reply('5')).code, 0);
});

test('whether messages are traced follows traceOn while the broker runs', async () => {
  assert.equal((await responder.send('T', 'one')).header.traceOn, true);
  await responder.configure('traceOn=false');
  assert.equal((await responder.send('T', 'two')).header.traceOn, false);
  assert.equal((await reply('three')).header.traceOn, false);
  const stored = await responder.messages('T');
  assert.deepEqual(
    stored.map((message) => message.properties.get('TRACE_ON')),
    ['true', 'false'],
  );
});
