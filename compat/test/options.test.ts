import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type ClientKind, clientKinds } from '@rocketmq-ts/client';
import { runJava, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';
import { linesOf } from '../support/deliveries.ts';
import { unlessJava } from '../support/needs.ts';

suite('the tables of options and the properties of the Java classes', { skip: unlessJava() }, () => {
  test('every property of every class is in the table, with its name and default', { timeout: 60_000 }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
    try {
      const run = await runJava('compat.BeanPropertiesProgram', [], { home, javaOptions: shortLivedJavaOptions });
      assert.equal(run.code, 0, run.output);
      const lines = linesOf(run.output, 'PROPERTY');
      for (const [ours, kind] of Object.entries(clientKinds)) {
        const { java, properties } = kind as ClientKind;
        const real = new Map(lines.filter(([name]) => name === java).map(([, name, value]) => [name!, value!]));
        assert.ok(real.size > 40, `${java} has properties`);
        assert.deepEqual(Object.keys(properties).sort(), [...real.keys()].sort(), `${ours} and ${java}`);
        for (const [name, { javaDefault }] of Object.entries(properties))
          if (javaDefault !== '*') assert.equal(javaDefault, real.get(name), `${java}.${name}`);
      }
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
