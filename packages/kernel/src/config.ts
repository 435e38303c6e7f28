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
  /** The value of a text; undefined when it is not allowed, `Refused` when the reason is more than `allowed`. */
  readonly parse: (value: string) => Type | Refused | undefined;
}

/** Why a value is not allowed, as half a sentence: `brokerIP1=fe80::1 is not allowed: <reason>`. */
export class Refused {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

interface PropertyFacts {
  /** One phrase for the operator. */
  readonly meaning: string;
  /** `ms`, `bytes`, `s`, `messages`, … */
  readonly unit?: string;
  /**
   * `live`: read at each use. `restart`: taken at the next start only. `fixed`: decided by what the process already has on
   * its disk; a running process refuses a change, since the next start could not use it. Default `restart`.
   */
  readonly change?: 'live' | 'restart' | 'fixed';
  /** Why a change waits for the next start here although Apache's running server reads the property, as a sentence. */
  readonly waits?: string;
  /** Checked, listed and kept for the sake of other tools; nothing reads it. */
  readonly idle?: boolean;
  /** Left out of listings unless it was set. */
  readonly unlisted?: boolean;
  /** Belongs to the short listing. */
  readonly important?: boolean;
  /** Never shown. */
  readonly secret?: boolean;
}

interface NumberFacts extends PropertyFacts {
  readonly min?: number;
  readonly max?: number;
}

/** What is known of a property that is a text. */
export interface TextFacts extends PropertyFacts {
  /** What may be written. Default: a text without control characters. */
  readonly allowed?: string;
  /** Undefined for a value that may be used; `''` when `allowed` is reason enough, else the reason. The value is trimmed. */
  readonly whyNot?: (value: string) => string | undefined;
}

/** The properties of one server, by RocketMQ's names. */
export type ConfigTable = Readonly<Record<string, Property<unknown>>>;
/** The values of a table. */
export type ConfigOf<T extends ConfigTable> = {
  -readonly [Key in keyof T]: T[Key] extends Property<infer Type> ? Type : never;
};

/** Names a value that a table does not allow. */
export interface ConfigProblem {
  readonly key: string;
  readonly value: string;
  readonly allowed: string;
  /** In place of `allowed`, where one value is refused for a reason of its own. */
  readonly reason?: string;
}

interface ConfigReading<T extends ConfigTable> {
  readonly config: ConfigOf<T>;
  /** Keys that the table does not know, in the order in which they came. */
  readonly unknown: string[];
  readonly problems: ConfigProblem[];
}

/** Fixes the types of a table; a table may be spread into another. */
export function configTable<T extends ConfigTable>(properties: T): T {
  return properties;
}

/** A text that always has a value. */
export function textProperty(fallback: string, facts: TextFacts): Property<string> {
  return {
    kind: 'text',
    fallback,
    facts,
    allowed: facts.allowed ?? ANY_TEXT,
    parse: (value) => readText(value, facts),
  };
}

/** A text that may be absent; absent values are left out of every listing. */
export function optionalTextProperty(facts: TextFacts): Property<string | undefined> {
  const allowed = facts.allowed ?? ANY_TEXT;
  return { kind: 'text', fallback: undefined, facts, allowed, parse: (value) => readText(value, facts) };
}

const ANY_TEXT = 'a text without control characters';

/** A line break could not be carried by the answer to a configuration query, and the others have no use. */
function readText(value: string, facts: TextFacts): string | Refused | undefined {
  const text = value.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\0-\x1f\x7f\x85\u2028\u2029]/.test(text)) return new Refused(`it takes ${ANY_TEXT}`);
  const reason = facts.whyNot?.(text);
  if (reason === undefined) return text;
  return reason === '' ? undefined : new Refused(reason);
}

/** The path of one folder, or absent. A list of several, separated by commas, is refused: it would become one folder of that name. */
export function folderProperty(facts: TextFacts): Property<string | undefined> {
  return optionalTextProperty({
    ...facts,
    allowed: 'the path of one folder',
    whyNot: (value) => (value === '' || value.includes(',') ? '' : undefined),
  });
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

/** A percentage, 0 to 100. */
export function percentProperty(fallback: number, facts: PropertyFacts): Property<number> {
  return integerProperty(fallback, { ...facts, unit: '%', min: 0, max: 100 });
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
 * value that is not allowed is a problem, and the configuration keeps the default there: a server that has problems does not
 * start; it reports them with `configError`.
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
    else if (parsed instanceof Refused) problems.push({ key, value, allowed: property.allowed, reason: parsed.reason });
    else config[key] = parsed;
  }
  return { config: config as ConfigOf<T>, unknown, problems };
}

/** One sentence: the key, its value, and what it takes. Control characters of the value are shown as escapes. */
export function problemText({ key, value, allowed, reason }: ConfigProblem): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const shown = value.replace(/[\0-\x1f\x7f]/g, (each) => JSON.stringify(each).slice(1, -1));
  return `${key}=${shown} is not allowed: ${reason ?? `${key} takes ${allowed}`}`;
}

/** An error with code `CONFIG_INVALID` that names every problem; `source` is where the values came from. */
export function configError(problems: readonly ConfigProblem[], source: string): CodedError<'CONFIG_INVALID'> {
  return new CodedError('CONFIG_INVALID', `${problems.map(problemText).join('; ')} (${source})`, {
    facts: { problems, source },
  });
}

/** Pairs as they are listed: sorted by key; absent values, secrets, and `unlisted` ones with their default left out. */
export function configEntries<T extends ConfigTable>(table: T, config: Readonly<ConfigOf<T>>): [string, string][] {
  const entries: [string, string][] = [];
  for (const [key, property] of Object.entries(table)) {
    const value: unknown = config[key as keyof T];
    const { secret, unlisted } = property.facts;
    if (value === undefined || secret === true || (unlisted === true && value === property.fallback)) continue;
    entries.push([key, valueText(property, value)]);
  }
  return entries.sort(byKey);
}

function valueText(property: Property<unknown>, value: unknown): string {
  // A decimal is shown as one, so that `1` and `1.0` of a peer compare equal as texts.
  return property.kind === 'decimal' && Number.isInteger(value) ? `${String(value)}.0` : String(value);
}

/** Order of listings. */
export function byKey(left: readonly [string, string], right: readonly [string, string]): number {
  return left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0;
}
