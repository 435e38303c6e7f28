/**
 * Values of queries and bodies: one declaration gives the type and the check. Texts are taken for numbers and flags, since
 * a query string has nothing else.
 */
export interface Field<Value> {
  /** The value, checked. `undefined` is one that was not given. Throws `FieldError`. */
  read(value: unknown, name: string): Value;
}

/** A value that is not allowed; the message names it, and what is. */
export class FieldError extends Error {}

/** Names with their fields. */
export type Fields = Readonly<Record<string, Field<unknown>>>;
/** What a field reads. */
export type ValueOf<F> = F extends Field<infer Value> ? Value : never;

type OptionalNames<T extends Fields> = {
  [Name in keyof T]: undefined extends ValueOf<T[Name]> ? Name : never;
}[keyof T];

/** What a table of fields reads; what may be undefined may be left out. */
export type ValuesOf<T extends Fields> = {
  readonly [Name in Exclude<keyof T, OptionalNames<T>>]: ValueOf<T[Name]>;
} & { readonly [Name in OptionalNames<T>]?: ValueOf<T[Name]> };

/** The longest text that is not declared longer: names, addresses, property values. */
const MAX_TEXT = 4096;

/** A text; an empty one is refused unless `min` is 0. */
export function text(limits: { readonly min?: number; readonly max?: number } = {}): Field<string> {
  const { min = 1, max = MAX_TEXT } = limits;
  return {
    read(value, name) {
      if (typeof value !== 'string') throw refusal(name, 'a text', value);
      if (value.length < min) throw refusal(name, min === 1 ? 'a text' : `at least ${min} characters`, value);
      if (value.length > max) throw new FieldError(`${name} must have at most ${max} characters, not ${value.length}`);
      return value;
    },
  };
}

/** A whole number. */
export function integer(limits: { readonly min?: number; readonly max?: number } = {}): Field<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = limits;
  return {
    read(value, name) {
      const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
      if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max) return number;
      throw refusal(name, `a whole number ${range(min, max)}`.trimEnd(), value);
    },
  };
}

function range(min: number, max: number): string {
  if (min === Number.MIN_SAFE_INTEGER && max === Number.MAX_SAFE_INTEGER) return '';
  if (max === Number.MAX_SAFE_INTEGER) return `from ${min}`;
  return `from ${min} to ${max}`;
}

/** true or false. */
export function flag(): Field<boolean> {
  return {
    read(value, name) {
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw refusal(name, 'true or false', value);
    },
  };
}

/** One of these texts. */
export function oneOf<const Choice extends string>(...choices: readonly Choice[]): Field<Choice> {
  return {
    read(value, name) {
      const found = choices.find((choice) => choice === value);
      if (found === undefined) throw refusal(name, `one of ${choices.join(', ')}`, value);
      return found;
    },
  };
}

/** Several of the same; in a query the name is given once for each. */
export function list<Value>(of: Field<Value>, limits: { readonly max?: number } = {}): Field<readonly Value[]> {
  const { max = 10_000 } = limits;
  return {
    read(value, name) {
      const values = typeof value === 'string' ? [value] : value;
      if (!Array.isArray(values)) throw refusal(name, 'a list', value);
      if (values.length > max) throw new FieldError(`${name} may have at most ${max} entries, not ${values.length}`);
      return values.map((each, index) => of.read(each, `${name}[${index}]`));
    },
  };
}

/** Names that are not known beforehand, with values of one kind: properties. */
export function record<Value>(of: Field<Value>): Field<Readonly<Record<string, Value>>> {
  return {
    read(value, name) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(name, 'an object', value);
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, of.read(each, `${name}.${key}`)]));
    },
  };
}

/** An object with these fields. */
export function object<const T extends Fields>(fields: T): Field<ValuesOf<T>> {
  return { read: (value, name) => readFields(fields, value, name) };
}

/** May be left out; `null` counts as left out. */
export function optional<Value>(of: Field<Value>): Field<Value | undefined> {
  return { read: (value, name) => (value === undefined || value === null ? undefined : of.read(value, name)) };
}

/** Reads a table of fields. A name that is not in it is refused: it would be a misspelled one. Throws `FieldError`. */
export function readFields<T extends Fields>(fields: T, value: unknown, what: string): ValuesOf<T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(what, 'an object', value);
  const given = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(fields, name))
      throw new FieldError(`${what} has no ${name}; there is ${Object.keys(fields).join(', ') || 'nothing'}`);
  }
  const found: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const each = field.read(Object.hasOwn(given, name) ? given[name] : undefined, name);
    if (each !== undefined) found[name] = each;
  }
  return found as ValuesOf<T>;
}

const MAX_SHOWN = 100;

function refusal(name: string, allowed: string, value: unknown): FieldError {
  if (value === undefined) return new FieldError(`${name} is missing; it must be ${allowed}`);
  const shown = JSON.stringify(value) ?? String(value);
  return new FieldError(
    `${name} must be ${allowed}, not ${shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown}`,
  );
}
