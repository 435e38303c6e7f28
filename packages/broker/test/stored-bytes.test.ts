import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type MessageView, QUERY_MESSAGE, ResponseCode, SEND_BATCH_MESSAGE } from '@rocketmq-ts/protocol';
import { type RecordInput, verifyStore } from '@rocketmq-ts/store';
import { recordOf, SEND_FIELDS } from '@rocketmq-ts/testkit';
import type { Broker } from '../src/index.ts';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(config: Record<string, string> = {}): Promise<Broker> {
  const broker = await stage.broker(config);
  caller = await stage.caller();
  return broker;
}

async function isEmpty(topic: string): Promise<boolean> {
  return (await caller.pull(topic)).code === ResponseCode.PULL_NOT_FOUND;
}

const sendBack = (message: MessageView, group: string, delayLevel = 1) =>
  caller.sendBack(message, { group, delayLevel });

const GLUED = 'DELAY\u00011\u0002X\u0001a\u0001b\u0002';

test('a delayed message whose value holds a separator is delivered, sent back and given up with that value', async () => {
  await start();
  await caller.send('T', 'glued', { properties: GLUED });
  await caller.send('T', 'behind', { properties: properties({ DELAY: '1' }) });
  await stage.clock.advance(1300);
  assert.deepEqual(await caller.bodies('T'), ['glued', 'behind']);
  const [delivered] = await caller.messages('T');
  await sendBack(delivered!, 'G');
  await stage.clock.advance(1300);
  const [retried] = await caller.messages('%RETRY%G');
  await sendBack(retried!, 'G', -1);
  const [dead] = await caller.messages('%DLQ%G');
  for (const message of [delivered, retried, dead]) assert.equal(message?.property('X'), 'a\u0001b');
});

/** Puts records in the store folder as another broker may have left them there. */
async function leave(records: readonly Partial<RecordInput>[]): Promise<void> {
  const store = await stage.store();
  const host = Buffer.from('0a00000100002a9f', 'hex');
  for (const record of records) {
    const input = recordOf({
      topic: 'SCHEDULE_TOPIC_XXXX',
      bornTimestamp: 1,
      bornHost: host,
      storeHost: host,
      body: Buffer.from('x'),
      delayMs: 1000,
      ...record,
    });
    assert.equal(store.put(input, undefined, true).status, 'PUT_OK');
  }
  await stage.clock.run(store.stop());
}

test('stored messages that can not be delivered are set aside with one line each, and hold up nothing', async () => {
  const good = { REAL_TOPIC: 'T', REAL_QID: '0' };
  const places: [body: string, properties: string][] = [
    ['names no topic', properties({ DELAY: '1' })],
    ['first', `${properties({ DELAY: '1', ...good })}X\u0001a\u0001b\u0002`],
    ['names no queue', properties({ DELAY: '1', REAL_TOPIC: 'T' })],
    ['a queue that is no number', properties({ DELAY: '1', REAL_TOPIC: 'T', REAL_QID: '1x' })],
    ['a path', properties({ DELAY: '1', REAL_TOPIC: '../../etc', REAL_QID: '0' })],
    ['a long name', properties({ DELAY: '1', REAL_TOPIC: 'x'.repeat(300), REAL_QID: '0' })],
    ['the schedule topic', properties({ DELAY: '1', REAL_TOPIC: 'SCHEDULE_TOPIC_XXXX', REAL_QID: '0' })],
    ['half messages', properties({ DELAY: '1', REAL_TOPIC: 'RMQ_SYS_TRANS_HALF_TOPIC', REAL_QID: '0' })],
    ['second', properties({ DELAY: 'x', ...good })],
    ['third', 'REAL_TOPIC\u0001no\u0002REAL_QID\u00010\u0002REAL_TOPIC\u0001T\u0002'],
    ['no properties', ''],
    ['last', properties({ DELAY: '1', ...good })],
  ];
  await leave(places.map(([body, text]) => ({ body: Buffer.from(body), properties: text })));
  let broker = await start();
  await caller.send('T', 'new', { properties: properties({ DELAY: '1' }) });
  await stage.clock.advance(3000);
  assert.deepEqual(await caller.bodies('T'), ['first', 'second', 'third', 'last', 'new']);
  const lines = stage.log.with('can not be delivered and is set aside');
  assert.equal(lines.length, 8);
  for (const { fields } of lines) assert.match(String(fields?.offsetMsgId), /^[0-9A-F]{32}$/);
  await stage.stop(broker);
  broker = await start();
  await stage.clock.advance(3000);
  assert.equal(stage.log.with('is set aside').length, 8);
  assert.equal((await caller.bodies('T')).length, 5);
});

