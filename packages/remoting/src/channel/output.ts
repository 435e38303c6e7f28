import { ByteWriter, type Connection } from '@rocketmq-ts/kernel';

const CHUNK_BYTES = 65_536;
/** Free chunks kept: 4 MiB. */
const MAX_FREE_CHUNKS = 64;
/** Body pieces of at least this size go out by reference. Copying a smaller one costs less than a system call of its own. */
const REFERENCE_BYTES = 49_152;
/** Longer bodies are handed over in parts of this size, so that a peer that reads slowly is seen to read. */
const PART_BYTES = 262_144;

/** Output chunks that all connections of a server or client share. */
export class ChunkPool {
  readonly #free: ByteWriter[] = [];

  take(): ByteWriter {
    return this.#free.pop() ?? new ByteWriter(CHUNK_BYTES);
  }

  give(chunk: ByteWriter): void {
    if (chunk.buffer.length !== CHUNK_BYTES || this.#free.length >= MAX_FREE_CHUNKS) return;
    chunk.reset();
    this.#free.push(chunk);
  }
}

/** Bytes that are handed to the connection in one write. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Returned to the pool when these bytes are sent. */
  readonly chunk: ByteWriter | undefined;
  /** Runs when the bytes are no longer needed: sent, or dropped with the connection. */
  onSent: (() => void) | undefined;
}

/**
 * The bytes that a connection still has to send. Frames are laid out in pooled chunks; `flush` hands what has gathered to
 * the connection, usually in one write, and while that is under way the next frames gather.
 */
export class Output {
  readonly #connection: Connection;
  readonly #pool: ChunkPool;
  readonly #onProgress: () => void;
  #chunk: ByteWriter | undefined;
  /** Start of the bytes of `#chunk` that are in no piece yet. */
  #chunkFrom = 0;
  #gathered: Piece[] = [];
  #gatheredBytes = 0;
  #writing: Piece[] = [];
  #writingDone = 0;
  #writingBytes = 0;
  /** Run when what has gathered up to the next write is sent. */
  #watchers: (() => void)[] = [];
  #sentCount = 0;

  /** `onProgress` runs when a write is done. */
  constructor(connection: Connection, pool: ChunkPool, onProgress: () => void) {
    this.#connection = connection;
    this.#pool = pool;
    this.#onProgress = onProgress;
  }

  /** Gathered, and handed over but not taken by the system. */
  get unsentBytes(): number {
    const chunk = this.#chunk;
    return this.#gatheredBytes + this.#writingBytes + (chunk === undefined ? 0 : chunk.position - this.#chunkFrom);
  }

  /** How many pieces were sent: it grows while the peer reads. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** A writer with room for `count` bytes at its position. Use it at once. */
  reserve(count: number): ByteWriter {
    const chunk = this.#chunk;
    if (chunk !== undefined) {
      if (chunk.remaining >= count) return chunk;
      this.#seal(chunk);
    }
    const fresh = count <= CHUNK_BYTES ? this.#pool.take() : new ByteWriter(count);
    this.#chunk = fresh;
    this.#chunkFrom = 0;
    return fresh;
  }

  /**
   * Appends body bytes. Large ones are not copied and must stay as they are until they are sent: then the last piece of
   * them is returned.
   */
  append(bytes: Uint8Array): Piece | undefined {
    if (bytes.length < REFERENCE_BYTES) {
      this.reserve(bytes.length).bytes(bytes);
      return undefined;
    }
    this.#cut(undefined);
    let piece: Piece = { bytes, chunk: undefined, onSent: undefined };
    if (bytes.length <= PART_BYTES) this.#gathered.push(piece);
    else {
      for (let at = 0; at < bytes.length; at += PART_BYTES) {
        piece = { bytes: bytes.subarray(at, at + PART_BYTES), chunk: undefined, onSent: undefined };
        this.#gathered.push(piece);
      }
    }
    this.#gatheredBytes += bytes.length;
    return piece;
  }

  /** Runs `task` when everything that has gathered so far is sent, or dropped with the connection. */
  whenSent(task: () => void): void {
    this.#watchers.push(task);
  }

  /** Sends what has gathered, unless a write is under way; then that follows by itself. */
  flush(): void {
    if (this.#writing.length === 0) this.#write();
  }

  /** Sends what has gathered even while a write is under way. For a connection that is about to end. */
  flushAll(): void {
    this.#write();
  }

  /** Forgets what has not been handed to the connection. */
  discard(): void {
    if (this.#chunk !== undefined) this.#pool.give(this.#chunk);
    this.#chunk = undefined;
    const pieces = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    for (const piece of pieces) piece.onSent?.();
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }

  #write(): void {
    if (this.#chunk !== undefined) this.#seal(this.#chunk);
    const pieces = this.#gathered;
    if (pieces.length === 0) return;
    this.#gathered = [];
    this.#writingBytes += this.#gatheredBytes;
    this.#gatheredBytes = 0;
    this.#writing = this.#writing.length === 0 ? pieces : this.#writing.concat(pieces);
    if (this.#watchers.length > 0) watchLast(pieces, this.#watchers.splice(0));
    for (const piece of pieces) this.#connection.write(piece.bytes, this.#written);
  }

  /** Writes finish in the order in which they were handed over. */
  readonly #written = (): void => {
    const piece = this.#writing[this.#writingDone++];
    if (piece === undefined) return;
    this.#sentCount += 1;
    this.#writingBytes -= piece.bytes.length;
    if (piece.chunk !== undefined) this.#pool.give(piece.chunk);
    piece.onSent?.();
    if (this.#writingDone < this.#writing.length) return;
    this.#writing = [];
    this.#writingDone = 0;
    this.flush();
    this.#onProgress();
  };

  #seal(chunk: ByteWriter): void {
    // A chunk whose bytes are all in pieces is still being sent, so it does not return to the pool.
    if (chunk.position > this.#chunkFrom) this.#cut(chunk);
    else if (this.#chunkFrom === 0) this.#pool.give(chunk);
    this.#chunk = undefined;
  }

  /** Makes a piece of what the chunk has gathered since the last cut. `whole` is the chunk where nothing follows in it. */
  #cut(whole: ByteWriter | undefined): void {
    const chunk = this.#chunk;
    if (chunk === undefined || chunk.position === this.#chunkFrom) return;
    const bytes = chunk.buffer.subarray(this.#chunkFrom, chunk.position);
    this.#gathered.push({ bytes, chunk: whole, onSent: undefined });
    this.#gatheredBytes += bytes.length;
    this.#chunkFrom = chunk.position;
  }
}

function watchLast(pieces: readonly Piece[], watchers: readonly (() => void)[]): void {
  const last = pieces[pieces.length - 1]!;
  const before = last.onSent;
  last.onSent = () => {
    before?.();
    for (const watcher of watchers) watcher();
  };
}
