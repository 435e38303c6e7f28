import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Producer } from '@rocketmq-ts/client';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  decodeMessages,
  encodeHeartbeatData,
  HEART_BEAT,
  PULL_MESSAGE,
  PullSysFlag,
  ResponseCode,
  type SubscriptionData,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient } from '@rocketmq-ts/remoting';
import { type Cluster, type Make, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';

const TOPIC = 'Tagged';
const EVERYTHING = ['A', 'B', 'none'];

for (const make of ['apache', 'ours'] as const satisfies readonly Make[]) {
  suite(`what a subscription that names no tag gets from a broker: ${make}`, { skip: unlessJava() }, () => {
    let cluster: Cluster;
    let remoting: RemotingClient;
    let queueId: number;

    before(async () => {
      cluster = await startCluster({ namesrv: make, broker: make });
      remoting = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
      await remoting.start();
      const producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: 'tags' });
      await producer.start();
      const first = await producer.send({ topic: TOPIC, tags: 'A', body: 'A' });
      queueId = first.messageQueue.queueId;
      const queue = first.messageQueue;
      await producer.send({ topic: TOPIC, tags: 'B', body: 'B' }, { queue });
      await producer.send({ topic: TOPIC, body: 'none' }, { queue });
      await producer.stop();
    });
    after(async () => {
      await remoting?.stop();
      await cluster?.stop();
    });

    /** All that pulls from the start of the queue get, or the code that refuses them. */
    async function pulled(group: string, subscription: string | undefined): Promise<string[] | number> {
      const got: string[] = [];
      let queueOffset = 0;
      // A dispatch that lags behind answers without messages: it is asked again until the end of the queue is there.
      for (let round = 0; round < 1000 && queueOffset < 3; round++) {
        const answer = await remoting.request(
          cluster.broker,
          PULL_MESSAGE,
          {
            consumerGroup: group,
            topic: TOPIC,
            queueId,
            queueOffset,
            maxMsgNums: 32,
            sysFlag: subscription === undefined ? 0 : PullSysFlag.SUBSCRIPTION,
            commitOffset: 0,
            suspendTimeoutMillis: 0,
            subscription,
            subVersion: 0,
            expressionType: 'TAG',
          },
          { timeoutMs: 10_000 },
        );
        const { code, header, body } = answer;
        if (code === ResponseCode.SUCCESS) got.push(...decodeMessages(body).map((one) => one.body.toString()));
        else if (code !== ResponseCode.PULL_RETRY_IMMEDIATELY && code !== ResponseCode.PULL_NOT_FOUND) return code;
        queueOffset = header.nextBeginOffset;
      }
      return got;
    }

    async function registered(
      group: string,
      stated: Pick<SubscriptionData, 'subString' | 'codeSet'>,
    ): Promise<unknown> {
      const subscription = {
        topic: TOPIC,
        tagsSet: [],
        subVersion: 1,
        expressionType: 'TAG',
        classFilterMode: false,
        ...stated,
      };
      const body = encodeHeartbeatData({
        clientID: `client-of-${group}`,
        producerGroups: [],
        consumers: [
          {
            groupName: group,
            consumeType: 'CONSUME_PASSIVELY',
            messageModel: 'CLUSTERING',
            consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
            subscriptionDataSet: [subscription],
            unitMode: false,
          },
        ],
        heartbeatFingerprint: 0,
        withoutSub: false,
      });
      const answer = await remoting.request(cluster.broker, HEART_BEAT, {}, { timeoutMs: 10_000, body });
      assert.equal(answer.code, ResponseCode.SUCCESS);
      return pulled(group, undefined);
    }

    test('registered by a heartbeat: only the star passes everything', async () => {
      for (const [index, subString] of [' ', '||', '', ' || ', 'A'].entries()) {
        assert.deepEqual(await registered(`none${index}`, { subString, codeSet: [] }), [], JSON.stringify(subString));
      }
      assert.deepEqual(await registered('all', { subString: '*', codeSet: [] }), EVERYTHING);
      assert.deepEqual(await registered('coded', { subString: ' ', codeSet: [65] }), ['A']);
    });

    test('stated in the pull: the empty text is the star, blanks are nothing, bars alone are refused', async () => {
      for (const everything of ['', '*']) assert.deepEqual(await pulled('stated', everything), EVERYTHING);
      for (const nothing of [' ', ' || ', '|| ']) assert.deepEqual(await pulled('stated', nothing), [], nothing);
      assert.equal(await pulled('stated', '||'), ResponseCode.SUBSCRIPTION_PARSE_FAILED);
      assert.deepEqual(await pulled('stated', ' A ||'), ['A']);
    });
  });
}
