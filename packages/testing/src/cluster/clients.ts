import {
  type Logger,
  type LoggerLike,
  type MessageListener,
  type MessageSelector,
  type Platform,
  Producer,
  type ProducerOptions,
  PushConsumer,
  type PushConsumerOptions,
  silentLogger,
  TransactionProducer,
  type TransactionProducerOptions,
} from '@rocketmq-ts/client';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { CLIENTS } from '../network/links.ts';
import { MachineNetwork } from '../network/machine-network.ts';
import type { ServerMaker } from './server-maker.ts';

/** Options that every client of a cluster has. */
export interface ClientBasics {
  readonly namesrvAddr: string;
  readonly platform: Platform;
  readonly logger: LoggerLike | Logger;
}

/** Options of `cluster.producer`: those of a producer; name servers, clock and logger are the cluster's unless they are given. */
export type ClusterProducerOptions = ProducerOptions;
/** Options of `cluster.transactionProducer`, in the same way. */
export type ClusterTransactionOptions = TransactionProducerOptions;
/** Options of `cluster.consumer`, in the same way, and what it subscribes to. */
export type ClusterConsumerOptions = PushConsumerOptions & {
  /** Topic → expression; `*` for all messages. */
  readonly topics: Readonly<Record<string, string | MessageSelector>>;
};

interface Client {
  stop(): Promise<void>;
}

/** Clients that were made for a cluster, to be stopped with it. */
export class ClusterClients {
  readonly basics: ClientBasics;
  readonly #network: MachineNetwork;
  readonly #started = new Set<Client>();

  constructor(maker: ServerMaker, namesrvAddr: string) {
    this.#network = new MachineNetwork(CLIENTS, maker.shared);
    const platform = { ...nodePlatform, clock: maker.clock, network: this.#network };
    this.basics = { namesrvAddr, platform, logger: maker.clientLogger ?? silentLogger };
  }

  async producer(options: ClusterProducerOptions): Promise<Producer> {
    const producer = new Producer({ ...this.basics, ...options });
    return await this.#begin(producer, () => producer.start());
  }

  async transactionProducer(options: ClusterTransactionOptions): Promise<TransactionProducer> {
    const producer = new TransactionProducer({ ...this.basics, ...options });
    return await this.#begin(producer, () => producer.start());
  }

  async consumer(options: ClusterConsumerOptions, listener: MessageListener): Promise<PushConsumer> {
    const { topics, ...rest } = options;
    const consumer = new PushConsumer({ ...this.basics, ...rest });
    for (const [topic, expression] of Object.entries(topics)) consumer.subscribe(topic, expression);
    return await this.#begin(consumer, () => consumer.start(listener));
  }

  /** Stops them all; then nothing of them is left on the network. */
  async stop(): Promise<void> {
    const results = await Promise.allSettled([...this.#started].map((client) => client.stop()));
    this.#network.end();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #begin<C extends Client>(client: C, start: () => Promise<void>): Promise<C> {
    this.#started.add(client);
    await start();
    return client;
  }
}
