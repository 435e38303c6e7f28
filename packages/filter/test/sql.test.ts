import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FilterError, SqlFilter, type SqlOutcome } from '@rocketmq-ts/filter';

function outcome(expression: string, properties: Record<string, string> = {}): SqlOutcome {
  const text = Object.entries(properties).map(([name, value]) => `${name}\u0001${value}\u0002`);
  const bytes = Buffer.from(text.join(''), 'utf8');
  return new SqlFilter(expression).evaluate(bytes, 0, bytes.length);
}

function refusal(expression: string): FilterError {
  try {
    new SqlFilter(expression);
  } catch (error) {
    assert.ok(error instanceof FilterError);
    return error;
  }
  assert.fail(`${expression} is taken`);
}

interface Golden {
  readonly expression: string;
  readonly properties: readonly string[];
  readonly answer: 'refused' | readonly SqlOutcome[];
}

test("generated expressions mean what Apache's filter module said to them", () => {
  const path = new URL('fixtures/sql-cases.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly Golden[] };
  assert.ok(cases.length >= 500);
  for (const { expression, properties, answer } of cases) {
    if (answer === 'refused') {
      refusal(expression);
      continue;
    }
    const filter = new SqlFilter(expression);
    for (const [i, text] of properties.entries()) {
      const bytes = Buffer.from(text, 'utf8');
      assert.equal(filter.evaluate(bytes, 0, bytes.length), answer[i], `${expression} for ${JSON.stringify(text)}`);
    }
  }
});

// rocketmq#10877: Apache's broker throws while it compares, catches that, and lets the message not pass.
test('a boolean literal in front of a property never matches, behind it it is compared with the text as a boolean', () => {
  for (const a of ['true', 'TRUE', '1', 'x']) {
    assert.equal(outcome('TRUE = a', { a }), 'FAILED');
    assert.equal(outcome('a = TRUE', { a }), a.toLowerCase() === 'true' ? 'TRUE' : 'FALSE');
    assert.equal(outcome('a <> FALSE', { a }), a.toLowerCase() === 'true' ? 'TRUE' : 'FALSE');
  }
  assert.equal(outcome('TRUE = a'), 'FALSE');
  assert.equal(outcome('a = TRUE'), 'UNKNOWN');
  assert.equal(outcome('a <> FALSE'), 'UNKNOWN');
});

test('a failed comparison ends the whole evaluation, unless the result was known before', () => {
  assert.equal(outcome('TRUE = a OR b = 1', { a: 'x', b: '1' }), 'FAILED');
  assert.equal(outcome('b = 1 OR TRUE = a', { a: 'x', b: '1' }), 'TRUE');
  assert.equal(outcome('NOT (a > 5)', { a: 'x' }), 'FAILED');
});

test('the class of the number decides how a property is read', () => {
  const expected: Record<string, [SqlOutcome, SqlOutcome]> = {
    '10': ['TRUE', 'TRUE'],
    '9': ['TRUE', 'TRUE'],
    x: ['FAILED', 'FAILED'],
    '5.0': ['FAILED', 'FALSE'],
    '1e2': ['FAILED', 'TRUE'],
    ' 7': ['FAILED', 'TRUE'],
    '3000000000': ['FAILED', 'TRUE'],
  };
  for (const [a, [asInt, asDouble]] of Object.entries(expected)) {
    assert.equal(outcome('a > 5', { a }), asInt, a);
    assert.equal(outcome('a > 5.5', { a }), asDouble, a);
  }
  assert.equal(outcome('a > 3000000000', { a: '3000000001' }), 'TRUE');
  assert.equal(outcome('a = 9007199254740993', { a: '9007199254740992' }), 'FALSE');
});

test('unknown is not true: a missing property matches neither a comparison nor its opposite', () => {
  for (const expression of [
    'a > 5',
    'NOT (a > 5)',
    "a IN ('x')",
    "a NOT IN ('x')",
    "a <> 'x'",
    'a BETWEEN 1 AND 3',
    'a',
  ]) {
    assert.equal(outcome(expression), 'UNKNOWN', expression);
  }
  assert.equal(outcome("a CONTAINS 'x'"), 'FALSE');
  assert.equal(outcome("a NOT CONTAINS 'x'"), 'FALSE');
  assert.equal(outcome('a IS NULL'), 'TRUE');
  assert.equal(outcome('a = b'), 'TRUE');
  assert.equal(outcome('a > 5 OR b = 1', { b: '1' }), 'TRUE');
  assert.equal(outcome('a > 5 AND b = 1', { b: '2' }), 'FALSE');
});

test('quotes are doubled in texts', () => {
  assert.equal(outcome("a = 'it''s'", { a: "it's" }), 'TRUE');
  assert.equal(outcome("a = ''''", { a: "'" }), 'TRUE');
});

test('the last of equal names that has a value counts, and names that begin alike are not confused', () => {
  const bytes = Buffer.from('ab\u00011\u0002a\u00012\u0002abc\u00013\u0002a\u00014\u0002a\u0001\u0002', 'utf8');
  const matches = (expression: string): boolean => new SqlFilter(expression).matchesRecord(bytes, 0, bytes.length);
  assert.ok(matches('a = 4 AND ab = 1 AND abc = 3'));
  assert.ok(!matches('a = 2'));
});

test('errors have the line and the column of the place, and say what is wrong there', () => {
  const places: [string, number, number, RegExp][] = [
    ['a >', 1, 4, /at its end: expected a property/],
    ['a/b/c = 1', 1, 2, /"\/" begins nothing/],
    ['a.BETWEEN = 1', 1, 2, /"\." begins nothing/],
    ['BETWEEN = 1', 1, 1, /expected a property/],
    ['größe = 1', 1, 3, /"ö" begins nothing/],
    ['a BETWEEN 5 AND 3', 1, 3, /lower bound/],
    ['a IN ()', 1, 7, /text in single quotes/],
    ['a = NULL', 1, 5, /IS NULL/],
    ["x = 'abc", 1, 5, /no closing quote/],
    ['a = 1 AND\n  b >> 2', 2, 6, /expected/],
    ['a = 9223372036854775808', 1, 5, /64 bits/],
    ["a > '5'", 1, 5, /order/],
    ['5', 1, 1, /condition/],
    ['', 1, 1, /its end/],
    ['(a = 1', 1, 7, /'\(' in line 1, column 1/],
  ];
  for (const [expression, line, column, problem] of places) {
    const error = refusal(expression);
    assert.deepEqual([error.code, error.facts.line, error.facts.column], ['SQL_SYNTAX', line, column], expression);
    assert.match(error.message, problem);
    assert.match(error.message, new RegExp(`^line ${line}, column ${column} `));
  }
});

test("text behind the end of an expression is ignored, as by Apache's broker, and can be known", () => {
  assert.deepEqual(new SqlFilter("a LIKE 'x%'").ignoredFrom, { line: 1, column: 3 });
  assert.deepEqual(new SqlFilter('a-b = 1').ignoredFrom, { line: 1, column: 2 });
  assert.equal(new SqlFilter('a = 1 /* all */ -- of it\n').ignoredFrom, undefined);
});

test('ten thousand ORs work, and an expression that is long lets a read ask about fewer messages', () => {
  const filter = new SqlFilter(Array.from({ length: 10_000 }, (_, i) => `a = ${i} OR b = 'x${i}'`).join(' OR '));
  const bytes = Buffer.from('a\u00019999\u0002', 'utf8');
  assert.ok(filter.matchesRecord(bytes, 0, bytes.length));
  assert.ok(filter.maxRecords < 100 && filter.maxRecords >= 1);
});

test('deep nesting and endless texts are refused with the place, and never overflow the stack', () => {
  for (const [open, close] of [
    ['(', ')'],
    ['NOT ', ''],
    ['- ', ''],
    ['NOT (', ')'],
    ['+', ''],
  ] as const) {
    for (const depth of [501, 200_000]) {
      const inner = open.includes('NOT') || open === '(' ? 'a = 1' : 'a';
      assert.equal(refusal(`${open.repeat(depth)}${inner}${close.repeat(depth)}`).code, 'SQL_TOO_COMPLEX', open);
    }
  }
  assert.equal(refusal(`a${' = b'.repeat(5000)}`).code, 'SQL_TOO_COMPLEX');
  assert.equal(refusal(`a${" CONTAINS 'x'".repeat(5000)}`).code, 'SQL_TOO_COMPLEX');
  assert.equal(refusal(`a = '${'x'.repeat(1 << 20)}'`).code, 'SQL_TOO_COMPLEX');
  assert.equal(outcome(`${'('.repeat(400)}a = 1${')'.repeat(400)}`, { a: '1' }), 'TRUE');
});
