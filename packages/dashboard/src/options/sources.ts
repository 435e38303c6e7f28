import { editDistance } from '@rocketmq-ts/kernel';
import { dashboardConfigTable, isSpringKey } from './table.ts';

type Pairs = ReadonlyMap<string, string>;
type Variables = Readonly<Record<string, string | undefined>>;

/** Where options come from; the first that has a key wins. */
export interface OptionSources {
  readonly commandLine: Pairs;
  /** `-Dkey=value`; those of other programs are among them. */
  readonly systemProperties: Pairs;
  /** The environment: `SERVER_PORT`, `ROCKETMQ_CONFIG_NAMESRVADDR`. Names that are unknown are of other programs. */
  readonly variables: Variables;
  /** Files by path, the first has priority. */
  readonly files: readonly { readonly path: string; readonly pairs: Pairs }[];
}

/** Options of all places by the names of the table. */
export interface CollectedOptions {
  readonly properties: Map<string, string>;
  /** One phrase each: a key that nothing here knows, where it is, and the one that may have been meant. */
  readonly unknown: readonly string[];
  /** Keys of Spring Boot that this program has not. */
  readonly springKeys: readonly string[];
}

/** The last key of the chain `${a}` → `${b}` → … may be so far away. */
const MAX_PLACEHOLDERS = 20;

/**
 * Names are read as Spring Boot reads them: `namesrv-addr`, `NAMESRVADDR` and `namesrvAddr` are one, `key[0]` and `key[1]` make a
 * list. `${NAME:default}` in a value is filled in.
 */
export function collectOptions({ commandLine, systemProperties, variables, files }: OptionSources): CollectedOptions {
  const properties = new Map<string, string>();
  const unknown: string[] = [];
  const springKeys: string[] = [];
  const take = (source: string, pairs: Pairs, isShared = false): void => {
    for (const [key, value] of joinLists(pairs)) {
      const known = NAMES.get(canonical(key));
      if (known !== undefined) {
        if (!properties.has(known)) properties.set(known, value);
        continue;
      }
      if (isShared && !/^(?:rocketmq\.config|threadpool|server)\./.test(key)) continue;
      const near = nearest(key);
      if (near === undefined && isSpringKey(key)) springKeys.push(key);
      else unknown.push(`${key} (${source})${near === undefined ? '' : `, did you mean ${near}?`}`);
    }
  };
  take('command line', commandLine);
  take('-D', systemProperties, true);
  take('environment', knownVariables(variables), true);
  for (const { path, pairs } of files) take(path, pairs);
  const all = new Map([...files.toReversed().flatMap(({ pairs }) => [...pairs]), ...systemProperties, ...commandLine]);
  for (const [key, value] of properties) properties.set(key, fill(value, all, variables));
  return { properties, unknown, springKeys };
}

/** Another name of name servers that people give to every RocketMQ program. */
const ALIASES: readonly (readonly [string, string])[] = [['namesrvAddr', 'rocketmq.config.namesrvAddr']];
const NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.keys(dashboardConfigTable).map((key) => [canonical(key), key] as const),
  ...ALIASES.map(([alias, key]) => [canonical(alias), key] as const),
]);

/** Source: Spring Boot, relaxed binding. */
function canonical(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase();
}

function nearest(key: string): string | undefined {
  const wanted = canonical(key);
  const word = wanted.split('.').at(-1);
  let best: string | undefined;
  let least = 3;
  for (const [known, name] of NAMES) {
    const distance = editDistance(wanted, known, 2);
    if (distance < least) [best, least] = [name, distance];
  }
  if (best !== undefined || isSpringKey(key)) return best;
  // The right word below another parent, or below none.
  return [...NAMES].find(([known]) => known.split('.').at(-1) === word)?.[1];
}

/** `server.servlet.context-path` is `SERVER_SERVLET_CONTEXTPATH` to Spring Boot; dashes that became underscores are taken too. */
const VARIABLES: ReadonlyMap<string, string> = new Map(
  Object.keys(dashboardConfigTable).flatMap((key) => [
    [key.replace(/-/g, '').replace(/\./g, '_').toUpperCase(), key] as const,
    [key.replace(/[-.]/g, '_').toUpperCase(), key] as const,
  ]),
);

function knownVariables(variables: Variables): Map<string, string> {
  const known = new Map<string, string>();
  for (const [name, value] of Object.entries(variables)) {
    const key = VARIABLES.get(name.toUpperCase());
    if (key !== undefined && value !== undefined && value !== '') known.set(key, value);
  }
  return known;
}

function joinLists(pairs: Pairs): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [key, value] of pairs) {
    const list = /^(.+)\[\d+\]$/.exec(key)?.[1];
    if (list === undefined) joined.set(key, value);
    else joined.set(list, joined.has(list) ? `${joined.get(list)},${value}` : value);
  }
  return joined;
}

/** Source: Spring Framework, PropertyPlaceholderHelper. */
function fill(value: string, pairs: Pairs, variables: Variables): string {
  let filled = value;
  for (let count = 0; count < MAX_PLACEHOLDERS; count++) {
    const found = /\$\{([^${}:]+)(?::([^${}]*))?\}/.exec(filled);
    if (found === null) break;
    const [whole, name = '', fallback] = found;
    const replacement = pairs.get(name) ?? variables[name] ?? fallback;
    if (replacement === undefined) break;
    filled = filled.replace(whole, () => replacement);
  }
  return filled;
}