test('values with zeros, bytes that are no UTF-8 and values without an end are kept in every place unchanged', async () => {
  await start();
  const odd = Buffer.from('DELAY\u00011\u0002X\u0001a\0b\u0002Y\u0001\u00e9\u0002', 'latin1');
  await caller.send('T', 'zeros', { properties: 'DELAY\u00011\u0002X\u0001a\0b\u0002Z\u0001c\0' });
  await stage.clock.advance(1300);
  assert.equal((await caller.messages('T'))[0]!.property('X'), 'a\0b');
  assert.equal((await caller.messages('T'))[0]!.property('Z'), 'c\0');
  const member = memberBytes(Buffer.from('m'), odd.subarray(8));
  const closed = memberBytes(Buffer.from('n'), Buffer.from('X\u0001a\0'));
  await caller.request(
    SEND_BATCH_MESSAGE,
    { ...SEND_FIELDS, topic: 'B', batch: true },
    {
      body: Buffer.concat([member, closed]),
    },
  );
  const [first, second] = await caller.messages('B');
  await sendBack(first!, 'G');
  await sendBack(second!, 'G');
  await stage.clock.advance(1300);
  const machine = stage.machine();
  const log = machine.disk.readFile(`${ROOT}/commitlog/${'0'.repeat(20)}`)!;
  const value = Buffer.from('Y\u0001\u00e9\u0002', 'latin1');
  let found = 0;
  for (let at = log.indexOf(value); at >= 0; at = log.indexOf(value, at + 1)) found += 1;
  assert.equal(found, 3, 'in the batch, parked and retried');
  assert.deepEqual(await caller.bodies('%RETRY%G'), ['m', 'n']);
  // A kill and a look at every record: none seems torn.
  assert.equal((await caller.messages('B'))[1]!.property('X'), 'a\0');
});

/** One member of a batch whose properties may be any bytes. */
function memberBytes(body: Buffer, text: Buffer): Buffer {
  const bytes = Buffer.alloc(22 + body.length + text.length);
  bytes.writeInt32BE(bytes.length, 0);
  bytes.writeInt32BE(body.length, 16);
  body.copy(bytes, 20);
  bytes.writeInt16BE(text.length, 20 + body.length);
  text.copy(bytes, 22 + body.length);
  return bytes;
}

test('glued and double properties are read in one way: live, by the index, after everything was built again, and by inspection', async () => {
  let broker = await start();
  const text =
    'TAGS\u0001one\u0002KEYS\u0001old\u0002\u0001v\u0002K\u0002KEYS\u0001\u0002TAGS\u0001two\u0002KEYS\u0001new\u0001er\u0002UNIQ_KEY\u0001U1\u0002UNIQ_KEY\u0001U2';
  await caller.send('T', 'one', { properties: text });
  await caller.sendBatch('T', [{ body: 'two', propertiesText: text }]);
  await caller.send('T', 'later', { properties: `DELAY\u0001x\u0002DELAY\u00012` });
  const look = async (): Promise<unknown> => {
    const found: Record<string, number> = {};
    for (const key of ['U1', 'U2', 'old', 'new', 'new\u0001er']) {
      const header = { topic: 'T', key, maxNum: 32, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER };
      const response = await caller.request(QUERY_MESSAGE, header);
      found[key] = response.code === ResponseCode.SUCCESS ? response.body.length : 0;
    }
    const tagged = (await caller.messages('T', { subscription: 'two' })).length;
    return { found, tagged, other: (await caller.pull('T', { subscription: 'one' })).code };
  };
  const live = await look();
  assert.deepEqual(live, await look());
  assert.equal((live as { tagged: number }).tagged, 2);
  await stage.stop(broker);
  const { disk } = stage.machine();
  assert.deepEqual(verifyStore({ disk, root: ROOT }).findings, []);
  for (const folder of ['consumequeue', 'index']) removeTree(folder);
  broker = await start();
  assert.deepEqual(await look(), live);
  await stage.clock.advance(5500);
  assert.deepEqual(await caller.bodies('T'), ['one', 'two', 'later']);
  await stage.stop(broker);
  assert.deepEqual(verifyStore({ disk, root: ROOT }).findings, []);

  function removeTree(folder: string): void {
    const remove = (path: string): void => {
      for (const { name, isDirectory } of disk.list(path)) {
        if (isDirectory) remove(`${path}/${name}`);
        else disk.remove(`${path}/${name}`);
      }
    };
    remove(`${ROOT}/${folder}`);
  }
});

