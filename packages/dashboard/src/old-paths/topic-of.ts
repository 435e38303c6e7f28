import type { Values } from './values.ts';

/** Before system topics and groups in lists; no part of their names. */
export const SYSTEM_PREFIX = '%SYS%';

/** The topic of a request, as clusters know it. */
export function topicOf({ values }: { readonly values: Values }): string {
  return plainName(values.text('topic'));
}

/** The same for a group. */
export function groupOf({ values }: { readonly values: Values }, name = 'consumerGroup'): string {
  return plainName(values.text(name));
}

function plainName(name: string): string {
  return name.startsWith(SYSTEM_PREFIX) ? name.slice(SYSTEM_PREFIX.length) : name;
}
