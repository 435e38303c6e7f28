import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProperties, formatPropertiesFile, parseProperties, parsePropertiesFile } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const cases: readonly (readonly [sentence: string, text: string, pairs: Record<string, string>])[] = [
  [
    '=, : and a blank separate key and value',
    'a=1\nb:2\nc 3\nd\t=\t4\ne = 5',
    { a: '1', b: '2', c: '3', d: '4', e: '5' },
  ],
  ['only the first separator counts', 'a==b\nn=h:1;i:2\nc :=d', { a: '=b', n: 'h:1;i:2', c: '=d' }],
  ['comments and empty lines are skipped', '# a=1\n  ! b=2\n\n   \nc=3 # not a comment', { c: '3 # not a comment' }],
  [
    'a backslash at the end continues in the next line',
    'a=1,\\\n   2\\\r\n  ,3\nb=x\\\\\nc=y',
    { a: '1,2,3', b: 'x\\', c: 'y' },
  ],
  ['a comment is never continued', '# x \\\na=1', { a: '1' }],
  ['escapes are undone in keys and values', 'a\\ b\\=c=\\t\\u0041\\q\\:', { 'a b=c': '\tAq:' }],
  ['a Windows path needs double backslashes', 'p=C\\:\\\\store', { p: 'C:\\store' }],
  ['trailing blanks stay, a key alone has an empty value', 'a=1 \nb', { a: '1 ', b: '' }],
  ['the last of equal keys wins', 'a=1\na=2', { a: '2' }],
  ['an XML comment is junk keys, not an error', '<!-- x -->\na=1', { '<!--': 'x -->', a: '1' }],
];

for (const [sentence, text, pairs] of cases) {
  test(sentence, () => assert.deepEqual(Object.fromEntries(parseProperties(text)), pairs));
}

test('a broken unicode escape is an error that shows it', () => {
  assert.throws(() => parseProperties('a=\\u12'), { code: 'PROPERTIES_MALFORMED', message: /\\u12/ });
});

test('a file is read one byte a character', () => {
  assert.equal(parsePropertiesFile(Buffer.from([0x61, 0x3d, 0xe4])).get('a'), 'ä');
});

test('an answer is key=value lines, with escapes for what its readers would lose', () => {
  assert.equal(
    formatProperties([
      ['a', 'h:1;i=2 # 3!'],
      ['b', ''],
      ['c', 'C:\\x'],
      ['d', ' 日'],
    ]),
    'a=h:1;i=2 # 3!\nb=\nc=C:\\\\x\nd=\\ \\u65e5\n',
  );
});

test('whatever is written to a file is read back', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' })),
      (pairs) => {
        const file = formatPropertiesFile(Object.entries(pairs));
        assert.deepEqual(parsePropertiesFile(file), new Map(Object.entries(pairs)));
      },
    ),
    { numRuns: 300 },
  );
});
