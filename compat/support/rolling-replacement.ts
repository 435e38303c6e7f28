import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer, PushConsumer } from '@rocketmq-ts/client';
import { UPDATE_BROKER_CONFIG } from '@rocketmq-ts/protocol';
import { brokerPortOffsets, freePort, type Program, startApacheBroker } from '@rocketmq-ts/testkit/java';
import { startOurBroker } from '@rocketmq-ts/testkit/processes';
import { asked, logEndOf } from './broker-under-test.ts';
import { type Make, startNamesrv } from './cluster.ts';
import { PENDING_PROPERTIES, PendingMessages } from './pending-messages.ts';
import { until } from './until.ts';

const TOPIC = 'Replaced';
const QUEUES = 4;

const BOTH = {
  ...{ slaveReadEnable: true, brokerIP2: '127.0.0.1', defaultTopicQueueNums: QUEUES },
  ...{ mappedFileSizeCommitLog: 4 * 1024 * 1024, ...PENDING_PROPERTIES },
};
/** As in `conf/2m-2s-async`: that nothing is lost is the work of the hand-over, not of each send. */
const ROLES = {
  master: { brokerRole: 'ASYNC_MASTER', brokerId: 0 },
  slave: { brokerRole: 'SLAVE', brokerId: 1 },
} as const;

/** A broker of the group: a place with a port and a store, where one make runs. */
interface Place {
  readonly make: Make;
  readonly port: number;
  running: Program | undefined;
}

/** A group of Apache's broker and ours that change their roles, with a producer and a consumer that never stop. */
export class Replacement {
  readonly home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-replacement-'));
  readonly #places = new Map<Make, Place>();
  /** Number of each message that was acknowledged. */
  readonly #acknowledged: number[] = [];
  /** Number of each message by place in the topic, as consumed. */
  readonly #consumed = new Map<string, number>();
  readonly #twice: string[] = [];
  #namesrv: Awaited<ReturnType<typeof startNamesrv>> | undefined;
  #producer: Producer | undefined;
  #consumer: PushConsumer | undefined;
  #pending: PendingMessages | undefined;
  #sending: Promise<void> | undefined;
  #isOver = false;

  async begin(): Promise<void> {
    this.#namesrv = await startNamesrv('ours', join(this.home, 'namesrv'));
    for (const make of ['apache', 'ours'] as const)
      this.#places.set(make, { make, port: await freePort(brokerPortOffsets), running: undefined });
  }

  get acknowledged(): number {
    return this.#acknowledged.length;
  }

  /** Starts the broker of a make in a role, on the store that it had. */
  async start(make: Make, role: keyof typeof ROLES): Promise<void> {
    const place = this.#places.get(make)!;
    const options = {
      ...{ home: join(this.home, make), namesrv: this.#namesrv!.address, port: place.port },
      properties: { ...BOTH, ...ROLES[role] },
    };
    place.running = await (make === 'ours' ? startOurBroker(options) : startApacheBroker(options));
  }

  /** Begins to send and to consume, without an end. */
  async startClients(): Promise<void> {
    const common = { namesrvAddr: this.#namesrv!.address, pollNameServerIntervalMs: 500, heartbeatIntervalMs: 1000 };
    this.#producer = new Producer({ ...common, producerGroup: 'replacing', sendTimeoutMs: 3000 });
    await this.#producer.start();
    await this.#sendUntilTaken(0);
    this.#consumer = new PushConsumer({ ...common, consumerGroup: 'replaced', consumeFrom: 'FIRST_OFFSET' });
    this.#consumer.subscribe(TOPIC);
    await this.#consumer.start((message) => {
      const place = `${message.queueId} ${message.queueOffset}`;
      const number = Number(message.body.toString());
      const before = this.#consumed.get(place);
      if (before !== undefined && before !== number) this.#twice.push(`${place}: ${before} and ${number}`);
      this.#consumed.set(place, number);
      return Promise.resolve();
    });
    this.#sending = this.#sendOn();
    this.#pending = new PendingMessages(this.#namesrv!.address);
    await this.#pending.start();
  }

