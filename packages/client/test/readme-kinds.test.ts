import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { GuideStage } from '@rocketmq-ts/testkit/guide';

/** Sections of the README of this room whose program runs here, and what consumers of its topic get afterwards. */
const sections = [
  { heading: 'Transactions', topic: 'Orders', prints: ['COMMIT'], bodies: ['order 1'] },
  { heading: 'Any delay, and recall', topic: 'Reminders', prints: [], bodies: ['level 3 is ten seconds'] },
  {
    heading: 'Trace',
    topic: 'Orders',
    prints: [/^sh bin\/mqadmin queryMsgTraceById -i [0-9A-F]{32}$/],
    bodies: ['order 1', 'order 1'],
  },
];

const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
let cluster: Cluster;
const received = new Map<string, string[]>();

before(async () => {
  cluster = await startCluster({
    seed: 61,
    topics: { Orders: 1, Reminders: 1 },
    brokerProperties: { timerWheelEnable: 'true', recallMessageEnable: 'true', traceTopicEnable: 'true' },
  });
  const options = {
    consumerGroup: 'readers',
    consumeFrom: 'FIRST_OFFSET',
    topics: { Orders: '*', Reminders: '*' },
  } as const;
  await cluster.consumer(options, ({ topic, ...message }) => {
    received.set(topic, [...(received.get(topic) ?? []), message.body.toString()]);
  });
});
after(() => cluster.stop());

for (const { heading, topic, prints, bodies } of sections) {
  test(`the program under "${heading}" does what the page says`, async () => {
    const section = page.slice(page.indexOf(`## ${heading}\n`));
    const code = /```ts\n([\s\S]*?)```/.exec(section)![1]!;
    const saved = new Map<string, string>();
    const db = {
      save: async (id: string, order: string) => saved.set(id, order),
      find: async (id: string) => saved.get(id),
    };
    const stage = new GuideStage(cluster);
    await stage.run(code, { db });
    // Longer than all delays of the page but the one until tomorrow.
    const printed = (await stage.printed(65_000)).split('\n').slice(0, -1);
    assert.equal(printed.length, prints.length);
    for (const [index, text] of printed.entries()) assert.match(text, new RegExp(prints[index]!));
    await stage.stop();
    assert.deepEqual(received.get(topic), bodies);
  });
}
