import { asError, type Disk, type Logger, replaceFile } from '@rocketmq-ts/kernel';
import type { AlertRule, RuleKind } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { DISK_WARNING } from '../overview/findings.ts';
import { type GroupLimits, limitsContent, readLimits, readRules, rulesContent } from './rule-files.ts';

/** Rules at most, those of groups. */
export const MAX_RULES = 10_000;
/** How long a condition must hold and be gone, where nobody said. */
export const DEFAULT_FOR_MS = 60_000;

const BUILT_IN: readonly AlertRule[] = [
  { id: 'noNameServer', kind: 'noNameServer', forMs: DEFAULT_FOR_MS, isOn: true },
  { id: 'brokerDown', kind: 'brokerDown', forMs: DEFAULT_FOR_MS, isOn: true },
  { id: 'diskFull', kind: 'diskFull', limit: DISK_WARNING * 100, forMs: DEFAULT_FOR_MS, isOn: true },
];

/** What names a rule. */
export function ruleId(kind: RuleKind, group?: string, cluster?: string): string {
  // A group of the old end-points may have blanks in its name.
  const names = [group, cluster].flatMap((each) => (each === undefined ? [] : [each.toWellFormed()]));
  return [kind, ...names.map(encodeURIComponent)].join(' ');
}

/**
 * The rules, in `alerts/rules.json` of the data folder. Limits of groups that count for every cluster are in
 * `monitor/consumerMonitorConfig.json`, where Apache's dashboard has them: its end-points and the pages change the same rules.
 */
export class AlertRules {
  readonly #disk: Disk;
  readonly #folder: string | undefined;
  readonly #logger: Logger;
  #limits = new Map<string, GroupLimits>();
  #rules: Map<string, AlertRule> | undefined;
  /** By cluster, until the next change. */
  readonly #ofCluster = new Map<string, ReadonlyMap<string, AlertRule>>();

  /** `folder` undefined: rules are kept in memory only. */
  constructor({ disk, folder, logger }: { disk: Disk; folder: string | undefined; logger: Logger }) {
    this.#disk = disk;
    this.#folder = folder;
    this.#logger = logger;
  }

