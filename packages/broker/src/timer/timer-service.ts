import { type Clock, type Disk, type Logger, readInt64, repeat, sleep, type Timer, viewOf } from '@rocketmq-ts/kernel';
import { GET_TIMER_CHECK_POINT, GET_TIMER_METRICS, ProtocolError, SystemTopic } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import {
  type DeliveredTimers,
  type MessageStore,
  type OpenedTimers,
  type QueueView,
  TimerFiles,
} from '@rocketmq-ts/store';
import { slotLengthMs } from '../config/timer-properties.ts';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { RecordMover } from '../placement/record-mover.ts';
import type { Duty } from '../role/duties.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import { TopicCounts } from '../topic-counts.ts';
import { TimerDelivery } from './delivery.ts';
import { TimerDequeue } from './dequeue.ts';
import { TimerEnqueue } from './enqueue.ts';
import { SlotLoader } from './slot-loader.ts';
import { TimerClock } from './timer-clock.ts';
import { TimerSlots } from './timer-slots.ts';

/** Without a change the checkpoint is saved so often. */
const IDLE_SAVE_MS = 30_000;
const CLEAN_PERIOD_MS = 30_000;
const SETTLE_STEP_MS = 10;
const SHARED_CHECKPOINT_BYTES = 56;
/** How long a stop waits for deliveries that are under way, and for the log to be flushed. */
const STOP_MS = 2000;

export interface TimerBasics {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly store: MessageStore;
  /** Store folder. */
  readonly root: string;
}

/** What placement needs of the timers before anything can be delivered. */
export interface TimerWheelParts {
  readonly files: TimerFiles;
  readonly timerClock: TimerClock;
}

export function timerWheelParts({ clock, disk, logger, config, store, root }: TimerBasics): TimerWheelParts {
  const logFileBytes = config.mappedFileSizeTimerLog;
  const files = new TimerFiles({ clock, disk, logger, root, precisionMs: slotLengthMs(config), logFileBytes });
  return { files, timerClock: new TimerClock(clock, () => store.facts.appendOffset) };
}

export interface TimerServiceParts extends TimerBasics, TimerWheelParts {
  readonly mover: RecordMover;
  readonly stats: BrokerStats;
}

/** How far a master is. Throws BAD_BODY. Source: TimerCheckpoint#decode. */
function readSharedCheckpoint(body: Buffer) {
  if (body.length < SHARED_CHECKPOINT_BYTES)
    throw new ProtocolError('BAD_BODY', `a timer checkpoint has ${SHARED_CHECKPOINT_BYTES} bytes, not ${body.length}`);
  const view = viewOf(body);
  const version = { stateVersion: readInt64(view, 32), timestamp: readInt64(view, 40), counter: readInt64(view, 48) };
  return { readMs: readInt64(view, 0), queueOffset: Math.max(0, readInt64(view, 24)), version };
}

/**
 * Delivers messages that are for a time of their own. They wait in one queue of the commit log; wheel and timer log say which
 * of them are due when. Progress passes a message only when it is stored again and on the disk, so that a crash repeats
 * deliveries and loses none. Source: TimerMessageStore.
 */
export class TimerService implements Feature, Duty {
  readonly name = 'delivery of timer messages';
  /** How many messages wait for each topic. */
  readonly metrics: TopicCounts;
  readonly #parts: TimerServiceParts;
  readonly #queue: QueueView;
  readonly #enqueue: TimerEnqueue;
  readonly #delivery: TimerDelivery;
  readonly #dequeue: TimerDequeue;
  #timers: Timer[] = [];
  #isFailing = false;
  #isStarted = false;
  #isOnDuty = false;
  #mayFlush = false;
  #work = 0;
  #flushedMs = 0;
  #rates = { atMs: 0, enqueued: 0, delivered: 0, enqueueTps: 0, dequeueTps: 0 };

