import { CodedError } from './errors.ts';

/**
 * Configuration as one table: name, type, unit, default, meaning, and whether a running process takes a change. The type
 * of the configuration, its parser, the listing, the answer to a query and the check of an update follow from the table.
 *
 *     const table = configTable({ scanInterval: integerProperty(5000, { meaning: '…', unit: 'ms', change: 'live' }) });
 *     const { config, unknown, problems } = readConfig(table, properties);
 *     config.scanInterval // number
 */
export interface Property<Type> {
  readonly kind: 'text' | 'integer' | 'decimal' | 'flag' | 'choice';
  readonly fallback: Type;
  readonly facts: PropertyFacts;
  /** What may be written, for error messages. */
  readonly allowed: string;
  /** The value of a text, or undefined when it is not allowed. */
  readonly parse: (value: string) => Type | undefined;
}

export interface PropertyFacts {
  /** One phrase for the operator. */
  readonly meaning: string;
  /** `ms`, `bytes`, `s`, `messages`, … */
  readonly unit?: string;
  /** `live`: read at each use. `restart`: taken at the next start only. Default `restart`. */
  readonly change?: 'live' | 'restart';
  /** Belongs to the short listing. */
  readonly important?: boolean;
  /** Never shown. */
  readonly secret?: boolean;
}

export interface NumberFacts extends PropertyFacts {
  readonly min?: number;
  readonly max?: number;
}

export type ConfigTable = Readonly<Record<string, Property<unknown>>>;
export type ConfigOf<T extends ConfigTable> = {
  -readonly [Key in keyof T]: T[Key] extends Property<infer Type> ? Type : never;
};

/** Names a value that a table does not allow. */
export interface ConfigProblem {
  readonly key: string;
  readonly value: string;
  readonly allowed: string;
}

export interface ConfigReading<T extends ConfigTable> {
  readonly config: ConfigOf<T>;
  /** Keys that the table does not know, in the order in which they came. */
  readonly unknown: string[];
  readonly problems: ConfigProblem[];
}

/** Fixes the types of a table; a table may be spread into another. */
export function configTable<T extends ConfigTable>(properties: T): T {
  return properties;
}

export function textProperty(fallback: string, facts: PropertyFacts): Property<string> {
  return { kind: 'text', fallback, facts, allowed: 'a text', parse: (value) => value.trim() };
}

/** A text that may be absent; absent values are left out of every listing. */
export function optionalTextProperty(facts: PropertyFacts): Property<string | undefined> {
  return { kind: 'text', fallback: undefined, facts, allowed: 'a text', parse: (value) => value.trim() };
}

/** A whole number within ±2^53, by default from −2^31 to 2^31 − 1. */
export function integerProperty(fallback: number, facts: NumberFacts): Property<number> {
  const min = facts.min ?? -2147483648;
  const max = facts.max ?? 2147483647;
  return {
    kind: 'integer',
    fallback,
    facts,
    allowed: `a whole number from ${min} to ${max}`,
    parse: (value) => within(/^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : Number.NaN, min, max),
  };
}

/** A number with a fraction. */
export function decimalProperty(fallback: number, facts: NumberFacts): Property<number> {
  const min = facts.min ?? -Number.MAX_VALUE;
  const max = facts.max ?? Number.MAX_VALUE;
  const range = facts.min === undefined && facts.max === undefined ? '' : ` from ${min} to ${max}`;
  return {
    kind: 'decimal',
    fallback,
    facts,
    allowed: `a number${range}`,
    parse: (value) =>
      within(/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value) ? Number(value) : Number.NaN, min, max),
  };
}

/** `true` or `false`, in any case. */
export function flagProperty(fallback: boolean, facts: PropertyFacts): Property<boolean> {
  return { kind: 'flag', fallback, facts, allowed: 'true or false', parse: parseFlag };
}

/** One of several words, written exactly so. */
export function choiceProperty<const Choice extends string>(
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
  facts: PropertyFacts,
): Property<Choice> {
  const allowed = `one of ${choices.join(', ')}`;
  const parse = (value: string): Choice | undefined => choices.find((choice) => choice === value.trim());
  return { kind: 'choice', fallback, facts, allowed, parse };
}

