import { CodedError, type Connection, type ConnectionHandlers, type Endpoint } from '@rocketmq-ts/kernel';
import { Pipe, type PipeConditions } from './network-pipe.ts';

/** One end of a simulated connection. */
export class SimulatedConnection implements Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly proxied = undefined;
  readonly #onClosed: (connection: SimulatedConnection) => void;
  readonly #conditions: PipeConditions;
  #handlers: ConnectionHandlers | undefined;
  #outgoing: Pipe | undefined;
  #incoming: Pipe | undefined;
  #peer: SimulatedConnection | undefined;
  #isEnding = false;
  #isClosed = false;
  #failure: Error | undefined;

  constructor(
    local: Endpoint,
    remote: Endpoint,
    conditions: PipeConditions,
    onClosed: (connection: SimulatedConnection) => void,
  ) {
    this.local = local;
    this.remote = remote;
    this.#conditions = conditions;
    this.#onClosed = onClosed;
  }

  /** Joins two ends by a pipe each way. */
  static join(a: SimulatedConnection, b: SimulatedConnection): void {
    a.#peer = b;
    b.#peer = a;
    a.#outgoing = b.#incoming = a.#pipeTo(b);
    b.#outgoing = a.#incoming = b.#pipeTo(a);
    // Nothing is read before there is a handler.
    if (a.#handlers === undefined) a.#incoming.pause();
    if (b.#handlers === undefined) b.#incoming.pause();
  }

  get pendingBytes(): number {
    return this.#outgoing?.pendingBytes ?? 0;
  }

  setHandlers(handlers: ConnectionHandlers): void {
    const isFirst = this.#handlers === undefined;
    this.#handlers = handlers;
    if (!isFirst) return;
    if (this.#isClosed) queueMicrotask(() => handlers.onClose(this.#failure));
    else this.#incoming?.resume();
  }

  write(buffer: Uint8Array, done?: () => void): void {
    if (this.#isEnding || this.#isClosed || this.#outgoing === undefined) {
      if (done !== undefined) queueMicrotask(done);
      return;
    }
    this.#outgoing.write(buffer, done);
  }

  writeAll(buffers: readonly Uint8Array[], done?: () => void): void {
    for (const [i, buffer] of buffers.entries()) this.write(buffer, i === buffers.length - 1 ? done : undefined);
  }

  pauseReading(): void {
    this.#incoming?.pause();
  }

  resumeReading(): void {
    this.#incoming?.resume();
  }

  end(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#isEnding = true;
    this.#outgoing?.end();
    // What still comes in is read and dropped, or the peer's own end would not be seen.
    this.#incoming?.resume();
  }

  destroy(error?: Error): void {
    if (this.#isClosed) return;
    this.#outgoing?.abandonWaiting();
    this.#outgoing?.end();
    this.#incoming?.cut();
    this.#close(error);
  }

  /** Both ends lose what is under way and are closed with a reset, as when a cable or a process fails. */
  reset(): void {
    const peer = this.#peer;
    this.#lose();
    if (peer !== undefined) peer.#lose();
  }

  /** This end's process has ended and its handlers never run again; the other end is reset. */
  vanish(): void {
    const peer = this.#peer;
    this.#handlers = undefined;
    this.#lose();
    if (peer !== undefined) peer.#lose();
  }

  /** The way between the ends is open again. */
  wake(): void {
    this.#incoming?.wake();
    this.#outgoing?.wake();
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.#outgoing?.cut();
    this.#incoming?.cut();
    this.#close(new CodedError('ECONNRESET', 'the connection was reset', { retryable: true }));
  }

  #pipeTo(receiver: SimulatedConnection): Pipe {
    return new Pipe(this.#conditions, {
      deliver: (chunk) => {
        if (!receiver.#isEnding) receiver.#handlers?.onData(chunk);
      },
      deliverEnd: () => receiver.#peerEnded(),
      drained: () => {
        if (!this.#isClosed) this.#handlers?.onDrain();
      },
    });
  }

  /** The peer will send nothing more. No side stays half open: ours ends too, once its own bytes are out. */
  #peerEnded(): void {
    if (this.#isClosed) return;
    this.#isEnding = true;
    this.#outgoing?.end();
    // An end that has been answered is closed on both sides.
    this.#close(undefined);
  }

  /** The caller's handler runs in a turn of its own, never inside a call that it makes itself. */
  #close(error: Error | undefined): void {
    this.#isClosed = true;
    this.#failure = error;
    this.#onClosed(this);
    this.#conditions.clock.after(0, () => this.#handlers?.onClose(error));
  }
}
