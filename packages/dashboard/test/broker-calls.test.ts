import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdminError } from '@rocketmq-ts/admin';
import { askEach, BrokerCalls } from '../src/targets/broker-calls.ts';
import type { BrokerTarget } from '../src/targets/broker-target.ts';

const broker = (brokerName: string, ...addresses: string[]): BrokerTarget => ({
  brokerName,
  cluster: 'c',
  addresses: addresses.map((address, brokerId) => ({ brokerId, address })),
});

const unreachable = (address: string): AdminError =>
  new AdminError('UNREACHABLE', 'no answer within 5000 ms', { address });
const refused = (): AdminError => new AdminError('REFUSED', 'no permission', { responseCode: 16 });

test('each broker fails only its own part, with its reason; a slave answers for its master', async () => {
  const brokers = [broker('a', 'a0', 'a1'), broker('b', 'b0', 'b1'), broker('c', 'c0')];
  const asked: string[] = [];
  const { answers, failures } = await askEach(brokers, async (address) => {
    asked.push(address);
    if (address === 'a0') throw unreachable(address);
    if (address === 'b0') throw refused();
    return address.toUpperCase();
  });
  assert.deepEqual(
    answers.map(({ broker: { brokerName }, address, value }) => [brokerName, address, value]),
    [
      ['a', 'a1', 'A1'],
      ['c', 'c0', 'C0'],
    ],
  );
  assert.deepEqual(failures, [
    { brokerName: 'a', address: 'a0', message: 'no answer within 5000 ms' },
    { brokerName: 'b', address: 'b0', message: 'no permission' },
  ]);
  assert.equal(asked.includes('b1'), false, 'a slave would refuse as well');
});

test('a server that hangs is waited for once, whatever number of questions an answer needs', async () => {
  const calls = new BrokerCalls();
  const hanging = broker('a', 'a0', 'a1');
  let waits = 0;
  const hang = async (address: string): Promise<string> => {
    if (address === 'a1') return 'of the slave';
    waits += 1;
    throw unreachable(address);
  };
  for (let question = 0; question < 5; question++) assert.equal(await calls.ask(hanging, hang), 'of the slave');
  assert.equal(waits, 1);
  assert.equal(calls.hasFailed('a'), false);
  assert.deepEqual(
    calls.failures.map(({ address }) => address),
    ['a0'],
  );
});

test('a slave goes on where its master dies between two questions', async () => {
  const calls = new BrokerCalls();
  const pair = broker('a', 'a0', 'a1');
  assert.equal(await calls.ask(pair, async (address) => address), 'a0');
  const afterDeath = async (address: string): Promise<string> => {
    if (address === 'a0') throw unreachable(address);
    return address;
  };
  assert.equal(await calls.ask(pair, afterDeath), 'a1');
});

test('a refusal of one question leaves the next one to be asked', async () => {
  const calls = new BrokerCalls();
  const one = broker('a', 'a0');
  assert.equal(await calls.ask(one, async () => Promise.reject(refused())), undefined);
  assert.equal(calls.hasFailed('a'), true);
  assert.equal(await calls.ask(one, async () => 'answered'), 'answered');
});

test('a broker that is not registered any more says so, and a defect rises', async () => {
  const { answers, failures } = await askEach([broker('gone')], async () => 1);
  assert.deepEqual(answers, []);
  assert.deepEqual(failures, [
    { brokerName: 'gone', address: '', message: 'the name servers do not know it any more' },
  ]);
  const defect = new TypeError('x is not a function');
  await assert.rejects(
    askEach([broker('a', 'a0')], async () => {
      throw defect;
    }),
    defect,
  );
});
