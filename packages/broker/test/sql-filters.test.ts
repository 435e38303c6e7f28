import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  CHECK_CLIENT_CONFIG,
  decodeMessages,
  decodeQueryConsumeQueueResponseBody,
  encodeCheckClientRequestBody,
  PullSysFlag,
  QUERY_CONSUME_QUEUE,
  ResponseCode,
  type SubscriptionData,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const sqlOf = (topic: string, expression: string, subVersion = 1): SubscriptionData => ({
  ...subscription(topic, '*', subVersion),
  subString: expression,
  expressionType: 'SQL92',
});

async function withMessages(brokerProperties: Record<string, string> = {}): Promise<Caller> {
  await stage.broker(brokerProperties);
  const caller = await stage.caller();
  for (const [body, price, region] of [
    ['cheap', '5', 'EU'],
    ['wanted', '11', 'EU'],
    ['elsewhere', '12', 'US'],
    ['odd', 'x', 'EU'],
  ] as const) {
    await caller.send('T', body, { properties: properties({ price, region }) });
  }
  await caller.send('T', 'bare');
  return caller;
}

const beat = (caller: Caller, subscriptions: readonly SubscriptionData[], clientID = 'c1') =>
  caller.heartbeat({ clientID, consumers: [consumer('G', subscriptions)] });

async function pulled(caller: Caller, header: Parameters<Caller['pull']>[1]): Promise<string[] | number> {
  const answer = await caller.pull('T', header);
  if (answer.code !== ResponseCode.SUCCESS) return answer.code;
  return decodeMessages(answer.body, { inflate: false }).map((message) => message.body.toString());
}

const WANTED = "price > 10 AND region = 'EU'";

test('a pull gets what the expression of its group matches, or the one that it brings along', async () => {
  const caller = await withMessages();
  await beat(caller, [sqlOf('T', WANTED)]);
  assert.deepEqual(await pulled(caller, { sysFlag: 0, subVersion: 1 }), ['wanted']);
  const own = { sysFlag: PullSysFlag.SUBSCRIPTION, subscription: 'price IS NULL', expressionType: 'SQL92' };
  assert.deepEqual(await pulled(caller, own), ['bare']);
  assert.equal(await pulled(caller, { ...own, subscription: 'FALSE' }), ResponseCode.PULL_RETRY_IMMEDIATELY);
});

test('a filter that is missing is code 27, with the reason of its refusal; an older one is code 28 or 25', async () => {
  const caller = await withMessages();
  await beat(caller, [sqlOf('T', 'price >')]);
  const answer = await caller.pull('T', { sysFlag: 0, subVersion: 1 });
  assert.equal(answer.code, ResponseCode.FILTER_DATA_NOT_EXIST);
  assert.match(answer.remark ?? '', /line 1, column 8 /);
  await beat(caller, [sqlOf('T', WANTED, 2)]);
  assert.deepEqual(await pulled(caller, { sysFlag: 0, subVersion: 2 }), ['wanted']);
  assert.equal(await pulled(caller, { sysFlag: 0, subVersion: 3 }), ResponseCode.SUBSCRIPTION_NOT_LATEST);
  await beat(caller, [sqlOf('T', 'price >', 4)]);
  assert.equal(await pulled(caller, { sysFlag: 0, subVersion: 4 }), ResponseCode.FILTER_DATA_NOT_EXIST);
});

