import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { walk } from '../support/crawl.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab } from '../support/visit.ts';

const LIMIT_MS = 240_000;

let apache: SeededConsole;
before(
  async () => {
    apache = await seededConsole((servers) => servers.apache());
  },
  { timeout: LIMIT_MS },
);
after(() => apache?.stop());

test('on a cluster of Apache’s every page opens, without an error or a request to another host', {
  timeout: LIMIT_MS,
}, async (t) => {
  await using tab = await openTab(apache.browser, apache.console.url);
  const { visited, problems } = await walk(tab, apache.start, { axe: false, depth: 2 });
  t.diagnostic(`${visited.length} pages: ${visited.join(' ')}`);
  assert.deepEqual(problems, []);
  assert.ok(visited.length > 10);
});
