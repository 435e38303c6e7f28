import type { MessageStore } from '@rocketmq-ts/store';
import { layOutReport } from '../wire/frames.ts';
import type { MasterLink, SlaveConversation } from './master-link.ts';
import { MasterStream } from './master-stream.ts';
import { type Overlap, readOverlap } from './overlap.ts';
import { RawStream } from './raw-stream.ts';

export interface FollowingParts {
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'appendRaw'>;
  readonly fileSizeBytes: number;
}

/**
 * A slave's side of the default protocol. It asks for the log from the newest own record on, and compares that record before
 * anything is appended or acknowledged; then it appends what comes.
 */
export class Following implements SlaveConversation {
  readonly layOutReport = layOutReport;
  readonly #link: MasterLink;
  readonly #parts: FollowingParts;
  readonly #frames: MasterStream;
  #overlap: Overlap | undefined;
  #stream: RawStream | undefined;
  /** How far the master's bytes are those of the overlap. */
  #comparedTo = -1;
  #emptyHanded = 0;
  #hasHeard = false;

  constructor(link: MasterLink, parts: FollowingParts) {
    this.#link = link;
    this.#parts = parts;
    this.#frames = new MasterStream({
      heartbeat: (offset) => this.#heartbeat(offset),
      body: (offset, bytes) => this.#body(offset, bytes),
      broken: (sentence) => link.end('LOST', `it sends no frames: ${sentence}`),
    });
  }

  /** The master's log continues this one, or neither has anything yet and the master says that it is there. */
  get hearsMaster(): boolean {
    return this.#isAccepted || (this.#hasHeard && this.#parts.store.facts.appendOffset === 0);
  }

  get mayReport(): boolean {
    return !this.#isComparing;
  }

  begin(): void {
    const { store, fileSizeBytes } = this.#parts;
    readOverlap(store, (overlap) => {
      if (this.#link.state === 'SHUTDOWN') return;
      if (overlap instanceof Error)
        return this.#link.end('LOST', `the newest own record can't be read: ${overlap.message}`);
      this.#overlap = overlap;
      this.#stream = new RawStream(store, fileSizeBytes);
      this.#link.report(overlap.from);
    });
  }

  stop(): void {
    this.#frames.stop();
  }

  feed(chunk: Buffer): void {
    if (this.#overlap === undefined) return this.#link.end('DIVERGED', 'it sent frames before anything was reported');
    this.#frames.feed(chunk);
  }

  get #isAccepted(): boolean {
    return this.#link.state === 'TRANSFER';
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
      this.#link.end('DIVERGED', `its log ends or begins at ${offset}, and ${own}`);
    } else if (this.#isAccepted && offset !== this.#stream!.nextOffset)
      this.#unexpected(offset, this.#stream!.nextOffset);
  }

  #body(offset: number, bytes: Buffer): void {
    this.#link.count(bytes.length);
    if (!this.#isComparing) return this.#append(offset, bytes);
    const overlap = this.#overlap!;
    const { appendOffset } = this.#parts.store.facts;
    const from = Math.max(this.#comparedTo, overlap.from);
    if (offset !== from) return this.#unexpected(offset, from);
    const own = overlap.bytes.subarray(from - overlap.from);
    const most = Math.min(own.length, bytes.length);
    if (own.compare(bytes, 0, most, 0, most) !== 0)
      return this.#link.end('DIVERGED', `its record at ${overlap.from} is another one than this log has there`);
    const taken = Math.min(bytes.length, appendOffset - from);
    this.#comparedTo = from + taken;
    if (this.#comparedTo < appendOffset) return;
    this.#accept();
    if (taken < bytes.length) this.#append(offset + taken, bytes.subarray(taken));
  }

  #accept(): void {
    this.#link.transfer();
    const { writtenOffset } = this.#parts.store.facts;
    // Proven now, and the master waits for it.
    if (writtenOffset > 0) this.#link.report(writtenOffset);
  }

  #append(offset: number, bytes: Buffer): void {
    const stream = this.#stream!;
    if (!this.#isAccepted) {
      stream.beginAt(offset);
      this.#accept();
    }
    if (offset !== stream.nextOffset) return this.#unexpected(offset, stream.nextOffset);
    stream.feed(bytes);
  }

  #unexpected(offset: number, expected: number): void {
    this.#link.end('DIVERGED', `it sends offset ${offset}, and this log continues at ${expected}`);
  }
}
