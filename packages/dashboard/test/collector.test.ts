import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Admin } from '@rocketmq-ts/admin';
import { createSubscriptionGroupConfig, createTopicConfig } from '@rocketmq-ts/admin';
import { type Clock, silentLogger } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { Collector } from '../src/collect/collector.ts';
import { ClusterModel } from '../src/collect/model.ts';

const TOPICS = 5000;
const GROUPS = 3000;
const ANSWER_MS = 5;

/** Counts what brokers are asked: at the same time, and in each second. */
class Load {
  readonly #clock: Clock;
  readonly #open = new Map<string, number>();
  readonly #bySecond = new Map<string, number>();
  mostAtATime = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async answer<Value>(address: string, value: Value): Promise<Value> {
    const open = (this.#open.get(address) ?? 0) + 1;
    this.#open.set(address, open);
    this.mostAtATime = Math.max(this.mostAtATime, open);
    const second = `${address} ${Math.floor(this.#clock.monotonicMs() / 1000)}`;
    this.#bySecond.set(second, (this.#bySecond.get(second) ?? 0) + 1);
    // One broker never answers: its requests stay open for ever.
    if (address === 'b:1') return await new Promise<Value>(() => {});
    await new Promise<void>((resolve) => this.#clock.after(ANSWER_MS, resolve));
    this.#open.set(address, this.#open.get(address)! - 1);
    return value;
  }

  get mostInASecond(): number {
    return Math.max(...this.#bySecond.values());
  }
}

function adminOf(load: Load): Admin {
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, at) => `${prefix}-${at}`);
  const broker = (brokerName: string, address: string) => [
    brokerName,
    { cluster: 'c', brokerName, brokerAddrs: new Map([[0, address]]), enableActingMaster: false, zoneName: undefined },
  ];
  const topics = new Map(names('topic', TOPICS).map((name) => [name, createTopicConfig(name)]));
  const groups = new Map(names('group', GROUPS).map((name) => [name, createSubscriptionGroupConfig(name)]));
  const statsOf = (group: string) => ({
    consumeTps: 1,
    offsets: [
      {
        queue: { topic: group.replace('group', 'topic'), brokerName: 'a', queueId: 0 },
        ...{ brokerOffset: 10, consumerOffset: 7, pullOffset: 7, lastTimestamp: 5 },
      },
    ],
  });
  const admin = {
    examineClusterInfo: async () => ({
      brokerAddrTable: new Map([broker('a', 'a:1'), broker('b', 'b:1')] as never),
      clusterAddrTable: new Map([['c', ['a', 'b']]]),
    }),
    brokerRuntimeInfo: (address: string) => load.answer(address, new Map([['brokerVersionDesc', 'V5_4_0']])),
    brokerConfig: (address: string) => load.answer(address, new Map()),
    allTopicConfigs: (address: string) => load.answer(address, topics),
    subscriptionGroups: (address: string) => load.answer(address, groups),
    brokerStats: (address: string) => load.answer(address, { tps: 2, count24h: 100 }),
    consumeStatsInBroker: (address: string, group: string) => load.answer(address, statsOf(group)),
    examineConsumerConnection: (_group: string, address: string) => load.answer(address, { connectionSet: [] }),
  };
  return admin as unknown as Admin;
}

test('thousands of topics and groups never make a burst, and a broker that hangs delays no other one', async () => {
  const clock = new VirtualClock();
  const load = new Load(clock);
  const model = new ClusterModel();
  const collector = new Collector({ admin: adminOf(load), model, clock, logger: silentLogger });
  collector.start();
  await clock.advance(2000);
  assert.equal(model.topics.size, TOPICS, 'the tables are there at once');
  assert.equal(model.groups.size, GROUPS);
  await clock.advance(240_000);
  const figures = [...model.topics.values()].filter((topic) => topic.figures.has('a')).length;
  assert.equal(figures, TOPICS, 'after four minutes each topic was asked for');
  assert.equal(
    [...model.groups.values()].every((group) => group.figures.get('a')?.lag === 3),
    true,
  );
  assert.equal(model.topics.get('topic-7')?.figures.get('a')?.outTps, 2);
  assert.ok(load.mostAtATime <= 6, `${load.mostAtATime} requests at a time`);
  assert.ok(load.mostInASecond <= 100, `${load.mostInASecond} requests in a second`);
  collector.stop();
});
