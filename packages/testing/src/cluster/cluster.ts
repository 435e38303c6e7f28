import type { MessageListener, Producer, PushConsumer, TransactionProducer } from '@rocketmq-ts/client';
import type { ClusterClock } from '../clock/cluster-clock.ts';
import { TestingError } from '../errors.ts';
import { Caller } from '../messages/caller.ts';
import { type ClusterMessage, clusterMessage, type ReceivedMessage } from '../messages/cluster-message.ts';
import { waitForMessages } from '../messages/wait.ts';
import { CLIENTS } from '../network/links.ts';
import {
  type ClientBasics,
  ClusterClients,
  type ClusterConsumerOptions,
  type ClusterProducerOptions,
  type ClusterTransactionOptions,
} from './clients.ts';
import { type Duration, durationMs } from './duration.ts';
import type { ClusterSettings } from './options.ts';
import { requireInteger } from './options.ts';
import type { ClusterServer } from './server.ts';
import type { ServerMaker } from './server-maker.ts';

const DEFAULT_QUEUES = 4;
const MOST_QUEUES = 1024;
const DEFAULT_TIMEOUT_MS = 5000;
/** How often the name server is asked for a topic that was just made. */
const ROUTE_STEP_MS = 2;
const ROUTE_LIMIT_MS = 10_000;

/** Which messages are wanted, and whether they are waited for. */
export interface WaitOptions {
  /** Wait until there are so many. Default 0: those that there are now. */
  readonly count?: number | undefined;
  /** How long to wait, by the cluster's clock. Default 5 s. Then `TOO_FEW_MESSAGES`. */
  readonly timeout?: Duration | undefined;
}

/**
 * A name server and brokers in this process, on real ports of the loopback interface: clients of any language connect to
 * `namesrvAddr`. `stop` ends everything; so does `await using`.
 *
 * ```ts
 * await using cluster = await startCluster({ brokers: 2, topics: { Orders: 4 } });
 * const producer = await cluster.producer({ producerGroup: 'shop' });
 * await producer.send({ topic: 'Orders', body: 'in ten minutes', delayMs: 600_000 });
 * await cluster.advance('10m');
 * assert.equal((await cluster.sent('Orders', { count: 1 }))[0].text(), 'in ten minutes');
 * ```
 */
export class Cluster implements AsyncDisposable {
  /** For the option of that name of clients, and the variable `NAMESRV_ADDR` of programs. */
  readonly namesrvAddr: string;
  readonly nameServer: ClusterServer;
  readonly brokers: readonly ClusterServer[];
  readonly #clock: ClusterClock;
  readonly #maker: ServerMaker;
  readonly #clients: ClusterClients;
  readonly #caller: Caller;
  #stopping: Promise<void> | undefined;

  /** Starts nothing; `startCluster` does. */
  constructor(maker: ServerMaker, nameServer: ClusterServer, brokers: readonly ClusterServer[]) {
    this.#maker = maker;
    this.#clock = maker.clock;
    this.nameServer = nameServer;
    this.brokers = brokers;
    this.namesrvAddr = nameServer.address;
    this.#caller = new Caller(maker.shared);
    this.#clients = new ClusterClients(maker, this.namesrvAddr);
  }

  /** Starts the servers that do not run, and makes the topics of the options. */
  async start({ topics }: Pick<ClusterSettings, 'topics'>): Promise<void> {
    await this.#caller.start();
    await this.nameServer.start();
    await Promise.all(this.brokers.map((broker) => broker.start()));
    for (const [topic, queues] of Object.entries(topics)) await this.createTopic(topic, { queues });
  }

