import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConsumerRunningInfo, ProcessQueueInfo } from '@rocketmq-ts/admin';
import { haveSameSubscription, queueWarnings } from '../src/command/consumer/running-info-checks.ts';
import { runningInfoText } from '../src/command/consumer/running-info-text.ts';
import { fileNameOf } from '../src/command/output-file.ts';

process.env.TZ = 'UTC';

const NOW = 1_700_000_000_000;
const QUEUE = { topic: 'T', brokerName: 'a', queueId: 3 };

function info(
  properties: Record<string, string>,
  subscriptions: string[],
  state?: Partial<ProcessQueueInfo>,
): ConsumerRunningInfo {
  const queue: ProcessQueueInfo = {
    ...{ commitOffset: 7, cachedMsgMinOffset: 7, cachedMsgMaxOffset: 8, cachedMsgCount: 2, cachedMsgSizeInMiB: 0 },
    ...{ transactionMsgMinOffset: 0, transactionMsgMaxOffset: 0, transactionMsgCount: 0, locked: true },
    ...{ tryUnlockTimes: 0, lastLockTimestamp: NOW, dropped: false, lastPullTimestamp: NOW, lastConsumeTimestamp: NOW },
    ...state,
  };
  return {
    properties: new Map(Object.entries(properties)),
    subscriptionSet: subscriptions.map((text) => {
      const [topic = '', subString = ''] = text.split('@');
      return {
        ...{ topic, subString, classFilterMode: false, tagsSet: [], codeSet: [], subVersion: 1, expressionType: 'TAG' },
        filterClassSource: undefined,
      };
    }),
    mqTable: state === undefined ? [] : [[QUEUE, queue]],
    mqPopTable: [],
    statusTable: new Map(),
    userConsumerInfo: new Map(),
    jstack: undefined,
  };
}

const push = { PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY', PROP_CONSUMER_START_TIMESTAMP: String(NOW - 121_000) };

// Source: ConsumerRunningInfo#analyzeSubscription.
describe('whether the members of a group subscribe to the same', () => {
  const differ = (first: Record<string, string>): boolean =>
    haveSameSubscription(
      new Map([
        ['b', info(push, ['T@b'])],
        ['a', info(first, ['T@a'])],
      ]),
      NOW,
    );

  test('is judged once the first push consumer has run for two minutes', () => {
    assert.equal(differ(push), false);
    assert.equal(differ({ ...push, PROP_CONSUMER_START_TIMESTAMP: String(NOW - 120_000) }), true);
    assert.equal(differ({ ...push, PROP_CONSUME_TYPE: 'CONSUME_ACTIVELY' }), true);
    assert.equal(differ({ PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY' }), true);
  });

  test('depends on topics and expressions, in any order', () => {
    const members = (second: string[]): boolean =>
      haveSameSubscription(
        new Map([
          ['a', info(push, ['T@x', 'U@*'])],
          ['b', info(push, second)],
        ]),
        NOW,
      );
    assert.equal(members(['U@*', 'T@x']), true);
    assert.equal(members(['T@x']), false);
    assert.equal(members(['T@x', 'U@*', 'V@*']), false);
    assert.equal(haveSameSubscription(new Map(), NOW), true);
  });
});

// Source: ConsumerRunningInfo#analyzeProcessQueue.
describe('a queue is warned of', () => {
  const queue = 'c MessageQueue [topic=T, brokerName=a, queueId=3]';
  const warnings = (properties: Record<string, string>, state: Partial<ProcessQueueInfo>): string[] =>
    queueWarnings('c', info({ ...push, ...properties }, [], state), NOW);

  test('when its messages are not consumed for more than a minute', () => {
    const old = { lastConsumeTimestamp: NOW - 60_001 };
    assert.deepEqual(warnings({}, old), [`${queue} can't consume for a while, maybe blocked, 60001ms`]);
    assert.deepEqual(warnings({}, { lastConsumeTimestamp: NOW - 60_000 }), []);
    assert.deepEqual(warnings({}, { ...old, cachedMsgCount: 0 }), []);
    assert.deepEqual(warnings({ PROP_CONSUME_TYPE: 'CONSUME_ACTIVELY' }, old), []);
  });

  test('of an ordered consumer when it is not locked, or is left and stays locked', () => {
    const ordered = { PROP_CONSUMEORDERLY: 'true' };
    assert.deepEqual(warnings(ordered, { locked: false, lastLockTimestamp: NOW - 5 }), [
      `${queue} can't lock for a while, 5ms`,
    ]);
    assert.deepEqual(warnings(ordered, { dropped: true, tryUnlockTimes: 2 }), [
      `${queue} unlock 2 times, still failed`,
    ]);
    assert.deepEqual(warnings(ordered, { dropped: true }), []);
    assert.deepEqual(warnings(ordered, { lastConsumeTimestamp: 0 }), []);
  });
});

test('stacks are at the end of a report, where the client sent them', () => {
  const report = runningInfoText({ ...info(push, ['T@*'], {}), jstack: 'main RUNNABLE\n' });
  assert.match(report, /lastPullTimestamp=20231114221320000, /);
  assert.ok(report.endsWith('\n\n#User Consume Info#\n\n\n#Consumer jstack#\nmain RUNNABLE\n'));
  assert.ok(!runningInfoText(info(push, [])).includes('jstack'));
});

test('a name from the wire does not lead out of the folder that its file is in', () => {
  for (const [text, name] of [
    ['10.0.0.7@12#34', '10.0.0.7@12#34'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['..', '_..'],
    ['', '_'],
    ['a\u0000\nb\\c', 'a__b_c'],
    ['x'.repeat(300), 'x'.repeat(200)],
  ] as const) {
    assert.equal(fileNameOf(text), name);
  }
});
