import { asError } from '@rocketmq-ts/kernel';
import type { StoreOptions } from '../options.ts';
import type { ReplicationPromise } from '../put/replication-promise.ts';
import { readExtension } from '../queue/queue-extension.ts';
import type { QueueView } from '../queue/queue-view.ts';
import { type OpenResult, openStore } from '../recovery/open.ts';
import { closeStore } from './closing.ts';
import { LiveFacts } from './facts.ts';
import { hideUnconfirmed } from './hidden-end.ts';
import type { MessageStore } from './message-store.ts';
import { makeParts, type StoreParts } from './parts.ts';
import { Truncation } from './truncation.ts';

/** A store in a folder of this machine, as its own room sees it. */
export interface LocalStore extends MessageStore {
  readonly parts: StoreParts;
  /** What opening found; undefined before. */
  recovery: OpenResult | undefined;
}

/** As `createMessageStore`, with the parts. */
export function createLocalStore(options: StoreOptions): LocalStore {
  const parts = makeParts(options);
  const { puts, queues, lookup, queries, progress, stats, running, flush, expiry, logReader, guard } = parts;
  const facts = new LiveFacts(parts);
  const truncation = new Truncation(parts, options.root, options.processId);
  let stopping: Promise<void> | undefined;
  return {
    parts,
    facts,
    recovery: undefined,
    async start() {
      this.recovery = await start(parts, facts, options);
    },
    stop() {
      if (facts.state !== 'CREATED') stopping ??= closeStore(parts);
      return stopping ?? Promise.resolve();
    },
    put: (input, ticket, waits) => puts.put(input, ticket, waits),
    putBatch: (count, bodyBytes, next, ticket, waits) => puts.putBatch(count, bodyBytes, next, ticket, waits),
    appendRaw: (physicalOffset, bytes) => puts.appendRaw(physicalOffset, bytes),
    promise: (promise) => changePromise(parts, promise),
    readLog: (physicalOffset, maxBytes, done) => logReader.read(physicalOffset, maxBytes, done),
    onLogGrowth: (listener) => flush.onGrowth(() => guard.run('a listener of the log', listener)),
    replicatedTo: (physicalOffset, confirmOffset = physicalOffset) =>
      replicatedTo(parts, physicalOffset, confirmOffset),
    keepMasterFlushedOffset: (physicalOffset) => parts.checkpoint.masterFlushed(physicalOffset),
    truncateLog: (physicalOffset, keep) => truncation.run(physicalOffset, keep),
    onTruncated: (listener) => truncation.onTruncated(listener),
    queue: (topic, queueId) => queues.of(topic, queueId),
    findQueue: (topic, queueId) => queues.find(topic, queueId),
    queuesOf: (topic) => queues.ofTopic(topic),
    topics: () => queues.topics(),
    onArrival: (listener) => progress.onArrival(listener),
    recordAt: (physicalOffset) => lookup.recordAt(physicalOffset),
    extensionOf: ({ topic, queueId }, { extensionOffset }) => {
      if (extensionOffset === undefined) return undefined;
      const folder = `${options.root}/consumequeue_ext/${topic}/${queueId}`;
      return readExtension(options.platform.disk, folder, extensionOffset);
    },
    query: (query, done) => queries.run(query, done),
    countRead: (messages, tookMs) => stats.got(messages, tookMs),
    flushSoon: () => {
      if (running.state === 'RUNNING') flush.flushSoon();
    },
    cleanSoon: () => expiry.cleanSoon(),
    followNow: () => expiry.followNow(),
    removeTopic: (topic) => removeTopic(parts, topic),
    removeBefore: (queue, physicalOffset) => removeBefore(parts, queue, physicalOffset),
  };
}

/** Nothing is touched on the disk before `start`. */
export const createMessageStore: (options: StoreOptions) => MessageStore = createLocalStore;

async function start(parts: StoreParts, facts: LiveFacts, options: StoreOptions): Promise<OpenResult> {
  const { folder, pool, running, index, flush, derivedFlush, expiry, refill, stats, puts, progress, marks } = parts;
  await folder.enter();
  let opened: OpenResult;
  let visibleOffset: number;
  try {
    options.whenLocked?.();
    opened = openStore(parts, options);
    visibleOffset = marks.isConfirmedOnly ? await hideUnconfirmed(parts) : opened.endOffset;
  } catch (error) {
    pool.closeAll();
    folder.leave();
    throw error;
  }
  facts.startedCleanly = opened.cleanStop;
  facts.replayedFrom = opened.replayedFrom;
  puts.openedBehind(opened.lastRecordOffset, opened.lastStoreTimestamp);
  progress.confirmedTimestamp = opened.lastStoreTimestamp;
  progress.confirmedOffset = visibleOffset;
  marks.openedAt(visibleOffset);
  running.transitionTo('RUNNING');
  index?.opened();
  flush.start();
  derivedFlush.start();
  expiry.start();
  refill.start();
  stats.start();
  return opened;
}

function changePromise({ marks, progress, running, log }: StoreParts, promise: ReplicationPromise): void {
  try {
    marks.promise = promise;
    running.promise(promise);
    if (promise.refusal === 'SERVICE_NOT_AVAILABLE') progress.refuseWaiting('SERVICE_NOT_AVAILABLE');
    progress.advance();
  } catch (error) {
    log.broken(asError(error));
  }
}

function replicatedTo(
  { marks, progress, log, stats }: StoreParts,
  physicalOffset: number,
  confirmOffset: number,
): void {
  try {
    stats.logCalls.replicatedTo(physicalOffset);
    marks.replicatedTo(physicalOffset, confirmOffset);
    progress.advance();
  } catch (error) {
    log.broken(asError(error));
  }
}

function removeTopic({ queues, units }: StoreParts, topic: string): void {
  for (const queue of queues.ofTopic(topic)) units.forget(queue);
  queues.removeTopic(topic);
}

function removeBefore({ queues, units }: StoreParts, { topic, queueId }: QueueView, physicalOffset: number): void {
  const queue = queues.find(topic, queueId);
  if (queue === undefined) return;
  const last = queue.isEmpty ? undefined : queue.unitAt(queue.nextUnit - 1);
  if (last !== undefined && last.physicalOffset >= physicalOffset) return queue.raiseMinOffset(physicalOffset);
  units.forget(queue);
  queues.removeQueue(queue);
}
