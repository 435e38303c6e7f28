import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CONSUMER_SEND_MSG_BACK,
  type Command,
  createSubscriptionGroupConfig,
  type DataVersion,
  dataVersionText,
  decodeConsumerOffsetSerializeWrapper,
  decodeDelayOffsetSerializeWrapper,
  decodeSubscriptionGroupWrapper,
  decodeTopicConfigSerializeWrapper,
  END_TRANSACTION,
  encodeSubscriptionGroupConfig,
  GET_ALL_CONSUMER_OFFSET,
  GET_ALL_DELAY_OFFSET,
  GET_ALL_MESSAGE_REQUEST_MODE,
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  GET_ALL_TOPIC_CONFIG,
  GET_TIMER_CHECK_POINT,
  GET_TIMER_METRICS,
  INVOKE_BROKER_TO_RESET_OFFSET,
  PULL_MESSAGE,
  RECALL_MESSAGE,
  type RequestInput,
  SEND_MESSAGE_V2,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { PULL_FIELDS, SEND_FIELDS } from '@rocketmq-ts/testkit';
import { asked } from '../support/broker-under-test.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';

const TEST_MS = 150_000;
/** Apache's slave makes its first full round a minute after its start. */
const FOLLOWED_MS = 100_000;
const TOPICS = Array.from({ length: 30 }, (_, index) => `Topic-${String(index).padStart(2, '0')}`);
const properties = {
  ...{ mappedFileSizeCommitLog: 1024 * 1024, mappedFileSizeConsumeQueue: 20_000 },
  ...{ recallMessageEnable: true, timerWheelEnable: true, splitMetadataSize: 7 },
};

/** Something of each kind that slaves follow. */
function fill(address: string): Promise<void> {
  return asked(address, async ({ ask }) => {
    for (const [index, topic] of TOPICS.entries()) {
      const attributes = index === 11 ? { attributes: '+message.type=FIFO' } : {};
      await ask(UPDATE_AND_CREATE_TOPIC, { topic, readQueueNums: 2, writeQueueNums: 2, perm: 6, ...attributes });
    }
    const group = createSubscriptionGroupConfig('billing', { retryQueueNums: 2, retryMaxTimes: 7 });
    await ask(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, encodeSubscriptionGroupConfig(group));
    const send = (topic: string, properties: string): Promise<unknown> =>
      ask(SEND_MESSAGE_V2, { ...SEND_FIELDS, topic, bornTimestamp: Date.now(), properties }, Buffer.from('x'));
    for (let i = 0; i < 5; i++) await send(TOPICS[0]!, `UNIQ_KEY\u0001u${i}`);
    for (let i = 0; i < 3; i++) await send(TOPICS[1]!, `UNIQ_KEY\u0001d${i}\u0002DELAY\u00011`);
    await send(TOPICS[2]!, `UNIQ_KEY\u0001t\u0002TIMER_DELAY_SEC\u0001600`);
    const commit = { consumerGroup: 'billing', topic: TOPICS[0]!, queueId: 0, commitOffset: 4 };
    await ask(UPDATE_CONSUMER_OFFSET, commit);
  });
}

