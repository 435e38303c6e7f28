import type { ConfigFile } from './config-files.ts';
import type { FindingCount } from './findings.ts';
import type { IndexFileHeader } from './index-files.ts';
import { LogWalk } from './log-walk.ts';
import type { QueueFiles } from './queue-files.ts';
import { type CheckpointStamps, StoreView, type ViewOptions } from './store-view.ts';

export interface InspectOptions extends ViewOptions {
  /** Lists the queues of this topic. */
  readonly topic?: string | undefined;
}

/** One consume queue. */
export interface QueueRange {
  readonly queueId: number;
  readonly files: number;
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** All queues of one topic together. */
export interface TopicRange {
  readonly topic: string;
  readonly queues: number;
  /** Units whose record the log still holds. */
  readonly messages: number;
}

export interface LogRange {
  readonly directories: readonly string[];
  readonly fileSizeBytes: number;
  readonly files: number;
  readonly unusedFiles: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly lastFile: string | undefined;
  readonly lastFileUsedBytes: number;
  readonly missing: readonly { readonly from: number; readonly to: number }[];
  readonly firstStoreTimestamp: number | undefined;
  readonly lastStoreTimestamp: number | undefined;
}

/** What a store folder holds, without reading all of it. */
export interface StoreInspection {
  readonly folder: string;
  readonly writers: readonly string[];
  readonly cleanStop: boolean;
  readonly abortProcessId: number | undefined;
  readonly hasLockFile: boolean;
  readonly checkpoint: CheckpointStamps | undefined;
  readonly commitLog: LogRange;
  readonly consumeQueues: {
    readonly fileSizeBytes: number;
    readonly topics: number;
    readonly queues: number;
    readonly messages: number;
    readonly byTopic: readonly TopicRange[];
    /** Of the topic that was asked for. */
    readonly ofTopic: readonly QueueRange[] | undefined;
  };
  readonly index: readonly IndexFileHeader[];
  readonly config: readonly ConfigFile[];
  /** What is wrong as far as the files' names, lengths and texts show. */
  readonly findings: readonly FindingCount[];
}

/**
 * Looks at a store folder: reads names, lengths, headers, the ends of the queues and the last records, not all of it.
 * Throws STORE_NOT_FOUND, and errors of the system where a file can't be read.
 */
export function inspectStore(options: InspectOptions): StoreInspection {
  const view = new StoreView(options);
  try {
    return inspectView(view, options.topic);
  } finally {
    view.close();
  }
}

function inspectView(view: StoreView, topic: string | undefined): StoreInspection {
  const { log, queues } = view;
  const byTopic: TopicRange[] = [];
  const ofTopic: QueueRange[] = [];
  let newest = -1;
  for (const [name, ofName] of queues.topics) {
    let messages = 0;
    for (const queue of ofName.values()) {
      const range = rangeOf(queue, log.minOffset);
      messages += range.maxOffset - range.minOffset;
      newest = Math.max(newest, queue.unitAt(range.maxOffset - 1)?.physicalOffset ?? -1);
      if (name === topic) ofTopic.push(range);
    }
    byTopic.push({ topic: name, queues: ofName.size, messages });
  }
  ofTopic.sort((a, b) => a.queueId - b.queueId);
  return {
    folder: view.root,
    writers: view.writers,
    cleanStop: view.cleanStop,
    abortProcessId: view.abortProcessId,
    hasLockFile: view.hasLockFile,
    checkpoint: view.checkpoint,
    commitLog: logRange(view, newest),
    consumeQueues: {
      fileSizeBytes: queues.fileSizeBytes,
      topics: byTopic.length,
      queues: byTopic.reduce((sum, each) => sum + each.queues, 0),
      messages: byTopic.reduce((sum, each) => sum + each.messages, 0),
      byTopic,
      ofTopic: topic === undefined ? undefined : ofTopic,
    },
    index: view.index.files,
    config: view.config.files,
    findings: view.findings.counts(),
  };
}

function rangeOf(queue: QueueFiles, logMinOffset: number): QueueRange {
  const maxOffset = queue.findEnd();
  const minOffset = queue.findMin(maxOffset, logMinOffset);
  return { queueId: queue.queueId, files: queue.fileCount, minOffset, maxOffset };
}

/** `newest`: a place near the end of the log, where a queue says that a record begins. */
function logRange(view: StoreView, newest: number): LogRange {
  const { log } = view;
  const last = log.lastUsed;
  const start = last === undefined ? 0 : last.baseOffset;
  let end = endFrom(view, Math.max(start, newest));
  if (end.lastStoreTimestamp === undefined && newest > start) end = endFrom(view, start);
  const endFile = log.runAt(end.offset - 1)?.fileAt(end.offset - 1);
  return {
    directories: [...new Set(log.listed.map(({ directory }) => directory))],
    fileSizeBytes: log.fileSizeBytes,
    files: log.files.length,
    unusedFiles: log.unusedCount,
    minOffset: log.minOffset,
    maxOffset: end.offset,
    lastFile: endFile?.path,
    lastFileUsedBytes: endFile === undefined ? 0 : end.offset - endFile.baseOffset,
    missing: log.missing,
    firstStoreTimestamp: firstStoreTimestamp(view),
    lastStoreTimestamp: end.lastStoreTimestamp,
  };
}

function endFrom(view: StoreView, from: number): { offset: number; lastStoreTimestamp: number | undefined } {
  const walk = new LogWalk(view.log, () => {}, from);
  let lastStoreTimestamp: number | undefined;
  while (walk.next()) lastStoreTimestamp = walk.head.storeTimestamp;
  return { offset: walk.offset, lastStoreTimestamp };
}

function firstStoreTimestamp(view: StoreView): number | undefined {
  const walk = new LogWalk(view.log, () => {});
  return walk.next() ? walk.head.storeTimestamp : undefined;
}