test('a DELAY that Java reads as no number is refused, by itself and in batches, and nothing is stored', async () => {
  await start();
  for (const level of ['x', '1x', ' 1', '1.0', '+', '--1', '2147483648', '0x1', '1e1', '\u0001']) {
    const refused = await caller.send('T', 'x', { properties: properties({ DELAY: level }) });
    assert.deepEqual([refused.code, /DELAY/.test(refused.remark ?? '')], [ResponseCode.SYSTEM_ERROR, true], level);
    assert.equal(await batchCode(properties({ DELAY: level })), ResponseCode.MESSAGE_ILLEGAL, level);
  }
  assert.equal((await caller.send('T', 'x', { properties: 'DELAY\u0001x\u0002DELAY\u00010\u0002' })).code, 0);
  assert.equal((await caller.messages('T')).length, 1);
  assert.ok(await isEmpty('SCHEDULE_TOPIC_XXXX'));
});

async function batchCode(member: string, header: object = {}, topic = 'B'): Promise<number> {
  return (await caller.sendBatch(topic, [{}, { propertiesText: member }, {}], header)).code;
}

// Source: MessageBatch#generateFromList.
test('a batch with one message that asks for what no batch can have is refused with code 13, and nothing of it is stored', async () => {
  await start();
  await caller.send('B', 'to make the topic');
  const kinds = {
    DELAY: ['1', '+1', '18', '99', '１'],
    TRAN_MSG: ['true', 'TRUE'],
    TIMER_DELAY_MS: ['1000'],
    TIMER_DELAY_SEC: ['1'],
    TIMER_DELIVER_MS: ['99999999999999'],
    INNER_NUM: ['2'],
  };
  for (const [name, values] of Object.entries(kinds)) {
    for (const value of values) {
      assert.equal(await batchCode(properties({ [name]: value })), ResponseCode.MESSAGE_ILLEGAL, `${name} ${value}`);
      assert.equal(await batchCode(`A\u0001b\u0002${name}\u0001${value}`), ResponseCode.MESSAGE_ILLEGAL, name);
      const ofBatch = await batchCode('', { properties: properties({ [name]: value }) });
      assert.equal(ofBatch, ResponseCode.MESSAGE_ILLEGAL, `${name} of the batch`);
    }
  }
  for (const sysFlag of [4, 8, 12, 128, 192]) {
    assert.equal(await batchCode('', { sysFlag }), ResponseCode.MESSAGE_ILLEGAL, `sys flag ${sysFlag}`);
  }
  assert.equal(await batchCode('', {}, '%RETRY%G'), ResponseCode.MESSAGE_ILLEGAL);
  assert.deepEqual(await caller.bodies('B'), ['to make the topic']);
  for (const topic of ['SCHEDULE_TOPIC_XXXX', 'RMQ_SYS_TRANS_HALF_TOPIC']) assert.ok(await isEmpty(topic), topic);
  for (const harmless of [{ DELAY: '0' }, { DELAY: '-1' }, { TRAN_MSG: 'false' }, { WAIT: 'false' }]) {
    assert.equal(await batchCode(properties(harmless)), 0, JSON.stringify(harmless));
  }
});

