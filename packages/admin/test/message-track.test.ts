import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage, type MessageModel, type MessageView } from '@rocketmq-ts/protocol';
import { AdminError } from '../src/index.ts';
import { type MessageTrack, trackOperations } from '../src/message-track.ts';

const HOST = { host: '10.0.0.1', port: 10911 };

function message(queueOffset: number, propertiesText = ''): MessageView {
  const stored = encodeMessage({
    topic: 'T',
    queueId: 1,
    flag: 0,
    queueOffset,
    physicalOffset: 0,
    sysFlag: 0,
    bornTimestamp: 1,
    bornHost: HOST,
    storeTimestamp: 1,
    storeHost: HOST,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from('x'),
    propertiesText,
  });
  return decodeMessage(stored, 0, { inflate: false });
}

interface Group {
  readonly consumeType?: 'CONSUME_ACTIVELY' | 'CONSUME_PASSIVELY';
  readonly messageModel?: MessageModel;
  readonly tags?: readonly string[];
  /** Committed in queue 1 of T; undefined: the brokers report no queue. */
  readonly consumerOffset?: number;
  readonly connectionFails?: AdminError;
}

/** Track of a message in one group that looks like this to the brokers. */
async function trackOf(view: MessageView, group: Group): Promise<MessageTrack | undefined> {
  const { consumeType = 'CONSUME_PASSIVELY', messageModel = 'CLUSTERING', tags = [], consumerOffset } = group;
  const sources = {
    queryTopicConsumeByWho: async () => ['G'],
    examineConsumerConnection: async () => {
      if (group.connectionFails !== undefined) throw group.connectionFails;
      return { consumeType, messageModel, subscriptionTable: new Map([['T', { tagsSet: tags }]]) };
    },
    examineConsumeStats: async () => {
      if (consumerOffset !== undefined)
        return { offsets: [{ queue: { topic: 'T', brokerName: 'a', queueId: 1 }, consumerOffset }], consumeTps: 0 };
      throw new AdminError('NOT_ONLINE', 'no row', { responseCode: messageModel === 'BROADCASTING' ? 213 : 206 });
    },
    examineClusterInfo: async () => ({
      brokerAddrTable: new Map([['a', { brokerAddrs: new Map([[0, '10.0.0.1:10911']]) }]]),
    }),
  };
  const [track] = await trackOperations(sources as unknown as Parameters<typeof trackOperations>[0]).messageTrack(view);
  return track;
}
const typeOf = async (view: MessageView, group: Group): Promise<string | undefined> =>
  (await trackOf(view, group))?.trackType;

test('a message is consumed when its group has passed it in its queue', async () => {
  assert.equal(await typeOf(message(4), { consumerOffset: 5 }), 'CONSUMED');
  assert.equal(await typeOf(message(5), { consumerOffset: 5 }), 'NOT_CONSUME_YET');
  assert.equal(await typeOf(message(5), { consumeType: 'CONSUME_ACTIVELY' }), 'PULL');
});

test('a message that was passed and whose tag the group does not want was filtered', async () => {
  const tagged = message(4, 'TAGS\u0001A\u0002');
  assert.equal(await typeOf(tagged, { consumerOffset: 5, tags: ['A'] }), 'CONSUMED');
  assert.equal(await typeOf(tagged, { consumerOffset: 5, tags: ['B'] }), 'CONSUMED_BUT_FILTERED');
  assert.equal(await typeOf(message(4), { consumerOffset: 5, tags: ['B'] }), 'CONSUMED_BUT_FILTERED');
  assert.equal(await typeOf(message(4), { consumerOffset: 5, tags: ['*'] }), 'CONSUMED');
});

test('a broadcasting group without offsets is shown as such; with offsets it is judged by them', async () => {
  assert.deepEqual(await trackOf(message(4), { messageModel: 'BROADCASTING' }), {
    consumerGroup: 'G',
    trackType: 'CONSUME_BROADCASTING',
    exceptionDesc: undefined,
  });
  assert.equal(await typeOf(message(4), { messageModel: 'BROADCASTING', consumerOffset: 5 }), 'CONSUMED');
});

test('a group that is not online is reported as such, with the code', async () => {
  const offline = { consumerGroup: 'G', trackType: 'NOT_ONLINE', exceptionDesc: 'CODE:206 DESC:no row' };
  assert.deepEqual(await trackOf(message(4), {}), offline);
  const connectionFails = new AdminError('NOT_ONLINE', 'no row', { responseCode: 206 });
  assert.deepEqual(await trackOf(message(4), { connectionFails }), offline);
  const unknown = new AdminError('NOT_ONLINE', 'broken', { responseCode: 1 });
  assert.equal(await typeOf(message(4), { connectionFails: unknown }), 'UNKNOWN');
});
