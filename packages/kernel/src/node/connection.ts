import type { Socket } from 'node:net';
import { unmapIpv4 } from '../address.ts';
import type { Connection, ConnectionHandlers, Endpoint } from '../network.ts';
import { DirectWrites } from './direct-writes.ts';
import { readingIntoSharedBuffer } from './shared-read-buffer.ts';

/** After our last byte the peer gets so long to close its side before the socket is dropped. */
const LINGER_MS = 500;

const nothing = (): void => {};

interface HeldWrite {
  readonly buffer: Uint8Array;
  readonly done: (() => void) | undefined;
}

/**
 * A connection over whatever socket carries it at the moment: the raw one while its first bytes are looked at, the raw or
 * the TLS one afterwards. The caller sees one object from accept to close.
 */
export class NodeConnection implements Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  proxied: Endpoint | undefined;
  #socket: Socket;
  /** Where the socket is one that we read by its insides: the way past its stream. */
  #direct: DirectWrites | undefined;
  #mayWriteDirectly = false;
  #carried = false;
  #saysWhenEmpty = true;
  #firstBytes: Buffer | undefined;
  #handlers: ConnectionHandlers | undefined;
  #failure: Error | undefined;
  #held: HeldWrite[] | undefined;
  #heldBytes = 0;
  #congested = false;
  #paused = false;
  #ending = false;
  #closed = false;
  /** The caller knows that it is over. */
  #reported = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = endpointOf(socket.remoteAddress, socket.remotePort);
    this.local = endpointOf(socket.localAddress, socket.localPort);
    this.#listenTo(socket);
  }

  #listenTo(socket: Socket): void {
    socket.on('error', this.#onError);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
  }

  get pendingBytes(): number {
    return this.#socket.writableLength + this.#heldBytes + (this.#direct?.pendingBytes ?? 0);
  }

  /** Reading begins with the first call, so that nothing is missed between connecting and this. */
  setHandlers(handlers: ConnectionHandlers): void {
    const first = this.#handlers === undefined;
    this.#handlers = handlers;
    if (!first) return;
    if (this.#closed) process.nextTick(() => this.#report());
    else if (this.#carried) this.#startReading();
  }

  /** Holds writes back until `carry` names the socket that they belong on. */
  holdWrites(): void {
    this.#held = [];
  }

  /** From now on this socket is the connection. `firstBytes` were taken from it to look at them. */
  carry(socket: Socket, firstBytes?: Buffer): void {
    if (socket !== this.#socket) {
      // TLS closes the socket below it before it reports why; only its own close has the reason.
      this.#socket.off('close', this.#onClose);
      this.#socket.off('end', this.#onEnd);
      this.#listenTo(socket);
      this.#socket = socket;
    }
    this.#carried = true;
    this.#firstBytes = firstBytes;
    this.#saysWhenEmpty = socket.writableHighWaterMark <= 1;
    if (this.#saysWhenEmpty) socket.on('drain', this.#reportEmpty);
    this.#releaseHeld();
    if (this.#handlers !== undefined) this.#startReading();
  }

  #startReading(): void {
    const firstBytes = this.#firstBytes;
    this.#firstBytes = undefined;
    const before = this.#socket;
    const socket = readingIntoSharedBuffer(before, before.writableHighWaterMark, this.#onBytes);
    if (socket === before) {
      if (firstBytes !== undefined && firstBytes.length > 0) socket.unshift(firstBytes);
      socket.on('data', this.#onBytes);
    } else {
      this.#take(socket);
      if (firstBytes !== undefined && firstBytes.length > 0) this.#onBytes(firstBytes);
    }
    if (this.#paused) socket.pause();
    else socket.resume();
  }

  /** Continues with a socket that has the handle of the one before. */
  #take(socket: Socket): void {
    const before = this.#socket;
    this.#mayWriteDirectly = true;
    before.off('close', this.#onClose);
    before.off('end', this.#onEnd);
    before.off('drain', this.#reportEmpty);
    before.on('error', nothing);
    this.#listenTo(socket);
    if (this.#saysWhenEmpty) socket.on('drain', this.#reportEmpty);
    this.#socket = socket;
  }

  readonly #onBytes = (bytes: Buffer): void => {
    if (!this.#ending) this.#handlers?.onData(bytes);
  };

  readonly #onError = (error: Error): void => {
    this.#failure ??= error;
  };

  /**
   * The peer has ended its side: ours ends too, since no connection stays half open. What the system already has of our bytes
   * gets `LINGER_MS` to be sent.
   */
  readonly #onEnd = (): void => {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    const socket = this.#socket;
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(linger));
    this.#report();
  };

  readonly #onClose = (): void => {
    this.#closed = true;
    this.#releaseHeld();
    this.#report();
  };

  #report(): void {
    if (this.#reported || this.#handlers === undefined) return;
    this.#reported = true;
    this.#handlers.onClose(this.#failure);
  }

  readonly #reportEmpty = (): void => {
    if (!this.#congested || this.pendingBytes > 0) return;
    this.#congested = false;
    this.#handlers?.onDrain();
  };

  write(buffer: Uint8Array, done?: () => void): void {
    if (this.#held !== undefined) {
      this.#held.push({ buffer, done });
      this.#heldBytes += buffer.length;
      return;
    }
    if (this.#ending || this.#closed) {
      if (done !== undefined) process.nextTick(done);
      return;
    }
    const direct = this.#direct ?? this.#tryDirectly();
    if (direct !== undefined) {
      direct.write(buffer, done);
      if (direct.pendingBytes > 0) this.#congested = true;
      return;
    }
    this.#socket.write(buffer, this.#saysWhenEmpty ? (done ?? nothing) : this.#thenReportEmpty(done));
    if (this.#socket.writableLength > 0) this.#congested = true;
  }

  writeAll(buffers: readonly Uint8Array[], done?: () => void): void {
    if (buffers.length === 0) return;
    const isOpen = this.#held === undefined && !this.#ending && !this.#closed;
    const direct = isOpen ? (this.#direct ?? this.#tryDirectly()) : undefined;
    if (direct !== undefined) {
      direct.writeAll(buffers, done);
      if (direct.pendingBytes > 0) this.#congested = true;
      return;
    }
    if (isOpen) this.#socket.cork();
    const last = buffers.length - 1;
    for (let i = 0; i < last; i++) this.write(buffers[i]!);
    this.write(buffers[last]!, done);
    if (isOpen) this.#socket.uncork();
  }

  #tryDirectly(): DirectWrites | undefined {
    if (this.#mayWriteDirectly) this.#direct = DirectWrites.on(this.#socket, this.#reportEmpty);
    return this.#direct;
  }

  /** A server's TLS sockets ignore a mark below 64 KiB, also where the raw socket has another one; so each write checks. */
  #thenReportEmpty(done: (() => void) | undefined): () => void {
    return () => {
      done?.();
      this.#reportEmpty();
    };
  }

  pauseReading(): void {
    this.#paused = true;
    if (this.#carried) this.#socket.pause();
  }

  resumeReading(): void {
    this.#paused = false;
    if (this.#carried && this.#handlers !== undefined) this.#socket.resume();
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    if (this.#held !== undefined) {
      this.destroy();
      return;
    }
    this.#ending = true;
    const socket = this.#socket;
    // What still comes in is read and dropped: closing over unread bytes would reset the connection, and the peer might
    // lose our last answer.
    socket.resume();
    socket.end(() => {
      const linger = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once('close', () => clearTimeout(linger));
    });
  }

  destroy(error?: Error): void {
    if (this.#closed) return;
    if (error !== undefined) this.#failure ??= error;
    this.#ending = true;
    this.#socket.destroy();
  }

  #releaseHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#heldBytes = 0;
    for (const { buffer, done } of held) this.write(buffer, done);
  }
}

function endpointOf(address: string | undefined, port: number | undefined): Endpoint {
  // Both are missing when the peer closed before it was accepted; `onClose` follows at once then.
  return { host: unmapIpv4(address ?? ''), port: port ?? 0 };
}
