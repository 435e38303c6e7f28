import type { CommandContext } from './entry.ts';

/** Settings sorted by name. Apache prints them in no order. */
export function printProperties(context: CommandContext, properties: ReadonlyMap<string, string>): void {
  for (const key of [...properties.keys()].sort()) context.print('%-50s=  %s%n', key, properties.get(key)!);
}
