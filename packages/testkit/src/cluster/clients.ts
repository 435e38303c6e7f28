import {
  type MessageListener,
  type MessageSelector,
  Producer,
  type ProducerOptions,
  PullConsumer,
  type PullConsumerOptions,
  PushConsumer,
  type PushConsumerOptions,
  TransactionProducer,
  type TransactionProducerOptions,
} from '@rocketmq-ts/client';
import { Machine } from '../machine.ts';
import type { SimulatedEnvironment } from '../platform.ts';
import { type ClusterLogLine, processLogger } from './logs.ts';

/** What a cluster fills in by itself; the name servers are those of the cluster unless others are given. */
type Filled = 'namesrvAddr' | 'platform' | 'logger';
type Fixed = Exclude<Filled, 'namesrvAddr'>;

/** Any client of a cluster. */
export type ClusterClient = Producer | PushConsumer | PullConsumer;

/** Where a client runs. */
export interface ClientPlace {
  /** Name of its machine. Default: a new one, `client-1` and so on. */
  readonly machine?: string;
}

export type ClusterProducerOptions = Omit<ProducerOptions, Fixed> & ClientPlace;
export type ClusterTransactionOptions = Omit<TransactionProducerOptions, Fixed> & ClientPlace;
export type ClusterConsumerOptions = Omit<PushConsumerOptions, Fixed> &
  ClientPlace & {
    /** Topic → expression; `*` for all messages. */
    readonly topics: Readonly<Record<string, string | MessageSelector>>;
  };

export type ClusterPullConsumerOptions = Omit<PullConsumerOptions, Fixed> &
  ClientPlace &
  Pick<ClusterConsumerOptions, 'topics'>;

/** The producers and consumers of a cluster, each with a process of its own. */
export class ClusterClients {
  readonly #environment: SimulatedEnvironment;
  readonly #namesrvAddr: string;
  readonly #onLog: (line: ClusterLogLine) => void;
  readonly #machines = new Map<string, Machine>();
  readonly #running = new Map<ClusterClient, Machine>();
  #madeCount = 0;

  constructor(environment: SimulatedEnvironment, namesrvAddr: string, onLog: (line: ClusterLogLine) => void) {
    this.#environment = environment;
    this.#namesrvAddr = namesrvAddr;
    this.#onLog = onLog;
  }

  /** Machines that have, or had, a client. */
  get machines(): Iterable<Machine> {
    return this.#machines.values();
  }

  /** A producer that has been started, in a process of its own. */
  async producer(options: ClusterProducerOptions): Promise<Producer> {
    const { machine, ...rest } = options;
    return await this.#start(machine, (filled) => {
      const producer = new Producer({ ...filled, ...rest });
      return { client: producer, starting: () => producer.start() };
    });
  }

  /** A producer of transactions that has been started, in a process of its own. */
  async transactionProducer(options: ClusterTransactionOptions): Promise<TransactionProducer> {
    const { machine, ...rest } = options;
    return await this.#start(machine, (filled) => {
      const producer = new TransactionProducer({ ...filled, ...rest });
      return { client: producer, starting: () => producer.start() };
    });
  }

  /** A consumer that has been started, in a process of its own. */
  async consumer(options: ClusterConsumerOptions, listener: MessageListener): Promise<PushConsumer> {
    const { machine, topics, ...rest } = options;
    return await this.#start(machine, (filled) => {
      const consumer = new PushConsumer({ ...filled, ...rest });
      for (const [topic, expression] of Object.entries(topics)) consumer.subscribe(topic, expression);
      return { client: consumer, starting: () => consumer.start(listener) };
    });
  }

  /** A pull consumer that has been started, in a process of its own. */
  async pullConsumer(options: ClusterPullConsumerOptions): Promise<PullConsumer> {
    const { machine, topics, ...rest } = options;
    return await this.#start(machine, (filled) => {
      const consumer = new PullConsumer({ ...filled, ...rest });
      for (const [topic, expression] of Object.entries(topics)) consumer.subscribe(topic, expression);
      return { client: consumer, starting: () => consumer.start() };
    });
  }

  async stopAll(): Promise<void> {
    for (const client of this.#running.keys()) await this.stop(client);
  }

  /** Stops a client in order, and with it its process. */
  async stop(client: ClusterClient): Promise<void> {
    const machine = this.#running.get(client);
    this.#running.delete(client);
    if (machine === undefined || !machine.isRunning) return;
    if (await machine.whileAlive(client.stop())) machine.finish();
  }

  /** The process of a client dies; its machine can have another one afterwards. */
  kill(client: ClusterClient): void {
    this.#running.get(client)?.end('kill');
    this.#running.delete(client);
  }

  async #start<C extends ClusterClient>(
    name: string | undefined,
    make: (filled: Pick<ProducerOptions, Filled | 'instanceName'>) => {
      readonly client: C;
      readonly starting: () => Promise<void>;
    },
  ): Promise<C> {
    this.#madeCount += 1;
    const machine = this.#machineOf(name ?? `client-${this.#madeCount}`);
    const process = machine.begin();
    const { client, starting } = make({
      namesrvAddr: this.#namesrvAddr,
      // The default would hold the id of the real process, which no seed repeats.
      instanceName: `life-${this.#madeCount}`,
      platform: process.platform,
      logger: processLogger(machine.name, process, this.#onLog),
    });
    this.#running.set(client, machine);
    await machine.whileAlive(starting());
    return client;
  }

  #machineOf(name: string): Machine {
    const known = this.#machines.get(name);
    if (known?.isRunning === true) throw new Error(`A client runs on ${name} already.`);
    const machine =
      known ??
      new Machine(this.#environment, name, (sentence) =>
        this.#onLog({ machine: name, level: 'info', sentence, fields: {} }),
      );
    this.#machines.set(name, machine);
    return machine;
  }
}
