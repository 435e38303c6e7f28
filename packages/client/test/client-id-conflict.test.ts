import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { PushConsumer, type PushConsumerOptions } from '@rocketmq-ts/client';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let warnings: string[];
const consumers: PushConsumer[] = [];

/** A consumer in a process of its own; all of them share one client id by default. */
async function started(
  machine: string,
  listener: () => void,
  changes: Partial<PushConsumerOptions> = {},
): Promise<PushConsumer> {
  const note = (sentence: string, fields?: object): void => {
    if (/same client id/.test(sentence)) warnings.push(`${machine}: ${JSON.stringify(fields)}`);
  };
  const consumer = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    clientIp: '10.9.9.9',
    instanceName: 'same',
    platform: { ...environment.machine(machine) },
    logger: { warn: note, error: note },
    ...changes,
  });
  consumers.push(consumer);
  consumer.subscribe('TopicTest');
  await environment.clock.run(consumer.start(listener));
  return consumer;
}

const fail = (): never => {
  throw new Error('no');
};

beforeEach(async () => {
  environment = new SimulatedEnvironment(81);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 2 });
  cluster.retryDelayMs = 10_000;
  warnings = [];
});

afterEach(async () => {
  for (const consumer of consumers.splice(0)) await environment.clock.run(consumer.stop());
  await environment.clock.run(cluster.stop());
  await environment.clock.advance(cluster.retryDelayMs);
  assert.equal(environment.clock.pendingTimers, 0);
});

test('two processes with one client id warn once each, and failed messages do not multiply', async () => {
  let [here, there] = [0, 0];
  const count = (add: () => void) => (): never => {
    add();
    return fail();
  };
  const one = await started(
    'one',
    count(() => here++),
  );
  await environment.clock.advance(5000);
  const two = await started(
    'two',
    count(() => there++),
  );
  assert.equal(one.clientId, two.clientId);
  await environment.clock.advance(100);
  assert.deepEqual(
    warnings.map((line) => line.slice(0, 3)),
    ['two'],
  );
  await environment.clock.advance(60_000);
  assert.deepEqual(warnings.map((line) => line.slice(0, 3)).sort(), ['one', 'two']);
  for (const part of ['"group":"billing"', '"clientId":"10.9.9.9@same"', '"startedThere":"2023']) {
    assert.ok(warnings[0]!.includes(part), warnings[0]);
  }
  const before = cluster.log.length;
  for (let index = 0; index < 4; index++) cluster.put('TopicTest', index % 2, 'x');
  await environment.clock.advance(60_000);
  assert.equal(cluster.log.length, before + 4, 'no copy was made of any message');
  assert.ok(here >= 40 && there >= 40, `each still tries: ${here}, ${there}`);
  await environment.clock.advance(300_000);
  assert.equal(warnings.length, 2);
});

test('from the moment that the second process starts, only one of both gives messages back', async () => {
  await started('one', fail);
  await environment.clock.advance(3000);
  await started('two', fail);
  cluster.put('TopicTest', 0, 'x');
  await environment.clock.advance(25_000);
  // The first process learns of the second with its next heartbeat; until then it alone gives back: one copy a try.
  assert.equal(cluster.givenBack.length, 3);
  await environment.clock.advance(40_000);
  assert.equal(cluster.givenBack.length, 3, 'now both know');
});

test('a message that fails for ever under a shared client id ends as a dead letter', async () => {
  await started('one', fail, { maxReconsumeTimes: 3 });
  await started('two', () => {}, { maxReconsumeTimes: 3 });
  await environment.clock.advance(60_000);
  cluster.put('TopicTest', 0, 'x');
  await environment.clock.advance(60_000);
  assert.deepEqual(cluster.givenBack, [{ offset: 0, delayLevel: -1, originTopic: 'TopicTest' }]);
});

test('when the other process has ended, failed messages are sent back to the broker again', async () => {
  let first = true;
  const failOnce = (): void => {
    if (!first) return;
    first = false;
    fail();
  };
  await started('one', failOnce);
  const two = await started('two', () => {});
  await environment.clock.advance(60_000);
  await environment.clock.run(two.stop());
  await environment.clock.advance(150_000);
  cluster.put('TopicTest', 0, 'x');
  await environment.clock.advance(1000);
  assert.equal(cluster.givenBack.length, 1);
});

test('a process that starts again, reconnects or has a name of its own raises no alarm and asks nothing needless', async () => {
  const one = await started('one', () => {});
  await environment.clock.advance(40_000);
  environment.network.cut('one', 'cluster');
  await environment.clock.advance(60_000);
  await environment.clock.run(one.stop());
  const again = await started('one', () => {});
  await environment.clock.advance(60_000);
  assert.deepEqual(warnings, []);
  await environment.clock.run(again.stop());
  cluster.seen.length = 0;
  await started('two', () => {}, { consumerGroup: 'other', instanceName: undefined });
  await environment.clock.advance(25_000);
  assert.equal(cluster.seen.filter((name) => name === 'GET_CONSUMER_RUNNING_INFO').length, 0);
});
