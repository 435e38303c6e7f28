import type { Clock, Connection } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { layOutReport } from '../wire/frames.ts';
import type { HaClientConfig } from './ha-client-config.ts';
import { MasterStream } from './master-stream.ts';
import { type Overlap, readOverlap } from './overlap.ts';
import { RawStream, StreamFailure } from './raw-stream.ts';

/** Not written yet; beyond it the connection is not read. */
export const MOST_UNWRITTEN_BYTES = 8 * 1024 * 1024;
const SECOND_MS = 1000;

/** Why a slave does not follow its master any more. */
export interface FollowingEnd {
  /** LOST: the connection, or this store takes nothing. */
  readonly kind: 'LOST' | 'DIVERGED';
  readonly sentence: string;
}

export interface FollowingParts {
  readonly clock: Clock;
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'appendRaw'>;
  readonly config: HaClientConfig;
  readonly fileSizeBytes: number;
  readonly connection: Connection;
  /** The master has shown that its log continues this one. */
  readonly onAccepted: () => void;
  readonly onEnd: (end: FollowingEnd) => void;
}

/**
 * One connection to a master. It asks for the log from the newest own record on, and compares that record before anything
 * is appended or acknowledged; then it appends what comes, and reports what is written as soon as it is.
 */
export class Following {
  readonly #parts: FollowingParts;
  readonly #frames: MasterStream;
  #overlap: Overlap | undefined;
  #stream: RawStream | undefined;
  /** How far the master's bytes are those of the overlap. */
  #comparedTo = -1;
  #emptyHanded = 0;
  #isAccepted = false;
  #hasHeard = false;
  #isPaused = false;
  #isEnded = false;
  #reported = -1;
  #windowSinceMs: number;
  #windowBytes = 0;
  /** Bytes of the log that came in the last whole second. */
  bytesPerSecond = 0;
  lastReadMs: number;
  lastReportMs: number;

