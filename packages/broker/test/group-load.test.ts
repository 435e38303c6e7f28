import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeConsumerIdList,
  GET_CONSUMER_LIST_BY_GROUP,
  NOTIFY_CONSUMER_IDS_CHANGED,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const MEMBERS = 300;

interface Member {
  readonly caller: Caller;
  readonly clientID: string;
}

let notices = 0;

async function members(count: number, clientIdOf: (i: number) => string = (i) => `c${i}`): Promise<Member[]> {
  notices = 0;
  const found: Member[] = [];
  for (let i = 0; i < count; i++) {
    const caller = await stage.caller('broker:10911', `m${i}`);
    caller.remoting.handle(NOTIFY_CONSUMER_IDS_CHANGED, () => {
      notices += 1;
    });
    found.push({ caller, clientID: clientIdOf(i) });
  }
  return found;
}

const beat = ({ caller, clientID }: Member) =>
  caller.heartbeat({ clientID, consumers: [consumer('G', [subscription('T')])] });

const idsOf = async ({ caller }: Member): Promise<string[]> => {
  const answer = await caller.request(GET_CONSUMER_LIST_BY_GROUP, { consumerGroup: 'G' });
  return answer.code === 0 ? decodeConsumerIdList(answer.body) : [];
};

test('many consumers that join one group one after the other cost a few notices each, and all get the notice of the last change', async () => {
  await stage.broker();
  const all = await members(MEMBERS);
  for (const each of all) await beat(each);
  await stage.clock.advance(5000);
  assert.ok(notices < 6 * MEMBERS, `${notices} notices for ${MEMBERS} joins`);
  const before = notices;
  for (const each of all) await beat(each);
  await stage.clock.advance(5000);
  assert.equal(notices, before, 'heartbeats without a change send nothing');
  assert.equal((await idsOf(all[0]!)).length, MEMBERS);
  await all[7]!.caller.request(UNREGISTER_CLIENT, { clientID: 'c7', consumerGroup: 'G' });
  await stage.clock.advance(5000);
  assert.equal(notices - before, MEMBERS - 1, 'a single change is one notice to each of the others');
  assert.equal((await idsOf(all[0]!)).includes('c7'), false, 'the list that is kept follows the members');
});

test('connections that are all cut at once cost a notice or two to each that is left', async () => {
  await stage.broker();
  const all = await members(MEMBERS);
  for (const each of all) await beat(each);
  await stage.clock.advance(5000);
  const before = notices;
  for (let i = 10; i < MEMBERS; i++) stage.environment.network.cut(`m${i}`, 'broker');
  await stage.clock.advance(5000);
  assert.ok(notices - before <= MEMBERS, `${notices - before} notices for ${MEMBERS - 10} lost connections`);
  assert.equal((await idsOf(all[0]!)).length, 10);
});

test('members that unregister one after the other cost a few notices each', async () => {
  await stage.broker();
  const all = await members(MEMBERS);
  for (const each of all) await beat(each);
  await stage.clock.advance(5000);
  const before = notices;
  for (const { caller, clientID } of all) await caller.request(UNREGISTER_CLIENT, { clientID, consumerGroup: 'G' });
  await stage.clock.advance(5000);
  assert.ok(notices - before < 6 * MEMBERS, `${notices - before} notices`);
});

test('two processes with one client id are one warning with both peers, however many heartbeats they send', async () => {
  await stage.broker();
  const [one, two] = (await members(2, () => 'same')) as [Member, Member];
  for (let round = 0; round < 10; round++) {
    for (const each of [one, two]) await beat(each);
    await stage.clock.advance(30_000);
  }
  const warnings = stage.log.with('one client id in a consumer group');
  assert.equal(warnings.length, 1);
  const { group, clientId, peers } = warnings[0]!.fields as { group: string; clientId: string; peers: string[] };
  assert.deepEqual([group, clientId, peers.length, new Set(peers).size], ['G', 'same', 2, 2]);
  assert.deepEqual(await idsOf(one), ['same']);
  assert.equal(notices, 1, 'the first one joined; what follows changes no member');

  // The end of either of them leaves the other one in the group.
  await two.caller.request(UNREGISTER_CLIENT, { clientID: 'same', consumerGroup: 'G' });
  assert.deepEqual(await idsOf(one), ['same']);
  await beat(two);
  stage.environment.network.cut('m1', 'broker');
  await stage.clock.advance(100);
  assert.deepEqual(await idsOf(one), ['same']);
  stage.environment.network.cut('m0', 'broker');
  await stage.clock.advance(100);
  assert.deepEqual(await idsOf(one), []);
});

test('two producers with one client id in a group are one warning as well', async () => {
  await stage.broker();
  const both = await members(2, () => 'same');
  for (let round = 0; round < 3; round++) {
    for (const { caller, clientID } of both) await caller.heartbeat({ clientID, producerGroups: ['P'] });
  }
  assert.equal(stage.log.with('one client id in a producer group').length, 1);
});

test('a client that comes back over a new connection is no second process, and no notice is sent', async () => {
  await stage.broker();
  const [one, other] = (await members(2)) as [Member, Member];
  await beat(one);
  await beat(other);
  await stage.clock.advance(1000);
  stage.environment.network.cut('m0', 'broker');
  await stage.clock.advance(100);
  await beat(one);
  await stage.clock.advance(1000);
  assert.deepEqual(stage.log.with('one client id'), []);
  assert.deepEqual((await idsOf(other)).sort(), ['c0', 'c1']);
});
