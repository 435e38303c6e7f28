import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PLACEMENT_DELAY_LEVELS, type PlacementStep, placementScenario } from '@rocketmq-ts/testkit/scenarios';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import { type Make, ours, startBroker, startNamesrv } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';

async function stepsOf(make: Make): Promise<PlacementStep[]> {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-placement-'));
  const namesrv = await startNamesrv('ours', join(home, 'namesrv'));
  const properties = { messageDelayLevel: PLACEMENT_DELAY_LEVELS };
  try {
    const broker = await startBroker(make, join(home, 'broker'), namesrv.address, properties);
    const talk = brokerUnderTest(broker.address);
    try {
      return await placementScenario(talk);
    } finally {
      await talk.stop();
      await broker.kill();
    }
  } finally {
    await namesrv.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

const options = { skip: unlessJava(), timeout: 180_000 };

test("what is sent, delayed, retried and given up is stored byte for byte as by Apache's broker", options, async () => {
  const [here, there] = await Promise.all([stepsOf(ours), stepsOf('apache')]);
  for (const [index, step] of there.entries()) assert.deepEqual(here[index], step, step.name);
  assert.equal(here.length, there.length);
});
