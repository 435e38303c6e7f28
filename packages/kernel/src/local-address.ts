import { isLinkLocalIpv6 } from './address.ts';
import type { Network } from './network.ts';

/**
 * The address (without brackets) that this machine gives others to reach it by, found without a name service: a public IPv4
 * address, else a private one, else a public IPv6 address, else a unique local one, else 127.0.0.1. Never a link-local address,
 * which Apache would take: without the name of an interface of theirs, other machines can't connect to it.
 *
 * Apache takes the first public and the last private IPv4 address of Java's list, which turns the system's order round.
 * So in the system's order it is the last public and the first private one (observed, 5.4.0 on JDK 17 and Linux); ours
 * and Apache's name the same address on the same machine. Source: NetworkUtil#getLocalAddress.
 */
export function localAddress(network: Network): string {
  const candidates = network.interfaces().filter((each) => !each.loopback && !isLoopback(each.address));
  const ipv4 = candidates.filter((each) => each.family === 'IPv4');
  const ipv6 = candidates.filter((each) => each.family === 'IPv6' && !isLinkLocalIpv6(each.address));
  const chosen =
    ipv4.findLast((each) => !isPrivateIpv4(each.address)) ??
    ipv4[0] ??
    ipv6.find((each) => !isUniqueLocalIpv6(each.address)) ??
    ipv6[0];
  return chosen?.address ?? '127.0.0.1';
}

/** 10/8, 172.16/12, 192.168/16. */
function isPrivateIpv4(address: string): boolean {
  const [first, second] = address.split('.').map(Number);
  if (first === 10 || (first === 192 && second === 168)) return true;
  return first === 172 && second !== undefined && second >= 16 && second <= 31;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** fc00::/7. */
function isUniqueLocalIpv6(address: string): boolean {
  return /^f[cd]/i.test(address);
}
