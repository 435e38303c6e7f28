import { repeat, type Timer } from '@rocketmq-ts/kernel';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { ClientTable } from '../group/client-table.ts';
import { type BrokerIdentity, encodeHost } from '../identity.ts';
import type { PlacementSteps } from '../placement/steps.ts';
import type { Duty } from '../role/duties.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { TopicCounts } from '../topic-counts.ts';
import { EndTransaction } from './end-transaction.ts';
import type { HalfQueuesParts } from './half-queues.ts';
import { HalfQueueTable } from './half-queues.ts';
import { ProducerChecks } from './producer-checks.ts';
import { ResumeCheck } from './resume-check.ts';
import { TransactionChecks } from './transaction-checks.ts';

export interface TransactionsParts extends Omit<HalfQueuesParts, 'storeHost'>, PlacementSteps {
  readonly identity: BrokerIdentity;
  readonly config: BrokerConfig;
  readonly topics: TopicTable;
  readonly clients: ClientTable;
  /** How many transactions of each topic are open. */
  readonly metrics: TopicCounts;
}

/**
 * Transactional messages: their ends, and the checks of those that were not ended. Half messages come through the sends.
 * Source: TransactionalMessageServiceImpl, EndTransactionProcessor.
 */
export class Transactions implements Feature, Duty {
  readonly name = 'checks of transactions';
  readonly #parts: TransactionsParts;
  readonly #queues: HalfQueueTable;
  readonly #checks: TransactionChecks;
  readonly #end: EndTransaction;
  readonly #resume: ResumeCheck;
  #timer: Timer | undefined;

  constructor(given: TransactionsParts) {
    const { logger, clients, identity } = given;
    const queues = new HalfQueueTable({ ...given, storeHost: encodeHost(identity.address) });
    const checks = new ProducerChecks({ logger, clients, brokerName: identity.brokerName });
    const parts = { ...given, queues, checks };
    this.#parts = given;
    this.#queues = queues;
    this.#checks = new TransactionChecks(parts);
    this.#end = new EndTransaction(parts);
    this.#resume = new ResumeCheck(parts);
  }

  serve(server: RemotingServer): void {
    this.#end.serve(server);
    this.#resume.serve(server);
  }

  /** To be called before the progress of a slave is taken that did this broker's work: what it passed is over then. */
  keepOwnProgress(): void {
    this.#queues.keepOwnProgress();
  }

  async beginDuty(): Promise<void> {
    const { clock, config, metrics } = this.#parts;
    metrics.load();
    this.#timer = repeat(
      clock,
      () => config.transactionMetricFlushInterval,
      () => metrics.save(),
    );
    await this.#queues.load();
    this.#checks.start();
  }

  /** Transactions end no more. What ended some is stored, so that no producer is asked again for those. */
  async endDuty(): Promise<void> {
    await this.#checks.stop();
    for (const queue of this.#queues.all()) await queue.ops.close();
    await this.#checks.stopProgress();
    this.#timer?.cancel();
    await this.#parts.metrics.saveLast();
  }
}
