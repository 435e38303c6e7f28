import { createServer, connect as openSocket, type Socket } from 'node:net';
import { CodedError } from '../errors.ts';
import type { Connection, ConnectOptions, Listener, ListenOptions, Network } from '../network.ts';
import { formatEndpoint } from '../network.ts';
import { NodeConnection } from './connection.ts';
import { interfaces } from './interfaces.ts';

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
    const server = createServer({ noDelay: true, keepAlive: false, highWaterMark: HIGH_WATER_MARK_BYTES }, (socket) => {
      const connection = new NodeConnection(socket);
      accept(connection);
      connection.carry(socket);
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

/** The server's own close event waits for its connections; the port is free as soon as the handle is closed. */
function closeListener(server: ReturnType<typeof createServer>): Promise<void> {
  if (server.listening) server.close();
  return new Promise((resolve) => setImmediate(resolve));
}

function connect(options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = openSocket({
      host: options.host,
      port: options.port,
      noDelay: true,
      keepAlive: false,
      ...{ writableHighWaterMark: HIGH_WATER_MARK_BYTES },
    });
    settleWhenConnected(socket, 'connect', options, resolve, reject);
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
    socket.destroy(new CodedError('ETIMEDOUT', message, { retryable: true }));
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
