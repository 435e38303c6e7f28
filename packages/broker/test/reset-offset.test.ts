import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeResetOffsetBody,
  encodeFrame,
  encodeHeartbeatData,
  HEART_BEAT,
  INVOKE_BROKER_TO_RESET_OFFSET,
  type Language,
  LITE_PULL_MESSAGE,
  MQVersion,
  PULL_MESSAGE,
  QUERY_CONSUMER_OFFSET,
  RESET_CONSUMER_CLIENT_OFFSET,
  type RequestInput,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { PULL_FIELDS } from '@rocketmq-ts/testkit';
import { consumer, subscription } from './consumers.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** Topic T with two queues: three messages in queue 0, one in queue 1; group G has consumed two and one. */
async function start(config: Record<string, string> = {}): Promise<void> {
  await stage.broker(config);
  caller = await stage.caller();
  await caller.putTopic('T', 2);
  for (let nth = 0; nth < 3; nth++) {
    await caller.send('T', `${nth}`);
    await stage.clock.advance(1000);
  }
  await caller.send('T', 'x', { queueId: 1 });
  await caller.heartbeat({ consumers: [consumer('G', [subscription('T')])] });
  await caller.commit('G', 'T', 2, 0);
  await caller.commit('G', 'T', 1, 1);
}

const reset = (header: Partial<RequestInput<typeof INVOKE_BROKER_TO_RESET_OFFSET>>) =>
  caller.request(INVOKE_BROKER_TO_RESET_OFFSET, { topic: 'T', group: 'G', timestamp: 0, ...header });
const queues = (body: Buffer): [number, number][] =>
  decodeResetOffsetBody(body).map(([{ queueId }, offset]) => [queueId, offset]);

async function committed(queueId = 0): Promise<number> {
  const answer = await caller.request(QUERY_CONSUMER_OFFSET, { consumerGroup: 'G', topic: 'T', queueId });
  return answer.header.offset;
}

// Source: AdminBrokerProcessor#resetOffsetInner.
test('a reset of one queue takes its offset within the queue, or the one at a time, and no other queue moves', async () => {
  await start();
  const start0 = stage.clock.now() - 3000;
  const outcome = async (header: object): Promise<unknown> => {
    const { code, remark, body } = await reset(header);
    return code === 0 ? queues(body) : [code, remark];
  };
  assert.deepEqual(await outcome({ queueId: 0, offset: 1 }), [[0, 1]]);
  assert.deepEqual(await outcome({ queueId: 0, offset: 4 }), [[0, 4]]);
  assert.deepEqual(await outcome({ queueId: 0, timestamp: start0 + 1000 }), [[0, 1]]);
  assert.deepEqual(await outcome({ queueId: 0, timestamp: -1 }), [[0, 3]]);
  assert.deepEqual(await outcome({ queueId: 0, offset: 5 }), [1, 'Target offset 5 not in consume queue range [0-3]']);
  assert.deepEqual(await outcome({ queueId: 0, offset: -2 }), [1, 'Target offset -2 not in consume queue range [0-3]']);
  assert.deepEqual(await outcome({ queueId: 2, offset: 0 }), [29, 'queueId[2] is illegal, topic[T] has 2 queues']);
  assert.deepEqual([await committed(0), await committed(1)], [3, 1]);
});

test('the pull after a reset is answered with the new place and the flags of topic and group, once', async () => {
  await start();
  await reset({});
  const first = await caller.pull('T', { consumerGroup: 'G', queueOffset: 2 });
  assert.deepEqual([first.code, first.remark, first.header.nextBeginOffset], [21, 'OFFSET_RESET', 0]);
  assert.deepEqual([first.header.topicSysFlag, first.header.groupSysFlag], [0, 0]);
  const second = await caller.pull('T', { consumerGroup: 'G', queueOffset: 2 });
  assert.deepEqual([second.code, second.remark], [0, 'FOUND']);
});

test('a pull that commits an offset of before the reset moves nothing', async () => {
  await start();
  await reset({});
  await caller.pull('T', { consumerGroup: 'G', queueOffset: 2, sysFlag: 5, commitOffset: 2 });
  assert.equal(await committed(), 0);
});

const senderOf = (language: Language, version: number = MQVersion.V5_4_0) => ({ language, version });

/** A request of a client of another kind, over a connection of its own. */
async function foreign(machine: string, frame: Buffer): Promise<void> {
  const { network } = stage.machine(machine);
  const connection = await stage.clock.run(network.connect({ host: 'broker', port: 10911, timeoutMs: 1000 }));
  connection.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
  connection.write(frame);
  stage.onDispose(() => connection.destroy());
  await stage.clock.advance(100);
}

// Source: Broker2Client#resetOffset.
test('without server side resets every member gets the offsets, and the broker keeps its own until they commit', async () => {
  await start({ useServerSideResetOffset: 'false' });
  const other = await stage.caller('broker:10911', 'c2');
  await other.heartbeat({ clientID: 'c2', consumers: [consumer('G', [subscription('T')])] });
  const got: unknown[] = [];
  for (const [name, member] of Object.entries({ caller, other })) {
    member.remoting.handle(RESET_CONSUMER_CLIENT_OFFSET, ({ header, body }) => {
      got.push([name, header.topic, header.group, header.timestamp, queues(body)]);
    });
  }
  const timestamp = stage.clock.now() - 2000;
  const answer = await reset({ timestamp });
  // Queue 0 goes back; queue 1, whose offset at that time is 0, as well.
  assert.deepEqual(
    [answer.code, queues(answer.body)],
    [
      0,
      [
        [0, 1],
        [1, 0],
      ],
    ],
  );
  await stage.clock.advance(100);
  const wanted = [
    'T',
    'G',
    timestamp,
    [
      [0, 1],
      [1, 0],
    ],
  ];
  assert.deepEqual(got, [
    ['caller', ...wanted],
    ['other', ...wanted],
  ]);
  assert.deepEqual([await committed(0), await committed(1)], [2, 1]);
  assert.equal((await caller.pull('T', { consumerGroup: 'G', queueOffset: 2 })).remark, 'FOUND');
});

