import { type AlertRule, GROUP_RULE_KINDS, MAX_SILENCE_MS, RULE_KINDS } from '../api/index.ts';

/** Limits of a group as Apache's dashboard keeps them. Source: ConsumerMonitorConfig. */
export interface GroupLimits {
  readonly minCount: number;
  readonly maxDiffTotal: number;
}

/** The rules of a file; what is none is left out. Throws for a file that is no list. */
export function readRules(content: Buffer | undefined): AlertRule[] {
  const parsed: unknown = JSON.parse(content?.toString() ?? '[]');
  if (!Array.isArray(parsed)) throw new TypeError('no list of rules');
  return parsed.flatMap((each: Partial<AlertRule> | null) => ruleOf(each ?? {}) ?? []);
}

export function rulesContent(rules: Iterable<AlertRule>): Buffer {
  return Buffer.from(`${JSON.stringify([...rules], undefined, 2)}\n`);
}

/** Throws for a file that is no object. */
export function readLimits(content: Buffer | undefined): Map<string, GroupLimits> {
  const parsed: unknown = JSON.parse(content?.toString() ?? '{}');
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new TypeError('no object of groups');
  return new Map(
    Object.entries(parsed as Readonly<Record<string, Partial<GroupLimits> | null>>).map(([group, each]) => [
      group,
      { minCount: whole(each?.minCount) ?? 0, maxDiffTotal: whole(each?.maxDiffTotal) ?? 0 },
    ]),
  );
}

export function limitsContent(limits: ReadonlyMap<string, GroupLimits>): Buffer {
  return Buffer.from(JSON.stringify(Object.fromEntries(limits), undefined, 2));
}

function ruleOf(given: Partial<AlertRule>): AlertRule | undefined {
  const kind = RULE_KINDS.find((each) => each === given.kind);
  const forMs = whole(given.forMs);
  if (typeof given.id !== 'string' || kind === undefined || forMs === undefined || forMs < 0) return undefined;
  const isOfGroup = GROUP_RULE_KINDS.some((each) => each === kind);
  if (isOfGroup !== (typeof given.group === 'string')) return undefined;
  const limit = whole(given.limit);
  if ((isOfGroup || kind === 'diskFull') && limit === undefined) return undefined;
  const silentUntilMs = whole(given.silentUntilMs);
  return {
    ...{ id: given.id, kind, forMs, isOn: given.isOn !== false, limit },
    group: isOfGroup ? given.group : undefined,
    cluster: typeof given.cluster === 'string' ? given.cluster : undefined,
    silentUntilMs: silentUntilMs === undefined || silentUntilMs <= 0 ? undefined : silentUntilMs,
  };
}

function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** Whether a rule sends nothing at this time. After a jump of the clock no silence is longer than one may be. */
export function isSilent({ silentUntilMs }: AlertRule, nowMs: number): boolean {
  return silentUntilMs !== undefined && silentUntilMs > nowMs && silentUntilMs - nowMs <= MAX_SILENCE_MS;
}
