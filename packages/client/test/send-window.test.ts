import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  ClientError,
  type ClientErrorCode,
  Producer,
  type ProducerOptions,
  type SendResult,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessage } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment, VirtualClock } from '@rocketmq-ts/testkit';
import { SendWindow } from '../src/producer/send-window.ts';
import { ScriptedCluster } from './scripted-cluster.ts';

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
const producers: Producer[] = [];

async function started(changes: Partial<ProducerOptions> = {}): Promise<Producer> {
  const producer = new Producer({
    namesrvAddr: cluster.namesrvAddr,
    producerGroup: `orders-${producers.length}`,
    platform: environment.machine('client'),
    logger: silentLogger,
    ...changes,
  });
  producers.push(producer);
  await environment.clock.run(producer.start());
  return producer;
}

beforeEach(async () => {
  environment = new SimulatedEnvironment(31);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 1, TBW102: 8 });
});

afterEach(async () => {
  for (const producer of producers.splice(0)) await environment.clock.run(producer.stop());
  await environment.clock.run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0, 'a stopped client leaves no timer');
  assert.equal(environment.network.connectionCount, 0, 'a stopped client leaves no connection');
});

const message = (index: number) => ({ topic: 'TopicTest', body: `m${index}` });
const stored = (): string[] => cluster.log.map((one) => decodeMessage(one.record).body.toString());
const withCode = (code: ClientErrorCode) => (error: unknown) => error instanceof ClientError && error.code === code;
const outcomeOf = async (sends: readonly Promise<SendResult>[]) => {
  const settled = await Promise.allSettled(sends);
  return {
    ok: settled.filter((one) => one.status === 'fulfilled').length,
    errors: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as ClientError] : [])),
  };
};

test('no more sends are under way at a time than allowed, the others follow in order, and all succeed', async () => {
  const producer = await started({ maxInFlight: 7 });
  cluster.sendDelayMs = 40;
  const sends = Array.from({ length: 500 }, (_unused, index) => producer.send(message(index)));
  assert.deepEqual(producer.pendingSends, { inFlight: 7, waiting: 493 });
  // 500 sends take 2.9 s in rounds of seven, each its own 3 s only from its own turn.
  const { ok } = await environment.clock.run(outcomeOf(sends));
  assert.equal(ok, 500);
  assert.equal(cluster.sends.most, 7);
  assert.deepEqual(
    stored(),
    sends.map((_unused, index) => `m${index}`),
  );
  assert.deepEqual(producer.pendingSends, { inFlight: 0, waiting: 0 });
});

test('the time of a send counts from its turn, not from the call', async () => {
  const producer = await started({ maxInFlight: 1, sendTimeoutMs: 500 });
  cluster.sendDelayMs = 400;
  const { ok } = await environment.clock.run(
    outcomeOf(Array.from({ length: 20 }, (_unused, index) => producer.send(message(index)))),
  );
  assert.equal(ok, 20);
});

test('bytes under way are bounded too; one that is larger than the bound alone is sent alone', async () => {
  const producer = await started({ maxInFlightBytes: 1000 });
  cluster.sendDelayMs = 10;
  const body = (bytes: number) => ({ topic: 'TopicTest', body: Buffer.alloc(bytes, 'x') });
  const sends = [600, 600, 300, 5000, 1].map((bytes) => producer.send(body(bytes)));
  assert.deepEqual(producer.pendingSends, { inFlight: 1, waiting: 4 });
  const { ok } = await environment.clock.run(outcomeOf(sends));
  assert.equal(ok, 5);
  assert.equal(cluster.sends.most, 2);
});

test('a full queue refuses the next send at once, which was not sent', async () => {
  const producer = await started({ maxInFlight: 1, maxWaitingSends: 2 });
  cluster.sendDelayMs = 10;
  const sends = [0, 1, 2].map((index) => producer.send(message(index)));
  await assert.rejects(producer.send(message(3)), withCode('TOO_MANY_SENDS'));
  assert.equal((await environment.clock.run(outcomeOf(sends))).ok, 3);
  assert.deepEqual(stored(), ['m0', 'm1', 'm2']);
});