test('a check before the start is refused with code 23 and the place, or with code 1 and the property', async () => {
  const caller = await withMessages();
  const check = (expression: string) => {
    const subscriptionData = sqlOf('T', expression);
    const body = encodeCheckClientRequestBody({ clientId: 'c1', group: 'G', namespace: undefined, subscriptionData });
    return caller.request(CHECK_CLIENT_CONFIG, {}, { body });
  };
  assert.equal((await check(WANTED)).code, 0);
  const wrong = await check('a/b = 1');
  assert.equal(wrong.code, ResponseCode.SUBSCRIPTION_PARSE_FAILED);
  assert.match(wrong.remark ?? '', /line 1, column 2 /);
  const deep = await check('('.repeat(100_000));
  assert.equal(deep.code, ResponseCode.SUBSCRIPTION_PARSE_FAILED);
  await caller.configure('enablePropertyFilter=false');
  const off = await check(WANTED);
  assert.equal(off.code, ResponseCode.SYSTEM_ERROR);
  assert.match(
    off.remark ?? '',
    /^The broker does not support consumer to filter message by SQL92.*enablePropertyFilter/,
  );
  const own = { sysFlag: PullSysFlag.SUBSCRIPTION, subscription: WANTED, expressionType: 'SQL92' };
  assert.equal(await pulled(caller, own), ResponseCode.SYSTEM_ERROR);
  await beat(caller, [sqlOf('T', WANTED)]);
  assert.equal(await pulled(caller, { sysFlag: 0, subVersion: 1 }), ResponseCode.SYSTEM_ERROR);
});

test('a held pull is answered by a message that matches, and by no other', async () => {
  const caller = await withMessages();
  await beat(caller, [sqlOf('T', WANTED)]);
  let code: number | undefined;
  const held = caller.askPull('T', {
    queueOffset: 5,
    sysFlag: PullSysFlag.SUSPEND,
    subVersion: 1,
    suspendTimeoutMillis: 20_000,
  });
  void held.then((answer) => {
    code = answer.code;
  });
  await caller.send('T', 'no', { properties: properties({ price: '1', region: 'EU' }) });
  await stage.clock.advance(1000);
  assert.equal(code, undefined);
  await caller.send('T', 'yes', { properties: properties({ price: '99', region: 'EU' }) });
  const answer = await stage.clock.run(held);
  assert.deepEqual(
    decodeMessages(answer.body, { inflate: false }).map(({ body }) => body.toString()),
    ['yes'],
  );
});

test('an expression of ten thousand parts reads a back-log in steps', async () => {
  const caller = await withMessages();
  const subscriptionText = Array.from({ length: 10_000 }, (_, i) => `price = ${i + 100}`).join(' OR ');
  const own = {
    sysFlag: PullSysFlag.SUBSCRIPTION,
    subscription: `${subscriptionText} OR price = 12`,
    expressionType: 'SQL92',
  };
  assert.deepEqual(await pulled(caller, own), ['elsewhere']);
});

interface Saved {
  readonly filterDataByTopic: Record<
    string,
    { readonly topic: string; readonly groupFilterData: Record<string, object> }
  >;
}

test("filters are saved in Apache's form, die with the last member, and live again with it", async () => {
  const caller = await withMessages();
  await beat(caller, [sqlOf('T', WANTED, 7)]);
  await stage.clock.advance(11_000);
  const born = (stage.saved('consumerFilter') as Saved).filterDataByTopic.T!.groupFilterData.G as Record<
    string,
    number
  >;
  assert.deepEqual(born, {
    bloomFilterData: { bitNum: 112, bitPos: (born.bloomFilterData as unknown as { bitPos: number[] }).bitPos },
    bornTime: born.bornTime,
    clientVersion: 7,
    consumerGroup: 'G',
    dead: false,
    deadTime: 0,
    expression: WANTED,
    expressionType: 'SQL92',
    topic: 'T',
  });
  await caller.request(UNREGISTER_CLIENT, { clientID: 'c1', consumerGroup: 'G' });
  await stage.clock.advance(11_000);
  const dead = (stage.saved('consumerFilter') as Saved).filterDataByTopic.T!.groupFilterData.G as Record<
    string,
    unknown
  >;
  assert.ok(dead.dead === true && Number(dead.deadTime) > Number(dead.bornTime));
  await beat(caller, [sqlOf('T', WANTED, 8)]);
  await stage.clock.advance(11_000);
  const again = (stage.saved('consumerFilter') as Saved).filterDataByTopic.T!.groupFilterData.G as Record<
    string,
    unknown
  >;
  assert.deepEqual([again.dead, again.clientVersion, again.bornTime], [false, 8, born.bornTime]);
});