function parseFlag(value: string): boolean | undefined {
  const word = value.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

/**
 * Reads a flat key space. `computed` replaces defaults that only the running machine knows (addresses, home folders). A
 * value that is not allowed is a problem, and the configuration keeps the default there: whoever starts a server ends on
 * problems, with `configError`.
 */
export function readConfig<T extends ConfigTable>(
  table: T,
  properties: ReadonlyMap<string, string>,
  computed: Partial<ConfigOf<T>> = {},
): ConfigReading<T> {
  const config: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(table)) {
    config[key] = Object.hasOwn(computed, key) ? computed[key as keyof T] : property.fallback;
  }
  const unknown: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const [key, value] of properties) {
    const property = Object.hasOwn(table, key) ? table[key] : undefined;
    if (property === undefined) {
      unknown.push(key);
      continue;
    }
    const parsed = property.parse(value);
    if (parsed === undefined) problems.push({ key, value, allowed: property.allowed });
    else config[key] = parsed;
  }
  return { config: config as ConfigOf<T>, unknown, problems };
}

/** One sentence: the key, the value that stands there, and what may stand there. */
export function problemText(problem: ConfigProblem): string {
  return `${problem.key}=${problem.value} is not allowed: ${problem.key} takes ${problem.allowed}`;
}

/** An error with code `CONFIG_INVALID` that names every problem; `source` says where the values came from. */
export function configError(problems: readonly ConfigProblem[], source: string): CodedError<'CONFIG_INVALID'> {
  return new CodedError('CONFIG_INVALID', `${problems.map(problemText).join('; ')} (${source})`, {
    facts: { problems, source },
  });
}

/** Pairs as they are listed: sorted by key, absent values and secrets left out. */
export function configEntries<T extends ConfigTable>(table: T, config: Readonly<ConfigOf<T>>): [string, string][] {
  const entries: [string, string][] = [];
  for (const [key, property] of Object.entries(table)) {
    const value: unknown = config[key as keyof T];
    if (value !== undefined && property.facts.secret !== true) entries.push([key, valueText(property, value)]);
  }
  return entries.sort(byKey);
}

function valueText(property: Property<unknown>, value: unknown): string {
  // A decimal is shown as one, so that `1` and `1.0` of a peer compare equal as texts.
  return property.kind === 'decimal' && Number.isInteger(value) ? `${String(value)}.0` : String(value);
}

export function byKey(left: readonly [string, string], right: readonly [string, string]): number {
  return left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0;
}

export interface ConfigUpdate {
  /** Keys whose new value is in force now. */
  readonly applied: string[];
  /** Keys that are listed and kept with their new value, but take effect at the next start. */
  readonly needRestart: string[];
  /** Keys that neither the table nor the file knows: without effect. */
  readonly ignored: string[];
  /** When there is one, nothing at all was changed. */
  readonly problems: ConfigProblem[];
}

/**
 * The configuration of a running process. `values` is what is in force; an update changes it in place for the properties
 * that may change, so whoever reads `values.x` at each use sees it. Keys of the file that the table does not know are
 * kept and listed.
 */
export class LiveConfig<T extends ConfigTable> {
  readonly table: T;
  readonly values: Readonly<ConfigOf<T>>;
  readonly #running: ConfigOf<T>;
  readonly #listed: ConfigOf<T>;
  readonly #foreign = new Map<string, string>();

  constructor(table: T, config: ConfigOf<T>, foreign: Iterable<readonly [string, string]> = []) {
    this.table = table;
    this.#running = { ...config };
    this.#listed = { ...config };
    this.values = this.#running;
    for (const [key, value] of foreign) this.#foreign.set(key, value);
  }

  /** All or nothing. */
  update(changes: ReadonlyMap<string, string>): ConfigUpdate {
    const update: ConfigUpdate = { applied: [], needRestart: [], ignored: [], problems: [] };
    const known = new Map<string, string>();
    for (const [key, value] of changes) {
      if (Object.hasOwn(this.table, key)) known.set(key, value);
      else if (!this.#foreign.has(key)) update.ignored.push(key);
    }
    const reading = readConfig(this.table, known, this.#listed);
    update.problems.push(...reading.problems);
    if (reading.problems.length > 0) return update;
    for (const [key, value] of changes) if (this.#foreign.has(key)) this.#foreign.set(key, value);
    for (const key of known.keys() as Iterable<keyof T & string>) {
      const live = this.table[key]?.facts.change === 'live';
      if (live) this.#running[key] = reading.config[key];
      if (live || this.#listed[key] === reading.config[key]) update.applied.push(key);
      else update.needRestart.push(key);
      this.#listed[key] = reading.config[key];
    }
    return update;
  }

  /** Everything that is configured, sorted by key: also values that wait for a restart and keys that nobody knows. */
  entries(): [string, string][] {
    return [...configEntries(this.table, this.#listed), ...this.#foreign].sort(byKey);
  }
}
