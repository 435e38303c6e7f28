import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BrokerError, ClientError, type ClientErrorCode, clientErrors, refusalAdvice } from '@rocketmq-ts/client';
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
  assert.equal(
    full.message,
    `The message was refused by 10.0.0.1:10911 with code 17 TOPIC_NOT_EXIST: "no route". ${refusalAdvice[17]}`,
  );
  const bare = new BrokerError('The message', '10.0.0.1:10911', { code: 4711, remark: undefined });
  assert.equal(
    bare.message,
    `The message was refused by 10.0.0.1:10911 with code 4711: without a remark. ${clientErrors.BROKER_REFUSED.advice}`,
  );
  assert.partialDeepStrictEqual(bare.facts, { responseCode: 4711, remark: '', address: '10.0.0.1:10911' });
});

test('an error has the topic, broker and queue of its place, as far as they are known', () => {
  const place = { topic: 'Orders', brokerName: 'broker-a', queueId: 3 };
  const refused = new BrokerError('The message', '10.0.0.1:10911', { code: 1, remark: undefined }, place);
  const unknown = new ClientError('BROKER_UNKNOWN', 'No.', { facts: place });
  for (const { topic, brokerName, queueId } of [refused, unknown])
    assert.deepEqual({ topic, brokerName, queueId }, place);
  const { topic, brokerName, queueId } = new ClientError('NO_NAME_SERVER', 'No.');
  assert.deepEqual([topic, brokerName, queueId], [undefined, undefined, undefined]);
});

/** Errors whose text says everything. */
const WITHOUT_FACTS = ['LISTENER_ILLEGAL', 'MESSAGE_ILLEGAL', 'OPTION_ILLEGAL'];

test('every error is thrown with facts, and every refusal with its place', () => {
  const folder = join(import.meta.dirname, '../src');
  const missing: string[] = [];
  let count = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name === 'errors.ts') continue;
    const text = readFileSync(join(folder, name), 'utf8');
    for (const { index } of text.matchAll(/new (?:ClientError|BrokerError)\(/g)) {
      const call = text.slice(index, endOfCall(text, index));
      count++;
      if (call.startsWith('new BrokerError(') ? /response,\s/.test(call) : /facts|options/.test(call)) continue;
      if (WITHOUT_FACTS.some((code) => call.includes(`'${code}'`))) continue;
      // A heartbeat belongs to no topic.
      if (!call.includes("'HEART_BEAT'")) missing.push(`${name}: ${call}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(count > 60, `${count} places were found`);
});

function endOfCall(text: string, start: number): number {
  let depth = 0;
  for (let at = text.indexOf('(', start); ; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')' && --depth === 0) return at + 1;
  }
}

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
