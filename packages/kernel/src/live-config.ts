import { byKey, type ConfigOf, type ConfigProblem, type ConfigTable, configEntries, readConfig } from './config.ts';

interface ConfigUpdate {
  /** Keys whose new value is in force now. */
  readonly applied: string[];
  /** Keys that are listed and kept with their new value, but take effect at the next start. */
  readonly needRestart: string[];
  /** Keys that neither the table nor the file knows: without effect. */
  readonly ignored: string[];
  /** Keys that are listed and kept, and that nothing here reads. */
  readonly idle: string[];
  /** When there is one, nothing at all was changed. */
  readonly problems: ConfigProblem[];
}

/** For the operator: which changes are not in force now, and why; undefined when all are. */
export function updateNote({ needRestart, idle, ignored }: ConfigUpdate): string | undefined {
  const parts: string[] = [];
  if (needRestart.length > 0) parts.push(`After the next start: ${needRestart.join(', ')}`);
  if (idle.length > 0) parts.push(`Without effect here: ${idle.join(', ')}`);
  if (ignored.length > 0) parts.push(`Not kept, since there is no such property: ${ignored.join(', ')}`);
  return parts.length === 0 ? undefined : parts.join('. ');
}

/** What a `LiveConfig` knows of a configuration besides its values. */
interface ConfigOrigin {
  /** Pairs of the file that the table does not know: kept and listed. */
  readonly foreign?: Iterable<readonly [string, string]>;
  /** Keys of the table that were set by a file or on a command line. Default: none. */
  readonly given?: Iterable<string>;
}

/**
 * The configuration of a running process. `values` is what is in force; an update changes it in place for the properties
 * that may change, so that code which reads `values.x` at each use sees it.
 */
export class LiveConfig<T extends ConfigTable> {
  readonly table: T;
  readonly values: Readonly<ConfigOf<T>>;
  readonly #running: ConfigOf<T>;
  readonly #listed: ConfigOf<T>;
  readonly #foreign: Map<string, string>;
  readonly #given: Set<string>;
  readonly #listeners: (() => void)[] = [];

  constructor(table: T, config: ConfigOf<T>, origin: ConfigOrigin = {}) {
    this.table = table;
    this.#running = { ...config };
    this.#listed = { ...config };
    this.values = this.#running;
    this.#foreign = new Map(origin.foreign);
    this.#given = new Set(origin.given);
  }

  /**
   * Fills in values that only the running process knows, such as an address found among the interfaces: in force and
   * listed, and found again by the next start instead of saved.
   */
  settle(found: Partial<ConfigOf<T>>): void {
    for (const key of Object.keys(found) as (keyof T & string)[]) {
      const value = found[key] as ConfigOf<T>[typeof key];
      this.#running[key] = value;
      this.#listed[key] = value;
      this.#given.delete(key);
    }
  }

  /** The listener is called after each update that changed something. */
  onUpdate(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Why a change is refused, a sentence each; empty when `update` would take it. */
  check(changes: ReadonlyMap<string, string>): ConfigProblem[] {
    const known = new Map([...changes].filter(([key]) => Object.hasOwn(this.table, key)));
    const reading = readConfig(this.table, known, this.#listed);
    return [...reading.problems, ...this.#fixedProblems(known, reading.config)];
  }

  /** All or nothing: with a problem in one key none is changed. */
  update(changes: ReadonlyMap<string, string>): ConfigUpdate {
    const update: ConfigUpdate = { applied: [], needRestart: [], ignored: [], idle: [], problems: this.check(changes) };
    if (update.problems.length > 0) return update;
    const known = new Map<string, string>();
    for (const [key, value] of changes) {
      if (Object.hasOwn(this.table, key)) known.set(key, value);
      else if (this.#foreign.has(key)) this.#foreign.set(key, value);
      else update.ignored.push(key);
    }
    const { config } = readConfig(this.table, known, this.#listed);
    for (const key of known.keys() as Iterable<keyof T & string>) {
      this.#take(key, config[key], update);
      this.#given.add(key);
    }
    for (const listener of this.#listeners) listener();
    return update;
  }

  #fixedProblems(known: ReadonlyMap<string, string>, config: ConfigOf<T>): ConfigProblem[] {
    const problems: ConfigProblem[] = [];
    for (const [key, value] of known as Iterable<[keyof T & string, string]>) {
      const property = this.table[key];
      if (property?.facts.change !== 'fixed' || config[key] === this.#listed[key]) continue;
      const reason = `${key} is ${String(this.#listed[key])} for what this process has on its disk and can't be changed`;
      problems.push({ key, value, allowed: property.allowed, reason });
    }
    return problems;
  }

  #take<K extends keyof T & string>(key: K, value: ConfigOf<T>[K], update: ConfigUpdate): void {
    const facts = this.table[key]?.facts;
    const live = facts?.change === 'live';
    if (live) this.#running[key] = value;
    if (facts?.idle === true) update.idle.push(key);
    else if (live || this.#listed[key] === value) update.applied.push(key);
    else update.needRestart.push(key);
    this.#listed[key] = value;
  }

  /** Everything that is configured, sorted by key: also values that wait for a restart and keys that the table does not know. */
  entries(): [string, string][] {
    return [...configEntries(this.table, this.#listed), ...this.#foreign].sort(byKey);
  }

  /**
   * What a file must hold for the next start to have the same configuration: keys that were given or changed. Values that
   * the machine decides (addresses, folders, sizes of pools) are left to the machine that starts next.
   */
  given(): [string, string][] {
    return this.entries().filter(([key]) => this.#given.has(key) || this.#foreign.has(key));
  }
}
