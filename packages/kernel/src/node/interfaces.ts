import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { NetworkInterface } from '../network.ts';

/** Flag bit in /sys/class/net/<name>/flags. Source: Linux, if.h. */
const IFF_POINTOPOINT = 0x10;

/**
 * Addresses of this machine in the system's order. Left out are those that other machines can't reach us by: bridges
 * (docker0, virbr0), point-to-point links and aliases (`eth0:1`). Source: NetworkUtil#getLocalInetAddress.
 */
export function interfaces(): NetworkInterface[] {
  const found: NetworkInterface[] = [];
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (name.includes(':') || isBridge(name) || isPointToPoint(name)) continue;
    for (const { address, family, internal } of addresses ?? [])
      found.push({ name, address, family, loopback: internal });
  }
  return found;
}

function isBridge(name: string): boolean {
  return process.platform === 'linux' && existsSync(`/sys/class/net/${name}/bridge`);
}

function isPointToPoint(name: string): boolean {
  try {
    return (Number(readFileSync(`/sys/class/net/${name}/flags`, 'latin1')) & IFF_POINTOPOINT) !== 0;
  } catch {
    // Not Linux, or the interface was removed meanwhile.
    return false;
  }
}
