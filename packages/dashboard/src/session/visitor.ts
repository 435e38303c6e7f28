import { isIpv4, isIpv6, unmapIpv4 } from '@rocketmq-ts/kernel';
import type { FastifyRequest } from 'fastify';

/** Where a request is from, and how far that alone makes it trustworthy. */
export interface Visitor {
  /** Of the browser; behind a trusted proxy the one that the proxy names. */
  readonly address: string;
  /** From this machine, by a name or address of this machine that no other site can take: a browser or script here. */
  readonly isLocal: boolean;
  /** The name in the address bar is one of this console. Another site could make any other name lead here. */
  readonly hostIsKnown: boolean;
}

/** Headers of proxies: a request that has one came from elsewhere, also when the proxy runs on this machine. */
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host', 'x-forwarded-proto'];

/** `ownNames` are names of this console in lower case; trusted proxies were applied by fastify (`request.ip`). */
export function visitorOf(request: FastifyRequest, ownNames: ReadonlySet<string>): Visitor {
  const address = unmapIpv4(request.ip);
  const remote = unmapIpv4(request.socket.remoteAddress ?? '');
  const isProxied = PROXY_HEADERS.some((name) => request.headers[name] !== undefined);
  const host = hostName(request.headers.host ?? '');
  return {
    address,
    isLocal: isLoopback(remote) && isLoopbackHost(host) && !isProxied,
    hostIsKnown: isKnown(host, ownNames),
  };
}

/** The name in a Host header without port, in lower case; an IPv6 address without brackets. */
export function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(host);
  if (bracketed !== null) return bracketed[1]!.toLowerCase();
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIpv4(address) && address.startsWith('127.'));
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isLoopback(host);
}

/** An address cannot be made to point elsewhere, nor can a name without a dot, which only the own network gives. */
function isKnown(host: string, ownNames: ReadonlySet<string>): boolean {
  if (host === '') return false;
  return isIpv4(host) || isIpv6(host) || isLoopbackHost(host) || !host.includes('.') || ownNames.has(host);
}
