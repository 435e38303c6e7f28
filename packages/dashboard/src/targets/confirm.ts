import { ConsoleError } from '../errors.ts';

/** Dangerous changes need the name typed: throws BAD_REQUEST when it is another one. */
export function confirmed(name: string, typed: string): void {
  if (name !== typed) throw new ConsoleError('BAD_REQUEST', `confirm must be ${name}, not ${typed}`);
}
