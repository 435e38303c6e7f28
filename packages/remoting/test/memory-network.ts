import type {
  Connection,
  ConnectionHandlers,
  ConnectOptions,
  Endpoint,
  Listener,
  ListenOptions,
  Network,
} from '@rocketmq-ts/kernel';

/** Connections inside one process: bytes arrive one turn later, whole writes as single chunks, and reading can stop. */
export class MemoryNetwork implements Network {
  readonly #listeners = new Map<number, (connection: Connection) => void>();
  #lastPort = 10_000;
  /** Refuses connections while it is set. */
  connectError: Error | undefined;
  connectCount = 0;
  /** Every buffer that anyone gave to `write`. */
  readonly buffers: Uint8Array[] = [];
  readonly #connections: MemoryConnection[] = [];

  /** Written and not yet delivered, on all connections. */
  get pendingBytes(): number {
    return this.#connections.reduce((sum, connection) => sum + connection.pendingBytes, 0);
  }

  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const port = options.port === 0 ? ++this.#lastPort : options.port;
    this.#listeners.set(port, accept);
    return Promise.resolve({
      port,
      close: () => {
        this.#listeners.delete(port);
        return Promise.resolve();
      },
    });
  }

  connect(options: ConnectOptions): Promise<MemoryConnection> {
    this.connectCount++;
    const accept = this.#listeners.get(options.port);
    if (this.connectError !== undefined) return Promise.reject(this.connectError);
    if (accept === undefined) return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    const near = { host: '127.0.0.1', port: ++this.#lastPort };
    const far = { host: options.host, port: options.port };
    const ours = new MemoryConnection(near, far, this.buffers);
    const theirs = new MemoryConnection(far, near, this.buffers);
    this.#connections.push(ours, theirs);
    ours.join(theirs);
    theirs.join(ours);
    accept(theirs);
    return Promise.resolve(ours);
  }

  interfaces(): [] {
    return [];
  }
}

export class MemoryConnection implements Connection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly proxied = undefined;
  pendingBytes = 0;
  isPaused = false;
  #other: MemoryConnection | undefined;
  #handlers: ConnectionHandlers | undefined;
  readonly #queue: { bytes: Uint8Array; done: (() => void) | undefined }[] = [];
  #isClosed = false;
  #isEnding = false;
  readonly #written: Uint8Array[];

  constructor(local: Endpoint, remote: Endpoint, written: Uint8Array[]) {
    this.#written = written;
    this.local = local;
    this.remote = remote;
  }

  join(other: MemoryConnection): void {
    this.#other = other;
  }

  setHandlers(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }

  write(buffer: Uint8Array, done?: () => void): void {
    if (this.#isClosed || this.#isEnding) {
      if (done !== undefined) queueMicrotask(done);
      return;
    }
    this.#written.push(buffer);
    this.pendingBytes += buffer.length;
    this.#queue.push({ bytes: buffer, done });
    setImmediate(() => this.deliver());
  }

  pauseReading(): void {
    this.isPaused = true;
  }

  resumeReading(): void {
    this.isPaused = false;
    setImmediate(() => this.#other?.deliver());
  }

  end(): void {
    this.#isEnding = true;
    setImmediate(() => this.deliver());
  }

  destroy(error?: Error): void {
    this.close(error);
    const other = this.#other;
    setImmediate(() => other?.close(undefined));
  }

  deliver(): void {
    const other = this.#other;
    if (this.#isClosed || other === undefined || other.isPaused) return;
    for (const { bytes, done } of this.#queue.splice(0)) {
      // A copy, as a socket makes one: the writer may use its buffer again after `done`.
      other.#handlers?.onData(Buffer.from(bytes));
      this.pendingBytes -= bytes.length;
      done?.();
    }
    if (this.#isEnding) this.destroy();
    else if (this.pendingBytes === 0) this.#handlers?.onDrain();
  }

  close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { done } of this.#queue.splice(0)) done?.();
    this.pendingBytes = 0;
    this.#handlers?.onClose(error);
  }
}
