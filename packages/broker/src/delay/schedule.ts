import type { Clock, Logger, Service, Timer } from '@rocketmq-ts/kernel';
import {
  type DataVersion,
  decodeMessages,
  integerOf,
  type JsonInput,
  MessageProperty,
  type MessageView,
  newDataVersion,
  nextDataVersion,
  plainDataVersion,
  progressWithinLog,
  readDataVersion,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import { type ConsumeQueue, type GetMessageResult, isStored, type MessageStore } from '@rocketmq-ts/store';
import type { JsonFile } from '../json-file.ts';
import type { MessageMover } from '../send/put-again.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import { queueInReach } from '../topic/queue-count.ts';
import type { TopicTable } from '../topic/topic-table.ts';

const PERIOD_MS = 100;
const BATCH_MESSAGES = 32;
const DELIVERIES_A_VERSION = 200;

export interface ScheduleParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: MessageStore;
  readonly mover: MessageMover;
  readonly topics: Pick<TopicTable, 'get'>;
  readonly stats: Pick<BrokerStats, 'delivered'>;
  readonly delayLevelsMs: readonly number[];
  readonly saveIntervalMs: number;
  readonly fileOf: (content: () => JsonInput) => JsonFile;
}

/**
 * Delivers delayed messages. Each level is one queue of the schedule topic, in order of due time; its progress is kept in
 * delayOffset.json. Progress moves only behind what is stored again, so that a crash repeats deliveries and loses none.
 * Source: ScheduleMessageService.
 */
