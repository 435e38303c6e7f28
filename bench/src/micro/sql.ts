/**
 * How many messages a second one core filters by SQL92: CPU time of the compiled expression over stored property bytes. Run:
 * `sh bin/node-run bench/src/micro/sql.ts`
 */
import { SqlFilter } from '@rocketmq-ts/filter';

const MESSAGES = 2_000_000;
const ROUNDS = 3;

const EXPRESSIONS = [
  "price > 10 AND region = 'EU'",
  "price > 10.5 AND region IN ('EU', 'US') AND region NOT STARTSWITH 'A'",
  "(TAGS IS NOT NULL AND TAGS IN ('TagA', 'TagB')) AND (price IS NOT NULL AND price BETWEEN 0 AND 3)",
];

/** What a record of a producer of 5.x has, and two of its own. */
const properties = Buffer.from(
  [
    ...['UNIQ_KEY\u00017F00000100002A9F0000123456789ABC', 'WAIT\u0001true', 'TAGS\u0001TagA', 'price\u000117'],
    ...['region\u0001EU', 'CLUSTER\u0001DefaultCluster', 'MSG_REGION\u0001DefaultRegion', 'TRACE_ON\u0001true', ''],
  ].join('\u0002'),
);

for (const expression of EXPRESSIONS) {
  const filter = new SqlFilter(expression);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = process.cpuUsage();
    let matches = 0;
    for (let i = 0; i < MESSAGES; i++) if (filter.matchesRecord(properties, 0, properties.length)) matches += 1;
    const { user, system } = process.cpuUsage(begin);
    if (matches % MESSAGES !== 0) throw new Error('one message, two answers');
    rates.push(MESSAGES / (user + system));
  }
  console.log(`${rates.map((rate) => `${rate.toFixed(2)} M/s`).join(', ')}: ${expression}`);
}
