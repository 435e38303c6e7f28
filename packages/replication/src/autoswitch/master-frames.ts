import { viewOf } from '@rocketmq-ts/kernel';
import { HeadReader } from '../wire/frames.ts';
import {
  HaState,
  type MasterHandshake,
  masterFrameBytes,
  readMasterHandshake,
  readTransferHeader,
  TRANSFER_HEADER_BYTES,
  type TransferHeader,
} from './frames.ts';

/** What is in the stream of a master in controller mode. Each may throw, which ends the stream. */
export interface MasterEvents {
  handshake(handshake: MasterHandshake): void;
  /** Before the body of each frame; alone as a heartbeat. */
  header(header: TransferHeader): void;
  /** The body of a frame, or a part of it, which begins at the offset; lent for the call. */
  body(physicalOffset: number, bytes: Buffer): void;
}

/** State and size of the body: enough to know what frame it is. */
const HEAD_BYTES = 8;

/** Takes the stream of a master apart. Bodies are passed on as they come, so that a frame needs no memory. */
export class MasterFrames {
  readonly #events: MasterEvents;
  #head = new HeadReader(HEAD_BYTES);
  #rest: Buffer = Buffer.alloc(0);
  #restFilled = 0;
  #bodyOffset = 0;
  #bodyBytes = 0;
  #isStopped = false;

  constructor(events: MasterEvents) {
    this.#events = events;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Throws for what is no frame. */
  feed(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#isStopped; ) {
      if (this.#bodyBytes > 0) at += this.#body(chunk, at);
      else if (!this.#head.isWhole) at += this.#takeHead(chunk, at);
      else at += this.#takeRest(chunk, at);
    }
  }

  #body(chunk: Buffer, at: number): number {
    const bytes = Math.min(this.#bodyBytes, chunk.length - at);
    const offset = this.#bodyOffset;
    this.#bodyOffset += bytes;
    this.#bodyBytes -= bytes;
    this.#events.body(offset, chunk.subarray(at, at + bytes));
    return bytes;
  }

  #takeHead(chunk: Buffer, at: number): number {
    const taken = this.#head.take(chunk, at);
    if (!this.#head.isWhole) return taken;
    const { view } = this.#head;
    const size = masterFrameBytes(view, 0, HEAD_BYTES);
    // Of a handshake all that follows is gathered, of a transfer its header.
    this.#rest = Buffer.alloc(view.getInt32(0) === HaState.HANDSHAKE ? size : TRANSFER_HEADER_BYTES);
    const rest = viewOf(this.#rest);
    rest.setInt32(0, view.getInt32(0));
    rest.setInt32(4, view.getInt32(4));
    this.#restFilled = HEAD_BYTES;
    return taken;
  }

  #takeRest(chunk: Buffer, at: number): number {
    const bytes = chunk.copy(this.#rest, this.#restFilled, at);
    this.#restFilled += bytes;
    if (this.#restFilled < this.#rest.length) return bytes;
    const view = viewOf(this.#rest);
    this.#head.clear();
    if (view.getInt32(0) === HaState.HANDSHAKE) this.#events.handshake(readMasterHandshake(view, 0));
    else {
      const header = readTransferHeader(view, 0);
      this.#bodyOffset = header.offset;
      this.#bodyBytes = header.bodyBytes;
      this.#events.header(header);
    }
    return bytes;
  }
}
