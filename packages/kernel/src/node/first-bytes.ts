import type { Socket } from 'node:net';
import { unmapIpv4 } from '../address.ts';
import { CodedError, type KernelErrorCode } from '../errors.ts';
import type { TlsServerOptions } from '../network.ts';
import type { NodeConnection } from './connection.ts';
import { readProxyPreface } from './proxy-protocol.ts';
import type { TlsAcceptor } from './tls-acceptor.ts';

/** A TLS handshake record; no frame of a permitted length starts with it. Source: NettyRemotingServer.TlsModeHandler. */
const TLS_HANDSHAKE = 0x16;
const EMPTY = Buffer.alloc(0);

interface FirstBytesOptions {
  readonly proxyProtocol: boolean;
  /** Undefined: TLS is not looked for. */
  readonly tlsMode: TlsServerOptions['mode'] | undefined;
  readonly acceptor: TlsAcceptor | undefined;
}

/**
 * Finds out from the first bytes of an accepted connection who is behind it and what it speaks, then lets the connection
 * begin: an optional PROXY preface, then TLS or plain text. Source: NettyRemotingServer.HandshakeHandler and TlsModeHandler.
 */
export class FirstBytes {
  readonly #socket: Socket;
  readonly #connection: NodeConnection;
  readonly #options: FirstBytesOptions;
  #gathered: Buffer = EMPTY;
  #prefaceMayCome: boolean;

  constructor(socket: Socket, connection: NodeConnection, options: FirstBytesOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#options = options;
    this.#prefaceMayCome = options.proxyProtocol;
  }

  /** Writes are held until it is known whether they have to be encrypted. */
  start(): void {
    this.#connection.holdWrites();
    this.#socket.on('data', this.#onData);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#gathered = this.#gathered.length === 0 ? chunk : Buffer.concat([this.#gathered, chunk]);
    if (this.#prefaceMayCome && !this.#takePreface()) return;
    this.#chooseTransport();
  };

  /** False while more bytes are needed, and when the connection had to be closed. */
  #takePreface(): boolean {
    const preface = readProxyPreface(this.#gathered);
    if (preface.kind === 'more') return false;
    if (preface.kind === 'invalid') {
      this.#refuse('PROXY_PREFACE_INVALID', preface.reason);
      return false;
    }
    this.#prefaceMayCome = false;
    if (preface.kind === 'preface') {
      const { source } = preface;
      this.#connection.proxied = source && { host: unmapIpv4(source.host), port: source.port };
      this.#gathered = this.#gathered.subarray(preface.bytes);
    }
    return true;
  }

  #chooseTransport(): void {
    const { tlsMode, acceptor } = this.#options;
    const first = this.#gathered[0];
    if (tlsMode !== undefined && first === undefined) return;
    if (tlsMode === undefined || first !== TLS_HANDSHAKE) {
      if (tlsMode === 'enforcing') this.#refuse('TLS_REQUIRED', 'plain text on a port that takes TLS only');
      else this.#hand(() => this.#connection.carry(this.#socket, this.#gathered));
    } else if (acceptor === undefined) {
      this.#refuse('TLS_DISABLED', 'TLS on a port that takes plain text only');
    } else {
      this.#hand(() => acceptor.accept(this.#socket, this.#connection, this.#gathered));
    }
  }

  #hand(to: () => void): void {
    this.#socket.off('data', this.#onData);
    this.#socket.pause();
    to();
  }

  #refuse(code: KernelErrorCode, sentence: string): void {
    this.#connection.destroy(new CodedError(code, sentence));
  }
}
