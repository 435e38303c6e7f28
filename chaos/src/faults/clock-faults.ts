import { type FaultKind, type PlannedFault, someServers } from './fault.ts';

const HOUR = 3600;

/** Seconds: small and large, forwards and backwards. */
function offsetOf({ dice }: PlannedFault): number {
  const sizes = [2, 40, 600, 2 * HOUR, 26 * HOUR];
  const at = Math.floor(dice * sizes.length * 2);
  return (at % 2 === 0 ? 1 : -1) * sizes[Math.floor(at / 2)]!;
}

export const clockFaults: readonly FaultKind[] = [
  {
    name: 'clock',
    what: 'the wall clocks of some servers jump while they run, up to a day forwards or backwards, and back again (libfaketime; durations are not touched)',
    parts: ['clock'],
    choose: someServers,
    async begin(fault, nodes) {
      const seconds = offsetOf(fault);
      for (const node of nodes) {
        if (!node.hasClock) throw new Error('libfaketime is not installed (Debian: faketime)');
        node.setClock(seconds);
      }
      return `${seconds > 0 ? '+' : ''}${seconds} s`;
    },
    async end(_fault, nodes) {
      for (const node of nodes) node.setClock(0);
    },
  },
];
