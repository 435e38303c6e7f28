import type { ConfigOf, ConfigTable } from '@rocketmq-ts/kernel';

/** Keys that change nothing here and have another value than their default. Files that list Apache's defaults have many without one. */
export function idleKeysOf<T extends ConfigTable>(
  table: T,
  properties: ReadonlyMap<string, string>,
  config: Readonly<ConfigOf<T>>,
): string[] {
  return [...properties.keys()].filter(
    (key) =>
      Object.hasOwn(table, key) && !isUsed(table, key) && config[key as keyof T] !== table[key as keyof T]?.fallback,
  );
}

/** Whether something reads a property of the table. */
export function isUsed(table: ConfigTable, key: string): boolean {
  return Object.hasOwn(table, key) && table[key]?.facts.idle !== true;
}
