import { PropertySlot, type PropertyTable } from '@rocketmq-ts/protocol';

const { CHECK_IMMUNITY_TIME } = PropertySlot;
const NUMBER = /^[+-]?\d{1,15}$/;

/**
 * How long a transaction is not checked, in milliseconds, by its property CHECK_IMMUNITY_TIME_IN_SECONDS; undefined without it.
 * What is no number counts as `timeoutMs`. Source: TransactionalMessageServiceImpl#getImmunityTime.
 */
export function immunityOfCheckMs(properties: PropertyTable, timeoutMs: number): number | undefined {
  const text = properties.value(CHECK_IMMUNITY_TIME);
  if (text === undefined) return undefined;
  return NUMBER.test(text) && text !== '-1' ? Number(text) * 1000 : timeoutMs;
}

/** The same for ends that no check asked for: never below `timeoutMs`. Source: TransactionalMessageUtil#getImmunityTime. */
export function immunityOfEndMs(properties: PropertyTable, timeoutMs: number): number | undefined {
  const immunityMs = immunityOfCheckMs(properties, timeoutMs);
  return immunityMs === undefined ? undefined : Math.max(immunityMs, timeoutMs);
}
