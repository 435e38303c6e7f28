import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exactlyOne, flag, OptionTable, option, required } from '../src/options/option.ts';
import { type ParsedOptions, parseOptions, UsageError } from '../src/options/parse.ts';

const table = new OptionTable([
  flag('h', 'help', 'Print help'),
  flag('l', 'list', 'as a list'),
  required('t', 'topic', 'topic name'),
  option('qn', 'totalQueueNum', 'two letters'),
  option('s', 'timestamp', 'a time'),
]);

function parse(...words: string[]): ParsedOptions {
  return parseOptions(table, words);
}

describe('an option may be written', () => {
  const ways: [string, string[]][] = [
    ['short with a blank', ['-t', 'X']],
    ['short without a blank', ['-tX']],
    ['short with an equals sign', ['-t=X']],
    ['long with a blank', ['--topic', 'X']],
    ['long with an equals sign', ['--topic=X']],
    ['long and cut short', ['--topi', 'X']],
    ['long with one dash', ['-topic', 'X']],
    ['behind a flag in the same word', ['-ltX']],
    ['in quotes that the shell left', ['-t', '"X"']],
  ];
  for (const [way, words] of ways) {
    test(way, () => assert.equal(parse(...words).value('t'), 'X'));
  }
});

test('a long name with one dash takes its value at once when that has two letters or more', () => {
  assert.equal(parse('-topicXY').value('t'), 'XY');
  assert.equal(parse('-topicX').value('t'), 'opicX');
});

test('a short name may have two letters', () => {
  assert.equal(parse('-t', 'X', '-qn', '8').value('qn'), '8');
});

test('a negative number is a value, another option is none', () => {
  assert.equal(parse('-t', 'X', '-s', '-1').value('s'), '-1');
  assert.throws(() => parse('-t', '-l'), new UsageError('Missing argument for option: t'));
});

test('the first of several values counts, and words that are no options are ignored', () => {
  const parsed = parse('one', '-t', 'X', 'two', '-t', 'Y');
  assert.equal(parsed.value('t'), 'X');
  assert.equal(parsed.has('l'), false);
});

test('two dashes end the options', () => {
  assert.equal(parse('-t', 'X', '--', '-l').has('l'), false);
});

test('what does not fit is refused by name', () => {
  const cases: [string[], string][] = [
    [[], 'Missing required option: t'],
    [['-x'], 'Unrecognized option: -x'],
    [['--nothing=1'], 'Unrecognized option: --nothing=1'],
    [['--list=1'], 'Unrecognized option: --list=1'],
    [['--t', 'X'], "Ambiguous option: '--t'  (could be: 'topic', 'totalQueueNum', 'timestamp')"],
    [['-t'], 'Missing argument for option: t'],
  ];
  for (const [words, message] of cases) assert.throws(() => parse(...words), new UsageError(message));
});

test('of a group exactly one is taken', () => {
  const grouped = new OptionTable([exactlyOne(option('b', 'broker', 'a broker'), option('c', 'cluster', 'a cluster'))]);
  assert.equal(parseOptions(grouped, ['-c', 'X']).value('c'), 'X');
  assert.equal(parseOptions(grouped, ['-c', 'X', '-c', 'Y']).value('c'), 'X');
  assert.throws(
    () => parseOptions(grouped, []),
    new UsageError('Missing required option: [-b a broker, -c a cluster]'),
  );
  assert.throws(
    () => parseOptions(grouped, ['-b', 'X', '-c', 'Y']),
    new UsageError("The option 'c' was specified but an option from this group has already been selected: 'b'"),
  );
});
