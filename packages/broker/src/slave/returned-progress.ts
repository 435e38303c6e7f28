import type { Clock } from '@rocketmq-ts/kernel';
import {
  compareDataVersions,
  decodeConsumerOffsetSerializeWrapper,
  GET_ALL_CONSUMER_OFFSET,
  GET_ALL_DELAY_OFFSET,
  GET_TIMER_CHECK_POINT,
} from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { ScheduleService } from '../delay/schedule.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import type { TimerService } from '../timer/timer-service.ts';
import { MasterTables } from './master-tables.ts';

export interface ReturnedProgressParts {
  readonly clock: Clock;
  readonly client: RemotingClient;
  readonly config: Pick<BrokerConfig, 'timerWheelEnable'>;
  readonly offsets: OffsetTable;
  readonly schedule: ScheduleService;
  readonly timers: TimerService;
  readonly transactions: {
    /** What the slave passed of transactions that are open here is over when they are loaded. */
    keepOwnProgress(): void;
  };
}

/**
 * A master that comes back takes the progress that a slave made in its absence, before it has duties: of groups when the
 * slave's table is newer, of delays and timers. Nothing is set back. Rejects when the slave does not answer.
 * Source: BrokerPreOnlineService#syncMetadataReverse.
 */
export async function takeReturnedProgress(parts: ReturnedProgressParts, slaveAddress: string): Promise<void> {
  const { client, clock, config, offsets, schedule, timers, transactions } = parts;
  const slave = new MasterTables(client, clock, slaveAddress);
  const groups = decodeConsumerOffsetSerializeWrapper((await slave.ask(GET_ALL_CONSUMER_OFFSET, {})).body);
  if (compareDataVersions(groups.dataVersion, offsets.dataVersion) > 0) {
    transactions.keepOwnProgress();
    offsets.takeAhead(groups);
  }
  schedule.takeAhead((await slave.ask(GET_ALL_DELAY_OFFSET, {})).body);
  if (config.timerWheelEnable) timers.followCheckpoint((await slave.ask(GET_TIMER_CHECK_POINT, {})).body);
}