export class ScheduleService implements Service {
  readonly #parts: ScheduleParts;
  readonly #file: JsonFile;
  readonly #levels: DelayLevel[];
  #version: DataVersion;
  #deliveries = 0;
  #saved = 0;
  #timers: Timer[] = [];

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
    this.#version = newDataVersion(parts.clock.now());
    this.#file = parts.fileOf(() => this.offsets());
    this.#levels = parts.delayLevelsMs.map(
      (delayMs, index) => new DelayLevel(parts, index, delayMs, () => this.#delivered()),
    );
  }

  async start(): Promise<void> {
    const saved = this.#file.load('offsetTable', (members) => ({
      dataVersion: readDataVersion(members.object('dataVersion')),
      offsets: members.numberedTable('offsetTable', integerOf),
    }));
    if (saved !== undefined) this.#version = saved.dataVersion;
    let setBack = false;
    for (const [index, level] of this.#levels.entries()) {
      if (level.begin(saved?.offsets.get(index + 1) ?? 0)) setBack = true;
    }
    // Durable before messages are taken: the old progress would pass over them at the next start.
    if (setBack) await new Promise<void>((resolve) => this.#saveNow(resolve));
    const { clock } = this.#parts;
    this.#timers = [
      clock.every(PERIOD_MS, () => {
        for (const level of this.#levels) level.deliverDue();
      }),
      clock.every(this.#parts.saveIntervalMs, () => {
        if (this.#saved === this.#deliveries) return;
        this.#saved = this.#deliveries;
        this.#file.save();
      }),
    ];
  }

  #saveNow(done: () => void): void {
    this.#file.save();
    this.#file.whenSaved(done);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    if (this.#timers.length > 0) await this.#file.saveAndSync();
    this.#timers = [];
  }

  /** Level to the next queue offset; levels that never delivered are left out. */
  offsets(): JsonInput {
    const offsetTable = new Map<number, number>();
    for (const [index, level] of this.#levels.entries()) if (level.offset > 0) offsetTable.set(index + 1, level.offset);
    return { dataVersion: plainDataVersion(this.#version), offsetTable };
  }

  /** `delivered,max` of each level that has messages, for the runtime information. */
  progress(): { level: number; offset: number; max: number }[] {
    return this.#levels
      .map((level, index) => ({ level: index + 1, offset: level.offset, max: level.queue.visibleOffset }))
      .filter((entry) => entry.max > 0);
  }

  #delivered(): void {
    this.#deliveries += 1;
    if (this.#deliveries % DELIVERIES_A_VERSION === 0)
      this.#version = nextDataVersion(this.#version, this.#parts.clock.now());
  }
}

/** One level: reads its queue in order, stops at the first message that is not due. One batch is under way at a time. */
class DelayLevel {
  offset = 0;
  readonly queue: ConsumeQueue;
  readonly #parts: ScheduleParts;
  readonly #delayMs: number;
  readonly #onDelivered: () => void;
  #busy = false;
  #unreadable = false;

  constructor(parts: ScheduleParts, index: number, delayMs: number, onDelivered: () => void) {
    this.#parts = parts;
    this.#delayMs = delayMs;
    this.#onDelivered = onDelivered;
    this.queue = parts.store.queues.of(SystemTopic.SCHEDULE, index);
  }

  /** True when the saved progress was ahead of the log. */
  begin(offset: number): boolean {
    const { topic, queueId, minOffset, visibleOffset } = this.queue;
    const saved = { kind: 'delay progress', topic, queueId, offset };
    const within = progressWithinLog(saved, visibleOffset, this.#parts.logger);
    this.offset = Math.max(within, minOffset);
    return within < offset;
  }

  deliverDue(): void {
    if (!this.#busy && this.offset < this.queue.minOffset) this.#passExpired();
    if (this.#busy || !this.#parts.store.writable || this.offset >= this.queue.visibleOffset) return;
    const first = this.#unitAt(this.offset);
    if (first === undefined || !this.#isDue(first.tagsCode)) return;
    this.#busy = true;
    this.#parts.store.getFrom(this.queue, this.offset, BATCH_MESSAGES, undefined, Number.MAX_SAFE_INTEGER, (result) =>
      this.#read(result),
    );
  }

  /** Messages were removed with old files before they were due or delivered. Source: ScheduleMessageService, resetOffset. */
  #passExpired(): void {
    const { queueId, minOffset } = this.queue;
    const { offset } = this;
    this.#parts.logger.error('delayed messages expired before they were delivered', { queueId, offset, minOffset });
    this.offset = minOffset;
    this.#onDelivered();
  }

  /** Undefined as well where the disk can't read it now: then it is looked at again with the next round. */
  #unitAt(queueOffset: number): { readonly tagsCode: number } | undefined {
    try {
      return this.queue.unitAt(queueOffset);
    } catch (error) {
      if (!this.#unreadable)
        this.#parts.logger.error('delayed messages of a level can not be read; they are tried again', {
          queueId: this.queue.queueId,
          offset: queueOffset,
          error,
        });
      this.#unreadable = true;
      return undefined;
    }
  }

  /** A deliver time far ahead is a sign that the clock was set back: then the message is delivered now. Source: correctDeliverTimestamp. */
  #isDue(deliverTime: number): boolean {
    const now = this.#parts.clock.now();
    return deliverTime <= now || deliverTime > now + this.#delayMs;
  }

  #read(result: GetMessageResult): void {
    if (result.body === undefined) {
      // The records are gone from the log: nothing is left to deliver there.
      this.offset = Math.max(result.nextBeginOffset, result.minOffset);
      this.#busy = false;
      return;
    }
    const messages = decodeMessages(Buffer.from(result.body), { inflate: false });
    result.release();
    this.#deliver(messages, 0);
  }

  #deliver(messages: readonly MessageView[], index: number): void {
    const message = messages[index];
    const unit = message === undefined ? undefined : this.#unitAt(message.queueOffset);
    if (message === undefined || unit === undefined || !this.#isDue(unit.tagsCode)) {
      this.#busy = false;
      return;
    }
    const topic = message.property(MessageProperty.REAL_TOPIC);
    const next = (): void => {
      this.offset = message.queueOffset + 1;
      this.#onDelivered();
      this.#deliver(messages, index + 1);
    };
    if (topic === undefined || topic === SystemTopic.TRANS_HALF) {
      this.#parts.logger.error('a delayed message names no topic to be delivered to; it is dropped', {
        offsetMsgId: message.offsetMsgId,
      });
      return next();
    }
    const properties = new Map(message.properties);
    properties.set(MessageProperty.WAIT_STORE_MSG_OK, 'false');
    const status = this.#parts.mover.put(
      {
        message,
        topic,
        queueId: queueInReach(
          this.#parts.topics.get(topic),
          Number(message.property(MessageProperty.REAL_QUEUE_ID) ?? 0),
        ),
        properties,
        reconsumeTimes: message.reconsumeTimes,
        delayLevel: 0,
      },
      {
        stored: (outcome) => {
          if (!isStored(outcome)) {
            this.#busy = false;
            return;
          }
          this.#parts.stats.delivered(this.queue.queueId, topic, bytes);
          next();
        },
      },
    );
    if (status !== 'PUT_OK') this.#busy = false;
    const bytes = this.#parts.mover.lastPlace.storedBytes;
  }
}
