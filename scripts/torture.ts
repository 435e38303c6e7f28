import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { torture } from '@rocketmq-ts/testkit/torture';

/**
 * `npm run torture -- [--cycles <n>] [--seed <n>]`: kills our broker at random moments under load and checks that nothing
 * that it acknowledged is lost, doubled or out of order. Ends with `N passed, N failed`, counted in cycles; exit code 1 when something
 * is wrong, and then the store stays where it is.
 */
const { values } = parseArgs({ options: { cycles: { type: 'string' }, seed: { type: 'string' } } });
const cycles = Number(values.cycles ?? 30);
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000));
const folder = mkdtempSync(join(tmpdir(), 'rocketmq-ts-torture-'));
console.log(`seed ${seed}, folder ${folder}`);
const result = await torture({ cycles, seed, folder, print: (line) => console.log(line) });
for (const violation of result.violations) console.log(`VIOLATION ${violation}`);
const failed = result.violations.length > 0;
if (failed) console.log(`again with --seed ${seed}; the store is in ${folder}`);
else rmSync(folder, { recursive: true });
console.log(
  `torture: ${result.cycles} cycles, ${result.acknowledged} acknowledged, ${result.lost} lost, ${result.unknown} unanswered, ` +
    `${result.consumed} consumed, ${result.violations.length} violations`,
);
console.log(failed ? `${result.cycles - 1} passed, 1 failed` : `${result.cycles} passed, 0 failed`);
process.exit(failed ? 1 : 0);
