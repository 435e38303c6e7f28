import type { Clock, Connection, Timer } from '@rocketmq-ts/kernel';
import type { LogPiece, MessageStore } from '@rocketmq-ts/store';
import { ByteRate } from '../byte-rate.ts';

/** A peer is handed more only while fewer bytes wait for it. */
export const MOST_PENDING_BYTES = 1024 * 1024;
/** Read at once; from files the store reads as much. */
const PIECE_BYTES = 512 * 1024;
/** Bodies up to this size are copied behind their header: cheaper than to give the system two buffers. */
const COPIED_BYTES = 8 * 1024;

/** How bytes of the log are wrapped for the peer. */
export interface FrameLayout {
  readonly headerBytes: number;
  layOut(bytes: Buffer, at: number, physicalOffset: number, bodyBytes: number): void;
  /** Where a frame that begins at an offset ends at the latest; absent: only files end frames. */
  endOfFrame?(physicalOffset: number): number;
}

/** What may change while the sender works. */
export interface SenderConfig {
  /** Most bytes of a body. */
  readonly haTransferBatchSize: number;
  readonly haFlowControlEnable: boolean;
  /** Of each connection, with haFlowControlEnable. */
  readonly maxHaTransferByteInSecond: number;
}

export interface LogSenderParts {
  readonly clock: Clock;
  readonly config: SenderConfig;
  readonly store: Pick<MessageStore, 'facts' | 'readLog'>;
  readonly connection: Connection;
  readonly layout: FrameLayout;
  /** The log can't be read; the connection is of no use. */
  readonly onFailed: (error: Error) => void;
}

/**
 * Sends the written log to one peer, from an offset on, many frames in one call of the system. What the peer has not taken is
 * bounded; while that much waits nothing is read.
 */
export class LogSender {
  readonly #parts: LogSenderParts;
  #nextOffset = -1;
  #isReading = false;
  #isAdvancing = false;
  #isStopped = false;
  #wake: Timer | undefined;
  readonly #rate: ByteRate;
  /** Of the last frame, data or heartbeat. */
  lastSentMs: number;

  constructor(parts: LogSenderParts) {
    this.#parts = parts;
    this.lastSentMs = parts.clock.monotonicMs();
    this.#rate = new ByteRate(this.lastSentMs);
  }

  /** Where the next frame begins; −1 before `begin`. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get hasBegun(): boolean {
    return this.#nextOffset >= 0;
  }

  /** Bytes of bodies in the last whole second. */
  get bytesPerSecond(): number {
    return this.#rate.perSecond;
  }

  begin(physicalOffset: number): void {
    this.#nextOffset = physicalOffset;
    this.advance();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.cancel();
  }

  /** Sends what there is to send: to be called when the log has grown, and when the connection has drained. */
  advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      while (this.#maySend) {
        const bytes = this.#allowance();
        if (bytes === 0) return this.#continueLater();
        this.#isReading = true;
        this.#parts.store.readLog(this.#nextOffset, bytes, this.#onRead);
      }
    } finally {
      this.#isAdvancing = false;
    }
  }

  get #maySend(): boolean {
    const { store, connection } = this.#parts;
    if (this.#isReading || this.#isStopped || !this.hasBegun) return false;
    return this.#nextOffset < store.facts.writtenOffset && connection.pendingBytes < MOST_PENDING_BYTES;
  }

  /** Counts the second that is over. */
  sweep(nowMs: number): void {
    this.#rate.sweep(nowMs);
  }

  /** An empty frame, which says where the next one begins. */
  sendHeartbeat(physicalOffset = this.#nextOffset): void {
    const { connection, layout, clock } = this.#parts;
    const header = Buffer.allocUnsafe(layout.headerBytes);
    layout.layOut(header, 0, physicalOffset, 0);
    this.lastSentMs = clock.monotonicMs();
    connection.write(header);
  }

  #allowance(): number {
    const { config } = this.#parts;
    if (!config.haFlowControlEnable) return PIECE_BYTES;
    return Math.max(0, Math.min(PIECE_BYTES, config.maxHaTransferByteInSecond - this.#rate.bytes));
  }

  /** Flow control: the rest follows in the next second. Source: FlowMonitor#canTransferMaxByteNum. */
  #continueLater(): void {
    const { clock } = this.#parts;
    this.#wake?.cancel();
    const waitMs = Math.max(1, this.#rate.endsMs - clock.monotonicMs());
    this.#wake = clock.after(waitMs, () => {
      this.sweep(clock.monotonicMs());
      this.advance();
    });
  }

  readonly #onRead = (piece: LogPiece | Error): void => {
    this.#isReading = false;
    if (piece instanceof Error) {
      if (!this.#isStopped) this.#parts.onFailed(piece);
      return;
    }
    if (this.#isStopped) return piece.release();
    this.#send(piece);
    // What comes in the same turn is called by its loop.
    this.advance();
  };

  #send(piece: LogPiece): void {
    const { clock, connection, layout, config } = this.#parts;
    const { bytes } = piece;
    this.lastSentMs = clock.monotonicMs();
    this.#rate.count(bytes.length);
    const first = this.#frameBytes(bytes.length);
    if (first === bytes.length && first <= COPIED_BYTES) {
      const frame = Buffer.allocUnsafe(layout.headerBytes + first);
      layout.layOut(frame, 0, this.#nextOffset, first);
      bytes.copy(frame, layout.headerBytes);
      this.#nextOffset += first;
      piece.release();
      return connection.write(frame);
    }
    const buffers: Buffer[] = [];
    const most = Math.max(1, config.haTransferBatchSize);
    const headers = Buffer.allocUnsafe(layout.headerBytes * (Math.ceil(bytes.length / most) + 1));
    let headerAt = 0;
    for (let at = 0; at < bytes.length; ) {
      const body = this.#frameBytes(bytes.length - at);
      const header = headerAt + layout.headerBytes <= headers.length ? headers : Buffer.allocUnsafe(layout.headerBytes);
      const from = header === headers ? headerAt : 0;
      layout.layOut(header, from, this.#nextOffset, body);
      headerAt += layout.headerBytes;
      buffers.push(header.subarray(from, from + layout.headerBytes), bytes.subarray(at, at + body));
      this.#nextOffset += body;
      at += body;
    }
    connection.writeAll(buffers, () => piece.release());
  }

  /** Size of the body that begins at the next offset. */
  #frameBytes(most: number): number {
    const { layout, config } = this.#parts;
    const end = layout.endOfFrame?.(this.#nextOffset) ?? Number.POSITIVE_INFINITY;
    return Math.min(most, Math.max(1, config.haTransferBatchSize), Math.max(1, end - this.#nextOffset));
  }
}
