import type { ConfigOf, ConfigTable } from '@rocketmq-ts/kernel';

/** Keys that were set to something else than their default and change nothing: a whole set of Apache's names the few. */
export function idleKeysOf<T extends ConfigTable>(
  table: T,
  properties: ReadonlyMap<string, string>,
  config: Readonly<ConfigOf<T>>,
): string[] {
  return [...properties.keys()].filter((key) => {
    if (!Object.hasOwn(table, key)) return false;
    const { facts, fallback } = table[key]!;
    return facts.idle === true && config[key as keyof T] !== fallback;
  });
}
