import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runElections } from './elections-of-test.ts';

const SEEDS = Number(process.env.ELECTION_SEEDS ?? 8);
const FROM = Number(process.env.ELECTION_FROM ?? 1);

test('no epoch has two masters, epochs only grow, and nothing acknowledged is lost, whatever happens to controllers, brokers and etcd', async () => {
  let acknowledged = 0;
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const result = await runElections(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    assert.deepEqual(result.violations, [], `seed ${seed}:\n${result.story.join('\n')}`);
    acknowledged += result.acknowledged;
  }
  assert.ok(acknowledged > SEEDS * 50, `${acknowledged} messages were acknowledged`);
});
