import { bareHost, bracketedHost, isIpv6, isLinkLocalIpv6, whyNotHost, zoneOf } from './address.ts';
import { asError, systemErrorCode } from './errors.ts';

/** Connections as the rest of the system sees them: `nodeNetwork` opens real sockets, the testkit's one simulates them. */
export interface Network {
  /**
   * Listens and calls `accept` for each connection; the handlers must be set before `accept` returns.
   * Rejects with the system's `code` (`EADDRINUSE`, `EACCES`, …).
   */
  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener>;
  /** Rejects when no connection is made within `timeoutMs`. */
  connect(options: ConnectOptions): Promise<Connection>;
  /**
   * The addresses that a host name has now, in the order of the name service, without brackets; an address is its own only one.
   * Rejects with the system's `code` (`ENOTFOUND`, `EAI_AGAIN`, …).
   */
  lookup(host: string): Promise<readonly string[]>;
  /** Addresses of this machine, without asking any name service, in the system's order. */
  interfaces(): NetworkInterface[];
}

/** An address and a port. */
export interface Endpoint {
  /** Address without brackets; an IPv4 peer of a dual-stack listener reads as plain IPv4. */
  readonly host: string;
  readonly port: number;
}

/** Where and how to listen. */
export interface ListenOptions {
  /** `0.0.0.0` and `::` take every address of this machine, of both families. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Absent: plain text only, no look at the first bytes. */
  readonly tls?: TlsServerOptions;
  /** Accept a PROXY protocol v1 or v2 preface. Default false. */
  readonly proxyProtocol?: boolean;
}

/** TLS of a listener. */
export interface TlsServerOptions {
  /** `disabled` closes TLS connections, `enforcing` closes plain ones, `permissive` takes both on one port. */
  readonly mode: 'disabled' | 'permissive' | 'enforcing';
  /** Absent: a self-signed certificate is made when the first TLS connection comes. */
  readonly certificatePem?: string | undefined;
  readonly keyPem?: string | undefined;
  readonly keyPassword?: string | undefined;
  /** Refuse servers whose certificate no known authority signed. Default: with `caPem`; without it any is accepted, as Apache's test mode does. */
  readonly rejectUnauthorized?: boolean | undefined;
  readonly clientCaPem?: string;
  readonly clientAuth?: 'none' | 'optional' | 'require';
}

/** Where and how to connect. */
export interface ConnectOptions extends Endpoint {
  readonly timeoutMs: number;
  readonly tls?: TlsClientOptions;
}

