import { Guard } from '@rocketmq-ts/kernel';
import { Expiry } from '../expiry/expiry.ts';
import { StoreIndex } from '../index/store-index.ts';
import { BlockCache } from '../log/block-cache.ts';
import { StoreCheckpoint } from '../log/checkpoint.ts';
import { CommitLog } from '../log/commit-log.ts';
import { FilePool } from '../log/file-pool.ts';
import { guardedListener } from '../log/guarded-listener.ts';
import { HoleRefill } from '../log/hole-refill.ts';
import { LogHoles } from '../log/holes.ts';
import { StoreLimits, type StoreOptions } from '../options.ts';
import { DerivedFlush } from '../put/derived-flush.ts';
import { LogFlush } from '../put/flush.ts';
import { PutProgress } from '../put/put-progress.ts';
import { Puts } from '../put/puts.ts';
import { RunningState } from '../put/running-state.ts';
import { StoreStats } from '../put/store-stats.ts';
import { Watermarks } from '../put/watermarks.ts';
import { QueueEndsFile } from '../queue/ends-file.ts';
import { ConsumeQueueTable } from '../queue/table.ts';
import { BATCH_UNIT_BYTES, UNIT_BYTES } from '../queue/unit-layout.ts';
import { LogReader } from '../read/log-reader.ts';
import { MessageQueries } from '../read/message-query.ts';
import { MessageReader } from '../read/message-reader.ts';
import { QueueRepair } from '../read/queue-repair.ts';
import { ReadFailures } from '../read/read-failures.ts';
import { RecordLookup } from '../read/record-lookup.ts';
import { UnitCache } from '../read/unit-cache.ts';
import { StoreFolder } from '../recovery/store-folder.ts';

/** Everything that a store consists of. */
export type StoreParts = ReturnType<typeof makeParts>;

/** Makes the parts of a store and connects them. Nothing is touched on the disk, and nothing runs. */
export function makeParts(options: StoreOptions) {
  const files = makeFiles(options);
  const writing = makeWriting(options, files);
  const reading = makeReading(options, { ...files, ...writing });
  return { ...files, ...writing, ...reading };
}

/** What holds the files, and the states of the store. */
function makeFiles(options: StoreOptions) {
  const { platform, logger, config, root, openFilesLimit = Number.POSITIVE_INFINITY } = options;
  const { clock, disk } = platform;
  const openFiles = Math.min(StoreLimits.openFiles, Math.ceil(openFilesLimit * StoreLimits.openFilesShare));
  const pool = new FilePool(disk, openFiles);
  const stats = new StoreStats(clock);
  const layout = {
    directory: config.storePathCommitLog ?? `${root}/commitlog`,
    fileSizeBytes: config.mappedFileSizeCommitLog,
    slabBytes: Math.min(StoreLimits.slabBytes, config.mappedFileSizeCommitLog),
    tailSlabs: StoreLimits.tailSlabs,
  };
  const log = new CommitLog(disk, pool, logger, layout, stats.logCalls);
  const fileSizeBytes = {
    SimpleCQ: Math.ceil(config.mappedFileSizeConsumeQueue / UNIT_BYTES) * UNIT_BYTES,
    BatchCQ: Math.ceil(config.mapperFileSizeBatchConsumeQueue / BATCH_UNIT_BYTES) * BATCH_UNIT_BYTES,
  };
  const queueTypeOf = options.queueTypeOf ?? (() => undefined);
  return {
    ...{ clock, disk, logger, pool, log },
    folder: new StoreFolder(disk, root),
    checkpoint: new StoreCheckpoint(disk, `${root}/checkpoint`),
    ends: new QueueEndsFile(disk, root, fileSizeBytes),
    queues: new ConsumeQueueTable({ disk, pool, logger, root, fileSizeBytes, queueTypeOf }),
    running: new RunningState(logger),
    stats,
    guard: new Guard(clock, logger),
  };
}

/** The way of records to the disk, and of what is made from them. */
function makeWriting(options: StoreOptions, files: ReturnType<typeof makeFiles>) {
  const { config, root } = options;
  const { log, queues, checkpoint, running, stats, guard } = files;
  const marks = new Watermarks(log, options);
  const progress = new PutProgress(queues, stats, guard, marks, config);
  const confirmOffset = (): number => marks.visible;
  const index = config.messageIndexEnable
    ? new StoreIndex({ ...files, confirmOffset }, `${root}/index`, config)
    : undefined;
  const onRolledBack = (endOffset: number): void => index?.messages.truncateTo(endOffset);
  const flush = new LogFlush(log, progress, checkpoint, running, options, onRolledBack);
  log.listener = guardedListener(flush, (error) => log.broken(error));
  const { logCalls } = stats;
  flush.onGrowth(() => {
    if (marks.promise.acknowledge === 'wait') logCalls.replicationBegins(log.writtenOffset);
    else logCalls.replicationEnds();
  });
  return {
    ...{ marks, progress, index, flush },
    puts: new Puts({ ...files, index: index?.messages, progress, flush, delayLevelsMs: options.delayLevelsMs }),
    derivedFlush: new DerivedFlush(queues, checkpoint, progress, running, options, index),
  };
}

/** The ways from the disk to readers, and the removal of what is expired. */
function makeReading(
  { config, root, diskFractions, delayLevelsMs }: StoreOptions,
  parts: ReturnType<typeof makeFiles> & ReturnType<typeof makeWriting>,
) {
  const { disk, logger, log, queues, marks, flush } = parts;
  const confirmOffset = (): number => marks.visible;
  const indexes = parts.index?.messages;
  const units = new UnitCache();
  const blocks = new BlockCache(log.files, StoreLimits.blockBytes, StoreLimits.blocks);
  const expiry = new Expiry({ ...parts, root, units, blocks, indexes, config, fractions: diskFractions });
  flush.usage = expiry.usage;
  const holes = new LogHoles(disk, root, logger);
  const repair = new QueueRepair({ ...parts, holes, blocks, units, delayLevelsMs });
  // The values of the moment: they may be changed while the store runs.
  const bounds = {
    get maxUnits() {
      return Math.max(1, Math.floor(config.maxFilterMessageSize / UNIT_BYTES));
    },
    get maxMessages() {
      return config.maxTransferCountOnMessageInMemory;
    },
    get maxBytes() {
      return config.maxTransferBytesOnMessageInMemory;
    },
    blockBytes: StoreLimits.blockBytes,
  };
  const failures = new ReadFailures(logger);
  const reader = new MessageReader(log, blocks, units, repair, bounds, failures);
  const lookup = new RecordLookup(log, confirmOffset);
  queues.findRecordsWith({ reader, lookup });
  const refill = new HoleRefill({ ...parts, holes, blocks });
  return {
    units,
    blocks,
    expiry,
    holes,
    repair,
    refill,
    lookup,
    logReader: new LogReader(log),
    queries: new MessageQueries(indexes, log, lookup, confirmOffset),
  };
}
