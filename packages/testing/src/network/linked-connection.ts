import { type Connection, type ConnectionHandlers, type Endpoint, nodeClock } from '@rocketmq-ts/kernel';

/** What the network of a machine wants to know of its connections. */
export interface ConnectionWatch {
  /** Name of the machine at the other end; for an accepted connection it may be known only after a moment. */
  peer(): string;
  received(chunk: Buffer): void;
  sent(chunk: Uint8Array): void;
  /** From now on nothing is read, or again. */
  held(isHeld: boolean): void;
  /** Called once, when nothing more comes or goes. */
  ended(): void;
}

interface HeldWrite {
  readonly buffers: readonly Uint8Array[];
  readonly done: (() => void) | undefined;
}

/** A real connection of a machine of the cluster, which can be held: then it stays open and no byte passes. */
export class LinkedConnection implements Connection {
  readonly machine: string;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly #inner: Connection;
  readonly #watch: ConnectionWatch;
  #handlers: ConnectionHandlers | undefined;
  #isHeld = false;
  #isPaused = false;
  #isOver = false;
  #heldWrites: HeldWrite[] = [];
  #heldBytes = 0;
  #heldReads: Buffer[] = [];

  constructor(machine: string, inner: Connection, watch: ConnectionWatch) {
    this.machine = machine;
    this.remote = inner.remote;
    this.local = inner.local;
    this.#inner = inner;
    this.#watch = watch;
  }

  get peer(): string {
    return this.#watch.peer();
  }

  get proxied(): Endpoint | undefined {
    return this.#inner.proxied;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes + this.#heldBytes;
  }

  setHandlers(handlers: ConnectionHandlers): void {
    const isFirst = this.#handlers === undefined;
    this.#handlers = handlers;
    if (!isFirst) return;
    this.#inner.setHandlers({
      onData: (chunk) => {
        this.#watch.received(chunk);
        if (this.#isHeld) this.#heldReads.push(chunk);
        else this.#handlers?.onData(chunk);
      },
      onDrain: () => {
        if (!this.#isHeld) this.#handlers?.onDrain();
      },
      onClose: (error) => this.#close(error),
    });
  }

  write(buffer: Uint8Array, done?: () => void): void {
    this.writeAll([buffer], done);
  }

  writeAll(buffers: readonly Uint8Array[], done?: () => void): void {
    if (this.#isHeld) {
      // The caller may use the array again.
      this.#heldWrites.push({ buffers: [...buffers], done });
      for (const { length } of buffers) this.#heldBytes += length;
      return;
    }
    if (!this.#isOver) for (const buffer of buffers) this.#watch.sent(buffer);
    const [only] = buffers;
    if (buffers.length === 1) this.#inner.write(only!, done);
    else this.#inner.writeAll(buffers, done);
  }

  pauseReading(): void {
    this.#isPaused = true;
    this.#watch.held(true);
    this.#inner.pauseReading();
  }

  resumeReading(): void {
    this.#isPaused = false;
    if (!this.#isHeld) this.#resume();
  }

  end(): void {
    if (this.#isHeld) this.#leave();
    else this.#inner.end();
  }

  destroy(error?: Error): void {
    if (this.#isHeld) this.#leave();
    else this.#inner.destroy(error);
  }

  /** Holds everything back, or lets it pass again. */
  hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (!isHeld) return this.#release();
    this.#watch.held(true);
    this.#inner.pauseReading();
  }

  /** The process of this end is gone: the connection ends, and no handler hears of it. */
  drop(): void {
    this.#handlers = undefined;
    this.#isHeld = false;
    this.#inner.destroy();
  }

  #release(): void {
    if (this.#isOver) {
      // This end was closed meanwhile; only now the peer may see it.
      this.#inner.destroy();
      return;
    }
    const writes = this.#heldWrites;
    const reads = this.#heldReads;
    this.#heldWrites = [];
    this.#heldReads = [];
    this.#heldBytes = 0;
    for (const { buffers, done } of writes) this.writeAll(buffers, done);
    for (const chunk of reads) this.#handlers?.onData(chunk);
    if (!this.#isPaused) this.#resume();
    if (writes.length > 0 && this.#inner.pendingBytes === 0) this.#handlers?.onDrain();
  }

  #resume(): void {
    this.#watch.held(false);
    this.#inner.resumeReading();
  }

  /** The owner closes a held connection: for it that is the end; the peer behind the partition sees it when links are mended. */
  #leave(): void {
    if (this.#isOver) return;
    const handlers = this.#handlers;
    this.#handlers = undefined;
    this.#isOver = true;
    const writes = this.#heldWrites;
    this.#heldWrites = [];
    this.#heldBytes = 0;
    nodeClock.endOfTurn(() => {
      for (const { done } of writes) done?.();
      handlers?.onClose(undefined);
    });
  }

  #close(error: Error | undefined): void {
    const handlers = this.#handlers;
    const writes = this.#heldWrites;
    this.#handlers = undefined;
    this.#isOver = true;
    this.#heldWrites = [];
    this.#heldBytes = 0;
    this.#watch.ended();
    for (const { done } of writes) done?.();
    handlers?.onClose(error);
  }
}
