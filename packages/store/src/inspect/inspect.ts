import { BATCH_UNIT_BYTES } from '../queue/unit-layout.ts';
import { LogWalk } from './log-walk.ts';
import type { QueueFiles } from './queue-files.ts';
import { StoreView, type ViewOptions } from './store-view.ts';

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

/** The commit log of a store folder. */
export type LogRange = Readonly<ReturnType<typeof logRange>>;

/** What a store folder holds, without reading all of it. */
export type StoreInspection = Readonly<ReturnType<typeof inspectView>>;

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

function inspectView(view: StoreView, topic: string | undefined) {
  const { log, queues, batchQueues } = view;
  const byTopic: TopicRange[] = [];
  const ofTopic: QueueRange[] = [];
  let newest = -1;
  for (const [name, ofName] of [...queues.topics, ...batchQueues.topics]) {
    let messages = 0;
    for (const queue of ofName.values()) {
      const end = queue.findEnd();
      const range = rangeOf(queue, end, log.minOffset);
      messages += range.maxOffset - range.minOffset;
      newest = Math.max(newest, queue.unitAt(end - 1)?.physicalOffset ?? -1);
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
      /** Of the topic that was asked for. */
      ofTopic: topic === undefined ? undefined : ofTopic,
    },
    index: view.index.files,
    /** Messages with a time of their own; undefined where there were none. */
    timers: view.timers?.range(),
    config: view.config.files,
    /** What is wrong as far as the files' names, lengths and texts show. */
    findings: view.findings.counts(),
  };
}

/** `end`: behind the last unit. */
function rangeOf(queue: QueueFiles, end: number, logMinOffset: number): QueueRange {
  const first = queue.findMin(end, logMinOffset);
  const [minOffset, maxOffset] = queue.unitBytes === BATCH_UNIT_BYTES ? batchRange(queue, first, end) : [first, end];
  return { queueId: queue.queueId, files: queue.fileCount, minOffset, maxOffset };
}

/** Queue offsets of the messages of units. */
function batchRange(queue: QueueFiles, first: number, end: number): [minOffset: number, maxOffset: number] {
  const last = queue.batchUnitAt(end - 1);
  const maxOffset = last === undefined ? 0 : last.queueOffset + last.messageCount;
  return [first < end ? (queue.batchUnitAt(first)?.queueOffset ?? maxOffset) : maxOffset, maxOffset];
}

/** `newest`: a place near the end of the log, where a record begins by a queue's unit. */
function logRange(view: StoreView, newest: number) {
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
