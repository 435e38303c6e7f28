import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerError, ClientError, type ClientErrorCode, clientErrors } from '@rocketmq-ts/client';
import { type ServiceState, ServiceStateMachine, serviceMoves } from '../src/state.ts';

test('an error text ends with the advice and its retryable flag is the table’s', () => {
  for (const code of Object.keys(clientErrors) as ClientErrorCode[]) {
    const error = new ClientError(code, 'What happened.');
    assert.equal(error.message, `What happened. ${clientErrors[code].advice}`);
    assert.equal(error.retryable, clientErrors[code].retryable);
  }
});

test('a broker’s refusal carries code, remark and address, and never prints null', () => {
  const full = new BrokerError('The message', '10.0.0.1:10911', { code: 17, remark: ' no route ' });
  assert.equal(full.message, 'The message was refused by 10.0.0.1:10911 with code 17 TOPIC_NOT_EXIST: "no route".');
  const bare = new BrokerError('The message', '10.0.0.1:10911', { code: 4711, remark: undefined });
  assert.equal(bare.message, 'The message was refused by 10.0.0.1:10911 with code 4711: without a remark.');
  assert.deepEqual(bare.facts, { responseCode: 4711, remark: '', address: '10.0.0.1:10911' });
});

test('a service makes every legal move and refuses every other', () => {
  const paths: Record<ServiceState, ServiceState[]> = {
    CREATE_JUST: [],
    STARTING: ['STARTING'],
    RUNNING: ['STARTING', 'RUNNING'],
    START_FAILED: ['STARTING', 'START_FAILED'],
    SHUTDOWN_ALREADY: ['SHUTDOWN_ALREADY'],
  };
  const states = Object.keys(serviceMoves) as ServiceState[];
  for (const from of states) {
    for (const to of states) {
      const machine = new ServiceStateMachine('It');
      for (const step of paths[from]) machine.moveTo(step);
      assert.equal(machine.state, from);
      if (serviceMoves[from].includes(to)) {
        machine.moveTo(to);
        assert.equal(machine.running, to === 'RUNNING');
      } else assert.throws(() => machine.moveTo(to), new RegExp(`It is ${from} and cannot become ${to}`));
    }
  }
});