test('a signal removes a send from the queue; its error has what is known', async () => {
  const producer = await started({ maxInFlight: 1 });
  cluster.sendDelayMs = 100;
  const abort = new AbortController();
  const under = producer.send(message(0), { signal: abort.signal });
  const waiting = producer.send(message(1), { signal: abort.signal });
  const later = producer.send(message(2));
  const outcome = outcomeOf([under, waiting]);
  await environment.clock.advance(50);
  abort.abort();
  const { errors } = await outcome;
  assert.deepEqual(
    errors.map((error) => [error.code, error.facts.perhapsStored]),
    [
      ['ABORTED', true],
      ['ABORTED', false],
    ],
  );
  assert.match(errors[0]!.message, /may have stored/);
  assert.match(errors[1]!.message, /before the message was sent/);
  await environment.clock.run(later);
  assert.deepEqual(stored(), ['m0', 'm2']);
  await assert.rejects(producer.send(message(3), { signal: abort.signal }), withCode('ABORTED'));
});

test('a stop lets sends end that were begun, those that wait included, and refuses later ones', async () => {
  const producer = await started({ maxInFlight: 100 });
  cluster.sendDelayMs = 300;
  const sends = Array.from({ length: 500 }, (_unused, index) => producer.send(message(index)));
  await environment.clock.advance(10);
  const stopping = producer.stop();
  await assert.rejects(producer.send(message(500)), withCode('WRONG_STATE'));
  await assert.rejects(producer.sendOneway(message(500)), withCode('WRONG_STATE'));
  const [{ ok }] = await environment.clock.run(Promise.all([outcomeOf(sends), stopping]));
  assert.equal(ok, 500);
  assert.equal(stored().length, 500);
});

test('a scope that ends while sends are under way waits for them', async () => {
  const sends: Promise<SendResult>[] = [];
  const scope = async (): Promise<void> => {
    await using producer = new Producer({
      namesrvAddr: cluster.namesrvAddr,
      producerGroup: 'scoped',
      platform: environment.machine('client'),
    });
    await producer.start();
    cluster.sendDelayMs = 20;
    for (let index = 0; index < 500; index++) sends.push(producer.send(message(index)));
  };
  await environment.clock.run(scope());
  assert.equal((await outcomeOf(sends)).ok, 500);
});

test('when the time of a stop is over, the error of each send has whether its message may be stored', async () => {
  const producer = await started({ maxInFlight: 3, awaitTerminationMs: 1000 });
  await environment.clock.run(producer.send(message(0)));
  environment.network.partition('client', 'cluster');
  const outcome = outcomeOf([1, 2, 3, 4, 5].map((index) => producer.send(message(index), { timeoutMs: 60_000 })));
  const beganMs = environment.clock.monotonicMs();
  const stopping = producer.stop();
  const { errors } = await environment.clock.run(outcome);
  assert.equal(environment.clock.monotonicMs() - beganMs, 1000);
  assert.deepEqual(
    errors.map((error) => [error.code, error.facts.perhapsStored]),
    [true, true, true, false, false].map((perhapsStored) => ['STOPPED', perhapsStored]),
  );
  for (const error of errors.slice(0, 3)) assert.match(error.message, /may have stored/);
  for (const error of errors.slice(3)) assert.match(error.message, /was not sent/);
  environment.network.heal();
  await environment.clock.run(stopping);
});

test('one-way messages in any number wait for room on the connection, and all arrive', async () => {
  const producer = await started({ maxInFlight: 10 });
  const sends = Array.from({ length: 2000 }, (_unused, index) => producer.sendOneway(message(index)));
  assert.ok(producer.pendingSends.waiting > 1900);
  await environment.clock.run(Promise.all(sends));
  await environment.clock.advance(1000);
  assert.equal(stored().length, 2000);
  assert.deepEqual(producer.pendingSends, { inFlight: 0, waiting: 0 });
});

test('a place that is kept beyond the end of its send counts until it is given back', async () => {
  const window = new SendWindow({ maxInFlight: 1, maxInFlightBytes: 10, maxWaitingSends: 10 });
  let giveBack = (): void => {};
  const first = window.add(5, undefined, async (keepPlace) => {
    giveBack = keepPlace();
  });
  let ran = false;
  const second = window.add(5, undefined, async () => {
    ran = true;
  });
  await first;
  assert.deepEqual([ran, window.inFlight, window.waiting], [false, 1, 1]);
  giveBack();
  await second;
  assert.deepEqual([ran, window.inFlight], [true, 0]);
  await window.drain(new VirtualClock(), 1000);
});

test('any number of sends may wait, at the same cost each', async () => {
  const window = new SendWindow({ maxInFlight: 1, maxInFlightBytes: 1000, maxWaitingSends: 1_000_000 });
  let done = 0;
  const sends = Array.from({ length: 20_000 }, () =>
    window.add(1, undefined, async () => {
      done++;
    }),
  );
  await Promise.all(sends);
  assert.equal(done, 20_000);
  assert.deepEqual([window.inFlight, window.waiting], [0, 0]);
});