  constructor(parts: FollowingParts) {
    this.#parts = parts;
    const nowMs = parts.clock.monotonicMs();
    this.lastReadMs = nowMs;
    this.lastReportMs = nowMs;
    this.#windowSinceMs = nowMs;
    this.#frames = new MasterStream({
      heartbeat: (offset) => this.#heartbeat(offset),
      body: (offset, bytes) => this.#body(offset, bytes),
      broken: (sentence) => this.#end('LOST', `it sends no frames: ${sentence}`),
    });
  }

  /** The master has shown that its log continues this one. */
  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** The same, or neither log has anything yet and the master says that it is there. */
  get hearsMaster(): boolean {
    return this.#isAccepted || (this.#hasHeard && this.#parts.store.facts.appendOffset === 0);
  }

  begin(): void {
    const { connection, store, fileSizeBytes } = this.#parts;
    connection.setHandlers({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => {},
      onClose: (error) => this.#end('LOST', error?.message ?? 'the master has closed it'),
    });
    readOverlap(store, (overlap) => {
      if (this.#isEnded) return;
      if (overlap instanceof Error) return this.#end('LOST', `the newest own record can't be read: ${overlap.message}`);
      this.#overlap = overlap;
      this.#stream = new RawStream(store, fileSizeBytes);
      this.#report(overlap.from);
    });
  }

  stop(sentence: string): void {
    this.#end('LOST', sentence);
  }

  /** More of this log is written: it is reported at once. */
  written(): void {
    const { facts } = this.#parts.store;
    if (!this.#isAccepted || this.#isEnded) return;
    if (facts.writtenOffset > this.#reported) this.#report(facts.writtenOffset);
    if (this.#isPaused && facts.appendOffset - facts.writtenOffset < MOST_UNWRITTEN_BYTES / 2) {
      this.#isPaused = false;
      this.#parts.connection.resumeReading();
    }
  }

  sweep(nowMs: number): void {
    const { config, store } = this.#parts;
    if (nowMs - this.#windowSinceMs >= SECOND_MS) {
      this.bytesPerSecond = Math.round((this.#windowBytes * SECOND_MS) / (nowMs - this.#windowSinceMs));
      this.#windowBytes = 0;
      this.#windowSinceMs = nowMs;
    }
    if (!this.#isPaused && nowMs - this.lastReadMs > config.haHousekeepingInterval)
      this.#end('LOST', `nothing came for ${Math.round(nowMs - this.lastReadMs)} ms`);
    else if (!this.#isComparing && nowMs - this.lastReportMs >= config.haSendHeartbeatInterval)
      this.#report(Math.max(this.#reported, store.facts.writtenOffset));
  }

  #report(offset: number): void {
    const { connection, clock } = this.#parts;
    this.#reported = offset;
    this.lastReportMs = clock.monotonicMs();
    connection.write(layOutReport(offset));
  }

  #onData(chunk: Buffer): void {
    if (this.#isEnded) return;
    this.lastReadMs = this.#parts.clock.monotonicMs();
    if (this.#overlap === undefined) return this.#end('DIVERGED', 'it sent frames before anything was reported');
    this.#frames.feed(chunk);
    const { appendOffset, writtenOffset } = this.#parts.store.facts;
    if (this.#isEnded || this.#isPaused || appendOffset - writtenOffset < MOST_UNWRITTEN_BYTES) return;
    this.#isPaused = true;
    this.#parts.connection.pauseReading();
  }

  /** Until then a further report could be taken for an acknowledgement. An empty log has nothing to compare. */
  get #isComparing(): boolean {
    return !this.#isAccepted && this.#parts.store.facts.appendOffset > 0;
  }

  #heartbeat(offset: number): void {
    this.#hasHeard = true;
    const { appendOffset } = this.#parts.store.facts;
    if (this.#isComparing) {
      const from = Math.max(this.#comparedTo, this.#overlap!.from);
      if (offset === from && from === appendOffset) return this.#accept();
      // The first one may have been due before the report came.
      this.#emptyHanded += 1;
      if (offset === from && this.#emptyHanded < 2) return;
      const own = `this one has a record at ${this.#overlap!.from} and ends at ${appendOffset}`;
      this.#end('DIVERGED', `its log ends or begins at ${offset}, and ${own}`);
    } else if (this.#isAccepted && offset !== this.#stream!.nextOffset)
      this.#unexpected(offset, this.#stream!.nextOffset);
  }

  #body(offset: number, bytes: Buffer): void {
    this.#windowBytes += bytes.length;
    if (this.#isEnded) return;
    if (!this.#isComparing) return this.#append(offset, bytes);
    const overlap = this.#overlap!;
    const { appendOffset } = this.#parts.store.facts;
    const from = Math.max(this.#comparedTo, overlap.from);
    if (offset !== from) return this.#unexpected(offset, from);
    const own = overlap.bytes.subarray(from - overlap.from);
    const most = Math.min(own.length, bytes.length);
    if (own.compare(bytes, 0, most, 0, most) !== 0)
      return this.#end('DIVERGED', `its record at ${overlap.from} is another one than this log has there`);
    const taken = Math.min(bytes.length, appendOffset - from);
    this.#comparedTo = from + taken;
    if (this.#comparedTo < appendOffset) return;
    this.#accept();
    if (taken < bytes.length) this.#append(offset + taken, bytes.subarray(taken));
  }

  #accept(): void {
    this.#isAccepted = true;
    this.#parts.onAccepted();
    const { writtenOffset } = this.#parts.store.facts;
    // Proven now, and the master waits for it.
    if (writtenOffset > 0) this.#report(writtenOffset);
  }

  #append(offset: number, bytes: Buffer): void {
    const stream = this.#stream!;
    if (!this.#isAccepted) {
      const { fileSizeBytes } = this.#parts;
      if (offset % fileSizeBytes !== 0)
        return this.#end(
          'DIVERGED',
          `its files of the commit log do not begin at multiples of ${fileSizeBytes}, the mappedFileSizeCommitLog of this broker`,
        );
      stream.beginAt(offset);
      this.#accept();
    }
    if (offset !== stream.nextOffset) return this.#unexpected(offset, stream.nextOffset);
    try {
      stream.feed(bytes);
    } catch (error) {
      if (!(error instanceof StreamFailure)) throw error;
      this.#end(error.kind === 'DAMAGED' ? 'DIVERGED' : 'LOST', error.message);
    }
  }

  #unexpected(offset: number, expected: number): void {
    this.#end('DIVERGED', `it sends offset ${offset}, and this log continues at ${expected}`);
  }

  #end(kind: FollowingEnd['kind'], sentence: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#frames.stop();
    this.#parts.connection.destroy();
    this.#parts.onEnd({ kind, sentence });
  }
}
