import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilterError, SqlFilter } from '@rocketmq-ts/filter';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { apacheAnswers, type SqlAnswer } from '../support/apache-filter.ts';
import { unlessJava } from '../support/needs.ts';
import { type SqlCase, sqlCase } from '../support/sql-cases.ts';

const EXPRESSIONS = 12_000;
const MESSAGES = 4;

function ourAnswer({ expression, properties }: SqlCase): SqlAnswer {
  let filter: SqlFilter;
  try {
    filter = new SqlFilter(expression);
  } catch (error) {
    if (error instanceof FilterError) return 'refused';
    throw error;
  }
  return properties.map((text) => {
    // In the middle of other bytes, as in a record.
    const bytes = Buffer.from(`a\u00015\u0002${text}a\u00015\u0002`, 'utf8');
    const from = 4;
    return filter.evaluate(bytes, from, bytes.length - 4);
  });
}

const options = { skip: unlessJava(), timeout: 120_000 };

test(
  "generated expressions mean what they mean to Apache's filter module, and the same ones are refused",
  options,
  async () => {
    const seed = Number(process.env.SQL_SEED ?? 7);
    const random = new SeededRandom(seed);
    const cases = Array.from({ length: EXPRESSIONS }, () => sqlCase(random, MESSAGES));
    const answers = await apacheAnswers(cases);
    const differing = cases.flatMap((one, i) => {
      const ours = ourAnswer(one);
      const apaches = answers[i]!;
      return JSON.stringify(ours) === JSON.stringify(apaches) ? [] : [{ ...one, ours, apaches }];
    });
    assert.deepEqual(differing.slice(0, 5), [], `${differing.length} of ${EXPRESSIONS} differ, seed ${seed}`);
    const accepted = answers.filter((answer) => answer !== 'refused');
    assert.ok(accepted.length > EXPRESSIONS / 4 && accepted.length < EXPRESSIONS * 0.9, `${accepted.length} accepted`);
    for (const outcome of ['TRUE', 'FALSE', 'UNKNOWN', 'FAILED']) {
      assert.ok(accepted.flat().filter((one) => one === outcome).length > 500, `few are ${outcome}`);
    }
  },
);
