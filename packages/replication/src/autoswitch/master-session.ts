import { asError, type Clock, type Connection } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { HaClientConfig } from '../slave/ha-client-config.ts';
import { RawStream, StreamFailure } from '../slave/raw-stream.ts';
import type { Epochs } from './epoch-file.ts';
import { commonPoint, type EpochEntry, EpochList } from './epochs.ts';
import { encodeSlaveHandshake, encodeSlaveReport, type MasterHandshake, type TransferHeader } from './frames.ts';
import { MasterFrames } from './master-frames.ts';

/** Not written yet; beyond it the connection is not read. */
const MOST_UNWRITTEN_BYTES = 8 * 1024 * 1024;
const SECOND_MS = 1000;

/** HANDSHAKE: it waits for the master's epochs, or the log is being cut. Source: HAConnectionState. */
export type SessionState = 'HANDSHAKE' | 'TRANSFER' | 'SHUTDOWN';

/** From each state, those that may follow. */
export const SESSION_MOVES: Readonly<Record<SessionState, readonly SessionState[]>> = {
  HANDSHAKE: ['TRANSFER', 'SHUTDOWN'],
  TRANSFER: ['SHUTDOWN'],
  SHUTDOWN: [],
};

/** Properties that may change while a slave follows its master. */
export interface AutoSwitchSlaveConfig extends HaClientConfig {
  /** An empty slave asks for the last file only. */
  readonly syncFromLastFile: boolean;
  /** This slave never joins the in-sync set. */
  readonly asyncLearner: boolean;
}

/** Why a session has ended. LOST: it is tried again. DIVERGED: so it is, and people have to look. */
export interface SessionEnd {
  readonly kind: 'LOST' | 'DIVERGED';
  readonly sentence: string;
}

export interface MasterSessionParts {
  readonly clock: Clock;
  readonly store: Pick<MessageStore, 'facts' | 'appendRaw'>;
  readonly config: AutoSwitchSlaveConfig;
  readonly fileSizeBytes: number;
  readonly epochs: Epochs;
  readonly brokerId: number;
  readonly connection: Connection;
  /** Cuts the log, and then the epochs, at an offset; resolves to the end of what is left. */
  readonly cut: (physicalOffset: number) => Promise<number>;
  /** The master said that everything below an offset is confirmed; it may be more than this log has. */
  readonly onConfirmed: (physicalOffset: number) => void;
  readonly onTransfer: () => void;
  readonly onEnd: (end: SessionEnd) => void;
}

/**
 * One connection of a slave to its master: it says who it is, compares the epochs of both logs, cuts its own where they part, reports
 * what is left, and appends what comes. Source: AutoSwitchHAClient.
 */
export class MasterSession {
  readonly #parts: MasterSessionParts;
  readonly #frames: MasterFrames;
  #state: SessionState = 'HANDSHAKE';
  #stream: RawStream | undefined;
  #hasGreeted = false;
  #masterEpochs: readonly EpochEntry[] = [];
  #isPaused = false;
  #reported = 0;
  #windowSinceMs: number;
  #windowBytes = 0;
  /** Bytes of the log that came in the last whole second. */
  bytesPerSecond = 0;
  lastReadMs: number;
  lastReportMs: number;

