import type { Clock, Logger } from '@rocketmq-ts/kernel';
import { PROPERTIES_MAX_BYTES, PropertySlot, PropertyTable, SystemTopic } from '@rocketmq-ts/protocol';
import { canNeverBeStored, isStored, type PutMessageStatus } from '@rocketmq-ts/store';
import { readRealPlace } from '../placement/real-place.ts';
import type { MovedRecord, RecordMover } from '../placement/record-mover.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { TopicCounts } from '../topic-counts.ts';
import { type HalfQueue, type ReadRecord, readQueue, recordsOf } from './half-queue.ts';
import { HalfState } from './half-states.ts';
import type { ProducerChecks } from './producer-checks.ts';
import { StoredBatch } from './stored-batch.ts';
import { type CheckConfig, judge } from './verdict.ts';

/** A round of a queue ends after this time; the next one continues. Source: TransactionalMessageServiceImpl. */
const LONGEST_ROUND_MS = 60_000;
const BATCH_MESSAGES = 32;
/** So many immune half messages are remembered; more are read again in each round. */
const MOST_IMMUNE = 65_536;
/** After so many steps without a read others get their turn. */
const STEPS_A_TURN = 4096;

const { PGROUP, UNIQ_KEY, REAL_TOPIC, TRANSACTION_CHECK_TIMES } = PropertySlot;

export interface CheckRoundParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: CheckConfig;
  readonly mover: RecordMover;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  readonly metrics: TopicCounts;
  readonly checks: ProducerChecks;
}

/** What a step of a round says about the next one. */
type Step = { readonly at: number } | 'END';

/**
 * One round over a queue of half messages: from its progress on, each that is open and old enough is stored once more, behind
 * the others, with its number of checks, and its producer is asked; one that was asked for too often is given up. The round ends
 * at the first one that is too young. One that can't be read, stored or judged never stops those behind it.
 * Source: TransactionalMessageServiceImpl#check.
 */
export class CheckRound {
  readonly #parts: CheckRoundParts;
  readonly #queue: HalfQueue;
  readonly #startMs: number;
  /** What is stored once more behind it belongs to the next round, whatever the clock says. */
  readonly #end: number;
  readonly #deadlineMs: number;
  readonly #properties = new PropertyTable();
  /** The first one that stays where it is, though the round went on. */
  #held: number | undefined;
  #steps = 0;
  asked = 0;
  discarded = 0;

  constructor(parts: CheckRoundParts, queue: HalfQueue) {
    this.#parts = parts;
    this.#queue = queue;
    this.#startMs = parts.clock.now();
    this.#end = queue.view.maxOffset;
    this.#deadlineMs = parts.clock.monotonicMs() + LONGEST_ROUND_MS;
  }

  /** `stops`: the broker stops. */
  async run(stops: () => boolean): Promise<void> {
    const { clock } = this.#parts;
    const queue = this.#queue;
    const { view } = queue;
    let at = Math.max(queue.offset, view.minOffset);
    while (!stops() && clock.monotonicMs() < this.#deadlineMs) {
      at = queue.states.nextOpen(at, this.#end);
      const step = at < this.#end ? await this.#step(at) : 'END';
      if (step === 'END') break;
      at = step.at;
      queue.ops.flush();
    }
    const passed = Math.min(this.#held ?? at, at);
    if (passed > queue.offset) queue.passTo(passed);
  }

  async #step(at: number): Promise<Step> {
    const queue = this.#queue;
    // Whether it is over is decided when the disk has answered.
    if (queue.states.get(at) === HalfState.ENDING) return 'END';
    if ((queue.immune.get(at) ?? 0) > this.#parts.clock.now()) {
      this.#held ??= at;
      this.#steps += 1;
      if (this.#steps % STEPS_A_TURN === 0) await this.#otherTurn();
      return { at: at + 1 };
    }
    const most = queue.states.openRun(at, this.#end, BATCH_MESSAGES);
    const result = await readQueue(queue.view, at, most);
    if (result.status === 'READ_FAILED') return this.#readFailed(at);
    const next = Math.max(at + 1, result.nextBeginOffset, result.minOffset);
    const records = recordsOf(result);
    const step = await this.#take(records, at, Math.min(next, at + most));
    await this.#otherTurn();
    return step;
  }

  #otherTurn(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.endOfTurn(resolve));
  }

  /** Does what is to be done with the half messages of a read, from `from` up to `end`, and waits until that is stored. */
  async #take(records: readonly ReadRecord[], from: number, end: number): Promise<Step> {
    const batch = new StoredBatch();
    let at = from;
    let isEnd = false;
    for (const read of records) {
      const { queueOffset } = read.record;
      if (queueOffset < at || queueOffset >= end) continue;
      if (queueOffset > at) this.#setAside(at, queueOffset, 'its record is damaged or was removed');
      at = queueOffset;
      if (!this.#queue.states.isOver(at) && !this.#treat(read, batch)) {
        isEnd = true;
        break;
      }
      at += 1;
    }
    if (!isEnd && at < end) {
      this.#setAside(at, end, 'its record is damaged or was removed');
      at = end;
    }
    const failed = await batch.settled();
    if (failed === undefined) return isEnd ? this.#endAt(at) : { at };
    return this.#endAt(failed);
  }

  /** The round is over, and this one is the first of the next. */
  #endAt(at: number): Step {
    this.#held = Math.min(this.#held ?? at, at);
    return 'END';
  }