  constructor(parts: TimerServiceParts) {
    this.#parts = parts;
    const { store, files, config } = parts;
    this.metrics = new TopicCounts(parts, 'timermetrics', 'timingCount');
    this.#queue = store.queue(SystemTopic.WHEEL_TIMER, 0);
    const slots = new TimerSlots(files.wheel, config);
    const common = { ...parts, slots, metrics: this.metrics, queue: this.#queue };
    this.#enqueue = new TimerEnqueue(common);
    this.#delivery = new TimerDelivery(common);
    this.#dequeue = new TimerDequeue({
      ...common,
      ...{ enqueue: this.#enqueue, delivery: this.#delivery, loader: new SlotLoader(common) },
      onBroken: () => parts.clock.after(0, () => this.#beginAnew('they are damaged')),
    });
  }

  serve(server: RemotingServer): void {
    server.handle(GET_TIMER_CHECK_POINT, (call) => call.answer({}, { body: this.#parts.files.sharedCheckpoint() }));
    server.handle(GET_TIMER_METRICS, (call) => call.answer({}, { body: this.metrics.encode() }));
  }

  /** A slave fills the wheel as its master does, and delivers nothing. */
  start(): void {
    const { clock, config, files, timerClock, store } = this.#parts;
    timerClock.begin(0);
    if (!config.timerWheelEnable) return;
    this.metrics.load();
    const opened = files.open();
    this.#isStarted = true;
    this.#mayFlush = true;
    this.#begin(opened);
    this.#follow();
    store.onArrival((queue) => {
      if (queue === this.#queue) this.#enqueue.run();
    });
    store.onTruncated(() => this.#logWasCut());
    this.#timers = [
      repeat(
        clock,
        () => config.timerFlushIntervalMs,
        () => this.#tick(),
      ),
      clock.every(CLEAN_PERIOD_MS, () => void files.clean(store.facts.minOffset, this.#dequeue.readMs)),
    ];
  }

  async beginDuty(): Promise<void> {
    if (!this.#isStarted) return;
    const { timerClock, files } = this.#parts;
    timerClock.begin(this.#dequeue.readMs);
    // Before anything was delivered there is no need to begin in the past.
    const readMs = this.#dequeue.readMs === 0 ? files.wheel.floor(timerClock.now()) : this.#dequeue.readMs;
    this.#isOnDuty = true;
    files.beginOwnProgress(readMs);
    this.#enqueue.followNoMore();
    this.#dequeue.begin(readMs);
    this.#enqueue.run();
    this.#dequeue.look();
  }

  async endDuty(): Promise<void> {
    if (!this.#isStarted) return;
    this.#isOnDuty = false;
    this.#enqueue.stop();
    this.#dequeue.stop();
    const { clock } = this.#parts;
    const deadlineMs = clock.monotonicMs() + STOP_MS;
    await this.#idle(deadlineMs);
    await this.#flushLast(deadlineMs);
    this.#parts.files.endOwnProgress();
    const { offset, delivered } = this.#enqueue;
    this.#enqueue.begin(offset, delivered, this.#dequeue);
    this.#follow();
  }

  /** Nothing comes into the wheel, and nothing out of it, until the master says more. */
  #follow(): void {
    this.#dequeue.stop();
    const { offset, delivered } = this.#enqueue;
    this.#enqueue.followUpTo({ ...delivered, queueOffset: Math.max(offset, delivered.queueOffset) });
  }

  /**
   * Of a slave: how far its master is, as GET_TIMER_CHECK_POINT answers it. Does nothing on duty. Throws a `ProtocolError` for
   * other bytes. Source: TimerMessageStore#syncLastReadTimeMs, TimerMessageStore#isRunningEnqueue.
   */
  followCheckpoint(body: Buffer): void {
    const { files } = this.#parts;
    if (!this.#isStarted || this.#isOnDuty) return;
    const { readMs, queueOffset, version } = readSharedCheckpoint(body);
    if (readMs < this.#dequeue.readMs) return;
    this.#dequeue.readMs = files.wheel.floor(readMs);
    files.followMaster(version, { readMs, queueOffset });
    this.#enqueue.followUpTo({ queueOffset, dueMs: readMs });
    this.#enqueue.run();
  }

  #begin({ readMs, queueOffset, delivered }: OpenedTimers): void {
    const { files, timerClock } = this.#parts;
    timerClock.begin(readMs);
    this.#dequeue.begin(files.wheel.floor(readMs));
    this.#enqueue.begin(queueOffset, delivered, this.#dequeue);
  }

  #tick(): void {
    this.#measure();
    this.#enqueue.run();
    if (this.#isOnDuty && this.#dequeue.isEmpty && this.#enqueue.behind === 0) this.metrics.nothingWaits();
    this.#dequeue.look();
    this.metrics.save();
    const isIdle = this.#work === this.#workNow && !this.#isFailing;
    if (!isIdle || this.#parts.clock.monotonicMs() - this.#flushedMs >= IDLE_SAVE_MS) this.#flush(() => {});
  }

  /** Changes with everything that a start must know. */
  get #workNow(): number {
    return this.#enqueue.offset + this.#parts.files.logEnd + this.#delivery.steps;
  }

  #flush(done: () => void): void {
    const { files, store, logger } = this.#parts;
    if (!this.#mayFlush) return done();
    const { offset: queueOffset, delivered } = this.#enqueue;
    const marks = { readMs: this.#dequeue.readMs, queueOffset, delivered };
    const logEnd = store.facts.writtenOffset;
    this.#work = this.#workNow;
    this.#flushedMs = this.#parts.clock.monotonicMs();
    const isBegun = files.flush(
      marks,
      (settled) => this.#settle(logEnd, settled),
      (error) => {
        if (error !== null && !this.#isFailing)
          logger.error('the timer files are not flushed; it is tried again', { error });
        this.#isFailing = error !== null;
        done();
      },
    );
    if (!isBegun) done();
  }

  /** Waits until the commit log is on the disk up to an offset. */
  #settle(logEnd: number, done: (error: Error | null) => void): void {
    const { store, clock } = this.#parts;
    const look = (): void => {
      if (store.facts.flushedOffset >= logEnd) return done(null);
      if (store.facts.state !== 'RUNNING') return done(new Error('the store takes no more flushes'));
      store.flushSoon();
      clock.after(SETTLE_STEP_MS, look);
    };
    look();
  }

  /** Wheel and timer log may lead to messages that are no more; others have their places soon. */
  #logWasCut(): void {
    this.#enqueue.logWasCut();
    this.#beginAnew('the end of the commit log was cut off', this.#enqueue.delivered);
  }

  /**
   * The files are made again from the queue, once nothing of them is under way. `delivered`: those of the moment by default.
   */
  #beginAnew(because: string, delivered?: DeliveredTimers): void {
    const { files, logger, clock } = this.#parts;
    if (!this.#mayFlush) return;
    this.#enqueue.stop();
    if (this.#enqueue.isBusy || this.#dequeue.isBusy || files.isFlushing) {
      clock.after(SETTLE_STEP_MS, () => this.#beginAnew(because, delivered));
      return;
    }
    const { readMs } = this.#dequeue;
    const marks = delivered ?? this.#enqueue.delivered;
    logger.error('the timer files are made again from the queue of timers', { because, readMs, ...marks });
    try {
      files.beginAnew(marks);
    } catch (error) {
      logger.error('the timer files can not be made again now', { error });
      clock.after(CLEAN_PERIOD_MS, () => this.#beginAnew(because, delivered));
      return;
    }
    if (this.#isOnDuty) this.metrics.nothingWaits();
    this.#dequeue.begin(readMs);
    this.#enqueue.begin(0, marks, this.#dequeue);
    if (!this.#isOnDuty) this.#follow();
    this.#enqueue.run();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#enqueue.stop();
    this.#dequeue.stop();
    if (!this.#isStarted) return;
    const { clock, files } = this.#parts;
    const deadlineMs = clock.monotonicMs() + STOP_MS;
    await this.#idle(deadlineMs);
    await this.#flushLast(deadlineMs);
    this.#isStarted = false;
    this.#mayFlush = false;
    await this.metrics.saveLast();
    files.close();
  }

  async #idle(deadlineMs: number): Promise<void> {
    const { clock } = this.#parts;
    while ((this.#enqueue.isBusy || this.#dequeue.isBusy) && clock.monotonicMs() < deadlineMs)
      await sleep(clock, SETTLE_STEP_MS);
  }

  /** A flush that is under way has earlier marks: after it there is another one. */
  async #flushLast(deadlineMs: number): Promise<void> {
    const { clock, files } = this.#parts;
    while (files.isFlushing && clock.monotonicMs() < deadlineMs) await sleep(clock, SETTLE_STEP_MS);
    await new Promise<void>((resolve) => this.#flush(resolve));
  }

  #measure(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const { count: enqueued } = this.#enqueue;
    const { count: delivered } = this.#delivery;
    const seconds = (nowMs - this.#rates.atMs) / 1000;
    const rate = (now: number, before: number): number => (seconds > 0 ? (now - before) / seconds : 0);
    this.#rates = {
      ...{ atMs: nowMs, enqueued, delivered },
      enqueueTps: rate(enqueued, this.#rates.enqueued),
      dequeueTps: rate(delivered, this.#rates.delivered),
    };
  }

  /** Messages of the wheel that are due within a time, by milliseconds from now. Each step is one slot that holds some. */
  *waiting(withinMs: number): Iterable<{ readonly inMs: number; readonly count: number }> {
    if (!this.#isStarted) return;
    const { files, timerClock } = this.#parts;
    const nowMs = timerClock.now();
    for (const { timeMs, count } of files.wheel.slotsFrom(files.wheel.floor(nowMs))) {
      if (timeMs - nowMs >= withinMs) return;
      yield { inMs: Math.max(0, timeMs - nowMs), count };
    }
  }

  /** Figures for the runtime information. Source: BrokerController, AdminBrokerProcessor#prepareRuntimeInfo. */
  get figures() {
    const { timerClock, clock, files } = this.#parts;
    const { behind, lastStoreTimestamp } = this.#enqueue;
    const { enqueueTps, dequeueTps } = this.#rates;
    // A slave hears how far its master is when that has saved it: what counts is what was due since.
    const { readMs: heardMs } = this.#dequeue;
    const readMs =
      this.#isOnDuty || heardMs <= 0 ? heardMs : (files.wheel.firstFrom(heardMs)?.timeMs ?? timerClock.now());
    // Before its first duty it has read nothing.
    const readBehindMs = this.#isStarted && readMs > 0 ? Math.max(0, timerClock.now() - readMs) : 0;
    const enqueueBehindMs = behind === 0 ? 0 : Math.max(0, clock.now() - lastStoreTimestamp);
    return {
      readBehindMs,
      readBehindSeconds: Math.floor(readBehindMs / 1000),
      offsetBehind: behind,
      enqueueBehindMs,
      enqueueBehindSeconds: Math.floor(enqueueBehindMs / 1000),
      congestion: this.metrics.total,
      ...{ enqueueTps, dequeueTps },
    };
  }
}