  constructor(parts: MasterSessionParts) {
    this.#parts = parts;
    const nowMs = parts.clock.monotonicMs();
    this.lastReadMs = nowMs;
    this.lastReportMs = nowMs;
    this.#windowSinceMs = nowMs;
    this.#frames = new MasterFrames({
      handshake: (handshake) => this.#compare(handshake),
      header: (header) => this.#header(header),
      body: (offset, bytes) => this.#body(offset, bytes),
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  begin(): void {
    const { connection, config, brokerId } = this.#parts;
    connection.setHandlers({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => {},
      onClose: (error) => this.#end('LOST', error?.message ?? 'the master has closed it'),
    });
    const { syncFromLastFile, asyncLearner } = config;
    connection.write(encodeSlaveHandshake({ syncFromLastFile, asyncLearner, brokerId }));
  }

  stop(sentence: string): void {
    this.#end('LOST', sentence);
  }

  /** More of this log is written: it is reported at once. */
  written(): void {
    if (this.#state !== 'TRANSFER') return;
    const { facts } = this.#parts.store;
    if (facts.writtenOffset > this.#reported) this.#report(facts.writtenOffset);
    if (this.#isPaused && facts.appendOffset - facts.writtenOffset < MOST_UNWRITTEN_BYTES / 2) {
      this.#isPaused = false;
      this.#parts.connection.resumeReading();
    }
  }

  sweep(nowMs: number): void {
    const { config } = this.#parts;
    if (nowMs - this.#windowSinceMs >= SECOND_MS) {
      this.bytesPerSecond = Math.round((this.#windowBytes * SECOND_MS) / (nowMs - this.#windowSinceMs));
      this.#windowBytes = 0;
      this.#windowSinceMs = nowMs;
    }
    if (!this.#isPaused && nowMs - this.lastReadMs > config.haHousekeepingInterval)
      this.#end('LOST', `nothing came for ${Math.round(nowMs - this.lastReadMs)} ms`);
    else if (this.#state === 'TRANSFER' && nowMs - this.lastReportMs >= config.haSendHeartbeatInterval)
      this.#report(this.#reported);
  }

  #report(offset: number): void {
    const { connection, clock } = this.#parts;
    this.#reported = offset;
    this.lastReportMs = clock.monotonicMs();
    connection.write(encodeSlaveReport(offset));
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'SHUTDOWN') return;
    this.lastReadMs = this.#parts.clock.monotonicMs();
    try {
      this.#frames.feed(chunk);
    } catch (error) {
      const kind = error instanceof StreamFailure && error.kind === 'DAMAGED' ? 'DIVERGED' : 'LOST';
      return this.#end(kind, asError(error).message);
    }
    const { appendOffset, writtenOffset } = this.#parts.store.facts;
    if (this.#isPaused || appendOffset - writtenOffset < MOST_UNWRITTEN_BYTES) return;
    this.#isPaused = true;
    this.#parts.connection.pauseReading();
  }

  #compare({ endOffset, epochs: theirs }: MasterHandshake): void {
    if (this.#hasGreeted) return this.#end('LOST', 'the master begins again in the middle');
    this.#hasGreeted = true;
    const { store, epochs } = this.#parts;
    const { appendOffset } = store.facts;
    // Whatever epochs it had were without a byte.
    if (appendOffset === 0) return this.#transferFrom(0, theirs);
    if (epochs.list.last === undefined) {
      const sentence = `this log has ${appendOffset} bytes and no epochs: it was not written in controller mode`;
      return this.#end('DIVERGED', sentence);
    }
    const point = commonPoint(epochs.list.ranges(appendOffset), new EpochList(theirs).ranges(endOffset));
    if (point === undefined) {
      const own = epochs.list.entries.map(({ epoch, startOffset }) => `${epoch} from ${startOffset}`).join(', ');
      const other = theirs.map(({ epoch, startOffset }) => `${epoch} from ${startOffset}`).join(', ');
      return this.#end('DIVERGED', `no epoch of this log (${own}) is one of the master's (${other})`);
    }
    if (point === appendOffset) return this.#transferFrom(point, theirs);
    this.#cut(point, theirs);
  }

  #cut(point: number, theirs: readonly EpochEntry[]): void {
    const { connection, cut } = this.#parts;
    connection.pauseReading();
    this.#isPaused = true;
    const follow = (left: number): void => {
      if (this.#state === 'SHUTDOWN') return;
      this.#isPaused = false;
      this.lastReadMs = this.#parts.clock.monotonicMs();
      connection.resumeReading();
      this.#transferFrom(left, theirs);
    };
    cut(point)
      .then(follow)
      .catch((error: unknown) => this.#end('LOST', `the log can't be cut at ${point}: ${asError(error).message}`));
  }

  #transferFrom(offset: number, theirs: readonly EpochEntry[]): void {
    const { store, fileSizeBytes, epochs, onTransfer } = this.#parts;
    epochs.adopt(theirs, offset);
    this.#masterEpochs = theirs;
    this.#moveTo('TRANSFER');
    this.#stream = new RawStream(store, fileSizeBytes);
    this.#report(offset);
    onTransfer();
  }

  #header({ offset, epoch, epochStartOffset, bodyBytes, confirmOffset }: TransferHeader): void {
    const stream = this.#stream;
    if (stream === undefined) throw new Error('the master sends its log before it is asked for');
    const { store, epochs, fileSizeBytes, onConfirmed } = this.#parts;
    const isEmpty = store.facts.appendOffset === 0 && stream.nextOffset === 0;
    if (isEmpty && bodyBytes > 0) {
      if (offset % fileSizeBytes !== 0) {
        const sentence = `the master's files do not begin at multiples of ${fileSizeBytes}, the mappedFileSizeCommitLog of this broker`;
        throw new StreamFailure('DAMAGED', sentence);
      }
      stream.beginAt(offset);
    }
    if (!isEmpty && offset !== stream.nextOffset)
      throw new Error(`the master sends offset ${offset}, and this log continues at ${stream.nextOffset}`);
    const { list } = epochs;
    // A piece that ends where an epoch ends has the next epoch already, where an Apache master sends it.
    if (epoch > list.lastEpoch) this.#enterEpoch({ epoch, startOffset: epochStartOffset });
    else if (bodyBytes > 0 && epoch < (list.at(offset)?.epoch ?? -1))
      throw new Error(`the master sends epoch ${epoch} where this log has epoch ${list.at(offset)!.epoch}`);
    onConfirmed(confirmOffset);
  }

  /** Epochs without a byte are in no frame: those before this one are known from the handshake. */
  #enterEpoch(entered: EpochEntry): void {
    const { epochs } = this.#parts;
    for (const entry of this.#masterEpochs) {
      const isBetween = entry.epoch > epochs.list.lastEpoch && entry.epoch < entered.epoch;
      if (isBetween && entry.startOffset === entered.startOffset) epochs.begin(entry);
    }
    epochs.begin(entered);
  }

  #body(offset: number, bytes: Buffer): void {
    this.#windowBytes += bytes.length;
    if (this.#state !== 'TRANSFER') return;
    const stream = this.#stream!;
    if (offset !== stream.nextOffset) throw new Error(`bytes of offset ${offset} can't follow ${stream.nextOffset}`);
    stream.feed(bytes);
  }

  #moveTo(next: SessionState): void {
    if (!SESSION_MOVES[this.#state].includes(next))
      throw new Error(`a session in ${this.#state} can't move to ${next}`);
    this.#state = next;
  }

  #end(kind: SessionEnd['kind'], sentence: string): void {
    if (this.#state === 'SHUTDOWN') return;
    this.#moveTo('SHUTDOWN');
    this.#frames.stop();
    this.#parts.connection.destroy();
    this.#parts.onEnd({ kind, sentence });
  }
}
