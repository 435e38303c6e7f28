import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilterError, javaHashCode, matchesTag, mayMatch, parseTagExpression, tagCode } from '@rocketmq-ts/filter';

test('tag codes are the ones of Java', () => {
  assert.equal(javaHashCode('TagA'), 2598919);
  assert.equal(javaHashCode('TagB'), 2598920);
  assert.equal(javaHashCode(''), 0);
  assert.equal(javaHashCode('polygenelubricants'), -2147483648);
  assert.equal(javaHashCode('标签'), 26631 * 31 + 31614);
  assert.equal(tagCode(undefined), 0);
});

test('missing, empty and star expressions take every message, with a tag or without', () => {
  for (const text of [undefined, '', '*']) {
    const expression = parseTagExpression(text);
    assert.equal(expression.text, '*');
    assert.equal(expression.tags.size, 0);
    assert.equal(expression.codes.size, 0);
    assert.ok(mayMatch(expression, 0) && mayMatch(expression, 17));
    assert.ok(matchesTag(expression, undefined) && matchesTag(expression, 'TagA'));
  }
});

test('tags are split at double bars, trimmed and counted once; the text stays as given', () => {
  const expression = parseTagExpression(' TagA||TagB  || TagA || ');
  assert.equal(expression.text, ' TagA||TagB  || TagA || ');
  assert.deepEqual([...expression.tags], ['TagA', 'TagB']);
  assert.deepEqual([...expression.codes], [2598919, 2598920]);
});

test('a broker lets pass what shares a code, the consumer only the exact tag', () => {
  const expression = parseTagExpression('Aa');
  assert.equal(tagCode('BB'), tagCode('Aa'));
  assert.ok(mayMatch(expression, tagCode('BB')));
  assert.ok(!matchesTag(expression, 'BB'));
  assert.ok(matchesTag(expression, 'Aa'));
  assert.ok(!mayMatch(expression, tagCode(undefined)));
  assert.ok(!matchesTag(expression, undefined));
});

test('an expression that names no tag is refused with advice', () => {
  for (const text of ['||', ' || || ', ' ']) {
    assert.throws(
      () => parseTagExpression(text),
      (error) =>
        error instanceof FilterError && error.code === 'EXPRESSION_WITHOUT_TAGS' && error.message.includes("'*'"),
    );
  }
});
