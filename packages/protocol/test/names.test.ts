import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isForbiddenToSend,
  isPredefinedGroup,
  isSystemGroup,
  isSystemTopic,
  validateGroup,
  validateTopic,
} from '@rocketmq-ts/protocol';

const long = (length: number): string => 'a'.repeat(length);

// Source: TopicValidator of 5.4.0; the texts were printed by it.
test('topics are refused in the words of Apache’s broker', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['ok', undefined],
    ['%RETRY%g-1_|', undefined],
    [long(127), undefined],
    [`%RETRY%${long(248)}`, undefined],
    ['', 'The specified topic is blank.'],
    [' \t', 'The specified topic is blank.'],
    ['a b', 'The specified topic: a b, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$'],
    ['é', 'The specified topic: é, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$'],
    ['a\n', 'The specified topic: a\n, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$'],
    [long(128), `The specified topic: ${long(128)}, is longer than topic max length: 127`],
    [
      `%DLQ%${long(251)}`,
      `The specified topic is DLQ or Retry topic: %DLQ%${long(251)}, and it's longer than topic max length: 255`,
    ],
  ];
  for (const [topic, reason] of cases) assert.equal(validateTopic(topic), reason);
});

test('groups are refused in the words of Apache’s broker', () => {
  assert.equal(validateGroup(long(120)), undefined);
  assert.equal(validateGroup(''), 'The specified group is blank.');
  assert.equal(
    validateGroup('a.b'),
    'The specified group: a.b, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$',
  );
  assert.equal(validateGroup(long(121)), `The specified group: ${long(121)}, is longer than group max length: 120`);
});

test('system topics and groups are known', () => {
  for (const topic of ['TBW102', 'CHECKPOINT_TOPIC', 'rmq_sys_wheel_timer', 'RMQ_SYS_TRACE_TOPIC']) {
    assert.ok(isSystemTopic(topic), topic);
  }
  assert.ok(!isSystemTopic('%RETRY%g'));
  assert.ok(isForbiddenToSend('SCHEDULE_TOPIC_XXXX'));
  assert.ok(!isForbiddenToSend('TBW102'));
  assert.ok(isSystemGroup('CID_RMQ_SYS_TRANS'));
  assert.ok(!isSystemGroup('TOOLS_CONSUMER'));
  assert.ok(isPredefinedGroup('TOOLS_CONSUMER'));
});
