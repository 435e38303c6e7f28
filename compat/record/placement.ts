/**
 * Records packages/broker/test/fixtures/placement.json from Apache's own broker: how it stores what is sent, delayed, sent
 * back and given up.
 *
 *   sh bin/node-run compat/record/placement.ts
 *
 * Needs Java and Maven; takes about half a minute.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaVersion } from '@rocketmq-ts/testkit/java';
import { PLACEMENT_DELAY_LEVELS, placementScenario } from '@rocketmq-ts/testkit/scenarios';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import { startCluster } from '../support/cluster.ts';

const target = fileURLToPath(new URL('../../packages/broker/test/fixtures/placement.json', import.meta.url));
const properties = { messageDelayLevel: PLACEMENT_DELAY_LEVELS };
const cluster = await startCluster({ namesrv: 'apache', broker: 'apache' }, properties);
const talk = brokerUnderTest(cluster.broker);
try {
  const steps = await placementScenario(talk);
  const recorded = { by: 'compat/record/placement.ts', apache: '5.4.0', java: javaVersion() };
  const lines = steps.map((step) => `    ${JSON.stringify(step)}`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `{\n  "recorded": ${JSON.stringify(recorded)},\n  "steps": [\n${lines.join(',\n')}\n  ]\n}\n`);
  console.log(`placement.json: ${steps.length} steps`);
} finally {
  await talk.stop();
  await cluster.stop();
}
