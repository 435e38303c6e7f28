import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { CodedError, type KernelErrorCode } from '../errors.ts';
import type { TlsServerOptions } from '../network.ts';
import type { NodeConnection } from './connection.ts';
import { makeSelfSignedCertificate } from './self-signed.ts';

/** Source: Netty's SslHandler, default handshake timeout. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Does the server's half of TLS on sockets that were accepted elsewhere. A configured certificate is loaded by the
 * constructor, so that a bad one fails the start; the self-signed one is made when the first TLS connection comes.
 */
export class TlsAcceptor {
  readonly #options: TlsServerOptions;
  readonly #handshaking = new Map<string, NodeConnection>();
  #server: Server | undefined;

  constructor(options: TlsServerOptions) {
    this.#options = options;
    if (options.certificatePem !== undefined) this.#server = this.#createServer(options.certificatePem, options.keyPem);
  }

  /** Takes the socket over; `connection` carries plain bytes once the handshake is done, or closes with the reason. */
  accept(socket: Socket, connection: NodeConnection, firstBytes: Buffer): void {
    const server = this.#server ?? this.#createSelfSigned();
    const key = peerKey(socket);
    this.#handshaking.set(key, connection);
    socket.once('close', () => this.#handshaking.delete(key));
    socket.unshift(firstBytes);
    // The documented way to put a server's TLS over a socket that it has not accepted itself.
    server.emit('connection', socket);
  }

  #createSelfSigned(): Server {
    const { certificatePem, keyPem } = makeSelfSignedCertificate(Date.now());
    this.#server = this.#createServer(certificatePem, keyPem);
    return this.#server;
  }

  #createServer(certificatePem: string, keyPem: string | undefined): Server {
    const { keyPassword, clientCaPem, clientAuth = 'none' } = this.#options;
    const server = createServer({
      cert: certificatePem,
      key: keyPem,
      passphrase: keyPassword,
      ca: clientCaPem,
      requestCert: clientAuth !== 'none',
      // Judged in `#refusal`: the three modes are finer than this switch.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    server.on('secureConnection', (tlsSocket) => this.#begin(tlsSocket));
    server.on('tlsClientError', (error, tlsSocket) => this.#handshaking.get(peerKey(tlsSocket))?.destroy(error));
    return server;
  }

  #begin(tlsSocket: TLSSocket): void {
    const key = peerKey(tlsSocket);
    const connection = this.#handshaking.get(key);
    if (connection === undefined) {
      tlsSocket.destroy();
      return;
    }
    this.#handshaking.delete(key);
    const refusal = this.#refusal(tlsSocket);
    if (refusal !== undefined) connection.destroy(new CodedError<KernelErrorCode>('TLS_CLIENT_REFUSED', refusal));
    else connection.carry(tlsSocket);
  }

  /** A certificate that is shown has to be good in both modes; without an authority to ask, any one is. */
  #refusal(tlsSocket: TLSSocket): string | undefined {
    const { clientAuth = 'none', clientCaPem } = this.#options;
    if (clientAuth === 'none') return undefined;
    const isShown = Object.keys(tlsSocket.getPeerCertificate()).length > 0;
    if (!isShown) return clientAuth === 'require' ? 'the client shows no certificate' : undefined;
    if (clientCaPem === undefined || tlsSocket.authorized) return undefined;
    return `the client's certificate is not accepted: ${String(tlsSocket.authorizationError)}`;
  }
}

/** What two sockets over one connection have in common. */
function peerKey(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
