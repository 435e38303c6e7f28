import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { ClientTable, type SubscriptionListener } from './client-table.ts';
import type { GroupTable } from './group-table.ts';
import { type ExpressionCheck, HeartbeatHandler } from './heartbeat.ts';
import { QueueLocks } from './queue-locks.ts';

const SCAN_PERIOD_MS = 10_000;

export interface ClientsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'notifyConsumerIdsChangedEnable' | 'channelExpiredTimeout'>;
  readonly groups: GroupTable;
  readonly topics: TopicTable;
  readonly stats: Pick<BrokerStats, 'registered'>;
  readonly filters: SubscriptionListener & ExpressionCheck;
}

/** The clients that are online: their heartbeats, the groups that they form, and the queues that they lock. */
export class Clients implements Feature {
  readonly table: ClientTable;
  readonly locks: QueueLocks;
  readonly #parts: ClientsParts;
  readonly #heartbeats: HeartbeatHandler;
  #timer: Timer | undefined;

  constructor(parts: ClientsParts) {
    const { clock, logger, config, groups, filters } = parts;
    this.#parts = parts;
    const notifies = (group: string): boolean =>
      config.notifyConsumerIdsChangedEnable && groups.get(group)?.notifyConsumerIdsChangedEnable !== false;
    this.table = new ClientTable(clock, logger, notifies, filters);
    this.locks = new QueueLocks(clock, logger.named('lock'));
    this.#heartbeats = new HeartbeatHandler({ ...parts, clients: this.table });
  }

  serve(server: RemotingServer): void {
    this.#heartbeats.serve(server);
    this.locks.serve(server);
  }

  start(): void {
    const { clock, config } = this.#parts;
    this.#timer = clock.every(SCAN_PERIOD_MS, () => this.table.dropExpired(config.channelExpiredTimeout));
  }

  stop(): void {
    this.#timer?.cancel();
    this.table.stop();
  }
}
