import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  CHECK_CLIENT_CONFIG,
  decodeConsumerConnection,
  decodeMessages,
  encodeCheckClientRequestBody,
  GET_CONSUMER_CONNECTION_LIST,
  PullSysFlag,
  ResponseCode,
  type SubscriptionData,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, properties, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
  for (const tag of ['A', 'B']) await caller.send('T', tag, { properties: properties({ TAGS: tag }) });
  await caller.send('T', 'untagged');
});
afterEach(() => stage.dispose());

async function pulled(header: Parameters<Caller['pull']>[1]): Promise<string[] | number> {
  const answer = await caller.pull('T', header);
  if (answer.code !== ResponseCode.SUCCESS) return answer.code;
  return decodeMessages(answer.body, { inflate: false }).map((message) => message.body.toString());
}

/** What a pull without an expression of its own gets. */
const registered = (subVersion = 0): Promise<string[] | number> => pulled({ sysFlag: 0, subVersion });

const beat = (clientID: string, stated: readonly SubscriptionData[]) =>
  caller.heartbeat({ clientID, consumers: [consumer('G', stated)] });

async function inForce(): Promise<SubscriptionData[]> {
  const list = await caller.request(GET_CONSUMER_CONNECTION_LIST, { consumerGroup: 'G' });
  return [...decodeConsumerConnection(list.body).subscriptionTable.values()];
}

// Source: ExpressionMessageFilter#isMatchedByConsumeQueue.
test('of a registered subscription only the star passes everything; without codes nothing passes', async () => {
  const nothing = [' ', '||', '', ' || ', '|| ||', 'A'];
  for (const [version, subString] of nothing.entries()) {
    await beat('c1', [{ ...subscription('T', '*', version + 1), subString, tagsSet: [], codeSet: [] }]);
    assert.equal(await registered(), ResponseCode.PULL_RETRY_IMMEDIATELY, JSON.stringify(subString));
  }
  await beat('c1', [{ ...subscription('T', '*', 20), codeSet: [7] }]);
  assert.deepEqual(await registered(), ['A', 'B', 'untagged']);
  await beat('c1', [{ ...subscription('T', 'A', 21), expressionType: '' }]);
  assert.deepEqual(await registered(), ['A']);
  await beat('c1', [{ ...subscription('T', 'A', 22), classFilterMode: true }]);
  assert.deepEqual(await registered(), ['A', 'B', 'untagged']);
});

// Source: FilterAPI#buildSubscriptionData.
test('an expression in the pull is read as Apache reads it: empty is everything, blanks are nothing, bars alone an error', async () => {
  const own = (expression: string | undefined) =>
    pulled({ sysFlag: PullSysFlag.SUBSCRIPTION, subscription: expression });
  for (const everything of [undefined, '', '*']) assert.deepEqual(await own(everything), ['A', 'B', 'untagged']);
  for (const nothing of [' ', ' || ', '|| ', '|| ||']) {
    assert.equal(await own(nothing), ResponseCode.PULL_RETRY_IMMEDIATELY, JSON.stringify(nothing));
  }
  for (const bars of ['||', '||||']) assert.equal(await own(bars), ResponseCode.SUBSCRIPTION_PARSE_FAILED);
  assert.deepEqual(await own(' B ||'), ['B']);
});

// Source: ClientManageProcessor#checkClientConfig.
test('a check of a tag subscription succeeds whatever its text is, one of an unknown type is refused by its name', async () => {
  const check = (expression: string, expressionType: string) => {
    const subscriptionData = { ...subscription('T', expression), expressionType };
    const body = encodeCheckClientRequestBody({ clientId: 'c1', group: 'G', namespace: undefined, subscriptionData });
    return caller.request(CHECK_CLIENT_CONFIG, {}, { body });
  };
  for (const expression of ['*', 'A', '||', ' ']) {
    for (const type of ['TAG', '']) assert.equal((await check(expression, type)).code, 0);
  }
  const { code, remark } = await check('A', 'tag');
  assert.equal(code, ResponseCode.SUBSCRIPTION_PARSE_FAILED);
  assert.match(remark ?? '', /TAG or SQL92, not tag/);
});

