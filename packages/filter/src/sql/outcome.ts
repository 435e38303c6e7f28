/** What a condition is for a message. */
export type Outcome = typeof FALSE | typeof TRUE | typeof UNKNOWN | typeof FAILED;

export const FALSE = 0;
export const TRUE = 1;
/** NULL of three-valued logic, e.g. a property that is missing is compared. */
export const UNKNOWN = 2;
/** Apache's broker throws here, which ends the whole evaluation: the message does not match, whatever else is asked. */
export const FAILED = 3;

export function outcomeOf(isTrue: boolean): Outcome {
  return isTrue ? TRUE : FALSE;
}
