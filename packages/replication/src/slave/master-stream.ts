import { FRAME_HEADER_BYTES, HeadReader } from '../wire/frames.ts';

/** A frame with a larger body is none. */
const MOST_BODY_BYTES = 0x4000_0000;

/** What is in the stream of a master. */
export interface MasterFrames {
  /** A heartbeat, which names the offset of the next body. */
  heartbeat(physicalOffset: number): void;
  /** The body of a frame, or a part of it, which begins at the offset; lent for the call. */
  body(physicalOffset: number, bytes: Buffer): void;
  /** Something else than frames; nothing follows. */
  broken(sentence: string): void;
}

/** Takes the stream of a master apart. Bodies are passed on as they come, so that a frame of any size needs no memory. */
export class MasterStream {
  readonly #frames: MasterFrames;
  readonly #header = new HeadReader(FRAME_HEADER_BYTES);
  #bodyOffset = 0;
  #bodyBytes = 0;
  #isBroken = false;

  constructor(frames: MasterFrames) {
    this.#frames = frames;
  }

  /** Ends the stream: nothing is passed on any more. */
  stop(): void {
    this.#isBroken = true;
  }

  feed(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#isBroken; ) {
      if (this.#bodyBytes > 0) at += this.#body(chunk, at);
      else at += this.#head(chunk, at);
    }
  }

  #body(chunk: Buffer, at: number): number {
    const bytes = Math.min(this.#bodyBytes, chunk.length - at);
    const offset = this.#bodyOffset;
    this.#bodyOffset += bytes;
    this.#bodyBytes -= bytes;
    this.#frames.body(offset, chunk.subarray(at, at + bytes));
    return bytes;
  }

  #head(chunk: Buffer, at: number): number {
    const taken = this.#header.take(chunk, at);
    if (!this.#header.isWhole) return taken;
    const { offset } = this.#header;
    const bytes = this.#header.view.getInt32(8);
    this.#header.clear();
    if (!(offset >= 0 && offset <= Number.MAX_SAFE_INTEGER) || bytes < 0 || bytes > MOST_BODY_BYTES) {
      this.#isBroken = true;
      this.#frames.broken(`a frame of ${bytes} bytes for offset ${offset}`);
    } else if (bytes === 0) this.#frames.heartbeat(offset);
    else {
      this.#bodyOffset = offset;
      this.#bodyBytes = bytes;
    }
    return taken;
  }
}