test('without server side resets a group is moved forwards only by force', async () => {
  await start({ useServerSideResetOffset: 'false' });
  assert.deepEqual(queues((await reset({ timestamp: -1 })).body), [
    [0, 2],
    [1, 1],
  ]);
  assert.deepEqual(queues((await reset({ timestamp: -1, isForce: true })).body), [
    [0, 3],
    [1, 1],
  ]);
});

test('a C++ administrator’s reset reaches the members as a list', async () => {
  await start({ useServerSideResetOffset: 'false' });
  let body = '';
  caller.remoting.handle(RESET_CONSUMER_CLIENT_OFFSET, (call) => {
    body = call.body.toString();
  });
  const extFields = { topic: 'T', group: 'G', timestamp: '0' };
  await foreign('CPP', encodeFrame({ code: INVOKE_BROKER_TO_RESET_OFFSET.code, extFields, sender: senderOf('CPP') }));
  await stage.clock.advance(100);
  const entry = (queueId: number): string => `{"brokerName":"a","offset":0,"queueId":${queueId},"topic":"T"}`;
  assert.equal(body, `{"offsetTable":[${entry(0)},${entry(1)}]}`);
});

test('without server side resets it is refused for a group without offsets, offline, or with a client that is too old', async () => {
  await start({ useServerSideResetOffset: 'false' });
  const outcome = async (header: object): Promise<[number, string | undefined]> => {
    const { code, remark } = await reset(header);
    return [code, remark];
  };
  assert.deepEqual(await outcome({ topic: 'NOPE' }), [
    ResponseCode.TOPIC_NOT_EXIST,
    '[reset-offset] reset offset failed, no topic in this broker. topic=NOPE',
  ]);
  assert.deepEqual(await outcome({ group: 'H' }), [1, 'THe consumer group <H> not exist: no offset of queue 0']);
  for (const queueId of [0, 1]) await caller.commit('G', 'T', 1, queueId);
  const data = { clientID: 'old', producerGroups: [], heartbeatFingerprint: 0, withoutSub: false };
  const body = encodeHeartbeatData({ ...data, consumers: [consumer('G', [subscription('T')])] });
  const sender = senderOf('JAVA', MQVersion.V3_0_7_SNAPSHOT - 1);
  await foreign('old', encodeFrame({ code: HEART_BEAT.code, extFields: {}, body, sender }));
  const [code, remark] = await outcome({});
  assert.equal(code, 1);
  assert.match(remark ?? '', /^the client does not support this feature\. version=/);
});

test('without server side resets a group that is offline is not moved', async () => {
  await start({ useServerSideResetOffset: 'false' });
  for (const queueId of [0, 1]) await caller.commit('TOOLS_CONSUMER', 'T', 1, queueId);
  const answer = await reset({ group: 'TOOLS_CONSUMER' });
  assert.equal(answer.code, ResponseCode.CONSUMER_NOT_ONLINE);
});

// Source: PullMessageProcessor.
test('lite pulls are refused when they are switched off, other pulls are served', async () => {
  await start();
  const litePull = async (): Promise<[number, string | undefined, number | undefined]> => {
    const { code, remark, header } = await caller.request(LITE_PULL_MESSAGE, { ...PULL_FIELDS, topic: 'T' });
    return [code, remark, header.forbiddenType];
  };
  assert.equal((await litePull())[0], 0);
  await caller.configure('litePullMessageEnable=false');
  const [code, remark, forbiddenType] = await litePull();
  assert.deepEqual([code, forbiddenType], [ResponseCode.NO_PERMISSION, 1]);
  assert.match(remark ?? '', /for lite pull consumer is forbidden: litePullMessageEnable is false$/);
  assert.equal((await caller.pull('T')).code, 0);
});

test('with rejectPullConsumerEnable only members of a group pull, and the tools', async () => {
  await start({ rejectPullConsumerEnable: 'true' });
  const pullOf = async (consumerGroup: string, from = caller): Promise<number> =>
    (await from.request(PULL_MESSAGE, { ...PULL_FIELDS, topic: 'T', consumerGroup })).code;
  const active = { ...consumer('ACTIVE', [subscription('T')]), consumeType: 'CONSUME_ACTIVELY' as const };
  await caller.heartbeat({ consumers: [consumer('G', [subscription('T')]), active] });
  const stranger = await stage.caller('broker:10911', 'stranger');
  assert.deepEqual([await pullOf('G'), await pullOf('G', stranger)], [0, 0]);
  assert.deepEqual([await pullOf('ACTIVE'), await pullOf('ACTIVE', stranger)], [0, 24]);
  assert.deepEqual([await pullOf('UNKNOWN'), await pullOf('TOOLS_CONSUMER')], [24, 0]);
});
