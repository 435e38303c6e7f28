import { clockFaults } from './clock-faults.ts';
import { diskFaults } from './disk-faults.ts';
import type { FaultKind } from './fault.ts';
import { networkFaults } from './network-faults.ts';
import { processFaults } from './process-faults.ts';

/** Every kind of fault, in the order of the page. */
export const faultKinds: readonly FaultKind[] = [...processFaults, ...networkFaults, ...diskFaults, ...clockFaults];

/** Throws with the known names. */
export function faultKind(name: string): FaultKind {
  const found = faultKinds.find((kind) => kind.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no fault ${name}; there are ${faultKinds.map((kind) => kind.name).join(', ')}`);
}

/** Openchaos' faults that need no kind of their own here. */
export const openchaosElsewhere: Readonly<Record<string, string>> = {
  noop: '`--faults none`',
};
