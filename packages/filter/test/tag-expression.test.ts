import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compileExpression,
  FilterError,
  matchesTag,
  parseSubscribedTags,
  parseTagExpression,
  tagCode,
} from '@rocketmq-ts/filter';

/** What the broker decides by the unit. */
const mayMatch = (text: string | null | undefined, code: number): boolean =>
  compileExpression(text)?.matchesUnit(code) ?? true;

test('tag codes are the ones of Java', () => {
  assert.equal(tagCode('TagA'), 2598919);
  assert.equal(tagCode('TagB'), 2598920);
  assert.equal(tagCode(''), 0);
  assert.equal(tagCode('polygenelubricants'), -2147483648);
  assert.equal(tagCode('标签'), 26631 * 31 + 31614);
  assert.equal(tagCode(undefined), 0);
});

test('missing, empty and star expressions take every message, with a tag or without', () => {
  for (const text of [undefined, null, '', '*']) {
    const expression = parseTagExpression(text);
    assert.equal(expression.text, '*');
    assert.equal(expression.tags.size, 0);
    assert.equal(expression.codes.size, 0);
    assert.ok(mayMatch(text, 0) && mayMatch(text, 17));
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
  assert.ok(mayMatch('Aa', tagCode('BB')));
  assert.ok(!matchesTag(expression, 'BB'));
  assert.ok(matchesTag(expression, 'Aa'));
  assert.ok(!mayMatch('Aa', tagCode(undefined)));
  assert.ok(!matchesTag(expression, undefined));
});

// Source: FilterAPI#buildSubscriptionData, where Java's split drops empty parts at the end.
test('an expression of blanks names no tag and matches nothing; one of separators only is refused', () => {
  for (const text of [' ', ' || ', '|| ', ' ||', ' || || ', '\t']) {
    const expression = parseTagExpression(text);
    assert.equal(expression.text, text);
    assert.equal(expression.tags.size + expression.codes.size, 0);
    for (const tag of [undefined, '', ' ', 'TagA']) {
      assert.ok(!mayMatch(text, tagCode(tag)) && !matchesTag(expression, tag), `${JSON.stringify(text)} ${tag}`);
    }
  }
  for (const text of ['||', '||||']) assert.throws(() => parseTagExpression(text), FilterError);
});

test('only what Java calls a blank is trimmed', () => {
  assert.deepEqual([...parseTagExpression('\u0000 a\t|| \u3000 ||\u00a0b').tags], ['a', '\u3000', '\u00a0b']);
});

test('a single bar belongs to the tag', () => {
  assert.deepEqual([...parseTagExpression('a|b || |').tags], ['a|b', '|']);
});

test('a subscriber whose expression names no tag gets advice', () => {
  for (const text of ['||', ' || || ', ' ', '\t||']) {
    assert.throws(
      () => parseSubscribedTags(text),
      (error) =>
        error instanceof FilterError && error.code === 'EXPRESSION_WITHOUT_TAGS' && error.message.includes("'*'"),
    );
  }
  for (const text of [undefined, '', '*']) assert.ok(parseSubscribedTags(text).matchesEverything);
});
