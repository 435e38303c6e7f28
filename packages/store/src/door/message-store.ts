import {
  asError,
  type Clock,
  type Disk,
  Guard,
  type Logger,
  type Service,
  sleep,
  systemErrorCode,
} from '@rocketmq-ts/kernel';
import { PROPERTIES_MAX_BYTES } from '@rocketmq-ts/protocol';
import { dispatch, isInQueue } from '../dispatch/dispatch.ts';
import { Expiry } from '../expiry/expiry.ts';
import { StoreIndex } from '../index/store-index.ts';
import { BlockCache } from '../log/block-cache.ts';
import { StoreCheckpoint } from '../log/checkpoint.ts';
import { APPEND_TOO_LARGE, CommitLog } from '../log/commit-log.ts';
import { isPassing } from '../log/disk-refusal.ts';
import { FilePool } from '../log/file-pool.ts';
import { GuardedListener } from '../log/guarded-listener.ts';
import { LogHoles } from '../log/holes.ts';
import { headOfPut, propertiesBytesOf, RECORD_OVERHEAD_BYTES, RecordHead, type RecordInput } from '../log/record.ts';
import { StoreLimits, type StoreOptions } from '../options.ts';
import { DerivedFlush } from '../put/derived-flush.ts';
import { LogFlush } from '../put/flush.ts';
import { PutProgress, type PutTicket } from '../put/put-progress.ts';
import { type PutBatchResult, type PutRefusal, type PutResult, refused } from '../put/put-result.ts';
import { RunningState } from '../put/running-state.ts';
import { StoreStats } from '../put/store-stats.ts';
import { Watermarks } from '../put/watermarks.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import { QUIET_MS, QueueEndsFile } from '../queue/ends-file.ts';
import type { ArrivalListener, QueueView } from '../queue/queue-view.ts';
import { ConsumeQueueTable } from '../queue/table.ts';
import { MessageQueries, type MessageQuery, type QueryMessageResult } from '../read/message-query.ts';
import { MessageReader } from '../read/message-reader.ts';
import { QueueRepair } from '../read/queue-repair.ts';
import { ReadBuffers } from '../read/read-buffers.ts';
import { RecordLookup } from '../read/record-lookup.ts';
import { UnitCache } from '../read/unit-cache.ts';
import { type OpenResult, openStore } from '../recovery/open.ts';
import { StoreFolder } from '../recovery/store-folder.ts';
import { LiveFacts, type StoreFacts } from './facts.ts';

function openFilesOf({ openFilesLimit = Number.POSITIVE_INFINITY }: StoreOptions): number {
  return Math.min(StoreLimits.openFiles, Math.ceil(openFilesLimit * StoreLimits.openFilesShare));
}

/**
 * The door of this room. Puts are ordered synchronously and answered when the flush mode's promise holds: with
 * ASYNC_FLUSH when the write call has returned, with SYNC_FLUSH when the record is on the disk. Nothing is readable
 * before its promise holds. While the disk has no room puts are refused and everything else goes on; after a write that
 * failed otherwise, or a failed flush, the store is READ_ONLY until it is opened again.
 */