  async #sendOn(): Promise<void> {
    for (let number = 1; !this.#isOver; number++) {
      await this.#sendUntilTaken(number);
      await pause(2);
    }
  }

  /** To the queue of its number, again and again: what is not answered may be there twice. */
  async #sendUntilTaken(number: number): Promise<void> {
    const queue = { topic: TOPIC, brokerName: 'broker-a', queueId: number % QUEUES };
    const call = number === 0 ? {} : { queue };
    while (!this.#isOver) {
      const sent = await this.#producer!.send({ topic: TOPIC, body: String(number) }, call).catch(() => undefined);
      if (sent?.sendStatus === 'SEND_OK') return void this.#acknowledged.push(number);
      await pause(50);
    }
  }

  /** Waits until this many messages more were acknowledged. */
  async moreAcknowledged(count: number): Promise<void> {
    const wanted = this.acknowledged + count;
    await until(`${count} more messages are acknowledged`, () => this.acknowledged >= wanted);
  }

  #address(make: Make): string {
    return `127.0.0.1:${this.#places.get(make)!.port}`;
  }

  /** Delayed messages, timers and open transactions wait at the master, and its slave has the progress of groups. */
  async leavePending(master: Make, slave: Make): Promise<void> {
    await this.#pending!.progressFollows(this.#address(master), this.#address(slave));
    await this.#pending!.leave(`of ${master}`);
  }

  /** What was pending at the former master comes from the new one, which has the progress of groups. */
  async pendingComes(master: Make): Promise<void> {
    await this.#pending!.progressIsAt(this.#address(master));
    await this.#pending!.end();
  }

  /** The master takes no sends any more, and has nothing that its slave has not. */
  async settle(master: Make, slave: Make): Promise<void> {
    const { code } = await asked(this.#address(master), (broker) =>
      broker.ask(UPDATE_BROKER_CONFIG, {}, Buffer.from('brokerPermission=4')),
    );
    assert.equal(code, 0);
    await this.caughtUp(master, slave);
  }

  /** The slave's log ends where its master's does. */
  async caughtUp(master: Make, slave: Make): Promise<void> {
    await until(`${slave} has what ${master} has`, async () => {
      const ends = await Promise.all([master, slave].map((make) => logEndOf(this.#address(make))));
      return ends[0] === ends[1];
    });
  }

  async stop(make: Make): Promise<void> {
    await this.#places.get(make)!.running!.stop(60_000);
  }

  async kill(make: Make): Promise<void> {
    await this.#places.get(make)!.running!.kill();
  }

  /** Ends the sends, waits for the consumer, and holds what it got against what was acknowledged. */
  async check(): Promise<void> {
    this.#isOver = true;
    await this.#sending;
    const missing = (): number[] => {
      const got = new Set(this.#consumed.values());
      return this.#acknowledged.filter((number) => !got.has(number));
    };
    await until('everything is consumed', () => missing().length === 0).catch(() => {});
    assert.deepEqual(missing(), [], 'acknowledged and never consumed');
    assert.deepEqual(this.#twice, [], 'places of queues with more than one message');
    for (let queueId = 0; queueId < QUEUES; queueId++) {
      const numbers = [...this.#consumed]
        .map(([place, number]) => ({ place: place.split(' ').map(Number), number }))
        .filter(({ place, number }) => place[0] === queueId && number > 0)
        .sort((a, b) => a.place[1]! - b.place[1]!)
        .map(({ number }) => number);
      const sorted = numbers.toSorted((a, b) => a - b);
      assert.deepEqual(numbers, sorted, `queue ${queueId} has the order in which the producer sent`);
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#sending?.catch(() => {});
    await Promise.all([this.#producer?.stop(), this.#consumer?.stop(), this.#pending?.stop()]);
    await Promise.all([...this.#places.values()].map(({ running }) => running?.kill()));
    await this.#namesrv?.kill();
    rmSync(this.home, { recursive: true, force: true });
  }
}
