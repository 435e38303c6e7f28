import { lookup as lookUp } from 'node:dns/promises';
import { createServer, connect as openSocket, type Socket } from 'node:net';
import { connect as openTls, type TLSSocket } from 'node:tls';
import { bareHost } from '../address.ts';
import { asError, CodedError, type KernelErrorCode, systemErrorCode } from '../errors.ts';
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

const ANY_IPV4 = '0.0.0.0';
const ANY_IPV6 = '::';
/** What a machine whose IPv6 is missing or switched off answers to listening on `::`. */
const WITHOUT_IPV6: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL', 'ENODEV']);

/**
 * Real TCP: no delay, no keep-alive probes. A name is resolved anew for each connection, and its addresses are tried one
 * after the other, of both families.
 */
export const nodeNetwork: Network = { listen, connect, lookup, interfaces };

function listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
  return onAddressesOf(options.host, (host) => listenAt(host, options, accept));
}

/** Listens at a host. `0.0.0.0` means every address, as it does to Java: of both families, where the machine has IPv6. */
export async function onAddressesOf(
  configured: string,
  listenOn: (host: string) => Promise<Listener>,
): Promise<Listener> {
  const host = bareHost(configured);
  if (host !== ANY_IPV4) return listenOn(host);
  try {
    return await listenOn(ANY_IPV6);
  } catch (error) {
    if (WITHOUT_IPV6.has(systemErrorCode(error) ?? '')) return listenOn(ANY_IPV4);
    // The operator knows the address that was configured.
    throw Object.assign(asError(error), { address: host });
  }
}

function listenAt(host: string, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const begin = beginningOf(options);
    const server = createServer({ noDelay: true, keepAlive: false, highWaterMark: HIGH_WATER_MARK_BYTES }, (socket) => {
      const connection = new NodeConnection(socket);
      begin(socket, connection);
      accept(connection);
    });
    server.once('error', reject);
    server.listen({ host, port: options.port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      // Accepting can fail later for want of file handles: that connection is lost, the listener keeps running.
      server.on('error', () => {});
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      resolve({ port, close: () => closeListener(server) });
    });
  });
}

async function lookup(host: string): Promise<readonly string[]> {
  const addresses = await lookUp(bareHost(host), { all: true });
  return addresses.map(({ address }) => address);
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
    rejectUnauthorized: tls.rejectUnauthorized ?? tls.caPem !== undefined,
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
    reject(error instanceof AggregateError ? oneOfAll(error) : error);
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

/** A name with several addresses fails with an error for each, and no text of its own. */
function oneOfAll(error: AggregateError): Error {
  const errors = error.errors.map(asError);
  const message = errors.map((each) => each.message).join('; ');
  return Object.assign(new Error(message, { cause: error }), { code: systemErrorCode(errors[0]) });
}
