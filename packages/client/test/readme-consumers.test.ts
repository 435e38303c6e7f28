import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { test } from 'node:test';
import {
  json,
  Producer,
  type ProducerOptions,
  PullConsumer,
  type PullConsumerOptions,
  PushConsumer,
  type PushConsumerOptions,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const AsyncFunction = (async () => {}).constructor as new (
  ...words: string[]
) => (...given: unknown[]) => Promise<void>;

/** Runs the program of a section of the README; its clients use the cluster. */
async function runSection(cluster: Cluster, heading: string, more: Readonly<Record<string, unknown>>): Promise<void> {
  const section = page.slice(page.indexOf(`## ${heading}\n`));
  const code = stripTypeScriptTypes(/```ts\n([\s\S]*?)```/.exec(section)![1]!);
  const filled = {
    namesrvAddr: cluster.namesrvAddr,
    platform: cluster.environment.machine('readme'),
    logger: silentLogger,
  };
  const made: { stop(): Promise<void> }[] = [];
  const given = {
    Producer: class extends Producer {
      constructor(options: ProducerOptions) {
        super({ ...options, ...filled });
        made.push(this);
      }
    },
    PushConsumer: class extends PushConsumer {
      constructor(options: PushConsumerOptions) {
        super({ ...options, ...filled, consumeFrom: 'FIRST_OFFSET' });
        made.push(this);
      }
    },
    PullConsumer: class extends PullConsumer {
      constructor(options: PullConsumerOptions) {
        super({ ...options, ...filled });
        made.push(this);
      }
    },
    json,
    ...more,
  };
  await cluster.run(new AsyncFunction(...Object.keys(given), code)(...Object.values(given)));
  await cluster.advance(1000);
  for (const client of made) await cluster.run(client.stop());
}

const clusterOf = () => startCluster({ seed: 83, topics: { Orders: 1 } });

test('the program under "Pull consumers" reads, seeks, polls and commits', async () => {
  const cluster = await clusterOf();
  const producer = await cluster.producer({ producerGroup: 'orders' });
  for (const body of ['order 1', 'order 2', 'order 3']) await cluster.run(producer.send({ topic: 'Orders', body }));
  const printed: string[] = [];
  await runSection(cluster, 'Pull consumers', { console: { log: (text: string) => printed.push(text) } });
  assert.deepEqual(printed, ['order 1', 'order 2', '3 messages']);
  await cluster.stop();
});

test('the program under "Values in place of bytes" sends an object, which a listener gets', async () => {
  const cluster = await clusterOf();
  const billed: unknown[] = [];
  await runSection(cluster, 'Values in place of bytes', { bill: async (items: unknown) => billed.push(items) });
  assert.deepEqual(billed, [['book']]);
  await cluster.stop();
});

test('the program under "Status" prints what happens to a consumer', async () => {
  const cluster = await clusterOf();
  const consumer = await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => {});
  const printed: string[] = [];
  const reading = runSection(cluster, 'Status', { consumer, console: { log: (text: string) => printed.push(text) } });
  reading.catch(() => {});
  cluster.broker('broker-a').kill();
  await cluster.advance(1000);
  await cluster.stopClient(consumer);
  await reading;
  assert.deepEqual(printed, ['2 queues are ours', 'no connection to broker-a']);
  await cluster.stop();
});

test('the README names every event of the status', async () => {
  const { statusEvents } = await import('@rocketmq-ts/client');
  for (const type of Object.keys(statusEvents)) assert.ok(page.includes(`\`${type}\``), type);
});
