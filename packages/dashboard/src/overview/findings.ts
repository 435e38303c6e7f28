import type { Finding } from '../api/index.ts';
import type { BrokerState, ClusterModel, GroupState } from '../collect/model.ts';
import { numberIn } from '../collect/runtime.ts';

/** Brokers begin to delete messages before their time at 85 %, and take no more at 95 %. Source: DefaultMessageStore.CleanCommitLogService. */
export const DISK_WARNING = 0.75;
const DISK_ERROR = 0.85;
/** Of the store, for one message of hundred. */
const SLOW_STORE_MS = 200;
/** Of the answer to a request without work. */
const SLOW_ANSWER_MS = 1000;
/** Groups that are named at most. */
const MAX_LAGS = 5;
const LAG_WARNING = 100_000;

/** What is wrong with a cluster, the worst first. */
export function findingsOf(model: ClusterModel, historyFailure: string | undefined): Finding[] {
  const found: Finding[] = [];
  const unreachable = noNameServer(model);
  if (unreachable !== undefined) found.push(unreachable);
  else if (model.discoveredAtMs !== undefined && model.brokers.size === 0)
    found.push({ kind: 'noBroker', severity: 'error' });
  const brokers = [...model.brokers.values()];
  found.push(...brokers.flatMap(ofBroker), ...withoutMaster(brokers), ...versions(brokers), ...lags(model));
  if (historyFailure !== undefined)
    found.push({ kind: 'historyInMemory', severity: 'warning', reason: historyFailure });
  return found.sort(worstFirst);
}

const RANK = { error: 0, warning: 1 } as const;

/** An order for `sort`. */
export function worstFirst(a: Finding, b: Finding): number {
  return RANK[a.severity] - RANK[b.severity];
}

/** What a finding is about: two of the same name are one. */
export function findingName(finding: Finding): string {
  const { kind, address = '', group = '' } = finding as { kind: string; address?: string; group?: string };
  return `${kind} ${address}${group}`;
}

/** Undefined while a name server answers. */
export function noNameServer({ discoveryOutage }: ClusterModel): Finding | undefined {
  if (discoveryOutage === undefined) return undefined;
  return { kind: 'noNameServer', severity: 'error', reason: discoveryOutage.message };
}

/** Undefined while it answers. */
export function brokerDown({ brokerName, address, outage }: BrokerState): Finding | undefined {
  if (outage === undefined) return undefined;
  const { sinceMs, message: reason, isRefusal = false } = outage;
  return { kind: 'brokerDown', severity: 'error', brokerName, address, sinceMs, reason, isRefusal };
}

/** Undefined while its disk is not as full as that, a ratio of 0 to 1. */
export function diskFull({ brokerName, address, runtime }: BrokerState, from: number): Finding | undefined {
  const ratio = Math.max(numberIn(runtime, 'commitLogDiskRatio') ?? 0, numberIn(runtime, 'consumeQueueDiskRatio') ?? 0);
  if (ratio < from) return undefined;
  return { kind: 'diskFull', severity: ratio >= DISK_ERROR ? 'error' : 'warning', brokerName, address, ratio };
}

/** Messages of all brokers that a group has not consumed yet. */
export function lagOf({ figures }: GroupState): number {
  let lag = 0;
  for (const each of figures.values()) lag += each.lag;
  return lag;
}

function ofBroker(broker: BrokerState): Finding[] {
  const { brokerName, address, runtime, latencyMs } = broker;
  const at = { brokerName, address };
  const down = brokerDown(broker);
  if (down !== undefined) return [down];
  const found: Finding[] = [];
  const full = diskFull(broker, DISK_WARNING);
  if (full !== undefined) found.push(full);
  const notWritable = runtime.get('storeNotWriteableBecause');
  if (notWritable !== undefined) found.push({ kind: 'notWritable', severity: 'error', ...at, reason: notWritable });
  const diverged = runtime.get('replicationDivergence');
  if (diverged !== undefined) found.push({ kind: 'diverged', severity: 'error', ...at, reason: diverged });
  const storeMs = numberIn(runtime, 'putLatency99') ?? 0;
  if (storeMs >= SLOW_STORE_MS) found.push({ kind: 'slowStore', severity: 'warning', ...at, latencyMs: storeMs });
  if (latencyMs !== undefined && latencyMs >= SLOW_ANSWER_MS)
    found.push({ kind: 'slowAnswers', severity: 'warning', ...at, latencyMs });
  return found;
}

/** Broker names of which only slaves answer. */
function withoutMaster(brokers: readonly BrokerState[]): Finding[] {
  const up = brokers.filter(({ outage }) => outage === undefined);
  const masters = new Set(up.filter(({ brokerId }) => brokerId === 0).map(({ brokerName }) => brokerName));
  const others = new Map(
    up.filter(({ brokerName }) => !masters.has(brokerName)).map((each) => [each.brokerName, each]),
  );
  return [...others.values()].map(({ brokerName, address }) => ({
    kind: 'noMaster',
    severity: 'error',
    brokerName,
    address,
  }));
}

function versions(brokers: readonly BrokerState[]): Finding[] {
  const found = new Set(brokers.flatMap(({ runtime }) => runtime.get('brokerVersionDesc') ?? []));
  return found.size > 1 ? [{ kind: 'versionsDiffer', severity: 'warning', versions: [...found].sort() }] : [];
}

function lags(model: ClusterModel): Finding[] {
  const found: { readonly group: string; readonly lag: number }[] = [];
  for (const state of model.groups.values()) {
    const lag = lagOf(state);
    if (lag >= LAG_WARNING) found.push({ group: state.group, lag });
  }
  return found
    .sort((a, b) => b.lag - a.lag)
    .slice(0, MAX_LAGS)
    .map((each) => ({ kind: 'lag', severity: 'warning', ...each }));
}
