import type { AlertRule, Finding } from '../api/index.ts';
import type { BrokerState, ClusterModel, GroupState } from '../collect/model.ts';
import { brokerDown, diskFull, lagOf, noNameServer } from '../overview/findings.ts';

/**
 * What a rule finds in a cluster, by what it is about (the address of a broker, else nothing). `undefined`: it is not known
 * now, and what it was before goes on. What is missing is not so.
 */
export type Judged = ReadonlyMap<string, Finding | undefined>;

/** Looks at what was collected. Undefined: nothing is known yet. */
export function judge(rule: AlertRule, model: ClusterModel, nowMs: number): Judged | undefined {
  switch (rule.kind) {
    case 'noNameServer': {
      if (model.discoveredAtMs === undefined && model.discoveryOutage === undefined) return undefined;
      return single(noNameServer(model));
    }
    case 'brokerDown':
      return ofBrokers(model, (broker) => brokerDown(broker) ?? false);
    case 'diskFull':
      return ofBrokers(model, (broker) => {
        if (broker.outage !== undefined || broker.runtime.size === 0) return undefined;
        return diskFull(broker, (rule.limit ?? 100) / 100) ?? false;
      });
    case 'lag':
      return ofGroup(rule, model, lagFinding);
    case 'lagAge':
      return ofGroup(rule, model, ageFinding);
    case 'fewMembers':
      return ofGroup(rule, model, memberFinding);
    case 'deadLetters':
      return ofGroup(rule, model, (state, limit) => letterFinding(state, limit, nowMs));
  }
}

const NOTHING: Judged = new Map();

function single(finding: Finding | undefined): Judged {
  return finding === undefined ? NOTHING : new Map([['', finding]]);
}

function ofBrokers(
  { brokers, discoveredAtMs }: ClusterModel,
  find: (broker: BrokerState) => Finding | undefined | false,
): Judged | undefined {
  if (discoveredAtMs === undefined) return undefined;
  const found = new Map<string, Finding | undefined>();
  for (const broker of brokers.values()) {
    const each = find(broker);
    if (each !== false) found.set(broker.address, each);
  }
  return found;
}

function ofGroup(
  { group = '', limit = 0 }: AlertRule,
  model: ClusterModel,
  find: (state: GroupState, limit: number, model: ClusterModel) => Finding | undefined | false,
): Judged | undefined {
  const state = model.groups.get(group);
  if (state === undefined) {
    const primaries = model.primaries();
    // A cluster without this group is none where it lacks members.
    return primaries.length > 0 && primaries.every(({ tablesAtMs }) => tablesAtMs !== undefined) ? NOTHING : undefined;
  }
  const found = find(state, limit, model);
  return found === undefined ? undefined : single(found === false ? undefined : found);
}

function lagFinding(state: GroupState, limit: number): Finding | undefined | false {
  if (state.figures.size === 0) return undefined;
  const lag = lagOf(state);
  return lag > limit ? { kind: 'lag', severity: 'warning', group: state.group, lag } : false;
}

function ageFinding({ group, figures }: GroupState, minutes: number): Finding | undefined | false {
  if (figures.size === 0) return undefined;
  let ageMs = 0;
  // As of the time of each figure, so that a broker that does not answer makes nothing older.
  for (const { atMs, waitingSinceMs } of figures.values())
    for (const sinceMs of waitingSinceMs.values()) ageMs = Math.max(ageMs, atMs - sinceMs);
  return ageMs > minutes * 60_000 ? { kind: 'lagAge', severity: 'warning', group, ageMs } : false;
}

function letterFinding(
  { group, letters: counts }: GroupState,
  limit: number,
  nowMs: number,
): Finding | undefined | false {
  if (counts.size === 0) return undefined;
  let letters = 0;
  for (const each of counts.values()) letters += each.since(nowMs);
  return letters >= limit ? { kind: 'deadLetters', severity: 'warning', group, letters } : false;
}

function memberFinding(state: GroupState, limit: number, model: ClusterModel): Finding | undefined | false {
  const { group, configs, members: online } = state;
  // What a broker knew that does not answer is old, and consumers are on the others too.
  const answering = model
    .primaries()
    .filter(({ brokerName, outage }) => outage === undefined && configs.has(brokerName));
  const known = answering.flatMap(({ brokerName }) => online.get(brokerName) ?? []);
  if (known.length === 0) return undefined;
  const members = new Set(known.flatMap(({ versions }) => [...versions.keys()])).size;
  if (members >= limit) return false;
  // Brokers that were not asked yet may have the members that are missing.
  if (known.length < answering.length) return undefined;
  return { kind: 'fewMembers', severity: members === 0 ? 'error' : 'warning', group, members, limit };
}
