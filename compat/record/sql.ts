/**
 * Records packages/filter/test/fixtures/sql-cases.json and bloom-data.json from Apache's own filter module: what it makes of
 * generated SQL92 expressions, and where its bloom filter puts groups.
 *
 *   sh bin/node-run compat/record/sql.ts
 *
 * Needs Java and Maven; takes a few seconds.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { javaVersion } from '@rocketmq-ts/testkit/java';
import { apacheAnswers, apacheBloomData } from '../support/apache-filter.ts';
import { sqlCase } from '../support/sql-cases.ts';

const CASES = 800;
const folder = fileURLToPath(new URL('../../packages/filter/test/fixtures', import.meta.url));
const recorded = { by: 'compat/record/sql.ts', apache: '5.4.0', java: javaVersion() };

function write(name: string, lines: readonly unknown[]): void {
  mkdirSync(folder, { recursive: true });
  const text = lines.map((line) => `    ${JSON.stringify(line)}`).join(',\n');
  writeFileSync(`${folder}/${name}`, `{\n  "recorded": ${JSON.stringify(recorded)},\n  "cases": [\n${text}\n  ]\n}\n`);
  console.log(`${name}: ${lines.length} cases`);
}

const random = new SeededRandom(1);
const cases = Array.from({ length: CASES }, () => sqlCase(random, 3));
const answers = await apacheAnswers(cases);
write(
  'sql-cases.json',
  cases.map((one, i) => ({ ...one, answer: answers[i]! })),
);

const names = [
  'billing#TopicTest',
  'g#t',
  '组#主题',
  'a#%RETRY%a',
  `${'long'.repeat(50)}#T`,
  'CID_x#b',
  '',
  '1',
  '0123456789abcdef',
];
const settings = [
  { rate: 20, groups: 32 },
  { rate: 10, groups: 64 },
  { rate: 1, groups: 1 },
  { rate: 99, groups: 5 },
];
const bloom = [];
for (const { rate, groups } of settings) {
  const printed = await apacheBloomData(rate, groups, names);
  for (const [i, text] of names.entries()) {
    const [, positions, bits] = /bitPos=\[([^\]]*)\], bitNum=(\d+)/.exec(printed[i]!)!;
    bloom.push({ rate, groups, text, bitNum: Number(bits), bitPos: positions!.split(', ').map(Number) });
  }
}
write('bloom-data.json', bloom);
