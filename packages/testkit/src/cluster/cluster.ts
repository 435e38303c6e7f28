import type { MessageListener, Producer, PullConsumer, PushConsumer, TransactionProducer } from '@rocketmq-ts/client';
import * as protocol from '@rocketmq-ts/protocol';
import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import { SimulatedEtcd } from '../etcd/index.ts';
import type { Machine } from '../machine.ts';
import { PlainCaller } from '../plain-caller.ts';
import { SimulatedEnvironment, type SimulatedEnvironmentOptions } from '../platform.ts';
import {
  type ClusterClient,
  ClusterClients,
  type ClusterConsumerOptions,
  type ClusterProducerOptions,
  type ClusterPullConsumerOptions,
  type ClusterTransactionOptions,
} from './clients.ts';
import { type ClusterLogLine, processLogger } from './logs.ts';
import type { ClusterServer } from './server.ts';
import { ServerMaker } from './server-maker.ts';

const ADMIN_TIMEOUT_MS = 5000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** How long brokers take from their start to a role. */
const ELECTION_MS = 5000;
/** How long brokers take to announce a topic to the name servers. */
const ROUTES_MS = 200;

export interface ClusterOptions {
  /** Decides all that chance decides: latencies, torn writes, choices of the clients. Default 1. */
  readonly seed?: number;
  /** They are called `namesrv-1`, `namesrv-2` … Default 1. */
  readonly nameServers?: number;
  /** Each is a master of its own; they are called `broker-a`, `broker-b` … Default 1. */
  readonly brokers?: number;
  /**
   * Slaves of each broker, all started with it; those of `broker-a` are called `broker-a-s1`, `broker-a-s2` … and have ids 1, 2 …
   * Default 0.
   */
  readonly slaves?: number;
  /**
   * Controllers on a simulated etcd, called `controller-1`, `controller-2` … Where there are some, all brokers are in controller mode:
   * those of one name are a group, of which `broker-a` is master at first. Default 0.
   */
  readonly controllers?: number;
  /** Lines of every controller's properties file. */
  readonly controllerProperties?: Readonly<Record<string, string>>;
  /** Topic → queues on each master; made before `startCluster` resolves. */
  readonly topics?: Readonly<Record<string, number>>;
  /** Lines of every broker's properties file, over the small files and buffers that suit a simulation. */
  readonly brokerProperties?: Readonly<Record<string, string>>;
  /** Lines of every name server's properties file. */
  readonly nameServerProperties?: Readonly<Record<string, string>>;
  /** Lines of every slave's file, over those of every broker. */
  readonly slaveProperties?: Readonly<Record<string, string>>;
  /** Latencies of disks and network, room on the disks. */
  readonly environment?: SimulatedEnvironmentOptions;
  /** Hears every line that a server or client logs. */
  readonly onLog?: (line: ClusterLogLine) => void;
}

/**
 * Name servers, brokers and clients in one process, on a clock that moves only when it is asked to. The seed decides
 * everything, so a run repeats exactly.
 *
 * ```ts
 * const cluster = await startCluster({ seed: 7, brokers: 2, topics: { TopicTest: 4 } });
 * const producer = await cluster.producer({ producerGroup: 'orders' });
 * await cluster.consumer({ consumerGroup: 'billing', topics: { TopicTest: '*' } }, (message) => { … });
 * await cluster.run(producer.send({ topic: 'TopicTest', body: 'hello' }));
 * cluster.broker('broker-a').kill();
 * cluster.partition('broker-b', 'namesrv-1');
 * await cluster.advance(30_000);
 * await cluster.stop();
 * ```
 */
export class Cluster {
  readonly environment: SimulatedEnvironment;
  readonly nameServers: readonly ClusterServer[];
  /** The masters, as they are configured at first. */
  readonly brokers: readonly ClusterServer[];
  readonly slaves: readonly ClusterServer[];
  readonly controllers: readonly ClusterServer[];
  /** What the controllers keep, to be cut off from them or to fail. */
  readonly etcd: SimulatedEtcd;
  /** For the option of that name of clients which a test makes itself. */
  readonly namesrvAddr: string;
  /** Raw requests to brokers, as `mqadmin` makes them; from a machine called `admin`. */
  readonly admin: PlainCaller;
  readonly #clients: ClusterClients;

  /** Starts nothing; `startCluster` does. */
  constructor(options: ClusterOptions = {}) {
    const {
      seed = 1,
      nameServers = 1,
      brokers = 1,
      slaves = 0,
      controllers = 0,
      controllerProperties = {},
      brokerProperties = {},
      slaveProperties = {},
      nameServerProperties = {},
      environment = {},
      onLog = () => {},
    } = options;
    this.environment = new SimulatedEnvironment(seed, environment);
    const make = new ServerMaker(this.environment, onLog);
    this.nameServers = Array.from({ length: nameServers }, (_, index) =>
      make.nameServer(`namesrv-${index + 1}`, nameServerProperties),
    );
    this.namesrvAddr = this.nameServers.map(({ address }) => address).join(';');
    // A sequence of its own: what clusters without controllers draw stays as it was.
    this.etcd = new SimulatedEtcd({ clock: this.environment.clock, random: new SeededRandom(seed) });
    const peers = Array.from({ length: controllers }, (_, index) => `controller-${index + 1}`);
    this.controllers = peers.map((name) => make.controller(name, peers, this.etcd, controllerProperties));
    const { namesrvAddr } = this;
    const common = { namesrvAddr, ...(controllers === 0 ? {} : controlled(this.controllers)), ...brokerProperties };
    const names = Array.from({ length: brokers }, (_, index) => `broker-${LETTERS[index]}`);
    this.brokers = names.map((name) => make.broker(name, { brokerName: name, ...common }));
    this.slaves = names.flatMap((brokerName) =>
      Array.from({ length: slaves }, (_, index) => {
        const role = { brokerRole: 'SLAVE', brokerId: String(index + 1) };
        const properties = { brokerName, ...common, ...role, ...slaveProperties };
        return make.broker(`${brokerName}-s${index + 1}`, properties);
      }),
    );
    this.admin = new PlainCaller(
      this.environment.machine('admin'),
      processLogger('admin', { isAlive: true }, onLog),
      ADMIN_TIMEOUT_MS,
    );
    this.#clients = new ClusterClients(this.environment, namesrvAddr, onLog);
  }

