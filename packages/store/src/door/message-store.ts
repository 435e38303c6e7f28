import { asError, type Clock, type Disk, Guard, type Logger, sleep, systemErrorCode } from '@rocketmq-ts/kernel';
import { Expiry } from '../expiry/expiry.ts';
import { StoreIndex } from '../index/store-index.ts';
import { BlockCache } from '../log/block-cache.ts';
import { StoreCheckpoint } from '../log/checkpoint.ts';
import { CommitLog } from '../log/commit-log.ts';
import { FilePool } from '../log/file-pool.ts';
import { GuardedListener } from '../log/guarded-listener.ts';
import { LogHoles } from '../log/holes.ts';
import type { RecordInput } from '../log/record.ts';
import { StoreLimits, type StoreOptions } from '../options.ts';
import { DerivedFlush } from '../put/derived-flush.ts';
import { LogFlush } from '../put/flush.ts';
import { PutProgress, type PutTicket } from '../put/put-progress.ts';
import type { PutBatchResult, PutResult } from '../put/put-result.ts';
import { Puts } from '../put/puts.ts';
import { RunningState } from '../put/running-state.ts';
import { StoreStats } from '../put/store-stats.ts';
import { Watermarks } from '../put/watermarks.ts';
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
import type { MessageStore } from './door.ts';
import { LiveFacts, type StoreFacts } from './facts.ts';

function openFilesOf({ openFilesLimit = Number.POSITIVE_INFINITY }: StoreOptions): number {
  return Math.min(StoreLimits.openFiles, Math.ceil(openFilesLimit * StoreLimits.openFilesShare));
}

/** A store in a folder of this machine. */
export class LocalStore implements MessageStore {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  /** Single records, and places in queues by time. */
  readonly lookup: RecordLookup;
  /** Removal of expired files, and how full the disks are. */
  readonly expiry: Expiry;
  readonly stats: StoreStats;
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
  readonly #puts: Puts;
  readonly #derivedFlush: DerivedFlush;
  readonly #ends: QueueEndsFile;
  readonly #index: StoreIndex | undefined;
  readonly #queries: MessageQueries;
  /** Files whose read error is logged. */
  readonly #unreadable = new Set<string>();
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
    this.#puts = new Puts({
      clock: this.#clock,
      logger: this.#logger,
      log: this.log,
      queues: this.queues,
      index: this.#index?.messages,
      running: this.running,
      stats: this.stats,
      checkpoint: this.#checkpoint,
      progress: this.#progress,
      flush: this.#flush,
    });
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
    this.#puts.openedBehind(opened.lastRecordOffset, opened.lastStoreTimestamp);
    this.#progress.confirmedTimestamp = opened.lastStoreTimestamp;
    this.#progress.confirmedOffset = opened.endOffset;
    this.#marks.openedAt(opened.endOffset);
  }

  put(input: RecordInput, ticket: PutTicket | undefined, waits: boolean): PutResult {
    return this.#puts.put(input, ticket, waits);
  }

  putBatch(
    count: number,
    bodyBytes: number,
    next: (index: number) => RecordInput,
    ticket: PutTicket,
    waits: boolean,
  ): PutBatchResult {
    return this.#puts.putBatch(count, bodyBytes, next, ticket, waits);
  }

  #failed(error: Error): void {
    if (this.running.state === 'RUNNING') this.running.transitionTo('READ_ONLY');
    this.failure = error;
  }

  /** A file that can't be read is logged once, since readers try again and again. */
  #readFailed(error: Error, file: string): void {
    if (this.#unreadable.has(file) || this.#unreadable.size >= StoreLimits.unreadableFiles) return;
    this.#unreadable.add(file);
    this.#logger.error('a file can not be read in places; who reads there gets an error, others go on', {
      errno: systemErrorCode(error),
      file,
      error,
    });
  }

  queue(topic: string, queueId: number): QueueView {
    return this.queues.of(topic, queueId);
  }

  findQueue(topic: string, queueId: number): QueueView | undefined {
    return this.queues.find(topic, queueId);
  }

  queuesOf(topic: string): Iterable<QueueView> {
    return this.queues.ofTopic(topic);
  }

  topics(): Iterable<string> {
    return this.queues.topics();
  }

  hasBatchQueues(topic: string): boolean {
    return this.queues.batchTopics.has(topic);
  }

  recordAt(physicalOffset: number): Buffer | undefined {
    return this.lookup.recordAt(physicalOffset);
  }

  query(query: MessageQuery, done: (result: QueryMessageResult) => void): void {
    this.#queries.run(query, done);
  }

  onArrival(listener: ArrivalListener): void {
    this.#progress.onArrival(listener);
  }

  replicatedTo(offset: number): void {
    try {
      this.#marks.replicatedTo(offset);
      this.#progress.advance();
    } catch (error) {
      this.log.broken(asError(error));
    }
  }

  countRead(messages: number, tookMs: number): void {
    this.stats.got(messages, tookMs);
  }

  flushSoon(): void {
    if (this.running.state === 'RUNNING') this.#flush.flushSoon();
  }

  cleanSoon(): void {
    this.expiry.cleanSoon();
  }

  followNow(): Promise<void> {
    return this.expiry.followNow();
  }

  removeTopic(topic: string): void {
    for (const queue of this.queues.ofTopic(topic)) this.#units.forget(queue);
    this.queues.removeTopic(topic);
  }

  removeBefore({ topic, queueId }: QueueView, physicalOffset: number): void {
    const queue = this.queues.find(topic, queueId);
    if (queue === undefined) return;
    const last = queue.isEmpty ? undefined : queue.unitAt(queue.nextOffset - 1);
    if (last !== undefined && last.physicalOffset >= physicalOffset) return queue.raiseMinOffset(physicalOffset);
    this.#units.forget(queue);
    this.queues.removeQueue(queue);
  }

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
    if (logIsDurable && !clean) await this.#saveFlushPoint();
    this.#pool.closeAll();
    this.#folder.leave();
    this.#logger.info('the store is closed', { maxOffset: this.log.appendOffset, clean });
  }

  /** What is durable stays promised where queues or index are not: damage in it must not look like writes that were lost. */
  async #saveFlushPoint(): Promise<void> {
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
        lastRecordOffset: this.#puts.lastPhysicalOffset,
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

/** Nothing is touched on the disk before `start`. */
export function createMessageStore(options: StoreOptions): MessageStore {
  return new LocalStore(options);
}
