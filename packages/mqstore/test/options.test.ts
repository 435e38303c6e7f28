import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OptionTable, parseLine } from '../src/options.ts';

const table: OptionTable = {
  topic: { kind: 'text', meaning: 'a topic' },
  limit: { kind: 'count', meaning: 'a limit' },
  size: { kind: 'bytes', meaning: 'a size' },
  after: { kind: 'time', meaning: 'a moment' },
  body: { kind: ['text', 'hex'], meaning: 'a form' },
  json: { kind: 'flag', meaning: 'JSON' },
};

test('options may be before or behind the folder, with a blank or an equals sign', () => {
  const { words, options } = parseLine(table, ['--topic', 'T', '/store', '--limit=3', '--json', '--body', 'hex']);
  assert.deepEqual(words, ['/store']);
  assert.deepEqual(
    [options.text('topic'), options.number('limit'), options.has('json'), options.text('body'), options.has('after')],
    ['T', 3, true, 'hex', false],
  );
  assert.deepEqual(parseLine(table, ['--', '--store']).words, ['--store']);
});

test('a moment is milliseconds or a date', () => {
  const time = (text: string): number | undefined => parseLine(table, ['--after', text]).options.number('after');
  assert.equal(time('1700000000000'), 1_700_000_000_000);
  assert.equal(time('2023-11-14T22:13:20Z'), 1_700_000_000_000);
  assert.equal(time('2023-11-15 06:13:20.000+08:00'), 1_700_000_000_000);
  assert.equal(time('2023-11-14'), new Date(2023, 10, 14).getTime());
});

test('what does not fit is refused by name', () => {
  const refused: readonly [string[], string, RegExp][] = [
    [['--nothing'], 'BAD_COMMAND_LINE', /there is no option --nothing/],
    [['-t', 'T'], 'BAD_COMMAND_LINE', /there is no option -t/],
    [['--constructor', 'T'], 'BAD_COMMAND_LINE', /there is no option/],
    [['--topic'], 'BAD_COMMAND_LINE', /--topic needs a value/],
    [['--json=1'], 'BAD_COMMAND_LINE', /--json takes no value/],
    [['--limit', '1', '--limit', '2'], 'BAD_COMMAND_LINE', /--limit is given twice/],
    [['--limit', '-1'], 'BAD_OPTION_VALUE', /--limit "-1": a whole number/],
    [['--limit', '1e3'], 'BAD_OPTION_VALUE', /--limit "1e3"/],
    [['--size', '0'], 'BAD_OPTION_VALUE', /--size "0": a count of bytes/],
    [['--after', 'yesterday'], 'BAD_OPTION_VALUE', /--after "yesterday": milliseconds or a date/],
    [['--after', '2023-13-40'], 'BAD_OPTION_VALUE', /--after/],
    [['--body', 'xml'], 'BAD_OPTION_VALUE', /--body "xml": one of text, hex/],
  ];
  for (const [line, code, message] of refused) assert.throws(() => parseLine(table, line), { code, message });
});
