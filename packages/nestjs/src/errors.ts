import { RpcException } from '@nestjs/microservices';

/** Delay levels: 0 lets the broker decide (later with each try), 1 to 18 are fixed, −1 is the dead letter queue at once. */
const LEAST_LEVEL = -1;
const MOST_LEVEL = 18;

/**
 * A handler throws it to get its message again after a delay level of its choice.
 *
 * ```ts
 * throw new RocketmqRetryException('the warehouse is closed', 5); // in a minute
 * throw new RocketmqRetryException('no order has this id', -1); // never: to the dead letters
 * ```
 *
 * `new RpcException({ message, delayLevel })` is the same. Any other error brings the message back as well, when the broker
 * decides. The sender of a request gets no answer from this try. In an ordered consumer the queue pauses instead, and the level
 * has no effect. Throws RangeError for a level that is no whole number from −1 to 18.
 */
export class RocketmqRetryException extends RpcException {
  constructor(message: string, delayLevel = 0) {
    super({ status: 'error', message, delayLevel: requireLevel(delayLevel) });
  }
}

/** The delay level that a handler's error names. What is no level names none. */
export function delayLevelOf(error: unknown): number | undefined {
  const given = error instanceof RpcException ? error.getError() : error;
  if (typeof given !== 'object' || given === null) return undefined;
  const { delayLevel } = given as { readonly delayLevel?: unknown };
  return isLevel(delayLevel) ? delayLevel : undefined;
}

/** Throws RangeError. */
export function requireLevel(level: number): number {
  if (isLevel(level)) return level;
  throw new RangeError(`The delay level is ${level}, but must be a whole number from ${LEAST_LEVEL} to ${MOST_LEVEL}.`);
}

function isLevel(level: unknown): level is number {
  return Number.isInteger(level) && (level as number) >= LEAST_LEVEL && (level as number) <= MOST_LEVEL;
}