test('the longest properties that are taken are delivered, retried and given up, by the longest group as well', async () => {
  await start();
  const send = (bytes: number, character = 'x'): Promise<{ code: number }> =>
    caller.send('T', 'long', { properties: properties({ DELAY: '1', V: character.repeat(bytes) }) });
  let [low, high] = [30_000, 32_767];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await send(middle)).code === 0) low = middle;
    else high = middle - 1;
  }
  assert.ok(low > 32_000, `${low} bytes are taken`);
  assert.equal((await send(low + 1)).code, ResponseCode.MESSAGE_ILLEGAL);
  assert.equal((await send(Math.floor(low / 2) + 1, 'é')).code, ResponseCode.MESSAGE_ILLEGAL);
  await caller.send('T', 'behind', { properties: properties({ DELAY: '1' }) });
  await stage.clock.advance(1500);
  const all = await caller.messages('T');
  assert.equal(all.at(-1)!.body.toString(), 'behind');
  let message = all.find((each) => each.property('V')?.length === low)!;
  const group = 'g'.repeat(120);
  for (let attempt = 1; attempt <= 2; attempt++) {
    assert.equal((await sendBack(message, group)).code, 0);
    await stage.clock.advance(1500);
    message = (await caller.messages(`%RETRY%${group}`)).at(-1)!;
    assert.deepEqual([message.reconsumeTimes, message.property('RETRY_TOPIC')], [attempt, 'T']);
  }
  assert.equal((await sendBack(message, group, -1)).code, 0);
  assert.equal((await caller.messages(`%DLQ%${group}`))[0]!.property('V')?.length, low);
});

test('a message from another broker that leaves no room for a retry becomes a dead letter, unchanged', async () => {
  const full = `V\u0001${'x'.repeat(32_765)}`;
  await leave([{ topic: 'T', properties: full, delayMs: undefined }]);
  await start();
  await caller.send('T', 'to make the topic');
  const [message] = await caller.messages('T');
  assert.equal((await sendBack(message!, 'G')).code, 0);
  const [dead] = await caller.messages('%DLQ%G');
  assert.equal(dead!.propertiesText, full);
  assert.equal(stage.log.with('becomes a dead letter').length, 1);
  assert.ok(await isEmpty('%RETRY%G'));
});

test('a message is refused that its commit log file could hold now, but not when it is delivered or sent back', async () => {
  await start({ mappedFileSizeCommitLog: '65536' });
  let [low, high] = [60_000, 65_536];
  const send = async (bytes: number): Promise<number> =>
    (await caller.send('T', 'x'.repeat(bytes), { properties: properties({ DELAY: '1' }) })).code;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await send(middle)) === 0) low = middle;
    else high = middle - 1;
  }
  assert.equal(await send(low + 1), ResponseCode.MESSAGE_ILLEGAL);
  await stage.clock.advance(2000);
  const message = (await caller.messages('T')).at(-1)!;
  const group = 'g'.repeat(120);
  const largest = (await caller.messages('T')).find((each) => each.body.length === low) ?? message;
  assert.equal(largest.body.length, low);
  assert.equal((await sendBack(largest, group)).code, 0);
  await stage.clock.advance(1500);
  assert.equal((await caller.messages(`%RETRY%${group}`))[0]!.body.length, low);
});

test('a parked message whose bytes were damaged on the disk is set aside, is not sent back, and its neighbours are delivered', async () => {
  const broker = await start();
  for (const body of ['before', 'broken body', 'broken lengths', 'behind']) {
    await caller.send('T', body, { properties: properties({ DELAY: '1' }) });
  }
  const parked = await caller.messages('SCHEDULE_TOPIC_XXXX');
  await stage.stop(broker);
  const path = `${ROOT}/commitlog/${'0'.repeat(20)}`;
  const { disk } = stage.machine();
  const content = Buffer.from(disk.readFile(path)!);
  content.write('X', content.indexOf('broken body'));
  content.writeInt32BE(9999, content.indexOf('broken lengths') - 4);
  const file = disk.open(path, 'write');
  file.writeSync(content, 0, content.length, 0);
  file.close();
  await start();
  await stage.clock.advance(1500);
  await caller.send('T', 'new', { properties: properties({ DELAY: '1' }) });
  await stage.clock.advance(1500);
  assert.deepEqual(await caller.bodies('T'), ['before', 'behind', 'new']);
  for (const damaged of parked.slice(1, 3)) assert.notEqual((await sendBack(damaged, 'G')).code, 0);
});
