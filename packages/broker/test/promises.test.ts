import assert from 'node:assert/strict';
import test from 'node:test';
import { problemText, readConfig } from '@rocketmq-ts/kernel';
import { brokerConfigTable } from '../src/index.ts';
import { Stage } from './stage.ts';

const SWITCHES = ['authenticationEnabled', 'authorizationEnabled', 'enableControllerMode', 'enableDLegerCommitLog'];

// rocketmq#9138: access control that was configured and not in force, without a word.
for (const key of SWITCHES) {
  test(`${key} can not be switched on while the broker does not serve it`, () => {
    const { problems } = readConfig(brokerConfigTable, new Map([[key, 'true']]));
    assert.deepEqual(
      problems.map((problem) => problem.key),
      [key],
    );
    assert.match(problemText(problems[0]!), /only false/);
    assert.deepEqual(readConfig(brokerConfigTable, new Map([[key, 'False']])).problems, []);
  });
}

test('a broker that is told to be a slave refuses to start instead of taking writes', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await assert.rejects(stage.broker({ brokerRole: 'SLAVE', brokerId: '1' }), { code: 'BAD_CONFIG' });
});
