import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { type RequestInput, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { createRemotingClient } from '@rocketmq-ts/remoting';
import type { Make } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';

const TEST_MS = 90_000;
const KIB = 1024;
const SMALL_SENDS = 30_000;
const TOPIC = 'TopicTest';
const sizes = { mappedFileSizeConsumeQueue: 2_000_000, maxMessageSize: 8192 * KIB, autoCreateTopicEnable: true };
const properties = { mappedFileSizeCommitLog: 64 * KIB * KIB, ...sizes, inSyncReplicas: 2, slaveTimeout: 10_000 };

const header = (): RequestInput<typeof SEND_MESSAGE_V2> => ({
  ...{ producerGroup: 'pair', topic: TOPIC, defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId: 0, sysFlag: 0 },
  ...{ bornTimestamp: Date.now(), flag: 0, reconsumeTimes: 0, unitMode: false, batch: false, properties: '' },
});

/** Codes of large sends, between which so many small ones are sent that nobody waits for. */
async function largeAmongSmall(pair: Pair): Promise<number[]> {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  client.start();
  const address = pair.address('master');
  const codes: number[] = [];
  const small = Buffer.alloc(100, 's');
  const large = [159, 161, 1024, 4096];
  try {
    for (const kib of large) {
      let answer: Promise<{ readonly code: number }> | undefined;
      for (let i = 0; i < SMALL_SENDS / large.length; i++) {
        // Before half of them, and so in the middle of what the slave still has to get.
        if (i === SMALL_SENDS / large.length / 2)
          answer = client.request(address, SEND_MESSAGE_V2, header(), {
            timeoutMs: 20_000,
            body: Buffer.alloc(kib * KIB, 'L'),
          });
        await client.notify(address, SEND_MESSAGE_V2, header(), { body: small });
      }
      codes.push((await answer!).code);
    }
  } finally {
    await client.stop();
  }
  return codes;
}

suite('large messages of a master that waits for its slave', { skip: unlessJava() }, () => {
  const pairs: Pair[] = [];
  const pairOf = async (master: Make, slave: Make, both: Pair['properties']['both']): Promise<Pair> => {
    const pair = await startPair({ master, slave }, both);
    pairs.push(pair);
    await pair.start('master');
    await pair.start('slave');
    return pair;
  };
  let ours: Pair;
  before(async () => {
    ours = await pairOf('ours', 'apache', properties);
    for (let i = 0; i < 10 && (await ours.send(1))[0] !== 0; i++);
  });
  after(() => Promise.all(pairs.map((pair) => pair.end())));

  // rocketmq#1535: a large message at the end of a buffer was never acknowledged.
  test('messages of 159 KiB to 4 MiB among thousands of small ones are acknowledged behind Apache’s slave and ours', {
    timeout: TEST_MS,
  }, async () => {
    assert.deepEqual(await largeAmongSmall(ours), [0, 0, 0, 0]);
    await ours.assertCopied();
    const both = await pairOf('ours', 'ours', properties);
    for (let i = 0; i < 10 && (await both.send(1))[0] !== 0; i++);
    assert.deepEqual(await largeAmongSmall(both), [0, 0, 0, 0]);
    await both.assertCopied();
    await Promise.all([both.kill('slave'), both.kill('master')]);
  });
});
