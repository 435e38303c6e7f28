import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** What is not in Node's types: the system's socket below a `Socket`. */
interface Handle {
  /** Tries to write at once; what the system does not take is written later and reported by `request.oncomplete`. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  /** The same for several buffers in one call of the system; `true`: all are bytes. */
  writev(request: WriteRequest, buffers: readonly Uint8Array[], areBuffers: true): number;
  /** Bytes that the system has not taken yet. */
  readonly writeQueueSize: number;
}

interface WriteRequest {
  oncomplete?: (status: number) => void;
  buffer?: Uint8Array | readonly Uint8Array[];
  readonly constructor: unknown;
  /** −1 while the system has nothing to do with it. */
  getAsyncId(): number;
}

/**
 * The Node.js whose insides are known: the one that the lock file brings and that the tests run on. On others (the client
 * runs on many) every write takes the stream's way.
 */
const isKnownNode = process.versions.node.startsWith('24.');

/** The class of Node's own write requests, known after the first write of a `Socket`. */
let RequestClass: (new () => WriteRequest) | undefined;

/** The id of a request that was not needed. */
const UNUSED = -1;

/** What the writes of this turn have to report. */
let finished: (() => void)[] = [];

/**
 * Writes to the system's socket below a `Socket`, past the queue, events and callbacks of the stream in between, which
 * cost as much as a small answer itself. Only for a socket whose bytes all go this way from now on, and whose stream is
 * used for everything else: reading, ending, closing.
 */
export class DirectWrites {
  readonly #socket: Socket;
  readonly #handle: Handle;
  readonly #onEmpty: () => void;
  #request: WriteRequest | undefined;
  #pendingBytes = 0;

  /** Undefined while the stream still has bytes, and where its insides look otherwise than known. */
  static on(socket: Socket, onEmpty: () => void): DirectWrites | undefined {
    const handle = isKnownNode ? handleOf(socket) : undefined;
    if (handle === undefined) return undefined;
    if (RequestClass === undefined) {
      learnRequestClass(handle);
      return undefined;
    }
    if (socket.writableLength > 0 || handle.writeQueueSize !== 0) return undefined;
    return new DirectWrites(socket, handle, onEmpty);
  }

  private constructor(socket: Socket, handle: Handle, onEmpty: () => void) {
    this.#socket = socket;
    this.#handle = handle;
    this.#onEmpty = onEmpty;
  }

  /** Handed over and not taken by the system. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** `done` runs later, when the system has taken the bytes or the socket is closed. */
  write(bytes: Uint8Array, done: (() => void) | undefined): void {
    if (this.#socket.destroyed) return reportLater(done);
    const request = this.#takeRequest();
    this.#wrote(this.#handle.writeBuffer(request, bytes), request, bytes, bytes.length, done);
  }

  /** The same for several buffers. */
  writeAll(buffers: readonly Uint8Array[], done: (() => void) | undefined): void {
    if (this.#socket.destroyed) return reportLater(done);
    let bytes = 0;
    for (const buffer of buffers) bytes += buffer.length;
    const request = this.#takeRequest();
    const status = this.#handle.writev(request, buffers, true);
    this.#wrote(status, request, buffers, bytes, done);
  }

  /**
   * A request that was not needed, since the system took all at once, is as new. That the queue is empty does not say so: when the
   * system has room again between its refusal and the second try of the same call, it has all, and reports it later all the same.
   * To use a request that is in use ends the process.
   */
  #takeRequest(): WriteRequest {
    const request = this.#request ?? new RequestClass!();
    this.#request = undefined;
    return request;
  }

  #wrote(
    status: number,
    request: WriteRequest,
    kept: Uint8Array | readonly Uint8Array[],
    bytes: number,
    done: (() => void) | undefined,
  ): void {
    if (status !== 0) {
      this.#fail(status);
      reportLater(done);
    } else if (request.getAsyncId() === UNUSED) {
      this.#request = request;
      reportLater(done);
    } else {
      this.#await(request, kept instanceof Uint8Array ? kept : [...kept], bytes, done);
    }
  }

  #await(
    request: WriteRequest,
    kept: Uint8Array | readonly Uint8Array[],
    bytes: number,
    done: (() => void) | undefined,
  ): void {
    // The system reads the bytes until it reports: so they are kept here.
    request.buffer = kept;
    this.#pendingBytes += bytes;
    request.oncomplete = (status) => {
      this.#pendingBytes -= bytes;
      if (status < 0 && !this.#socket.destroyed) this.#fail(status);
      done?.();
      if (this.#pendingBytes === 0) this.#onEmpty();
    };
  }

  #fail(status: number): void {
    const code = getSystemErrorName(status);
    this.#socket.destroy(Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' }));
  }
}

function handleOf(socket: Socket): Handle | undefined {
  const handle = (socket as unknown as { _handle?: Partial<Handle> | null })._handle;
  if (handle === null || handle === undefined) return undefined;
  if (
    typeof handle.writeBuffer !== 'function' ||
    typeof handle.writev !== 'function' ||
    typeof handle.writeQueueSize !== 'number'
  )
    return undefined;
  return handle as Handle;
}

/** Node does not export the class; the next write of the stream shows it, or passes as it is. */
function learnRequestClass(handle: Handle): void {
  if (Object.hasOwn(handle, 'writeBuffer')) return;
  const inherited = handle.writeBuffer;
  handle.writeBuffer = (...call: Parameters<Handle['writeBuffer']>) => {
    delete (handle as Partial<Handle>).writeBuffer;
    const shown: unknown = (call[0] as WriteRequest | null | undefined)?.constructor;
    const isKnown = typeof (call[0] as Partial<WriteRequest> | null | undefined)?.getAsyncId === 'function';
    if (isKnown && typeof shown === 'function' && shown !== Object) RequestClass = shown as new () => WriteRequest;
    return inherited.apply(handle, call);
  };
}

function reportLater(done: (() => void) | undefined): void {
  if (done !== undefined && finished.push(done) === 1) process.nextTick(report);
}

function report(): void {
  const reports = finished;
  finished = [];
  let next = 0;
  try {
    while (next < reports.length) reports[next++]!();
  } finally {
    // One that throws does not keep the others back.
    for (; next < reports.length; next++) reportLater(reports[next]);
  }
}
