import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer, PushConsumer, selectByHash } from '@rocketmq-ts/client';
import { decodeConsumerOffsetSerializeWrapper, GET_ALL_CONSUMER_OFFSET, GET_MAX_OFFSET } from '@rocketmq-ts/protocol';
import {
  type ClusterEvent,
  checkOrderlyGroups,
  checkReadOrder,
  checkStoredOrder,
  type HistoryFacts,
  missingDeliveries,
} from '@rocketmq-ts/testkit/cluster-simulation';
import type { Program } from '@rocketmq-ts/testkit/java';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { javaStaying } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { handledBy } from '../support/orderly-history.ts';

const TOPIC = 'InOrder';
const GROUP = 'orderly_members';
const KEYS = 8;
/** The lock of a killed member lives a minute at the broker. */
const LONGEST_MS = 120_000;
const HANDLE_MS = 15;

const facts: HistoryFacts = {
  groups: [{ group: GROUP, topics: [TOPIC], orderly: true, members: 3 }],
  brokers: ['broker'],
  syncFlush: true,
  failingDisks: [],
  maxReconsumeTimes: 3,
  delayLevelsMs: [],
};

suite('An orderly group of Java clients and one of ours over our broker', { skip: unlessJava() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ namesrv: ours, broker: ours });
  });
  after(() => cluster?.stop());

  // rocketmq#1825, rocketmq#1918, rocketmq#2837
  test('each queue is handled by one member at a time, in order and to its end, while members join, leave and are killed', {
    timeout: LONGEST_MS + 60_000,
  }, async () => {
    const run = new OrderlyRun(cluster);
    try {
      await run.all();
      assert.equal(await run.deadLetters(), 1, 'the one that always fails');
    } finally {
      await run.stop();
    }
    const { events } = run;
    checkStoredOrder(events, facts);
    checkReadOrder(events, facts);
    checkOrderlyGroups(events, facts);
    assert.deepEqual(missingDeliveries(events, facts), []);
    const members = new Set(events.flatMap((event) => (event.do === 'handled' ? [event.member] : [])));
    assert.deepEqual([...members].sort(), ['java-1', 'java-2', 'java-3', 'ours']);
  });
});