export class MessageStore implements Service {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  /** Single records, and places in queues by time. */
  readonly lookup: RecordLookup;
  /** Removal of expired files, and how full the disks are. */
  readonly expiry: Expiry;
  readonly stats: StoreStats;
  /** What others may know of it. */
  readonly facts: StoreFacts;
  readonly #options: StoreOptions;
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #folder: StoreFolder;
  readonly #pool: FilePool;
  readonly #checkpoint: StoreCheckpoint;
  readonly #repair: QueueRepair;
  readonly #units = new UnitCache();
  readonly #progress: PutProgress;
  readonly #marks: Watermarks;
  readonly #flush: LogFlush;
  readonly #derivedFlush: DerivedFlush;
  readonly #ends: QueueEndsFile;
  readonly #index: StoreIndex | undefined;
  readonly #queries: MessageQueries;
  #stopping: Promise<void> | undefined;
  /** State, and reasons against puts. */
  readonly running: RunningState;
  /** Why the store is READ_ONLY. */
  failure: Error | undefined;
  /** The process before stopped in order: the log is as long as it was. */
  startedCleanly = true;
  /** What opening found. */
  recovery: OpenResult | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#clock = options.platform.clock;
    this.#disk = options.platform.disk;
    this.#logger = options.logger;
    const { config, root } = options;
    this.#folder = new StoreFolder(this.#disk, root);
    this.#pool = new FilePool(this.#disk, openFilesOf(options));
    this.#checkpoint = new StoreCheckpoint(this.#disk, `${root}/checkpoint`);
    this.log = new CommitLog(this.#disk, this.#pool, this.#logger, {
      directory: config.storePathCommitLog ?? `${root}/commitlog`,
      fileSizeBytes: config.mappedFileSizeCommitLog,
      slabBytes: Math.min(StoreLimits.slabBytes, config.mappedFileSizeCommitLog),
      tailSlabs: StoreLimits.tailSlabs,
    });
    const queueFileBytes = Math.ceil(config.mappedFileSizeConsumeQueue / 20) * 20;
    this.#ends = new QueueEndsFile(this.#disk, root, queueFileBytes);
    this.queues = new ConsumeQueueTable(this.#disk, this.#pool, `${root}/consumequeue`, queueFileBytes, this.#logger);
    this.lookup = new RecordLookup(this.log, () => this.confirmOffset);
    this.running = new RunningState(this.#logger);
    this.stats = new StoreStats(this.#clock);
    const guard = new Guard(this.#clock, this.#logger);
    this.#marks = new Watermarks(this.log, options);
    this.#progress = new PutProgress(this.queues, this.stats, guard, this.#marks, config);
    const confirmOffset = (): number => this.confirmOffset;
    const parts = {
      ...options.platform,
      pool: this.#pool,
      logger: this.#logger,
      checkpoint: this.#checkpoint,
      confirmOffset,
    };
    this.#index = config.messageIndexEnable ? new StoreIndex(parts, `${root}/index`, config) : undefined;
    this.#queries = new MessageQueries(this.#index?.messages, this.log, this.lookup, confirmOffset);
    this.#flush = new LogFlush(
      this.log,
      this.#progress,
      this.#checkpoint,
      this.running,
      options,
      (error) => this.#failed(error),
      (endOffset) => this.#index?.messages.truncateTo(endOffset),
    );
    this.log.listener = new GuardedListener(this.#flush, (error) => this.log.broken(error));
    this.#derivedFlush = new DerivedFlush(
      this.queues,
      this.#checkpoint,
      this.#progress,
      this.running,
      options,
      this.#index,
    );
    const blocks = new BlockCache(this.log.files, StoreLimits.blockBytes, StoreLimits.blocks);
    this.expiry = new Expiry({
      ...options.platform,
      logger: this.#logger,
      root,
      log: this.log,
      queues: this.queues,
      running: this.running,
      units: this.#units,
      blocks,
      indexes: this.#index?.messages,
      config,
      fractions: options.diskFractions,
    });
    this.#flush.usage = this.expiry.usage;
    this.#repair = new QueueRepair({
      clock: this.#clock,
      logger: this.#logger,
      guard,
      log: this.log,
      queues: this.queues,
      holes: new LogHoles(this.#disk, root, this.#logger),
      blocks,
      units: this.#units,
      delayLevelsMs: options.delayLevelsMs,
    });
    const bounds = {
      maxUnits: Math.max(1, Math.floor(config.maxFilterMessageSize / 20)),
      maxMessages: config.maxTransferCountOnMessageInMemory,
      maxBytes: config.maxTransferBytesOnMessageInMemory,
      blockBytes: StoreLimits.blockBytes,
    };
    const onFailed = (error: Error, file: string): void => this.#readFailed(error, file);
    const { lookup, log } = this;
    const reader = new MessageReader(log, blocks, this.#units, new ReadBuffers(), this.#repair, bounds, onFailed);
    this.queues.findRecordsWith({ reader, lookup });
    this.facts = new LiveFacts({
      log,
      lookup,
      running: this.running,
      usage: this.expiry.usage,
      counts: this.stats,
      store: this,
    });
  }

  /** Records below it are confirmed: readable and safe under the flush mode. */
  get confirmOffset(): number {
    return this.#marks.visible;
  }

  /** Takes the folder's lock, finds the end of the log, rebuilds what is in doubt. Rejects with a StoreError. */
  async start(): Promise<void> {
    await this.#folder.enter();
    try {
      this.#open();
    } catch (error) {
      this.#pool.closeAll();
      this.#folder.leave();
      throw error;
    }
    this.running.transitionTo('RUNNING');
    this.#index?.opened();
    this.#flush.start();
    this.#derivedFlush.start();
    this.expiry.start();
    this.stats.start();
  }

  #open(): void {
    const opened = openStore(
      {
        ...{ clock: this.#clock, disk: this.#disk, logger: this.#logger, folder: this.#folder },
        ...{ checkpoint: this.#checkpoint, log: this.log, queues: this.queues, ends: this.#ends, index: this.#index },
      },
      this.#options,
    );
    this.recovery = opened;
    this.startedCleanly = opened.cleanStop;
    this.#lastPhysicalOffset = opened.lastRecordOffset;
    this.#lastStoreTimestamp = opened.lastStoreTimestamp;
    this.#progress.confirmedTimestamp = opened.lastStoreTimestamp;
    this.#progress.confirmedOffset = opened.endOffset;
    this.#marks.openedAt(opened.endOffset);
  }

  /**
   * Puts one record at the end of its queue. PUT_OK: it has its place, and the ticket is answered later. Anything else: it is
   * refused, and the ticket is never answered.
   */
  put(input: RecordInput, ticket: PutTicket | undefined, waitForFlush: boolean): PutResult {
    const refusal = this.#refusal(input.topic);
    return refusal === undefined ? this.#append(input, ticket, waitForFlush) : refused(refusal);
  }

  /** Puts records of one queue one after the other, in one file. `next` fills the input for each. All or none. */
  putBatch(
    count: number,
    bodyBytes: number,
    next: (index: number) => RecordInput,
    ticket: PutTicket,
    waitForFlush: boolean,
  ): PutBatchResult {
    // None of them may be refused once the first one is laid out.
    const refusal = this.#refusal(next(0).topic) ?? this.#batchRefusal(count, bodyBytes, next);
    const records: PutResult[] = [];
    if (refusal !== undefined) return { status: refusal, records };
    for (let i = 0; i < count; i++) {
      const result = this.#append(next(i), i === count - 1 ? ticket : undefined, waitForFlush);
      if (result.status !== 'PUT_OK') return { status: result.status, records };
      records.push(result);
    }
    return { status: 'PUT_OK', records };
  }

  #refusal(topic: string): PutRefusal | undefined {
    if (!this.running.writable) return 'SERVICE_NOT_AVAILABLE';
    if (this.log.appendOffset - this.log.writtenOffset > StoreLimits.maxUnwrittenBytes) return 'OS_PAGE_CACHE_BUSY';
    if (this.queues.batchTopics.size > 0 && this.queues.batchTopics.has(topic)) return 'MESSAGE_ILLEGAL';
    return undefined;
  }

  #batchRefusal(count: number, bodyBytes: number, next: (index: number) => RecordInput): PutRefusal | undefined {
    if (bodyBytes >= PROPERTIES_MAX_BYTES) {
      for (let i = 0; i < count; i++) {
        if (propertiesBytesOf(next(i)) > PROPERTIES_MAX_BYTES) return 'PROPERTIES_SIZE_EXCEEDED';
      }
    }
    try {
      return this.log.reserve(bodyBytes + count * (RECORD_OVERHEAD_BYTES + 1024)) ? undefined : 'MESSAGE_ILLEGAL';
    } catch (error) {
      return this.#noFile(error);
    }
  }

  /** Of the newest record. */
  #lastPhysicalOffset = 0;
  #lastStoreTimestamp = 0;
  /** The record that is put; reused. */
  readonly #record = new RecordHead();

  #append(input: RecordInput, ticket: PutTicket | undefined, waitForFlush: boolean): PutResult {
    const inQueue = isInQueue(input.sysFlag);
    const queue = this.queues.of(input.topic, input.queueId);
    // As the clock says, also when it was put back: a wrong stamp must not be followed by more of it.
    const storeTimestamp = this.#clock.now();
    const queueOffset = inQueue ? queue.nextOffset : 0;
    let storedBytes: number;
    try {
      storedBytes = this.log.append(input, queue.topicBytes, queueOffset, storeTimestamp);
    } catch (error) {
      return refused(this.#noFile(error));
    }
    if (storedBytes < 0) {
      this.stats.putFailed += 1;
      return refused(storedBytes === APPEND_TOO_LARGE ? 'MESSAGE_ILLEGAL' : 'PROPERTIES_SIZE_EXCEEDED');
    }
    this.stats.putMessages += 1;
    this.stats.putBytes += storedBytes;
    const physicalOffset = this.log.appendOffset - storedBytes;
    this.#lastPhysicalOffset = physicalOffset;
    if (storeTimestamp < this.#lastStoreTimestamp) this.#clockWentBack(storeTimestamp);
    this.#lastStoreTimestamp = storeTimestamp;
    const { delayMs } = input;
    const tagsCode = delayMs === undefined ? input.tagsCode : storeTimestamp + delayMs;
    const record = headOfPut(this.#record, input, queueOffset, physicalOffset, storedBytes, storeTimestamp);
    dispatch(record, tagsCode, queue, this.#index?.messages);
    this.#await(inQueue ? queue : undefined, ticket, waitForFlush);
    return { status: 'PUT_OK', queueOffset, physicalOffset, storedBytes, storeTimestamp };
  }

  #clockWentBack(storeTimestamp: number): void {
    try {
      this.#checkpoint.clockWentBack(this.#lastStoreTimestamp, storeTimestamp, this.#lastPhysicalOffset);
    } catch (error) {
      this.#logger.warn('the checkpoint could not be saved after the clock was put back; it is tried again', { error });
    }
  }

  /** A commit log file could not be made. */
  #noFile(error: unknown): PutRefusal {
    this.stats.putFailed += 1;
    if (isPassing(error)) {
      this.#flush.refuse(asError(error));
      return 'SERVICE_NOT_AVAILABLE';
    }
    this.#logger.error('a commit log file could not be made', { error });
    return 'CREATE_MAPPED_FILE_FAILED';
  }

  #await(queue: ConsumeQueue | undefined, ticket: PutTicket | undefined, waitForFlush: boolean): void {
    const { sweptMs } = this.#flush;
    this.#progress.add(queue, this.log.appendOffset, ticket, waitForFlush, this.#lastStoreTimestamp, sweptMs);
    this.#flush.writeSoon();
  }

  #failed(error: Error): void {
    if (this.running.state === 'RUNNING') this.running.transitionTo('READ_ONLY');
    this.failure = error;
  }

  readonly #unreadable = new Set<string>();

  /** A file that can't be read is told once: who reads there asks again and again. */
  #readFailed(error: Error, file: string): void {
    if (this.#unreadable.has(file) || this.#unreadable.size >= StoreLimits.unreadableFiles) return;
    this.#unreadable.add(file);
    this.#logger.error('a file can not be read in places; who reads there gets an error, others go on', {
      errno: systemErrorCode(error),
      file,
      error,
    });
  }

  /** A queue of messages; made when it does not exist, which leaves nothing on the disk. */
  queue(topic: string, queueId: number): QueueView {
    return this.queues.of(topic, queueId);
  }

  findQueue(topic: string, queueId: number): QueueView | undefined {
    return this.queues.find(topic, queueId);
  }

  /** The queues of a topic by their ids. */
  queuesOf(topic: string): Iterable<QueueView> {
    return this.queues.ofTopic(topic);
  }

  /** Topics that have queues. */
  topics(): Iterable<string> {
    return this.queues.topics();
  }

  /** True for a topic that has batch consume queues: its records are left as they are, and nothing of it can be put or read. */
  hasBatchQueues(topic: string): boolean {
    return this.queues.batchTopics.has(topic);
  }

  /**
   * The stored bytes of the record that begins at a physical offset, copied; undefined when none does that may be read, or a
   * damaged one. Throws the disk's error.
   */
  recordAt(physicalOffset: number): Buffer | undefined {
    return this.lookup.recordAt(physicalOffset);
  }

  /** Finds the newest messages of a topic by unique key or key; none without an index. `done` may run in the same turn. */
  query(query: MessageQuery, done: (result: QueryMessageResult) => void): void {
    this.#queries.run(query, done);
  }

  /** The listener is called once per queue and turn, after records of the queue became visible. */
  onArrival(listener: ArrivalListener): void {
    this.#progress.onArrival(listener);
  }

  /** A slave holds everything below a physical offset, with `syncReplication`; offsets only grow. */
  replicatedTo(offset: number): void {
    try {
      this.#marks.replicatedTo(offset);
      this.#progress.advance();
    } catch (error) {
      this.log.broken(asError(error));
    }
  }

  /** Counts a read of a consumer that took so many whole milliseconds; `messages` 0: it found none. */
  countRead(messages: number, tookMs: number): void {
    this.stats.got(messages, tookMs);
  }

  /** Has what is written flushed before its interval is over; `facts.flushedOffset` shows when it is. */
  flushSoon(): void {
    if (this.running.state === 'RUNNING') this.#flush.flushSoon();
  }

  /** Expired commit log files are removed with each of the next rounds, whatever the hour. */
  cleanSoon(): void {
    this.expiry.cleanSoon();
  }

  /** Lets consume queues and indexes follow the commit log now; resolves when they have. */
  followNow(): Promise<void> {
    return this.expiry.followNow();
  }

  /** Forgets the queues of a topic and removes their files; their records stay in the commit log until they expire. */
  removeTopic(topic: string): void {
    for (const queue of this.queues.ofTopic(topic)) this.#units.forget(queue);
    this.queues.removeTopic(topic);
  }

  /** Forgets the messages of a queue that are before a physical offset, and the queue itself when it has no other ones. */
  removeBefore({ topic, queueId }: QueueView, physicalOffset: number): void {
    const queue = this.queues.find(topic, queueId);
    if (queue === undefined) return;
    const last = queue.isEmpty ? undefined : queue.unitAt(queue.nextOffset - 1);
    if (last !== undefined && last.physicalOffset >= physicalOffset) return queue.raiseMinOffset(physicalOffset);
    this.#units.forget(queue);
    this.queues.removeQueue(queue);
  }

  /** Flushes everything, writes the checkpoint and takes the mark of an unclean stop away. Parked puts are answered first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.running.state === 'CREATED') return;
    this.running.transitionTo('STOPPED');
    this.#repair.stop();
    this.stats.stop();
    await this.expiry.stop();
    await this.#flush.stop();
    const derivedIsDurable = await this.#derivedFlush.stop();
    const logIsDurable = this.failure === undefined && this.log.flushedOffset === this.log.writtenOffset;
    const clean = logIsDurable && derivedIsDurable && (await this.#markClean());
    if (logIsDurable && !clean) await this.#noteFlushPoint();
    this.#pool.closeAll();
    this.#folder.leave();
    this.#logger.info('the store is closed', { maxOffset: this.log.appendOffset, clean });
  }

  /** What is durable stays promised where queues or index are not: damage in it must not look like writes that were lost. */
  async #noteFlushPoint(): Promise<void> {
    try {
      await this.#checkpoint.saveAndSync();
    } catch (error) {
      this.#logger.warn('how far the log is durable could not be saved', { error });
    }
  }

  /** False when the disk does not take it: then the next start looks as closely as after a crash. */
  async #markClean(): Promise<boolean> {
    try {
      this.log.tidyEnd();
      this.#checkpoint.physicMsgTimestamp = this.#progress.confirmedTimestamp;
      this.#checkpoint.logicsMsgTimestamp = this.#progress.confirmedTimestamp;
      await sleep(this.#clock, QUIET_MS);
      await this.#checkpoint.saveAndSync();
      this.#ends.save(this.queues, {
        minOffset: this.log.minOffset,
        endOffset: this.log.appendOffset,
        lastRecordOffset: this.#lastPhysicalOffset,
        indexState: this.#index?.messages.completeState() ?? -1,
      });
      this.#folder.markStopped();
      return true;
    } catch (error) {
      this.#logger.warn('the stop could not be marked as clean; the next start checks what is open', { error });
      return false;
    }
  }
}
