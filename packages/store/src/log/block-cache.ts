import type { MappedFileQueue } from './mapped-file-queue.ts';

/** What is read at first at a place that no reader comes to from the piece before it: enough for one pull. */
const FIRST_BYTES = 128 * 1024;

/** A reader that waits for a piece. */
export interface BlockWaiter {
  /** It has no use for the piece any more. */
  readonly abandoned: boolean;
  loaded(error: Error | null): void;
}

interface Block {
  readonly buffer: Buffer;
  /**
   * Part of the buffer that was read: bytes of one file, where a piece begins in one and ends in the next, and after a first read
   * no more than that brought.
   */
  validFrom: number;
  validTo: number;
  /** Set while it is read. */
  waiters: BlockWaiter[] | undefined;
}

/**
 * Recently read pieces of the older log. Consumers that catch up side by side touch the same pieces, so a piece is read
 * once for many pulls; the one read longest ago gives way. A reader that comes from elsewhere may leave at once, so that a first read
 * brings only a part of a piece; the whole piece is read when more of it is wanted, and so are those that follow it.
 */
export class BlockCache {
  readonly #files: MappedFileQueue;
  readonly #blockBytes: number;
  readonly #limit: number;
  /** In the order in which they were read. */
  readonly #blocks = new Map<number, Block>();
  /** Pieces whose read has not begun. They have no buffer yet, so that as many are in memory as are read at once. */
  readonly #wanted = new Map<number, BlockWaiter[]>();

  constructor(files: MappedFileQueue, blockBytes: number, limit: number) {
    this.#files = files;
    this.#blockBytes = blockBytes;
    this.#limit = limit;
  }

  /** Copies log bytes into `target` when all of them are in memory. Otherwise returns the offset from which on to `load`. */
  copy(physicalOffset: number, size: number, target: Buffer, at: number): number {
    let offset = physicalOffset;
    const end = physicalOffset + size;
    while (offset < end) {
      const index = Math.floor(offset / this.#blockBytes);
      const block = this.#blocks.get(index);
      const inBlock = offset - index * this.#blockBytes;
      const length = Math.min(end - offset, this.#blockBytes - inBlock);
      if (
        block === undefined ||
        block.waiters !== undefined ||
        inBlock < block.validFrom ||
        inBlock + length > block.validTo
      )
        return offset;
      block.buffer.copy(target, at + offset - physicalOffset, inBlock, inBlock + length);
      offset += length;
    }
    return -1;
  }

  /** Reads the piece that holds `offset`, or a part of it; `readableEnd` is the end of what the file has. */
  load(offset: number, readableEnd: number, waiter: BlockWaiter): void {
    const index = Math.floor(offset / this.#blockBytes);
    const others = this.#blocks.get(index)?.waiters ?? this.#wanted.get(index);
    if (others !== undefined) {
      others.push(waiter);
      return;
    }
    const start = index * this.#blockBytes;
    const file = this.#files.fileAt(offset);
    if (file === undefined || offset >= readableEnd) return waiter.loaded(new Error('offset is outside of the log'));
    const waiters = [waiter];
    this.#wanted.set(index, waiters);
    const isJump = !this.#blocks.has(index) && !this.#blocks.has(index - 1);
    const from = isJump ? offset : Math.max(start, file.baseOffset);
    const end = isJump ? offset + FIRST_BYTES : readableEnd;
    const length = Math.min(start + this.#blockBytes, end, readableEnd, file.endOffset) - from;
    let block: Block | undefined;
    const target = (): Buffer | undefined => {
      this.#wanted.delete(index);
      if (waiters.every((each) => each.abandoned)) return undefined;
      block = this.#begin(index, waiters);
      return block.buffer;
    };
    file.read(target, from - start, length, from - file.baseOffset, (error, bytesRead) => {
      // A file that was cut by others: a reader would try for ever.
      const isShort = error === null && block !== undefined && from + bytesRead <= offset;
      if (block !== undefined) {
        block.waiters = undefined;
        block.validFrom = from - start;
        block.validTo = from - start + bytesRead;
        if (error !== null && this.#blocks.get(index) === block) this.#blocks.delete(index);
      }
      for (const each of waiters) each.loaded(isShort ? new Error(`${file.path} ends too early`) : error);
    });
  }

  #begin(index: number, waiters: BlockWaiter[]): Block {
    const block = this.#blocks.get(index) ?? this.#take();
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    block.waiters = waiters;
    return block;
  }

  /**
   * Gives up the pieces that hold bytes of [from, to), which the log does not have any more, or not as they were. Readers of a
   * piece that is being read look for it again.
   */
  forget(from: number, to: number): void {
    const first = Math.floor(from / this.#blockBytes);
    for (const index of [...this.#blocks.keys()]) {
      if (index >= first && index * this.#blockBytes < to) this.#blocks.delete(index);
    }
  }

  #take(): Block {
    if (this.#blocks.size >= this.#limit) {
      for (const [key, block] of this.#blocks) {
        if (block.waiters !== undefined) continue;
        this.#blocks.delete(key);
        block.validFrom = 0;
        block.validTo = 0;
        return block;
      }
    }
    return { buffer: Buffer.allocUnsafeSlow(this.#blockBytes), validFrom: 0, validTo: 0, waiters: undefined };
  }
}
