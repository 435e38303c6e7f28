import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { storeSimulation } from '@rocketmq-ts/testkit/simulation';

const folder = new URL('./fixtures/plans/', import.meta.url);

/** Plans of seeds that failed once, as the simulation shrank them; the first line of each names what was wrong. */
for (const name of readdirSync(folder)) {
  const text = readFileSync(new URL(name, folder), 'utf8');
  test(`kept plan ${name}: ${text.split('\n', 1)[0]}`, async () => {
    await storeSimulation.replayText(text);
  });
}