  /** False: the round ends before this half message. */
  #treat(read: ReadRecord, batch: StoredBatch): boolean {
    const { clock, config } = this.#parts;
    const queue = this.#queue;
    const { record } = read;
    if (queue.states.get(record.queueOffset) === HalfState.ENDING) return false;
    const properties = this.#properties.read(record.properties, 'latin1');
    const times = { config, nowMs: clock.now(), roundStartMs: this.#startMs };
    const verdict = judge(record, properties, queue.states, times);
    switch (verdict.what) {
      case 'TOO_YOUNG':
        return false;
      case 'OVER':
        queue.over(record.queueOffset, HalfState.ENDED);
        return true;
      case 'IMMUNE':
        this.#held ??= record.queueOffset;
        if (queue.immune.size < MOST_IMMUNE) queue.immune.set(record.queueOffset, verdict.untilMs);
        return true;
      case 'DISCARD':
        return this.#discard(read, verdict.reason, batch);
      default:
        return this.#check(read, verdict.checkTimes, batch);
    }
  }

  #check(read: ReadRecord, checkTimes: number, batch: StoredBatch): boolean {
    const { checks, mover, stats } = this.#parts;
    const queue = this.#queue;
    const { record } = read;
    const properties = this.#properties;
    const place = readRealPlace(properties);
    if (typeof place === 'string') return this.#discard(read, place, batch);
    mover.prepare(place);
    properties.set(TRANSACTION_CHECK_TIMES, String(checkTimes));
    const text = properties.text();
    if (text.length > PROPERTIES_MAX_BYTES) {
      properties.read(record.properties, 'latin1');
      return this.#discard(read, 'its properties have no room for the number of checks', batch);
    }
    const group = properties.value(PGROUP) ?? '';
    const uniqueKey = properties.value(UNIQ_KEY);
    const target = { topic: SystemTopic.TRANS_HALF, queueId: record.queueId, delayLevel: 0 };
    const { queueOffset } = record;
    const moved: MovedRecord = mover.move(record, properties, target, {
      stored: (status) => {
        if (isStored(status)) {
          stats.putByBroker(SystemTopic.TRANS_HALF, moved.storedBytes);
          queue.ops.add(queueOffset);
          this.asked += 1;
          // Ended meanwhile: then nobody is asked.
          if (!queue.states.isOver(moved.queueOffset))
            checks.ask({ ...read, copy: moved, properties: text, place, group, uniqueKey });
        } else queue.notMoved(queueOffset, moved.queueOffset);
        batch.settle(queueOffset, isStored(status));
      },
    });
    if (moved.status !== 'PUT_OK') return this.#notPut(read, moved.status);
    queue.movedTo(queueOffset, moved.queueOffset);
    batch.add();
    return true;
  }

  #discard({ record }: ReadRecord, reason: string, batch: StoredBatch): boolean {
    const { logger, mover, topics, stats, metrics } = this.#parts;
    const queue = this.#queue;
    const { queueOffset } = record;
    const topic = this.#properties.value(REAL_TOPIC);
    const uniqueKey = this.#properties.value(UNIQ_KEY);
    topics.ofSystem(SystemTopic.TRANS_CHECK_MAX_TIME, 1);
    const target = { topic: SystemTopic.TRANS_CHECK_MAX_TIME, queueId: 0, delayLevel: 0 };
    queue.states.set(queueOffset, HalfState.ENDING);
    const moved: MovedRecord = mover.move(record, this.#properties, target, {
      stored: (status) => {
        if (isStored(status)) {
          stats.putByBroker(SystemTopic.TRANS_CHECK_MAX_TIME, moved.storedBytes);
          queue.over(queueOffset, HalfState.DISCARDED);
          if (topic !== undefined) metrics.add(topic, -1);
          if (this.discarded++ === 0)
            logger.error('transactions are given up; mqadmin listTransactions -s DISCARDED lists them', {
              ...{ reason, topic, uniqueKey },
            });
        } else queue.states.set(queueOffset, HalfState.OPEN);
        batch.settle(queueOffset, isStored(status));
      },
    });
    if (moved.status === 'PUT_OK') {
      batch.add();
      return true;
    }
    queue.states.set(queueOffset, HalfState.OPEN);
    return this.#notPut({ record }, moved.status);
  }

  /** True when it never can be stored: it is passed over. */
  #notPut({ record: { queueOffset } }: Pick<ReadRecord, 'record'>, status: PutMessageStatus): boolean {
    if (!canNeverBeStored(status)) return false;
    this.#setAside(queueOffset, queueOffset + 1, `the store does not take it: ${status}`);
    return true;
  }

  /** A failed read is tried again with the next round; what stays unreadable must not hold up all behind it. */
  #readFailed(at: number): Step {
    if (!this.#queue.unreadable.hasFailedLong(at)) return this.#endAt(at);
    this.#setAside(at, at + 1, 'it could not be read for a minute');
    return { at: at + 1 };
  }

  /** Passes over half messages that nothing can be done with; what is left of them stays in the commit log. */
  #setAside(from: number, to: number, reason: string): void {
    const queue = this.#queue;
    this.#parts.logger.error('half messages can not be checked and are passed over', {
      ...{ queueId: queue.queueId, queueOffset: from, toQueueOffset: to, reason },
    });
    for (let at = from; at < to; at++) queue.states.set(at, HalfState.ENDED);
  }
}
