import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLACEMENT_DELAY_LEVELS, type PlacementStep, placementScenario } from '@rocketmq-ts/testkit/scenarios';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import { type Make, ours, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';

async function stepsOf(make: Make): Promise<PlacementStep[]> {
  const properties = { messageDelayLevel: PLACEMENT_DELAY_LEVELS };
  const cluster = await startCluster({ namesrv: 'ours', broker: make }, properties);
  const talk = brokerUnderTest(cluster.broker);
  try {
    return await placementScenario(talk);
  } finally {
    await talk.stop();
    await cluster.stop();
  }
}

const options = { skip: unlessJava(), timeout: 180_000 };

test("what is sent, delayed, retried and given up is stored byte for byte as by Apache's broker", options, async () => {
  const [here, there] = await Promise.all([stepsOf(ours), stepsOf('apache')]);
  for (const [index, step] of there.entries()) assert.deepEqual(here[index], step, step.name);
  assert.equal(here.length, there.length);
});
