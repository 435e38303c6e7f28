import { readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';

/**
 * The default HA protocol. There is no handshake: a slave reports how far its log reaches, and the master sends what follows.
 *
 * | direction | offset | size | field |
 * | --- | --- | --- | --- |
 * | slave → master | 0 | 8 | end of the slave's log |
 * | master → slave | 0 | 8 | physical offset of the body; of a heartbeat: of the next one |
 * |                | 8 | 4 | bytes of the body; 0 in a heartbeat |
 * |                | 12 |  | bytes of the log, cut anywhere but never across the end of a file |
 *
 * Source: DefaultHAClient, DefaultHAConnection.
 */
export const REPORT_BYTES = 8;
/** Of a frame from the master. */
export const FRAME_HEADER_BYTES = 12;

/** What a slave sends. */
export function layOutReport(physicalOffset: number): Buffer {
  const bytes = Buffer.allocUnsafe(REPORT_BYTES);
  writeInt64(viewOf(bytes), 0, physicalOffset);
  return bytes;
}

/** The head of a frame from the master. */
export function layOutFrameHeader(bytes: Buffer, at: number, physicalOffset: number, bodyBytes: number): void {
  const view = viewOf(bytes);
  writeInt64(view, at, physicalOffset);
  view.setInt32(at + 8, bodyBytes);
}

/** Gathers fixed numbers of bytes out of pieces that are cut anywhere. */
export class HeadReader {
  readonly #head: Buffer;
  readonly #view: DataView;
  #gathered = 0;

  constructor(bytes: number) {
    this.#head = Buffer.alloc(bytes);
    this.#view = viewOf(this.#head);
  }

  /** Takes from `piece` what is missing, and returns how many bytes that were. */
  take(piece: Buffer, at: number): number {
    const bytes = Math.min(this.#head.length - this.#gathered, piece.length - at);
    piece.copy(this.#head, this.#gathered, at, at + bytes);
    this.#gathered += bytes;
    return bytes;
  }

  get isWhole(): boolean {
    return this.#gathered === this.#head.length;
  }

  /** What is gathered, valid while it is whole. */
  get view(): DataView {
    return this.#view;
  }

  /** The first 8 bytes as a number; only exact within the safe integers. */
  get offset(): number {
    return readInt64(this.#view, 0);
  }

  /** Begins anew. */
  clear(): void {
    this.#gathered = 0;
  }
}
