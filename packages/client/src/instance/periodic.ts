import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';

/**
 * Runs `task` first after `firstMs`, then every `periodMs`; a run that is still under way when the next is due is not
 * started twice. Failures are logged and do not end the series.
 */
export function runPeriodically(
  clock: Clock,
  logger: Logger,
  plan: { readonly what: string; readonly firstMs: number; readonly periodMs: number },
  task: () => void | Promise<void>,
): Timer {
  let busy = false;
  let cancelled = false;
  const run = async (): Promise<void> => {
    if (busy || cancelled) return;
    busy = true;
    try {
      await task();
    } catch (error) {
      // A run that the owner's stop interrupted is no failure, and there is no next one.
      if (!cancelled) logger.warn(`${plan.what} failed; it is tried again later`, { error });
    } finally {
      busy = false;
    }
  };
  let every: Timer | undefined;
  const first = clock.after(plan.firstMs, () => {
    every = clock.every(plan.periodMs, run);
    run();
  });
  return {
    cancel() {
      cancelled = true;
      first.cancel();
      every?.cancel();
    },
  };
}
