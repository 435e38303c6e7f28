import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MS = 40_000;
const PAUSE_MS = 50;

/** Waits until it holds, and resolves to how long that took, milliseconds. Rejects after `timeoutMs` with the words of `what`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = DEADLINE_MS,
): Promise<number> {
  const beganMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - beganMs > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(PAUSE_MS);
  }
  return performance.now() - beganMs;
}