  /** Built-in ones first, then in the order in which they were made. */
  list(): AlertRule[] {
    return [...this.#all().values()];
  }

  find(id: string): AlertRule | undefined {
    return this.#all().get(id);
  }

  /** Those that count in a cluster: its own before the same of all clusters. */
  ofCluster(cluster: string): ReadonlyMap<string, AlertRule> {
    const known = this.#ofCluster.get(cluster);
    if (known !== undefined) return known;
    const all = this.#all();
    const found = new Map<string, AlertRule>();
    for (const rule of all.values()) {
      const isOwn = rule.cluster === cluster;
      if (isOwn || (rule.cluster === undefined && !all.has(ruleId(rule.kind, rule.group, cluster))))
        found.set(rule.id, rule);
    }
    this.#ofCluster.set(cluster, found);
    return found;
  }

  /** Makes a rule or puts it in the place of the one with its id. Throws CONFLICT for too many, NOT_SAVED. */
  put(rule: AlertRule): void {
    const rules = new Map(this.#all());
    if (!rules.has(rule.id) && rules.size >= MAX_RULES + BUILT_IN.length)
      throw new ConsoleError('CONFLICT', `the console takes ${MAX_RULES} rules at most`);
    rules.set(rule.id, rule);
    const limits = new Map(this.#limits);
    setLimit(limits, rule, rule.limit ?? 0);
    this.#save(rules, limits);
  }

  /** Throws CONFLICT for a built-in one, NOT_SAVED. */
  remove(rule: AlertRule): void {
    if (rule.group === undefined)
      throw new ConsoleError('CONFLICT', 'this rule is part of the console: it can be switched off');
    const rules = new Map(this.#all());
    rules.delete(rule.id);
    const limits = new Map(this.#limits);
    setLimit(limits, rule, 0);
    this.#save(rules, limits);
  }

  /** As the end-points of Apache's dashboard show them. */
  limits(): ReadonlyMap<string, GroupLimits> {
    this.#all();
    return this.#limits;
  }

  /** Sets the limits of a group, or with undefined removes them; one that is not above 0 is none. Throws CONFLICT for too many, NOT_SAVED. */
  setLimits(group: string, wanted: GroupLimits | undefined): void {
    const rules = new Map(this.#all());
    const limits = new Map(this.#limits);
    if (wanted === undefined) limits.delete(group);
    else limits.set(group, wanted);
    takeLimits(rules, group, wanted);
    const isMore = limits.size > this.#limits.size || rules.size > this.#all().size;
    if (isMore && Math.max(limits.size, rules.size - BUILT_IN.length) > MAX_RULES)
      throw new ConsoleError('CONFLICT', `the console takes ${MAX_RULES} rules at most`);
    this.#save(rules, limits);
  }

  #all(): ReadonlyMap<string, AlertRule> {
    this.#rules ??= this.#read();
    return this.#rules;
  }

  /** A file that is not what it should be costs its rules, not the console. */
  #read(): Map<string, AlertRule> {
    const rules = new Map(BUILT_IN.map((each) => [each.id, each]));
    const content = (name: string): Buffer | undefined =>
      this.#folder === undefined ? undefined : this.#disk.readFile(`${this.#folder}/${name}`);
    try {
      for (const rule of readRules(content(RULES_FILE))) if (rules.size < MAX_RULES) rules.set(rule.id, rule);
    } catch (error) {
      this.#logger.warn('The rules of alerts can not be read: the built-in ones count', { file: RULES_FILE, error });
    }
    try {
      this.#limits = new Map([...readLimits(content(LIMITS_FILE))].slice(0, MAX_RULES));
    } catch (error) {
      this.#logger.warn('The limits of consumer groups can not be read: it begins without any', { error });
    }
    // The file of the limits may have been changed by Apache's dashboard since.
    for (const rule of [...rules.values()])
      if (rule.group !== undefined && limitName(rule) !== undefined)
        takeLimits(rules, rule.group, this.#limits.get(rule.group));
    for (const [group, limits] of this.#limits) takeLimits(rules, group, limits);
    return rules;
  }

  #save(rules: Map<string, AlertRule>, limits: Map<string, GroupLimits>): void {
    if (this.#folder !== undefined) {
      try {
        const wanted = limitsContent(limits);
        const isSame = wanted.equals(limitsContent(this.#limits));
        for (const [name, content] of [
          // First, since limits alone are rules after the next start, and rules without their limits are none.
          [RULES_FILE, rulesContent(rules.values())],
          ...(isSame ? [] : [[LIMITS_FILE, wanted] as const]),
        ] as const) {
          const path = `${this.#folder}/${name}`;
          this.#disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
          replaceFile(this.#disk, path, content);
        }
      } catch (error) {
        const reason = asError(error).message;
        throw new ConsoleError('NOT_SAVED', `the rules could not be saved: ${reason}`, { cause: error });
      }
    }
    this.#rules = rules;
    this.#limits = limits;
    this.#ofCluster.clear();
  }
}

const RULES_FILE = 'alerts/rules.json';
const LIMITS_FILE = 'monitor/consumerMonitorConfig.json';
const NO_LIMITS: GroupLimits = { minCount: 0, maxDiffTotal: 0 };
/** Kinds of rules that Apache's dashboard has a limit for. Source: ConsumerMonitorConfig. */
const LIMIT_NAMES: ReadonlyMap<RuleKind, keyof GroupLimits> = new Map([
  ['fewMembers', 'minCount'],
  ['lag', 'maxDiffTotal'],
]);

/** Whether its limit is kept where Apache's dashboard has it. */
function limitName({ kind, cluster }: AlertRule): keyof GroupLimits | undefined {
  return cluster === undefined ? LIMIT_NAMES.get(kind) : undefined;
}

/** Gives the limits the one of this rule; a group without any above 0 is removed by a limit of 0. */
function setLimit(limits: Map<string, GroupLimits>, rule: AlertRule, limit: number): void {
  const name = limitName(rule);
  if (name === undefined || rule.group === undefined) return;
  const changed = { ...NO_LIMITS, ...limits.get(rule.group), [name]: limit };
  if (changed.minCount > 0 || changed.maxDiffTotal > 0) limits.set(rule.group, changed);
  else limits.delete(rule.group);
}

/** Gives the rules of a group for all clusters these limits. */
function takeLimits(rules: Map<string, AlertRule>, group: string, limits: GroupLimits | undefined): void {
  for (const [kind, name] of LIMIT_NAMES) {
    const id = ruleId(kind, group);
    const limit = limits?.[name] ?? 0;
    if (limit <= 0) rules.delete(id);
    else rules.set(id, { id, kind, group, forMs: DEFAULT_FOR_MS, isOn: true, ...rules.get(id), limit });
  }
}
