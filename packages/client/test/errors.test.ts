import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BrokerError, ClientError, type ClientErrorCode, clientErrors } from '@rocketmq-ts/client';
import { filterErrors } from '@rocketmq-ts/filter';
import { type ServiceState, ServiceStateMachine, serviceMoves } from '../src/state.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** Rows of one package's table as `code → [meaning, retryable, advice]`. */
function documented(section: string): Map<string, string[]> {
  const start = page.indexOf(`\n## ${section}\n`);
  assert.ok(start >= 0, `docs/errors.md has no section ${section}`);
  const end = page.indexOf('\n## ', start + 1);
  const rows = page
    .slice(start, end < 0 ? undefined : end)
    .matchAll(/^\| `([A-Z_]+)` \| (.*) \| (yes|no) \| (.*) \|$/gm);
  return new Map(Array.from(rows, ([, code, ...rest]) => [code!, rest]));
}

test('docs/errors.md says of every code what the code says', () => {
  for (const [section, table] of [
    ['filter', filterErrors],
    ['client', clientErrors],
  ] as const) {
    const expected = Object.entries(table).map(([code, { meaning, retryable, advice }]) => [
      code,
      [meaning, retryable ? 'yes' : 'no', advice],
    ]);
    assert.deepEqual([...documented(section)], expected);
  }
});

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