/** TLS of a connection that is made from here. */
export interface TlsClientOptions {
  /** Authorities whose certificates are accepted. Absent: those that Node.js knows, where `rejectUnauthorized` is true. */
  readonly caPem?: string | undefined;
  readonly certificatePem?: string | undefined;
  readonly keyPem?: string | undefined;
  readonly keyPassword?: string | undefined;
  /** Refuse servers whose certificate no known authority signed. Default: with `caPem`; without it any is accepted, as Apache's test mode does. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** A port that listens. */
export interface Listener {
  readonly port: number;
  /** Stops accepting; open connections stay open. Resolves when the port is free. */
  close(): Promise<void>;
}

/** What a connection reports to its owner. */
export interface ConnectionHandlers {
  /** The handler may keep the chunk: it is not reused. */
  onData(chunk: Buffer): void;
  /** `pendingBytes` fell to zero after it was above. */
  onDrain(): void;
  /** Called once, also when this side closed it. */
  onClose(error: Error | undefined): void;
}

/** Two byte streams between this process and a peer. */
export interface Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Peer named by a PROXY preface, undefined without one. Known before the first `onData`. */
  readonly proxied: Endpoint | undefined;
  setHandlers(handlers: ConnectionHandlers): void;
  /** Queues bytes. The buffer must not be changed until `done`, which also runs when the connection is lost. */
  write(buffer: Uint8Array, done?: () => void): void;
  /** The same for several buffers, in one call of the system where it takes that. The array may be used again at once. */
  writeAll(buffers: readonly Uint8Array[], done?: () => void): void;
  /** Bytes handed to `write` that the system has not taken yet. */
  readonly pendingBytes: number;
  pauseReading(): void;
  resumeReading(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes now. Idempotent. */
  destroy(error?: Error): void;
}

/** One address of this machine. */
export interface NetworkInterface {
  readonly name: string;
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly loopback: boolean;
}

/** Where a server listens. */
interface ListeningPlace {
  readonly bindAddress: string;
  readonly listenPort: number;
}

/**
 * Why a server could not listen, after its next start, where `changes` put its properties `bindAddress` and `listenPort`; found out
 * by listening there for a moment. Undefined when it could. `portsOf` names all ports that go with a listenPort; those that the
 * server holds now are free for it then.
 */
export async function whyNotListenable(
  network: Network,
  changes: ReadonlyMap<string, string>,
  now: ListeningPlace,
  portsOf: (listenPort: number) => readonly number[],
): Promise<string | undefined> {
  const bindAddress = changes.get('bindAddress')?.trim();
  const listenPort = changes.get('listenPort')?.trim();
  const host = bindAddress ?? now.bindAddress;
  if (bindAddress !== undefined) {
    const reason = await whyNotListening(network, host, 0);
    if (reason !== undefined) return `bindAddress=${bindAddress} is not allowed: ${reason}`;
  }
  if (listenPort === undefined) return undefined;
  const held = portsOf(now.listenPort);
  for (const port of portsOf(Number(listenPort)).filter((each) => !held.includes(each))) {
    const reason = await whyNotListening(network, host, port);
    if (reason !== undefined) return `listenPort=${listenPort} is not allowed: ${reason}`;
  }
  return undefined;
}

/** Port 0: any free port. */
async function whyNotListening(network: Network, host: string, port: number): Promise<string | undefined> {
  try {
    const listener = await network.listen({ host, port }, (connection) => connection.destroy());
    await listener.close();
    return undefined;
  } catch (error) {
    const place = port === 0 ? host : formatEndpoint({ host, port });
    return `this machine can't listen at ${place} (${systemErrorCode(error) ?? asError(error).message})`;
  }
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatEndpoint(endpoint: Endpoint): string {
  return `${bracketedHost(endpoint.host)}:${endpoint.port}`;
}

/**
 * Reads `host:port` or `[v6]:port`, and `v6:port` as Apache's programs write it where an address was configured without
 * brackets; undefined when the text is neither. Source: NetworkUtil#string2SocketAddress.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  if (colon <= 0) return undefined;
  const portText = text.slice(colon + 1);
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65535) return undefined;
  const host = bareHost(text.slice(0, colon));
  const bare = zoneOf(host) === undefined ? host : host.slice(0, host.indexOf('%'));
  if (host === '' || (host.includes(':') && !isIpv6(bare))) return undefined;
  return { host, port: Number(portText) };
}

/** The parts of `a:9876;b:9876`; blanks around them and empty parts are left out. */
export function splitEndpoints(list: string): string[] {
  return list
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Why a list such as `a:9876;[::1]:9876` can't be used; undefined when each part can be connected to. May be empty. */
export function whyNotEndpointList(list: string): string | undefined {
  for (const part of splitEndpoints(list)) {
    const endpoint = parseEndpoint(part);
    if (endpoint === undefined) return `"${part}" is not host:port`;
    if (endpoint.port === 0) return `"${part}" has port 0`;
    const reason = whyNotHost(endpoint.host);
    if (reason !== undefined) return reason;
    if (isLinkLocalIpv6(endpoint.host) && zoneOf(endpoint.host) === undefined) {
      return `"${part}" is a link-local address, which needs the name of an interface: [${endpoint.host}%eth0]:${endpoint.port}`;
    }
  }
  return undefined;
}