/** What slaves follow, as the broker answers it; without versions, which Apache's slave counts on its own. */
function stateOf(address: string): Promise<Record<string, unknown>> {
  return asked(address, async ({ ask }) => {
    const { topicConfigTable } = decodeTopicConfigSerializeWrapper((await ask(GET_ALL_TOPIC_CONFIG, {})).body);
    const { subscriptionGroupTable } = decodeSubscriptionGroupWrapper(
      (await ask(GET_ALL_SUBSCRIPTIONGROUP_CONFIG, {})).body,
    );
    const offsets = decodeConsumerOffsetSerializeWrapper((await ask(GET_ALL_CONSUMER_OFFSET, {})).body);
    const delays = decodeDelayOffsetSerializeWrapper((await ask(GET_ALL_DELAY_OFFSET, {})).body);
    const modes = JSON.parse((await ask(GET_ALL_MESSAGE_REQUEST_MODE, {})).body.toString()) as Record<string, unknown>;
    const checkpoint = (await ask(GET_TIMER_CHECK_POINT, {})).body;
    const metrics = (await ask(GET_TIMER_METRICS, {})).body.toString();
    return {
      topics: TOPICS.map((topic) => topicConfigTable.get(topic)),
      group: subscriptionGroupTable.get('billing'),
      offset: offsets.offsetTable.get(`${TOPICS[0]}@billing`)?.get(0),
      delayLevel1: delays.offsetTable.get(1),
      modes: modes.messageRequestModeMap,
      timerQueueOffset: checkpoint.readBigInt64BE(24),
      timers: /"Topic-02":\{"count":(\d+)/.exec(metrics)?.[1],
    };
  });
}

async function awaitFollowed(pair: Pair): Promise<void> {
  const wanted = await stateOf(pair.address('master'));
  assert.deepEqual([wanted.offset, wanted.delayLevel1, wanted.timers], [4, 3, '1'], 'what the master has to follow');
  let found: Record<string, unknown> = {};
  for (const giveUpAt = Date.now() + FOLLOWED_MS; Date.now() < giveUpAt; await pause(500)) {
    found = await stateOf(pair.address('slave'));
    try {
      assert.deepEqual(found, wanted);
      return;
    } catch {
      // Not yet.
    }
  }
  assert.deepEqual(found, wanted);
}

/** Topics of pages as an Apache slave asks for them. */
function pagesOf(address: string): Promise<{ sizes: number[]; names: string[]; total: number | undefined }> {
  return asked(address, async ({ ask }) => {
    const sizes: number[] = [];
    const names: string[] = [];
    let version: DataVersion | undefined;
    for (;;) {
      const dataVersion = version === undefined ? '' : dataVersionText(version);
      const { header, body } = await ask(GET_ALL_TOPIC_CONFIG, {
        topicSeq: names.length,
        maxTopicNum: 100,
        dataVersion,
      });
      const page = decodeTopicConfigSerializeWrapper(body);
      version = page.dataVersion;
      sizes.push(page.topicConfigTable.size);
      names.push(...[...page.topicConfigTable.keys()].sort());
      if (names.length >= (header.totalTopicNum ?? 0)) return { sizes, names, total: header.totalTopicNum };
    }
  });
}

suite('metadata of slaves', { skip: unlessJava() }, () => {
  let behindApache: Pair;
  let behindOurs: Pair;
  before(async () => {
    behindApache = await startPair({ master: 'apache', slave: 'ours' }, properties);
    behindOurs = await startPair({ master: 'ours', slave: 'apache' }, properties);
    await Promise.all([behindApache.start('master'), behindOurs.start('master')]);
    await Promise.all([behindApache.start('slave'), behindOurs.start('slave')]);
    await Promise.all([fill(behindApache.address('master')), fill(behindOurs.address('master'))]);
    // Delayed messages of a second are delivered.
    await pause(4000);
  });
  after(() => Promise.all([behindApache.end(), behindOurs.end()]));

  test('both masters hand out the same pages of topics', { timeout: TEST_MS }, async () => {
    const pages = await Promise.all([behindApache, behindOurs].map((pair) => pagesOf(pair.address('master'))));
    for (const { sizes, names, total } of pages) {
      assert.equal(names.length, total);
      assert.deepEqual(names, names.toSorted());
      assert.ok(
        sizes.slice(0, -1).every((size) => size === 7),
        sizes.join(),
      );
    }
  });

  test('our slave behind Apache’s master has all of it', { timeout: TEST_MS }, () => awaitFollowed(behindApache));

  test('our slave answers as Apache’s does what a slave does not serve', { timeout: TEST_MS }, async () => {
    const answersOf = (address: string): Promise<[number, string | undefined][]> =>
      asked(address, async ({ ask }) => {
        const answers: [number, string | undefined][] = [];
        const take = async <C extends Command>(command: C, header: RequestInput<C>): Promise<void> => {
          const { code, remark } = await ask(command, header, Buffer.from('x'));
          answers.push([code, remark]);
        };
        const topic = TOPICS[0]!;
        await take(SEND_MESSAGE_V2, { ...SEND_FIELDS, topic, bornTimestamp: Date.now() });
        await take(CONSUMER_SEND_MSG_BACK, { offset: 0, group: 'billing', delayLevel: 0 });
        await take(PULL_MESSAGE, { ...PULL_FIELDS, consumerGroup: 'billing', topic });
        await take(RECALL_MESSAGE, { topic, recallHandle: 'x' });
        await take(INVOKE_BROKER_TO_RESET_OFFSET, { topic, group: 'billing', timestamp: 0, isForce: true });
        const end = { producerGroup: 'p', tranStateTableOffset: 0, commitLogOffset: 0, commitOrRollback: 8 };
        const { code } = await ask(END_TRANSACTION, end);
        answers.push([code, undefined]);
        return answers;
      });
    assert.deepEqual(await answersOf(behindApache.address('slave')), await answersOf(behindOurs.address('slave')));
  });

  test('Apache’s slave behind our master has all of it', { timeout: TEST_MS }, () => awaitFollowed(behindOurs));
});
