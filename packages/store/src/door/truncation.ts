import { asError, sleep } from '@rocketmq-ts/kernel';
import { SystemTopic } from '@rocketmq-ts/protocol';
import { isInQueue } from '../dispatch/dispatch.ts';
import { StoreError } from '../errors.ts';
import { LogScan } from '../log/scan.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import { forgetTimers } from '../timer/forget.ts';
import type { StoreParts } from './parts.ts';

/** Of the log at a time, between turns of the loop that serve others. */
const SLICE_BYTES = 1024 * 1024;

/** The newest record that stays. */
interface LastRecord {
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
}

const NO_RECORD: LastRecord = { physicalOffset: -1, storeTimestamp: 0 };

/** What a cut does; found before anything is changed. */
interface Cut {
  /** 0: the whole log. */
  readonly offset: number;
  readonly last: LastRecord;
  /** Queues of the records that are cut off; undefined where these can't be read. */
  readonly queues: ReadonlySet<ConsumeQueue> | undefined;
}

/**
 * Cuts off the end of the log of a store that follows another one, whose log is different from there on. First, while others are
 * served, the place is checked and what is cut off is read and kept; then, in one turn of the loop, everything is changed: the
 * mark of the cut, the checkpoint, the log, what was derived from it, the mark again. A start after a crash in between
 * completes it (`StoreFolder.interruptedCut`), so that the log is either whole or cut, and no unit leads behind its end.
 */
export class Truncation {
  readonly #parts: StoreParts;
  readonly #root: string;
  readonly #processId: number;
  readonly #scan: LogScan;
  readonly #listeners: ((physicalOffset: number) => void)[] = [];

  constructor(parts: StoreParts, root: string, processId: number) {
    this.#parts = parts;
    this.#root = root;
    this.#processId = processId;
    this.#scan = new LogScan(parts.log.files);
  }

  onTruncated(listener: (physicalOffset: number) => void): void {
    this.#listeners.push(listener);
  }

  /** As `MessageStore.truncateLog`. */
  async run(physicalOffset: number, keep: string | undefined): Promise<void> {
    const { running, log } = this.#parts;
    const isFree = running.state === 'RUNNING' && !running.isRaised('CUTTING') && log.failure === undefined;
    if (!isFree || running.refusalOf(false) === undefined) throw notNow(running.notWritableBecause);
    running.raise('CUTTING', 'the end of the commit log is being cut off');
    try {
      await this.#run(physicalOffset, keep);
    } finally {
      running.lower('CUTTING');
    }
  }

  async #run(physicalOffset: number, keep: string | undefined): Promise<void> {
    const { log, logger, guard } = this.#parts;
    await this.#quiet();
    const { minOffset, appendOffset } = log;
    if (!Number.isSafeInteger(physicalOffset) || physicalOffset > appendOffset)
      throw wrongOffset(physicalOffset, `the log ends at ${appendOffset}`);
    if (physicalOffset === appendOffset) return;
    const cut: Cut =
      physicalOffset <= minOffset
        ? { offset: 0, last: NO_RECORD, queues: undefined }
        : {
            offset: physicalOffset,
            last: await this.#lastBefore(physicalOffset),
            queues: await this.#queuesBehind(physicalOffset),
          };
    const from = Math.max(physicalOffset, minOffset);
    const keptIn = keep === undefined ? undefined : await this.#keep(from, keep);
    await this.#quiet();
    this.#cut(cut);
    const bytes = appendOffset - from;
    logger.warn('the end of the commit log was cut off', { from, to: appendOffset, bytes, keptIn });
    for (const listener of this.#listeners) guard.run('what follows a cut of the log', () => listener(cut.offset));
  }