test('saved filters survive a restart, with their birth; those of another bloom filter and damaged files do not matter', async () => {
  const broker = await stage.broker();
  const caller = await stage.caller();
  await caller.putTopic('T');
  await beat(caller, [sqlOf('T', WANTED, 7)]);
  await stage.stop(broker);
  const before = stage.saved('consumerFilter') as Saved;
  const { bornTime } = before.filterDataByTopic.T!.groupFilterData.G as { bornTime: number };
  const second = await stage.broker();
  const later = await stage.caller();
  assert.equal(await pulled(later, { sysFlag: 0, subVersion: 7 }), ResponseCode.SUBSCRIPTION_NOT_EXIST);
  await beat(later, [sqlOf('T', WANTED, 7)]);
  await stage.clock.advance(11_000);
  const after = (stage.saved('consumerFilter') as Saved).filterDataByTopic.T!.groupFilterData.G as { bornTime: number };
  assert.equal(after.bornTime, bornTime);
  await stage.stop(second);
  for (const name of ['consumerFilter.json', 'consumerFilter.json.bak']) {
    const { disk } = stage.machine();
    disk.remove(`${ROOT}/config/${name}`);
    const file = disk.open(`${ROOT}/config/${name}`, 'create');
    file.writeSync(Buffer.from('{"filterData'), 0, 12, 0);
    file.close();
  }
  const third = await stage.broker();
  assert.equal(stage.log.lines.filter(({ sentence }) => sentence.includes('saved filters can not be read')).length, 1);
  await beat(later, [sqlOf('T', WANTED, 7)]);
  await stage.stop(third);
  await stage.broker({ maxErrorRateOfBloomFilter: '10' });
  assert.equal(stage.log.lines.filter(({ sentence }) => sentence.includes('another bloom filter')).length, 1);
});

test('filters of groups that left long ago are forgotten', async () => {
  const caller = await withMessages({ filterDataCleanTimeSpan: '60000' });
  await beat(caller, [sqlOf('T', WANTED)]);
  await caller.request(UNREGISTER_CLIENT, { clientID: 'c1', consumerGroup: 'G' });
  await stage.clock.advance(80_000);
  assert.deepEqual(stage.saved('consumerFilter'), { filterDataByTopic: {} });
});

test('with filterSupportRetry a retried message is asked what the group wants of the topic that it was in', async () => {
  const caller = await withMessages({ filterSupportRetry: 'true' });
  await beat(caller, [sqlOf('T', WANTED), sqlOf('%RETRY%G', 'TRUE')]);
  for (const [price, RETRY_TOPIC] of [
    ['1', 'T'],
    ['11', 'T'],
    ['1', 'U'],
  ] as const) {
    await caller.send('%RETRY%G', `${price} ${RETRY_TOPIC}`, {
      properties: properties({ price, region: 'EU', RETRY_TOPIC }),
    });
  }
  const answer = await caller.pull('%RETRY%G', { sysFlag: 0, subVersion: 1 });
  const bodies = decodeMessages(answer.body, { inflate: false }).map(({ body }) => body.toString());
  assert.deepEqual(bodies, ['11 T', '1 U']);
});

test('operators see the filter of a group beside the units of a queue', async () => {
  const caller = await withMessages();
  await beat(caller, [sqlOf('T', WANTED)]);
  const answer = await caller.request(QUERY_CONSUME_QUEUE, {
    topic: 'T',
    queueId: 0,
    index: 0,
    count: 3,
    consumerGroup: 'G',
  });
  const { filterData, queueData } = decodeQueryConsumeQueueResponseBody(answer.body);
  assert.equal(JSON.parse(filterData!).expression, WANTED);
  assert.equal(queueData.length, 3);
});
