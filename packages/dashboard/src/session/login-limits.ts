import type { Clock } from '@rocketmq-ts/kernel';

/** Wrong passwords from one address before it has to wait. */
const FREE_TRIES_OF_ADDRESS = 5;
/** The same for one name from all addresses: more, so that nobody is locked out by another's typing alone. */
const FREE_TRIES_OF_NAME = 30;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Wrong passwords are forgotten after so long without another one. */
const FORGET_MS = 15 * 60_000;
const MAX_KEPT = 10_000;
/** Guesses under way at a time: each takes 16 MiB. */
const MAX_AT_A_TIME = 4;

interface Failures {
  count: number;
  lastMs: number;
  untilMs: number;
}

/** Slows guessing down: after some wrong passwords an address, or a name, waits twice as long each time. */
export class LoginLimits {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long this login has to wait, milliseconds; 0 when it may be tried now. */
  waitMs(address: string, name: string): number {
    if (this.#underWay >= MAX_AT_A_TIME) return 1000;
    const now = this.#clock.monotonicMs();
    return Math.max(0, ...keysOf(address, name).map(([key]) => (this.#failures.get(key)?.untilMs ?? 0) - now));
  }

  /** Counts what is tried at a time. */
  async during<Value>(attempt: () => Promise<Value>): Promise<Value> {
    this.#underWay += 1;
    try {
      return await attempt();
    } finally {
      this.#underWay -= 1;
    }
  }

  failed(address: string, name: string): void {
    const now = this.#clock.monotonicMs();
    for (const [key, free] of keysOf(address, name)) {
      const before = this.#failures.get(key);
      const isFresh = before !== undefined && now - Math.max(before.lastMs, before.untilMs) < FORGET_MS;
      const count = isFresh ? before.count + 1 : 1;
      const waitMs = count < free ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, count - free));
      this.#failures.delete(key);
      this.#failures.set(key, { count, lastMs: now, untilMs: now + waitMs });
    }
    while (this.#failures.size > MAX_KEPT) this.#failures.delete(this.#failures.keys().next().value!);
  }

  /** A right password: what this address got wrong before is forgotten. */
  succeeded(address: string, name: string): void {
    for (const [key] of keysOf(address, name)) this.#failures.delete(key);
  }
}

function keysOf(address: string, name: string): [key: string, free: number][] {
  return [
    [`address ${networkOf(address)}`, FREE_TRIES_OF_ADDRESS],
    [`name ${name.slice(0, 128)}`, FREE_TRIES_OF_NAME],
  ];
}

/** A network of IPv6 counts as one address: its user has all addresses of the /64. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const rest = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}