/** What is done to the group, and what was seen of it. */
class OrderlyRun {
  readonly #cluster: Cluster;
  readonly #admin: ReturnType<typeof brokerUnderTest>;
  readonly #seen: ClusterEvent[] = [];
  readonly #members = new Map<string, { readonly program: Program; endedMs: number }>();
  readonly #consumer: PushConsumer;
  readonly #producer: Producer;
  /** As the Java program prints it. */
  #ownOutput = '';
  #sent = 0;
  #sending = true;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#admin = brokerUnderTest(cluster.broker);
    this.#producer = new Producer({
      namesrvAddr: cluster.namesrv,
      producerGroup: 'orderly_sender',
      sendTimeoutMs: 10_000,
    });
    this.#consumer = new PushConsumer({
      namesrvAddr: cluster.namesrv,
      consumerGroup: GROUP,
      consumeFrom: 'FIRST_OFFSET',
      maxReconsumeTimes: facts.maxReconsumeTimes,
      suspendCurrentQueueTimeMs: 100,
    });
  }

  get events(): readonly ClusterEvent[] {
    const java = Array.from(this.#members, ([member, { program, endedMs }]) => ({
      member,
      group: GROUP,
      output: program.output(),
      endedMs,
    }));
    const all = [...java, { member: 'ours', group: GROUP, output: this.#ownOutput, endedMs: Date.now() }];
    return [...this.#seen, ...all.flatMap(handledBy)].sort((a, b) => a.atMs - b.atMs);
  }

  async all(): Promise<void> {
    await this.#producer.start();
    await this.#send(0);
    const sending = this.#sendOn();
    await Promise.all([this.#join('java-1'), this.#join('java-2'), this.#joinOurs()]);
    await this.#handledBy('java-1', 'java-2', 'ours');
    await this.#leave('java-2', 'kill');
    await this.#join('java-3');
    await this.#handledBy('java-3');
    await this.#leave('java-1', 'stop');
    await pause(2000);
    this.#sending = false;
    await sending;
    const limitMs = Date.now() + LONGEST_MS;
    while (missingDeliveries(this.events, facts).length > 0 && Date.now() < limitMs) {
      await pause(500);
      await this.#look();
    }
  }

  async stop(): Promise<void> {
    this.#sending = false;
    await Promise.allSettled([...this.#members.keys()].map((name) => this.#leave(name, 'kill')));
    await this.#consumer.stop();
    await this.#producer.stop();
    await this.#admin.stop();
  }

  async deadLetters(): Promise<number> {
    const answer = await this.#admin.ask(GET_MAX_OFFSET, { topic: `%DLQ%${GROUP}`, queueId: 0 });
    return answer.header.offset;
  }

  async #sendOn(): Promise<void> {
    while (this.#sending) {
      for (let key = 0; key < KEYS; key++) await this.#send(key);
      await this.#look();
      await pause(50);
    }
  }

  async #send(key: number): Promise<void> {
    const number = this.#sent++;
    const id = `${key}-${number}`;
    const fails = number === 40 ? 99 : number % 37 === 0 ? 1 : 0;
    const body = `${id}|${fails}`;
    const asked = {
      do: 'asked',
      atMs: Date.now(),
      id,
      topic: TOPIC,
      body,
      delayMs: 0,
      fails,
      sequence: `${key}`,
    } as const;
    this.#seen.push(asked);
    const { messageQueue, queueOffset } = await this.#producer.send(
      { topic: TOPIC, body },
      { select: selectByHash(key) },
    );
    const { queueId } = messageQueue;
    this.#seen.push({
      do: 'acknowledged',
      atMs: Date.now(),
      id,
      broker: 'broker',
      queueId,
      queueOffset,
      flushed: true,
    });
  }

  async #look(): Promise<void> {
    const { body } = await this.#admin.ask(GET_ALL_CONSUMER_OFFSET, {});
    const queues = decodeConsumerOffsetSerializeWrapper(body).offsetTable.get(`${TOPIC}@${GROUP}`) ?? [];
    for (const [queueId, offset] of queues)
      this.#seen.push({
        do: 'progress',
        atMs: Date.now(),
        broker: 'broker',
        group: GROUP,
        topic: TOPIC,
        queueId,
        offset,
      });
  }

  async #join(name: string): Promise<void> {
    const program = await javaStaying(this.#cluster, 'OrderlyConsumerProgram', {
      topic: TOPIC,
      group: GROUP,
      instance: name,
      handleMs: HANDLE_MS,
      maxReconsume: facts.maxReconsumeTimes,
    });
    this.#members.set(name, { program, endedMs: Number.POSITIVE_INFINITY });
  }

  async #joinOurs(): Promise<void> {
    this.#consumer.subscribe(TOPIC);
    await this.#consumer.start({
      orderly: async ([message]) => {
        const { queueId, queueOffset, reconsumeTimes, topic } = message!;
        const body = message!.text();
        this.#ownOutput += `BEGIN ${Date.now()} ${queueId} ${queueOffset} ${reconsumeTimes} ${body} ${topic}\n`;
        await pause(HANDLE_MS);
        const ok = reconsumeTimes >= Number(body.split('|')[1]);
        this.#ownOutput += `END ${Date.now()} ${queueId} ${queueOffset} ${ok}\n`;
        return ok ? 'SUCCESS' : 'SUSPEND_CURRENT_QUEUE_A_MOMENT';
      },
    });
  }

  /** Resolves when each of these members has had messages. */
  async #handledBy(...names: readonly string[]): Promise<void> {
    const limitMs = Date.now() + LONGEST_MS;
    const has = (name: string): boolean =>
      name === 'ours' ? this.#ownOutput.includes('END') : this.#members.get(name)!.program.output().includes('END ');
    while (!names.every(has) && Date.now() < limitMs) await pause(100);
  }

  async #leave(name: string, how: 'kill' | 'stop'): Promise<void> {
    const member = this.#members.get(name);
    if (member === undefined || member.endedMs !== Number.POSITIVE_INFINITY) return;
    await (how === 'kill' ? member.program.kill() : member.program.stop());
    member.endedMs = Date.now();
  }
}
