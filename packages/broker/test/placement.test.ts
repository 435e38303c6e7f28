import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { PLACEMENT_DELAY_LEVELS, type PlacementStep, placementScenario } from '@rocketmq-ts/testkit/scenarios';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const fixture = JSON.parse(readFileSync(new URL('./fixtures/placement.json', import.meta.url), 'utf8')) as {
  readonly steps: readonly PlacementStep[];
};

// Recorded from a 5.4.0 broker by compat/record/placement.ts.
test('what is sent, delayed, retried and given up is stored byte for byte as by Apache’s broker', async () => {
  await stage.broker({ messageDelayLevel: PLACEMENT_DELAY_LEVELS });
  const caller = await stage.caller();
  const steps = await placementScenario({
    ask: (command, header, body) => caller.request(command, header, body === undefined ? {} : { body }),
    pass: (ms) => stage.clock.advance(ms),
  });
  const readable = (step: PlacementStep | undefined): unknown => ({
    ...step,
    ...(step?.records === undefined
      ? {}
      : {
          records: step.records.map((record) => ({
            ...record,
            properties: Buffer.from(record.properties, 'hex').toString(),
          })),
        }),
  });
  for (const [index, step] of fixture.steps.entries()) {
    assert.deepEqual(readable(steps[index]), readable(step), step.name);
    assert.deepEqual(steps[index], step, step.name);
  }
  assert.equal(steps.length, fixture.steps.length);
});
