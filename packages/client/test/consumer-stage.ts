import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import { type MessageExt, type MessageListener, PushConsumer, type PushConsumerOptions } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

/** Of the test that runs now. */
export let environment: SimulatedEnvironment;
export let cluster: ScriptedCluster;
export let consumers: PushConsumer[];

/** Gives each test of a file a cluster with TopicTest, and stops its consumers, of which nothing may be left. */
export function useConsumers(): void {
  beforeEach(async () => {
    environment = new SimulatedEnvironment(23);
    cluster = await ScriptedCluster.start(environment, { TopicTest: 4 });
    consumers = [];
  });

  afterEach(async () => {
    for (const consumer of consumers) await environment.clock.run(consumer.stop());
    await environment.clock.run(cluster.stop());
    assert.equal(environment.clock.pendingTimers, 0, 'a stopped consumer leaves no timer');
    assert.equal(environment.network.connectionCount, 0, 'a stopped consumer leaves no connection');
  });
}

export function newConsumer(changes: Partial<PushConsumerOptions> = {}, machine = 'client'): PushConsumer {
  const consumer = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: environment.machine(machine),
    logger: silentLogger,
    ...changes,
  });
  consumers.push(consumer);
  return consumer;
}

export async function started(
  listener: MessageListener,
  changes: Partial<PushConsumerOptions> = {},
  expression = '*',
  machine = 'client',
): Promise<PushConsumer> {
  const consumer = newConsumer(changes, machine);
  consumer.subscribe('TopicTest', expression);
  await environment.clock.run(consumer.start(listener));
  return consumer;
}

export function put(count: number, properties: Record<string, string> = {}): void {
  for (let i = 0; i < count; i++) cluster.put('TopicTest', i % 4, `m${i}`, { UNIQ_KEY: `K${i}`, ...properties });
}

export const offsetOf = (queueId: number, group = 'billing') => cluster.offsets.get(`TopicTest@${group}@${queueId}`);
export const bodies = (messages: readonly MessageExt[]) => messages.map((message) => message.text()).sort();
