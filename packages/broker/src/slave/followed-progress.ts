import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import {
  type ConsumerOffsetSerializeWrapper,
  decodeConsumerOffsetSerializeWrapper,
  decodeKVTable,
  GET_ALL_CONSUMER_OFFSET,
  GET_ALL_DELAY_OFFSET,
  GET_BROKER_RUNTIME_INFO,
  GET_TIMER_CHECK_POINT,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { ScheduleService } from '../delay/schedule.ts';
import { FORWARD_ONLY } from '../offset/offset-requests.ts';
import type { OffsetTable, ProgressAhead } from '../offset/offset-table.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { TimerService } from '../timer/timer-service.ts';
import { MasterRefused, type MasterTables } from './master-tables.ts';

export interface FollowedProgressParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'timerWheelEnable'>;
  readonly role: BrokerRole;
  readonly store: MessageStore;
  readonly offsets: OffsetTable;
  readonly schedule: ScheduleService;
  readonly timers: TimerService;
}

/** Progress up to this size is asked for in every loop: as fresh as it is, so little is consumed twice after the loss of a master. */
const SMALL_BYTES = 256 * 1024;
/** How often it is looked whether the log has come as far as the progress. */
const LOOK_MS = 100;
/** Offsets that are handed to the master at a time. */
const HANDED_AT_ONCE = 64;

/** A master's progress, and how long its log was when it had it. */
interface Taken {
  readonly consumerOffsets: ConsumerOffsetSerializeWrapper;
  readonly delayOffsets: Buffer;
  readonly timerCheckpoint: Buffer | undefined;
  readonly logEnd: number;
}

/**
 * How far consumers, delays and timers are at the master. It is taken over only when the log here has all that the master's had:
 * a delayed message that was delivered there, and whose delivery is not here yet, would be in no queue after the loss of the
 * master. Progress that was committed here while the master was away is handed to it. Source: SlaveSynchronize#syncConsumerOffset, #syncDelayOffset, #syncTimerCheckPoint.
 */
export class FollowedProgress {
  readonly #parts: FollowedProgressParts;
  #waiting: Taken | undefined;
  #look: Timer | undefined;
  #bytes = 0;

  constructor(parts: FollowedProgressParts) {
    this.#parts = parts;
  }

  /** By the size of what the master sent last. */
  get isSmall(): boolean {
    return this.#bytes <= SMALL_BYTES;
  }

  /** What waits for the log is of another master, or of before this broker's own work. */
  drop(): void {
    this.#waiting = undefined;
    this.#look?.cancel();
    this.#look = undefined;
  }

  async follow(master: MasterTables): Promise<void> {
    const { config, offsets } = this.#parts;
    const { body } = await master.ask(GET_ALL_CONSUMER_OFFSET, {});
    const { body: delayOffsets } = await master.ask(GET_ALL_DELAY_OFFSET, {});
    const timerCheckpoint = config.timerWheelEnable ? await timersOf(master) : undefined;
    const logEnd = await logEndOf(master);
    this.#bytes = body.length + delayOffsets.length;
    const consumerOffsets = decodeConsumerOffsetSerializeWrapper(body);
    await handOver(master, offsets.ahead(consumerOffsets));
    this.#waiting = { consumerOffsets, delayOffsets, timerCheckpoint, logEnd };
    this.#takeWhenReached();
  }

  #takeWhenReached(): void {
    this.#look?.cancel();
    this.#look = undefined;
    const { store, role, clock } = this.#parts;
    const taken = this.#waiting;
    if (taken === undefined || role.isOnDuty) return this.drop();
    if (store.facts.writtenOffset < taken.logEnd) {
      this.#look = clock.after(LOOK_MS, () => this.#takeWhenReached());
      return;
    }
    this.#waiting = undefined;
    this.#take(taken);
  }

  #take({ consumerOffsets, delayOffsets, timerCheckpoint }: Taken): void {
    const { offsets, schedule, timers } = this.#parts;
    offsets.follow(consumerOffsets);
    schedule.takeProgress(delayOffsets);
    if (timerCheckpoint !== undefined) timers.followCheckpoint(timerCheckpoint);
  }
}

/** Undefined from a master without timers, of before 5.0. */
async function timersOf(master: MasterTables): Promise<Buffer | undefined> {
  try {
    return (await master.ask(GET_TIMER_CHECK_POINT, {})).body;
  } catch (error) {
    if (error instanceof MasterRefused) return undefined;
    throw error;
  }
}

/** Each for itself: one that is refused, for a group that the master does not know yet, is handed over with the next loop. */
async function handOver(master: MasterTables, ahead: readonly ProgressAhead[]): Promise<void> {
  for (let at = 0; at < ahead.length; at += HANDED_AT_ONCE) {
    const requests = ahead.slice(at, at + HANDED_AT_ONCE).map(async ({ group, topic, queueId, offset }) => {
      const header = { consumerGroup: group, topic, queueId, commitOffset: offset };
      try {
        await master.ask(UPDATE_CONSUMER_OFFSET, header, { extFields: { [FORWARD_ONLY]: 'true' } });
      } catch (error) {
        if (!(error instanceof MasterRefused)) throw error;
      }
    });
    await Promise.all(requests);
  }
}

async function logEndOf(master: MasterTables): Promise<number> {
  const { body } = await master.ask(GET_BROKER_RUNTIME_INFO, {});
  const end = Number(decodeKVTable(body).get('commitLogMaxOffset'));
  if (!Number.isSafeInteger(end)) throw new MasterRefused('its runtime information has no commitLogMaxOffset');
  return end;
}
