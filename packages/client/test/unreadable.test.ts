import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type MessageExt, PushConsumer } from '@rocketmq-ts/client';
import type { LogFields } from '@rocketmq-ts/kernel';
import { compressBody, compressionFlags, MessageSysFlag, RecordOffset } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

const BAD = 7;
const ILLEGAL_TYPE = MessageSysFlag.COMPRESSED | MessageSysFlag.COMPRESSION_MASK;
const INNER_BATCH = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let consumer: PushConsumer | undefined;
let warnings: { readonly sentence: string; readonly fields: LogFields | undefined }[];

beforeEach(async () => {
  environment = new SimulatedEnvironment(77);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 1 });
  warnings = [];
});

afterEach(async () => {
  if (consumer !== undefined) await environment.clock.run(consumer.stop());
  await environment.clock.run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0);
});

/** Stores 32 messages of which the eighth is made by `spoil`, and gives what a listener got, in order. */
async function consumeAround(spoil: () => void): Promise<MessageExt[]> {
  for (let index = 0; index < 32; index++) {
    if (index === BAD) spoil();
    else cluster.put('TopicTest', 0, `m${index}`);
  }
  const got: MessageExt[] = [];
  const warn = (sentence: string, fields?: LogFields): void => void warnings.push({ sentence, fields });
  consumer = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: environment.machine('client'),
    logger: { warn, error: warn },
  });
  consumer.subscribe('TopicTest');
  const listener = (messages: readonly MessageExt[]): void => void got.push(...messages);
  await environment.clock.run(consumer.start({ orderly: listener }));
  await environment.clock.advance(10_000);
  return got;
}

const broken = Buffer.from('no stream of any kind');
const halfZlib = compressBody('ZLIB', Buffer.alloc(10_000, 'half')).subarray(0, 30);

for (const [what, body, sysFlag] of [
  ['no ZLIB stream', broken, compressionFlags('ZLIB')],
  ['half a ZLIB stream', halfZlib, compressionFlags('ZLIB')],
  ['no LZ4 frame', broken, compressionFlags('LZ4')],
  ['no ZSTD frame', broken, compressionFlags('ZSTD')],
  ['of an undefined compression type', broken, ILLEGAL_TYPE],
  ['no inner batch', broken, INNER_BATCH],
  ['an inner batch that is compressed and cannot be inflated', broken, INNER_BATCH | compressionFlags('ZLIB')],
] as const) {
  test(`a body that is ${what} comes as it is stored, among all its neighbours, with one warning`, async () => {
    const got = await consumeAround(() => cluster.put('TopicTest', 0, body, {}, 0, sysFlag));
    const expected = Array.from({ length: 32 }, (_, index) => (index === BAD ? body.toString() : `m${index}`));
    assert.deepEqual(
      got.map((message) => message.text()),
      expected,
    );
    assert.equal(got[BAD]!.sysFlag, sysFlag);
    assert.deepEqual(
      warnings.map(({ sentence, fields }) => [sentence, fields?.topic, fields?.queueOffset, fields?.msgId]),
      [
        [
          '[rocketmq] the body of a message cannot be read; the listener gets it as it is stored',
          'TopicTest',
          BAD,
          got[BAD]!.msgId,
        ],
      ],
    );
    assert.equal(cluster.offsets.get('TopicTest@billing@0'), 32);
  });
}

test('a record that does not hold together is left out with one warning, and its neighbours come', async () => {
  const got = await consumeAround(() => cluster.put('TopicTest', 0, 'bad').record.fill(0xee, RecordOffset.magic, 8));
  assert.deepEqual(
    got.map((message) => message.text()),
    Array.from({ length: 32 }, (_, index) => `m${index}`).filter((text) => text !== `m${BAD}`),
  );
  assert.deepEqual(
    warnings.map(({ sentence }) => sentence),
    ['[rocketmq] a record of a pull answer cannot be read; it is left out'],
  );
  assert.equal(cluster.offsets.get('TopicTest@billing@0'), 32);
});
