import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  encodeBatch,
  encodeGroupList,
  encodeMessage,
  formatMessageProperties,
  GET_MAX_OFFSET,
  type MessageFields,
  MessageSysFlag,
  PULL_MESSAGE,
  QUERY_TOPIC_CONSUME_BY_WHO,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { AdminError } from '../src/index.ts';
import { withSmallCluster } from './small-cluster.ts';

const host = { host: '10.0.0.1', port: 10911 };
const queue = { topic: 'T', brokerName: 'a', queueId: 1 };

function record(fields: Partial<MessageFields> = {}, tags?: string): Buffer {
  return encodeMessage({
    ...{ topic: 'T', queueId: 0, flag: 0, queueOffset: 4, physicalOffset: 100, sysFlag: 0, reconsumeTimes: 0 },
    ...{ bornTimestamp: 1, bornHost: host, storeTimestamp: 2, storeHost: host, preparedTransactionOffset: 0 },
    ...{
      body: Buffer.from('hello'),
      propertiesText: formatMessageProperties(tags === undefined ? [] : [['TAGS', tags]]),
    },
    ...fields,
  });
}

const range = { suggestWhichBrokerId: 0, nextBeginOffset: 7, minOffset: 2, maxOffset: 9 };

describe('a topic is read without a consumer', () => {
  test('its queues are those that may be read, on every broker', async () => {
    await withSmallCluster(
      () => {},
      async (admin) => {
        const { queues } = await admin.readTopic('T');
        assert.deepEqual(
          queues.map(({ brokerName, queueId }) => `${brokerName}${queueId}`),
          ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'],
        );
        await assert.rejects(admin.readTopic('nothing'), (error: AdminError) => error.responseCode === 17);
      },
    );
  });

  // Source: PullAPIWrapper#processPullResult.
  test('messages have the number of the queue that was asked for, its range, and the offset of a logical queue', async () => {
    const headers: object[] = [];
    await withSmallCluster(
      ({ brokers }) =>
        brokers.a.handle(PULL_MESSAGE, (call) => {
          const { consumerGroup, maxMsgNums, queueOffset, sysFlag, subscription } = call.header;
          headers.push({ consumerGroup, maxMsgNums, queueOffset, sysFlag, subscription });
          call.answer({ ...range, offsetDelta: 1000 }, { body: record() });
        }),
      async (admin) => {
        const reader = await admin.readTopic('T', { group: 'G' });
        const { status, nextBeginOffset, messages, faults } = await reader.pull(queue, 4, 5);
        assert.deepEqual({ status, nextBeginOffset, faults }, { status: 'FOUND', nextBeginOffset: 7, faults: [] });
        const [message] = messages;
        assert.equal(message?.queueId, 1);
        assert.equal(message.queueOffset, 1004);
        assert.equal(message.property('MIN_OFFSET'), '2');
        assert.equal(message.property('MAX_OFFSET'), '9');
      },
    );
    // The bit of a subscription in the request, and none that lets a broker hold it.
    assert.deepEqual(headers, [{ consumerGroup: 'G', maxMsgNums: 5, queueOffset: 4, sysFlag: 4, subscription: '*' }]);
  });

  test('a message whose tag only has the hash of a wanted one is left out', async () => {
    const body = Buffer.concat([record({}, 'Aa'), record({}, 'BB'), record()]);
    await withSmallCluster(
      ({ brokers }) => brokers.a.handle(PULL_MESSAGE, (call) => call.answer(range, { body })),
      async (admin) => {
        const reader = await admin.readTopic('T');
        const tagsOf = async (tags: string): Promise<(string | undefined)[]> =>
          (await reader.pull(queue, 4, 32, tags)).messages.map((message) => message.tags);
        assert.deepEqual(await tagsOf('Aa'), ['Aa']);
        assert.deepEqual(await tagsOf(' BB || Cc'), ['BB']);
        assert.deepEqual(await tagsOf('*'), ['Aa', 'BB', undefined]);
      },
    );
  });

  test('the messages of a record that holds several come one by one', async () => {
    const members = ['one', 'two'].map((text) => ({ flag: 0, body: Buffer.from(text), propertiesText: '' }));
    const sysFlag = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;
    const body = record({ sysFlag, body: encodeBatch(members) });
    await withSmallCluster(
      ({ brokers }) => brokers.a.handle(PULL_MESSAGE, (call) => call.answer(range, { body })),
      async (admin) => {
        const { messages } = await (await admin.readTopic('T')).pull(queue, 4, 32);
        assert.deepEqual(
          messages.map((message) => `${message.queueOffset} ${message.body}`),
          ['4 one', '5 two'],
        );
      },
    );
  });

  test('a damaged record is reported, and its neighbours are there', async () => {
    const damaged = record();
    damaged.writeInt32BE(1, 4);
    const unwrappable = record({ sysFlag: MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP });
    const body = Buffer.concat([record(), damaged, unwrappable, record({ queueOffset: 6 })]);
    await withSmallCluster(
      ({ brokers }) => brokers.a.handle(PULL_MESSAGE, (call) => call.answer(range, { body })),
      async (admin) => {
        const { messages, faults } = await (await admin.readTopic('T')).pull(queue, 4, 32);
        assert.deepEqual(
          messages.map((message) => message.queueOffset),
          [4, 6],
        );
        assert.equal(faults.length, 2);
      },
    );
  });

  test('an answer without messages says why', async () => {
    const codes = [19, 20, 21];
    await withSmallCluster(
      ({ brokers }) => brokers.a.handle(PULL_MESSAGE, (call) => call.answer(range, { code: codes.shift()! })),
      async (admin) => {
        const reader = await admin.readTopic('T');
        const seen: string[] = [];
        for (let i = 0; i < 3; i++) seen.push((await reader.pull(queue, 4, 1)).status);
        assert.deepEqual(seen, ['NO_NEW_MSG', 'NO_MATCHED_MSG', 'OFFSET_ILLEGAL']);
      },
    );
  });

  test('a broker that is at another address meanwhile is found there', async () => {
    await withSmallCluster(
      ({ brokers }) => brokers.b.handle(GET_MAX_OFFSET, (call) => call.answer({ offset: 12 })),
      async (admin, cluster) => {
        const reader = await admin.readTopic('T');
        await cluster.brokers.a.stop();
        await assert.rejects(reader.maxOffset(queue), (error: AdminError) => error.code === 'UNREACHABLE');
        cluster.addressOfA = 'other:10911';
        assert.equal(await reader.maxOffset(queue), 12);
        assert.equal(cluster.routesAsked.length, 3);
      },
    );
  });

  test('a broker that never answers ends the pull after ten seconds', async () => {
    await withSmallCluster(
      ({ brokers }) => brokers.a.handle(PULL_MESSAGE, () => new Promise(() => {})),
      async (admin, { environment }) => {
        const reader = await admin.readTopic('T');
        const begin = environment.clock.monotonicMs();
        await assert.rejects(reader.pull(queue, 0, 1), (error: AdminError) => error.code === 'UNREACHABLE');
        assert.ok(environment.clock.monotonicMs() - begin < 11_000);
      },
    );
  });
});

test('who consumes a topic is known to any of its brokers; one that does not answer is passed over', async () => {
  let isDown = false;
  await withSmallCluster(
    ({ brokers: { a, b } }) => {
      a.handle(QUERY_TOPIC_CONSUME_BY_WHO, (call) =>
        isDown ? call.fail(ResponseCode.SYSTEM_ERROR, 'down') : call.answer({}, { body: encodeGroupList([]) }),
      );
      b.handle(QUERY_TOPIC_CONSUME_BY_WHO, (call) => call.answer({}, { body: encodeGroupList(['G']) }));
    },
    async (admin) => {
      assert.deepEqual(await admin.queryTopicConsumeByWho('T'), ['G']);
      isDown = true;
      assert.deepEqual(await admin.queryTopicConsumeByWho('T'), ['G']);
      await assert.rejects(admin.queryTopicConsumeByWho('one'), /down/);
    },
  );
});