  /** Stops clients that were made here, then the servers. May be called twice. */
  stop(): Promise<void> {
    this.#maker.end();
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Milliseconds since the epoch, as brokers of this cluster see it. */
  now(): number {
    return this.#clock.now();
  }

  /**
   * Lets time pass at once: delays end, retries and transaction checks come, each in its order, and what each causes between
   * servers and clients of this process happens before the next. Throws TestingError `DURATION_ILLEGAL`.
   */
  async advance(by: Duration): Promise<void> {
    const ms = durationMs(by);
    this.#maker.needRunning();
    await this.#clock.advance(ms);
  }

  /** With a virtual clock: lets time pass, as fast as usual, until the work is done; resolves or rejects as it does. */
  run<T>(work: Promise<T>): Promise<T> {
    return this.#clock.during(() => work);
  }

  /** The broker of this name. Throws TestingError `NO_SUCH_SERVER`. */
  broker(name: string): ClusterServer {
    const found = this.brokers.find((broker) => broker.name === name);
    if (found !== undefined) return found;
    throw this.#noServer(name);
  }

  /**
   * From now on no byte passes between two of the servers, or between one and `clients`, which are all clients in this process and
   * others; connections stay open. Throws TestingError `NO_SUCH_SERVER`.
   */
  partition(a: string, b: string): void {
    this.#needLink(a, b);
    this.#maker.links.sever(a, b);
  }

  /**
   * Ends the partition between two, all of one, or all: what was written meanwhile arrives. Throws TestingError `NO_SUCH_SERVER`.
   */
  heal(a?: string, b?: string): void {
    const names = [a, b].filter((name) => name !== undefined);
    this.#needMachines(...names);
    this.#maker.links.mend(...names);
  }

  /** Resets all connections between two of the servers, or one and `clients`. Throws TestingError `NO_SUCH_SERVER`. */
  cut(a: string, b: string): void {
    this.#needLink(a, b);
    this.#maker.links.reset(a, b);
  }

  /**
   * Makes a topic on each broker that runs, and resolves when the name server knows it. `queues` on each, default 4. Rejects with
   * TestingError `TOPIC_REFUSED` or `OPTION_ILLEGAL`.
   */
  async createTopic(topic: string, { queues = DEFAULT_QUEUES }: { readonly queues?: number } = {}): Promise<void> {
    requireInteger('queues', queues, 1, MOST_QUEUES);
    await this.#whileRunning(async () => {
      const running = this.brokers.filter(({ isRunning }) => isRunning);
      await Promise.all(running.map(({ address }) => this.#caller.createTopic(address, topic, queues)));
      const deadline = this.#clock.monotonicMs() + ROUTE_LIMIT_MS;
      for (;;) {
        this.#maker.needRunning();
        const known = await this.#caller.brokersOf(this.namesrvAddr, topic);
        if (running.every(({ name }) => known.includes(name)) || this.#clock.monotonicMs() > deadline) return;
        await new Promise<void>((resolve) => this.#clock.after(ROUTE_STEP_MS, resolve));
      }
    });
  }

  /**
   * What consumers can read in a topic: messages whose delay is over and whose transaction is committed, of all brokers that run, by
   * broker, queue and place. `%DLQ%<group>` are the dead letters of a group. Rejects with TestingError `TOO_FEW_MESSAGES`.
   */
  async sent(topic: string, options: WaitOptions = {}): Promise<readonly ClusterMessage[]> {
    const read = async (): Promise<ClusterMessage[]> => {
      const perBroker = this.brokers.map(async ({ isRunning, address, name }) => {
        if (!isRunning) return [];
        return (await this.#caller.messagesOf(address, topic)).map((view) => clusterMessage(view, name));
      });
      return (await Promise.all(perBroker)).flat();
    };
    return await this.#waited(`in the topic ${topic}`, options, read);
  }

  /**
   * What brokers gave to members of a group, in the order of delivery, each delivery of a message once; the newest 10,000, up to 64 MiB. A listener may
   * still be busy with the last ones. Rejects with TestingError `TOO_FEW_MESSAGES`.
   */
  async received(
    group: string,
    options: WaitOptions & { readonly topic?: string | undefined } = {},
  ): Promise<readonly ReceivedMessage[]> {
    const { topic } = options;
    const read = async (): Promise<readonly ReceivedMessage[]> => this.#maker.deliveries.of(group, topic);
    return await this.#waited(`for the group ${group}`, options, read);
  }

  /**
   * What a client needs to share the cluster's clock and to be one of its `clients`:
   * `new PullConsumer({ ...cluster.client, consumerGroup: 'billing' })`. Clients with `namesrvAddr` alone work as well; their
   * own times (time-outs, heartbeats) are real then.
   */
  get client(): ClientBasics {
    return this.#clients.basics;
  }

  /** A producer that has been started; `stop` of the cluster stops it. */
  async producer(options: ClusterProducerOptions): Promise<Producer> {
    return await this.#whileRunning(() => this.#clients.producer(options));
  }

  /** A producer of transactions that has been started; `stop` of the cluster stops it. */
  async transactionProducer(options: ClusterTransactionOptions): Promise<TransactionProducer> {
    return await this.#whileRunning(() => this.#clients.transactionProducer(options));
  }

  /** A consumer that has been started; `stop` of the cluster stops it. */
  async consumer(options: ClusterConsumerOptions, listener: MessageListener): Promise<PushConsumer> {
    return await this.#whileRunning(() => this.#clients.consumer(options, listener));
  }

  async #waited<M extends ClusterMessage>(
    where: string,
    { count = 0, timeout = DEFAULT_TIMEOUT_MS }: WaitOptions,
    read: () => Promise<readonly M[]>,
  ): Promise<readonly M[]> {
    requireInteger('count', count, 0, Number.MAX_SAFE_INTEGER);
    const timeoutMs = durationMs(timeout);
    const next = (): Promise<readonly M[]> => {
      this.#maker.needRunning();
      return read();
    };
    return await this.#whileRunning(() => waitForMessages(this.#clock, where, count, timeoutMs, next));
  }

  /** Does work that takes time of the clock. Rejects with `CLUSTER_STOPPED` when the cluster is stopped before or meanwhile. */
  async #whileRunning<T>(work: () => Promise<T>): Promise<T> {
    this.#maker.needRunning();
    try {
      return await this.#clock.during(work);
    } catch (error) {
      // What fails because its servers and clients have stopped says less.
      this.#maker.needRunning();
      throw error;
    }
  }

  async #stop(): Promise<void> {
    // What a test has broken must not fail its end.
    this.#maker.links.mend();
    for (const broker of this.brokers) broker.mendDisk();
    const failures: unknown[] = [];
    const steps = [
      () => this.#clients.stop(),
      async () => {
        const results = await Promise.allSettled(this.brokers.map((broker) => broker.stop()));
        for (const result of results) if (result.status === 'rejected') throw result.reason;
      },
      () => this.#caller.stop(),
      () => this.nameServer.stop(),
      () => this.#maker.close(),
    ];
    for (const step of steps) await this.#clock.during(step).catch((error: unknown) => void failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  #needLink(a: string, b: string): void {
    this.#needMachines(a, b);
    if (a === b) throw new TestingError('NO_SUCH_SERVER', `There is no link from ${a} to itself; name two servers.`);
  }

  #needMachines(...names: readonly string[]): void {
    const known = [this.nameServer.name, CLIENTS, ...this.brokers.map(({ name }) => name)];
    for (const name of names) if (!known.includes(name)) throw this.#noServer(name);
  }

  #noServer(name: string): TestingError {
    const known = [this.nameServer, ...this.brokers].map((server) => server.name);
    return new TestingError('NO_SUCH_SERVER', `The cluster has no ${name}; there are ${known.join(', ')}.`);
  }
}
