import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  exactlyOne,
  flagOption,
  OptionTable,
  type ParsedOptions,
  parseOptions,
  requiredOption,
  valueOption,
} from '@rocketmq-ts/kernel';

const table = new OptionTable([
  flagOption('h', 'help', 'Print help'),
  flagOption('l', 'list', 'as a list'),
  requiredOption('t', 'topic', 'topic name'),
  valueOption('qn', 'totalQueueNum', 'two letters'),
  valueOption('s', 'timestamp', 'a time'),
]);

class Refused extends Error {}

function parse(...words: string[]): ParsedOptions {
  return parseWith(table, words);
}

function parseWith(options: OptionTable, words: readonly string[]): ParsedOptions {
  return parseOptions(options, words, (_fault, message) => new Refused(message));
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
  assert.equal(parse('-t', 'X', '-qn=8').value('qn'), '8');
});

test('a negative number is a value, another option is none', () => {
  assert.equal(parse('-t', 'X', '-s', '-1').value('s'), '-1');
  assert.throws(() => parse('-t', '-l'), new Refused('Missing argument for option: t'));
});

test('the first of several values counts, and words that are no options are ignored', () => {
  const parsed = parse('one', '-t', 'X', 'two', '-t', 'Y');
  assert.equal(parsed.value('t'), 'X');
  assert.equal(parsed.lastValue('t'), 'Y');
  assert.deepEqual(parsed.words, ['one', 'two']);
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
  for (const [words, message] of cases) assert.throws(() => parse(...words), new Refused(message));
});

test('of a group exactly one is taken', () => {
  const grouped = new OptionTable([
    exactlyOne(valueOption('b', 'broker', 'a broker'), valueOption('c', 'cluster', 'a cluster')),
  ]);
  assert.equal(parseWith(grouped, ['-c', 'X']).value('c'), 'X');
  assert.equal(parseWith(grouped, ['-c', 'X', '-c', 'Y']).value('c'), 'X');
  assert.throws(() => parseWith(grouped, []), new Refused('Missing required option: [-b a broker, -c a cluster]'));
  assert.throws(
    () => parseWith(grouped, ['-b', 'X', '-c', 'Y']),
    new Refused("The option 'c' was specified but an option from this group has already been selected: 'b'"),
  );
});
