import { createServer, connect as openSocket, type Socket } from 'node:net';
import { connect as openTls, type TLSSocket } from 'node:tls';
import { CodedError, type KernelErrorCode } from '../errors.ts';
import type { Connection, ConnectOptions, Listener, ListenOptions, Network, TlsClientOptions } from '../network.ts';
import { formatEndpoint } from '../network.ts';
import { NodeConnection } from './connection.ts';
import { FirstBytes } from './first-bytes.ts';
import { interfaces } from './interfaces.ts';
import { TlsAcceptor } from './tls-acceptor.ts';

/** Connections waiting to be accepted. Source: NettyServerConfig#serverSocketBacklog. */
const BACKLOG = 1024;

/**
 * The least that makes a socket report each time its queue has emptied (`drain`); by default it keeps still below 64 KiB,
 * and `onDrain` promises more than that.
 */
const HIGH_WATER_MARK_BYTES = 1;

/** Real TCP: no delay, no keep-alive probes, IPv4 only unless `host` is an IPv6 address (`::` takes both). */
export const nodeNetwork: Network = { listen, connect, interfaces };

function listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const begin = beginningOf(options);
    const server = createServer({ noDelay: true, keepAlive: false, highWaterMark: HIGH_WATER_MARK_BYTES }, (socket) => {
      const connection = new NodeConnection(socket);
      begin(socket, connection);
      accept(connection);
    });
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      // Accepting can fail later for want of file handles: that connection is lost, the listener goes on.
      server.on('error', () => {});
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      resolve({ port, close: () => closeListener(server) });
    });
  });
}

/** What is done with an accepted socket before its bytes are the caller's. */
function beginningOf(options: ListenOptions): (socket: Socket, connection: NodeConnection) => void {
  const { tls, proxyProtocol = false } = options;
  if (tls === undefined && !proxyProtocol) return (socket, connection) => connection.carry(socket);
  const acceptor = tls === undefined || tls.mode === 'disabled' ? undefined : new TlsAcceptor(tls);
  const firstBytes = { proxyProtocol, tlsMode: tls?.mode, acceptor };
  return (socket, connection) => new FirstBytes(socket, connection, firstBytes).start();
}

/** The server's own close event waits for its connections; the port is free as soon as the handle is closed. */
function closeListener(server: ReturnType<typeof createServer>): Promise<void> {
  if (server.listening) server.close();
  return new Promise((resolve) => setImmediate(resolve));
}

function connect(options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    if (options.tls === undefined) {
      const socket = openSocket({
        host: options.host,
        port: options.port,
        noDelay: true,
        keepAlive: false,
        ...{ writableHighWaterMark: HIGH_WATER_MARK_BYTES },
      });
      settleWhenConnected(socket, 'connect', options, resolve, reject);
      return;
    }
    const socket = openTlsSocket(options, options.tls);
    socket.setNoDelay(true);
    settleWhenConnected(socket, 'secureConnect', options, resolve, reject);
  });
}

function openTlsSocket(options: ConnectOptions, tls: TlsClientOptions): TLSSocket {
  return openTls({
    host: options.host,
    port: options.port,
    ca: tls.caPem,
    cert: tls.certificatePem,
    key: tls.keyPem,
    passphrase: tls.keyPassword,
    rejectUnauthorized: tls.caPem !== undefined,
    // Brokers are reached by addresses that their certificates don't name. Source: TlsHelper#buildSslContext, which sets
    // no endpoint identification.
    checkServerIdentity: () => undefined,
  });
}

function settleWhenConnected(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  options: ConnectOptions,
  resolve: (connection: Connection) => void,
  reject: (error: Error) => void,
): void {
  const timer = setTimeout(() => {
    const message = `no connection to ${formatEndpoint(options)} within ${options.timeoutMs} ms`;
    socket.destroy(new CodedError<KernelErrorCode>('ETIMEDOUT', message, { retryable: true }));
  }, options.timeoutMs);
  const fail = (error: Error): void => {
    clearTimeout(timer);
    reject(error);
  };
  socket.once('error', fail);
  socket.once(event, () => {
    clearTimeout(timer);
    socket.off('error', fail);
    const connection = new NodeConnection(socket);
    connection.carry(socket);
    resolve(connection);
  });
}