  /** Resolves in a turn in which nothing is under way to any file; nothing begins then, since the reason CUTTING is raised. */
  async #quiet(): Promise<void> {
    const { flush, derivedFlush, expiry, index, running, log } = this.#parts;
    do {
      await flush.quiet();
      await expiry.idle();
      await derivedFlush.idle();
      await index?.idle();
      if (running.state !== 'RUNNING' || log.failure !== undefined) throw notNow(running.notWritableBecause);
    } while (!(flush.isQuiet && expiry.isIdle && derivedFlush.isIdle));
  }

  /** The record that ends at an offset; throws where none does. Records are walked over from the beginning of the file on. */
  async #lastBefore(offset: number): Promise<LastRecord> {
    const { files } = this.#parts.log;
    this.#scan.forget();
    const { head } = this.#scan;
    let last = NO_RECORD;
    for (let end = offset; ; ) {
      const file = files.fileAt(end - 1);
      if (file === undefined) return last;
      for (let at = file.baseOffset; at < end; ) {
        const found = this.#scan.recordAt(file, at);
        if (found === 'RECORD') last = { physicalOffset: at, storeTimestamp: head.storeTimestamp };
        const next =
          found === 'RECORD' || found === 'BLANK'
            ? at + head.totalSize
            : this.#scan.goodRecordWithin(file, at, end + 1);
        if (next === undefined || next > offset)
          throw wrongOffset(offset, `a record begins at ${at} and another place follows`);
        if (Math.floor(next / SLICE_BYTES) > Math.floor(at / SLICE_BYTES)) await this.#pause();
        at = next;
      }
      if (last !== NO_RECORD) return last;
      end = file.baseOffset;
    }
  }

  async #queuesBehind(offset: number): Promise<ReadonlySet<ConsumeQueue> | undefined> {
    const { log, queues } = this.#parts;
    const { head } = this.#scan;
    const found = new Set<ConsumeQueue>();
    for (let at = offset; at < log.appendOffset; ) {
      const file = log.files.fileAt(at);
      const result = file === undefined ? 'NOTHING' : this.#scan.recordAt(file, at);
      if (result !== 'RECORD' && result !== 'BLANK') return undefined;
      const queue = result === 'RECORD' && isInQueue(head.sysFlag) ? queues.find(head.topic, head.queueId) : undefined;
      if (queue !== undefined) found.add(queue);
      const next = at + head.totalSize;
      if (Math.floor(next / SLICE_BYTES) > Math.floor(at / SLICE_BYTES)) await this.#pause();
      at = next;
    }
    return found;
  }

  async #pause(): Promise<void> {
    const { clock, running } = this.#parts;
    await sleep(clock, 0);
    if (running.state !== 'RUNNING') throw notNow(running.notWritableBecause);
  }

  /** Copies the log from an offset on into a file of its own, durably, and returns its path. A file that is there stays. */
  async #keep(from: number, name: string): Promise<string> {
    const { disk, log } = this.#parts;
    const directory = `${this.#root}/truncated-log`;
    disk.makeDirectory(directory);
    let path = `${directory}/${name}`;
    for (let i = 2; disk.stat(path) !== undefined; i++) path = `${directory}/${name}.${i}`;
    const copy = disk.open(path, 'create');
    let isKept = false;
    try {
      const piece = Buffer.allocUnsafe(SLICE_BYTES);
      for (let at = from; at < log.appendOffset; ) {
        const file = log.files.fileAt(at)!;
        const wanted = Math.min(piece.length, file.endOffset - at, log.appendOffset - at);
        const bytes = file.readSync(piece, 0, wanted, at - file.baseOffset);
        if (bytes < wanted) piece.fill(0, bytes, wanted);
        copy.writeSync(piece, 0, wanted, at - from);
        at += wanted;
        await this.#pause();
      }
      copy.syncSync();
      isKept = true;
    } finally {
      copy.close();
      if (!isKept) disk.remove(path);
    }
    disk.syncDirectory(directory);
    return path;
  }

  /** All in one turn. What fails leaves memory and files in doubt: the store is read-only, and the next start completes it. */
  #cut(cut: Cut): void {
    const { folder, checkpoint, log } = this.#parts;
    // Nothing is changed where the disk does not take it.
    folder.markCutting(this.#processId, cut.offset);
    try {
      checkpoint.logCut(cut.offset, cut.last.storeTimestamp);
      log.cutTo(cut.offset);
      this.#cutDerived(cut);
      folder.markCut(this.#processId);
    } catch (error) {
      log.broken(asError(error));
      throw error;
    }
  }

  #cutDerived({ offset, last, queues: touched }: Cut): void {
    const { progress, queues, units, blocks, index, marks, puts, holes, repair, expiry, derivedFlush, disk } =
      this.#parts;
    progress.logWasCut(offset, last.storeTimestamp);
    const timers = queues.find(SystemTopic.WHEEL_TIMER, 0);
    for (const queue of touched ?? queues.all()) {
      if (queue.removed) continue;
      if (offset === 0) queue.reset();
      const isChanged = offset === 0 || queue.cutBehind(offset);
      if (!isChanged) continue;
      units.forget(queue);
      if (queue === timers) forgetTimers(disk, this.#root, queue.nextOffset);
    }
    if (offset === 0) queues.removeEmptyFolders();
    index?.logWasCut(offset, last.storeTimestamp);
    blocks.forget(offset, Number.POSITIVE_INFINITY);
    for (const hole of [...holes.refused.keys()]) if (hole >= offset) holes.refused.delete(hole);
    repair.logWasCut();
    marks.logWasCut(offset);
    puts.openedBehind(last.physicalOffset, last.storeTimestamp);
    derivedFlush.logWasCut(offset);
    expiry.logWasCut();
  }
}

function wrongOffset(offset: number, because: string): StoreError {
  const sentence = `the commit log can't be cut at offset ${offset}, where no record ends: ${because}`;
  return new StoreError('STORE_CUT_OFFSET', sentence, { facts: { physicalOffset: offset } });
}

function notNow(because: string | undefined): StoreError {
  const sentence = `the commit log can't be cut now: ${because ?? 'the store takes messages'}`;
  return new StoreError('STORE_CUT_STATE', sentence);
}
