import { type OptionDeclaration, sleep, valueOption } from '@rocketmq-ts/kernel';
import type { CommandContext } from './entry.ts';
import { integerValue } from './values.ts';

/** With it a command runs again and again. */
export const intervalOption: OptionDeclaration = valueOption('i', 'interval', 'the interval(second) of get info');

/** Does something once, with option `-i` again after each interval, until it returns false or the user interrupts it. */
export async function repeated(context: CommandContext, once: () => Promise<boolean>): Promise<void> {
  const { options, clock, signal } = context;
  const intervalSeconds = integerValue(options, 'i');
  while ((await once()) && intervalSeconds !== undefined && !signal.aborted) {
    await sleep(clock, intervalSeconds * 1000, signal);
    if (signal.aborted) return;
  }
}
