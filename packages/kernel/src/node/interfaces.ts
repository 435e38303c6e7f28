import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { NetworkInterface } from '../network.ts';

/**
 * Addresses of this machine in the system's order, without those of bridges (docker0, virbr0): other machines can't reach
 * them. Source: NetworkUtil#isBridge.
 */
export function interfaces(): NetworkInterface[] {
  const found: NetworkInterface[] = [];
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (isBridge(name)) continue;
    for (const { address, family, internal } of addresses ?? [])
      found.push({ name, address, family, loopback: internal });
  }
  return found;
}

function isBridge(name: string): boolean {
  return process.platform === 'linux' && existsSync(`/sys/class/net/${name}/bridge`);
}
