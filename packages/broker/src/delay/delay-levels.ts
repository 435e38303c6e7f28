import type { Clock } from '@rocketmq-ts/kernel';
import { PropertySlot, type PropertyTable, SystemTopic } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import { parseDelayLevels } from '../config/kinds.ts';
import type { BrokerConfig } from '../config-table.ts';
import { BrokerError } from '../errors.ts';
import type { DelayQueues } from '../placement/place.ts';
import { writeRealPlace } from '../placement/real-place.ts';
import { DueTimes } from './due-times.ts';

const { DELAY, TIMER_DELIVER_MS, TIMER_DELAY_MS, TIMER_DELAY_SEC } = PropertySlot;

/** Delay of each configured level in milliseconds, level 1 first. Throws BAD_CONFIG. */
export function configuredDelaysMs({ messageDelayLevel }: BrokerConfig): readonly number[] {
  const delaysMs = parseDelayLevels(messageDelayLevel);
  if (delaysMs !== undefined) return delaysMs;
  throw new BrokerError(
    'BAD_CONFIG',
    `messageDelayLevel=${messageDelayLevel} is not allowed: it takes times such as 1s 5m 2h separated by blanks`,
  );
}

/** The delay levels of this broker, level 1 first: how long each waits, and when its messages are due. */
export class DelayLevels implements DelayQueues {
  readonly dueTimes: readonly DueTimes[];
  readonly #delaysMs: readonly number[];

  constructor(clock: Clock, delaysMs: readonly number[]) {
    this.#delaysMs = delaysMs;
    this.dueTimes = delaysMs.map((delayMs) => new DueTimes(clock, delayMs));
  }

  get count(): number {
    return this.#delaysMs.length;
  }

  /** Of a level that exists. */
  delayMs(level: number): number {
    return this.#delaysMs[level - 1]!;
  }

  /**
   * Places a message in the queue of its level, 1 and up; its properties name the queue that it is for. Levels beyond the last
   * one count as that. Source: HookUtils#transformDelayLevelMessage, #checkIfTimerMessage.
   */
  park(input: RecordInput, properties: PropertyTable, delayLevel: number): void {
    const level = Math.min(delayLevel, this.count);
    if (level < delayLevel) properties.set(DELAY, String(level));
    properties.remove(TIMER_DELIVER_MS);
    properties.remove(TIMER_DELAY_SEC);
    properties.remove(TIMER_DELAY_MS);
    writeRealPlace(properties, input);
    input.topic = SystemTopic.SCHEDULE;
    input.queueId = level - 1;
    input.delayMs = this.delayMs(level);
  }

  /** A message was put in the queue of a level. */
  parked(level: number, queueOffset: number, storeTimestamp: number): void {
    this.dueTimes[level - 1]!.parked(queueOffset, storeTimestamp);
  }
}