  get clock(): SimulatedEnvironment['clock'] {
    return this.environment.clock;
  }

  /** Starts the servers that do not run. */
  async start(): Promise<void> {
    for (const server of [...this.nameServers, ...this.controllers, ...this.brokers]) await server.start();
    // The first of each group that asks becomes master.
    if (this.controllers.length > 0) await this.advance(ELECTION_MS);
    for (const server of this.slaves) await server.start();
    if (this.controllers.length > 0) await this.advance(ELECTION_MS);
    await this.run(this.admin.start());
  }

  /** Stops clients and servers in order. What does not answer any more is killed. */
  async stop(): Promise<void> {
    await this.#clients.stopAll();
    await this.run(this.admin.stop());
    for (const server of [...this.slaves, ...this.brokers, ...this.controllers, ...this.nameServers]) {
      await server.stop();
    }
  }

  /** Lets so much time pass. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Lets time pass until the work is done; gives its result, and rejects as it does, or when it needs more than `limitMs`. */
  run<T>(work: Promise<T>, limitMs?: number): Promise<T> {
    return this.clock.run(work, limitMs);
  }

  /** The master or slave of this name. Throws when there is none. */
  broker(name: string): ClusterServer {
    return named([...this.brokers, ...this.slaves], name);
  }

  /** The name server of this name. Throws when there is none. */
  nameServer(name: string): ClusterServer {
    return named(this.nameServers, name);
  }

  /** The controller of this name. Throws when there is none. */
  controller(name: string): ClusterServer {
    return named(this.controllers, name);
  }

  /** Any machine by its name: a server's or a client's. Throws when there is none. */
  machine(name: string): Machine {
    return named(
      [...this.nameServers, ...this.controllers, ...this.brokers, ...this.slaves, ...this.#clients.machines],
      name,
    );
  }

  /** Between two machines no byte arrives until `heal`; connections stay open. */
  partition(a: string, b: string): void {
    this.environment.network.partition(a, b);
  }

  /** Ends one partition, or all. */
  heal(a?: string, b?: string): void {
    this.environment.network.heal(a, b);
  }

  /** Resets the connections between two machines. */
  cut(a: string, b: string): void {
    this.environment.network.cut(a, b);
  }

  /** Makes a topic on each master that runs, with so many queues, and waits until the name servers know it. */
  async createTopic(topic: string, queues: number, masters = this.brokers): Promise<void> {
    for (const { address, isRunning } of masters) {
      if (!isRunning) continue;
      await this.run(
        this.admin.ask(address, protocol.UPDATE_AND_CREATE_TOPIC, {
          topic,
          readQueueNums: queues,
          writeQueueNums: queues,
          perm: protocol.Perm.READ | protocol.Perm.WRITE,
        }),
      );
    }
    await this.advance(ROUTES_MS);
  }

  /** A producer that has been started, in a process of its own. */
  producer(options: ClusterProducerOptions): Promise<Producer> {
    return this.#clients.producer(options);
  }

  /** A producer of transactions that has been started, in a process of its own. */
  transactionProducer(options: ClusterTransactionOptions): Promise<TransactionProducer> {
    return this.#clients.transactionProducer(options);
  }

  /** A consumer that has been started, in a process of its own. */
  consumer(options: ClusterConsumerOptions, listener: MessageListener): Promise<PushConsumer> {
    return this.#clients.consumer(options, listener);
  }

  /** A pull consumer that has been started, in a process of its own; `topics` are subscribed to. */
  pullConsumer(options: ClusterPullConsumerOptions): Promise<PullConsumer> {
    return this.#clients.pullConsumer(options);
  }

  /** Stops a client in order, and with it its process. */
  stopClient(client: ClusterClient): Promise<void> {
    return this.#clients.stop(client);
  }

  /** The process of a client dies; its machine can have another one afterwards. */
  killClient(client: ClusterClient): void {
    this.#clients.kill(client);
  }
}

/** A cluster whose servers are up and whose topics are made. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = new Cluster(options);
  await cluster.start();
  for (const [topic, queues] of Object.entries(options.topics ?? {})) await cluster.createTopic(topic, queues);
  return cluster;
}

/** What makes a broker a member of a group whose master is elected. */
function controlled(controllers: readonly ClusterServer[]): Record<string, string> {
  return { enableControllerMode: 'true', controllerAddr: controllers.map(({ address }) => address).join(';') };
}

function named<M extends Machine>(machines: readonly M[], name: string): M {
  const found = machines.find((machine) => machine.name === name);
  if (found === undefined)
    throw new RangeError(`The cluster has no ${name}; there are ${machines.map((each) => each.name).join(', ')}.`);
  return found;
}
