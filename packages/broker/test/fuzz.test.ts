import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createSubscriptionGroupConfig,
  createTopicConfig,
  encodeHeartbeatData,
  encodeQueueLockRequestBody,
  encodeSubscriptionGroupConfig,
  encodeTopicConfig,
} from '@rocketmq-ts/protocol';
import { attackWithRequests, SeededRandom } from '@rocketmq-ts/testkit';
import { consumer, subscription } from './consumers.ts';
import { properties, Stage } from './stage.ts';

const ROUNDS = 5;

const bodies = [
  Buffer.from('body'),
  encodeHeartbeatData({
    clientID: 'c1',
    producerGroups: ['P'],
    consumers: [consumer('G', [subscription('T', 'a||b')])],
    heartbeatFingerprint: 0,
    withoutSub: false,
  }),
  encodeQueueLockRequestBody({
    consumerGroup: 'G',
    clientId: 'c1',
    onlyThisBroker: false,
    mqSet: [{ topic: 'T', brokerName: 'a', queueId: 0 }],
  }),
  encodeTopicConfig(createTopicConfig('T2')),
  encodeSubscriptionGroupConfig(createSubscriptionGroupConfig('G2')),
];

for (const port of [10911, 10909]) {
  for (const seed of [1, 2]) {
    test(`port ${port}, seed ${seed}: hundreds of strange requests of every code are answered or their connection is closed, and no handler fails`, async () => {
      const stage = new Stage(seed);
      await stage.broker({ messageDelayLevel: '1s 2s' });
      const caller = await stage.caller();
      for (let i = 0; i < 8; i++) {
        const tags = properties({ TAGS: 'a', KEYS: `k${i}`, UNIQ_KEY: `u${i}` });
        assert.equal((await caller.send('T', `${i}`, { properties: tags, queueId: i % 4 })).code, 0);
      }
      const unanswered = await attackWithRequests({
        clock: stage.clock,
        random: new SeededRandom(seed),
        network: stage.machine('strange').network,
        host: 'broker',
        port,
        bodies,
        rounds: ROUNDS,
        patienceMs: 40_000,
      });
      assert.deepEqual(unanswered, []);
      assert.equal((await caller.send('still', 'served')).code, 0);
      const failed = stage.log.lines.filter(({ sentence }) => /handler failed|A defect|answered twice/.test(sentence));
      assert.deepEqual(
        failed.map(({ sentence, fields }) => [sentence, fields?.command, (fields?.error as Error)?.stack]),
        [],
      );
      await stage.dispose();
    });
  }
}
