import assert from 'node:assert/strict';
import { test } from 'node:test';
import { javaDouble, javaHashCode } from '@rocketmq-ts/kernel';
import { format, formatFixed } from '../src/format.ts';
import { dateTime, hashOrder, humanTime, javaMap, parseTimestamp } from '../src/java-text.ts';

process.env.TZ = 'UTC';

test('columns are padded to their width on the side that the dash says', () => {
  assert.equal(format('%-6s|%6s|%-4d|%4d', 'ab', 'cd', 7, 7), 'ab    |    cd|7   |   7');
  assert.equal(format('%-2s|', 'longer than its column'), 'longer than its column|');
});

test('numbers take zeros, decimals and signs as in Java', () => {
  assert.equal(format('%04d %04d', 1, -1), '0001 -001');
  assert.equal(format('%9.2f', 1.005), '     1.01');
  assert.equal(format('%2.2f%%%n', 498673.4249), '498673.42%\n');
  assert.equal(format('%d', Number.MAX_SAFE_INTEGER), '9223372036854775807');
});

test('halves are rounded up from the shortest decimal form', () => {
  assert.equal(formatFixed(0.125, 2), '0.13');
  assert.equal(formatFixed(-2.345, 2), '-2.35');
  assert.equal(formatFixed(1e-7, 6), '0.000000');
  assert.equal(formatFixed(5e-7, 6), '0.000001');
  assert.equal(formatFixed(1.5e21, 1), '1500000000000000000000.0');
  assert.equal(formatFixed(9.995, 2), '10.00');
  assert.equal(formatFixed(2.5, 0), '3');
  assert.equal(formatFixed(Number.NaN, 2), 'NaN');
});

test('a row with too few values or a wrong type fails instead of printing undefined', () => {
  assert.throws(() => format('%s %s', 'only one'), RangeError);
  assert.throws(() => format('%d', 'text'), TypeError);
  assert.throws(() => format('%d', 1.5), TypeError);
});

test('doubles, maps and times read as Java prints them', () => {
  assert.deepEqual([0, 1, 0.5, 12345678, 0.00012].map(javaDouble), ['0.0', '1.0', '0.5', '1.2345678E7', '1.2E-4']);
  assert.equal(
    javaMap([
      ['a', 1],
      ['b', true],
    ]),
    '{a=1, b=true}',
  );
  assert.equal(humanTime(1_700_000_000_007), '2023-11-14 22:13:20,007');
  assert.equal(dateTime(1_700_000_000_007), '2023-11-14 22:13:20');
});

test('a time is given in milliseconds or as date and time, and nothing else', () => {
  assert.equal(parseTimestamp('1700000000007'), 1_700_000_000_007);
  assert.equal(parseTimestamp('-1'), -1);
  assert.equal(parseTimestamp('2023-11-14#22:13:20:007'), 1_700_000_000_007);
  assert.equal(parseTimestamp('2023-11-14 22:13:20'), undefined);
});

test('sets come out in the order of a Java hash table', () => {
  assert.equal(
    javaHashCode('TopicTest'),
    'TopicTest'.split('').reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 0),
  );
  // Recorded: `topicList` of a 5.4.0 name server with two clusters.
  assert.deepEqual(hashOrder(['DefaultCluster', 'SecondCluster']), ['SecondCluster', 'DefaultCluster']);
});
