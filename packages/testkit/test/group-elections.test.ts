import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runGroup } from './group-run.ts';

/** `ELECTION_SEEDS=100 npm test -- elections` runs more of these and of the controllers' own; `ELECTION_FROM` is the first one. */
const SEEDS = Number(process.env.ELECTION_SEEDS ?? 5);
const FROM = Number(process.env.ELECTION_FROM ?? 1);

test('three brokers whose master is elected end with the same log, and lose nothing acknowledged, whatever happens to them', async () => {
  const failures: string[] = [];
  let acknowledged = 0;
  for (let seed = FROM; seed < FROM + SEEDS && failures.length < 3; seed++) {
    try {
      acknowledged += await runGroup(seed);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  assert.equal(failures.join('\n\n'), '');
  assert.ok(acknowledged > SEEDS * 5, `${acknowledged} messages were acknowledged`);
});