test('a client that changes its expression wins though its clock was set back, and its old version does not return', async () => {
  await beat('c1', [subscription('T', 'A', 1000)]);
  assert.deepEqual(await registered(1000), ['A']);
  await beat('c1', [subscription('T', 'B', 5)]);
  assert.deepEqual(await registered(5), ['B']);
  assert.deepEqual(await registered(1000), ['B'], 'a pull that was made before the change is still served');
  await beat('c1', [subscription('T', 'B', 5)]);
  await beat('c1', [subscription('T', 'A||B', 5)]);
  assert.deepEqual(await registered(5), ['A', 'B']);
  await beat('c1', [{ ...subscription('T', 'a > 1', 4), expressionType: 'SQL92' }]);
  assert.equal(await registered(), ResponseCode.PULL_RETRY_IMMEDIATELY);
  await beat('c1', [subscription('T', 'A', 3)]);
  assert.deepEqual(await registered(3), ['A']);
});

test('topics come and go with the heartbeat whatever its version is', async () => {
  await beat('c1', [subscription('T', 'A', 1000)]);
  await beat('c1', [subscription('U', '*', 5)]);
  assert.equal(await registered(), ResponseCode.SUBSCRIPTION_NOT_EXIST);
  await beat('c1', [subscription('T', 'B', 2), subscription('U', '*', 5)]);
  assert.deepEqual(await registered(2), ['B']);
});

test('a heartbeat of a client that is started again under its id counts over a new connection too', async () => {
  await beat('c1', [subscription('T', 'A', 1000)]);
  const again = await stage.caller('broker:10911', 'machine-2');
  await again.heartbeat({ clientID: 'c1', consumers: [consumer('G', [subscription('T', 'B', 5)])] });
  assert.deepEqual(await registered(5), ['B']);
});

// Source: ConsumerGroupInfo#updateSubscription.
test('among members with different expressions the newest version wins, and repeating an old one changes nothing', async () => {
  await beat('c1', [subscription('T', 'A', 100)]);
  await beat('c2', [subscription('T', 'B', 50)]);
  assert.deepEqual(await registered(), ['A']);
  await beat('c3', [subscription('T', 'B', 200)]);
  assert.deepEqual(await registered(), ['B']);
  await beat('c1', [subscription('T', 'A', 100)]);
  assert.deepEqual(await registered(), ['B']);
});

test('members that change their expression one after the other agree at the end, whatever their clocks show', async () => {
  await beat('c1', [subscription('T', 'A', 100)]);
  await beat('c2', [subscription('T', 'A', 200)]);
  await beat('c1', [subscription('T', 'B', 7)]);
  await beat('c2', [subscription('T', 'A', 200)]);
  assert.deepEqual(await registered(200), ['B'], 'the one that changed last counts, and older pulls are served');
  await beat('c2', [subscription('T', 'B', 8)]);
  assert.deepEqual(await registered(8), ['B']);
});

test('when the member whose expression counted leaves, the newest of the others counts', async () => {
  await beat('c1', [subscription('T', 'A', 100)]);
  await beat('c2', [subscription('T', 'B', 50)]);
  await beat('c3', [subscription('T', 'untagged', 20)]);
  await caller.request(UNREGISTER_CLIENT, { clientID: 'c1', consumerGroup: 'G' });
  assert.deepEqual(await registered(50), ['B']);
  assert.deepEqual(
    (await inForce()).map((each) => [each.subString, each.subVersion]),
    [['B', 50]],
  );
});

// Public reports: rocketmq#2836, rocketmq#2954, rocketmq#5473.
test('members of one group that subscribe differently are logged once, and again only after they agreed', async () => {
  const lines = (): unknown[] =>
    stage.log.lines
      .filter(({ sentence }) => /subscribe (?:differently|the same)/.test(sentence))
      .map(({ level, fields }) => [level, fields?.one, fields?.other]);
  const retry = subscription('%RETRY%G');
  await beat('one', [subscription('T', 'B||A'), retry]);
  await beat('two', [subscription('T', 'A||B', 2)]);
  await beat('lite', []);
  assert.deepEqual(lines(), []);
  await beat('two', [subscription('T', 'A', 3)]);
  for (let again = 0; again < 3; again++) {
    await beat('one', [subscription('T', 'B||A'), retry]);
    await beat('two', [subscription('T', 'A', 3)]);
  }
  const warned = ['warn', 'T: A||B', 'T: A'];
  assert.deepEqual(lines(), [warned]);
  await beat('three', [subscription('T', 'A'), subscription('U')]);
  assert.equal(lines().length, 1);
  await caller.request(UNREGISTER_CLIENT, { clientID: 'three', consumerGroup: 'G' });
  assert.equal(lines().length, 1);
  await caller.request(UNREGISTER_CLIENT, { clientID: 'two', consumerGroup: 'G' });
  assert.deepEqual(lines(), [warned, ['info', undefined, undefined]]);
  await beat('two', [subscription('T', 'A', 3)]);
  assert.deepEqual(lines(), [warned, ['info', undefined, undefined], warned]);
});
