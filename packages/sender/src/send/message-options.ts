import type { KeptOptions } from '../database/kept-options.ts';
import { SenderError } from '../errors.ts';

/** What a message may have beside tag, keys and body. At most one of `delayLevel`, `delayMs` and `deliverAt` is given. */
export interface SendMsgOptions {
  /** Your own properties; names that RocketMQ reserves are refused. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Fixed delay 1 to 18 (1s 5s 10s … 2h by default), counted from when a broker gets the message, so a saved one has it from then on. 0: none. */
  readonly delayLevel?: number | undefined;
  /** Delay in ms from the call on, by the clock of this machine, however long the message is saved. Needs a broker of 5.0 or newer. */
  readonly delayMs?: number | undefined;
  /** The time of delivery: a `Date`, or ms since the epoch. In the past: at once. Needs a broker of 5.0 or newer. */
  readonly deliverAt?: number | Date | undefined;
}

const NAMES: readonly string[] = [
  'properties',
  'delayLevel',
  'delayMs',
  'deliverAt',
] satisfies (keyof SendMsgOptions)[];

/** Throws SenderError `OPTION_ILLEGAL` for an option that there is not: a delay with a typo would be none. */
export function requireKnownOptions(options: SendMsgOptions): void {
  if (options === null || typeof options !== 'object') {
    throw new SenderError('OPTION_ILLEGAL', `The options of a message are an object, not ${String(options)}.`);
  }
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown === undefined) return;
  const text = `A message has no option ${JSON.stringify(unknown)}; there are ${NAMES.join(', ')}.`;
  throw new SenderError('OPTION_ILLEGAL', text);
}

/** A copy of options that were checked, with the delay as a time. */
export function keptOptions(
  { properties, delayLevel, delayMs, deliverAt }: SendMsgOptions,
  nowMs: number,
): KeptOptions {
  const at = deliverAt instanceof Date ? deliverAt.getTime() : deliverAt;
  return {
    properties: properties === undefined ? undefined : { ...properties },
    delayLevel: delayLevel === 0 ? undefined : delayLevel,
    deliverAtMs: delayMs === undefined ? at : nowMs + delayMs,
  };
}
