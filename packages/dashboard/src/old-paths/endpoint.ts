import type { Admin, BrokerData, ClusterInfo } from '@rocketmq-ts/admin';
import { selectBrokerAddress } from '@rocketmq-ts/admin';
import type { Clock } from '@rocketmq-ts/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access, BrokerFailure, BrokerResult } from '../api/index.ts';
import { auditResults } from '../audit/record.ts';
import type { Cluster } from '../clusters/registry.ts';
import { reasonOf } from '../http/failure.ts';
import { OldPathError, type Values } from './values.ts';

/** One end-point of Apache's dashboard. */
export interface OldEndpoint {
  /** Undefined: any. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly access: Access;
  /** Resolves to the envelope's `data`, or to what is sent without one. */
  run(call: OldCall): unknown;
}

/** What an end-point gets. */
export interface OldCall {
  readonly values: Values;
  /** As it was sent: a list, where one is. */
  readonly body: unknown;
  /** The one that the caller looks at, see `ClusterChoice`. */
  readonly cluster: Cluster;
  readonly admin: Admin;
  readonly clock: Clock;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Servers that could not be asked; shown beside the envelope's own fields. */
  readonly failures: BrokerFailure[];
}

/** Sent as it is, in place of an envelope. */
export class Plain {
  readonly content: string | Uint8Array;
  readonly contentType: string;
  readonly fileName: string | undefined;

  constructor(content: string | Uint8Array, contentType: string, fileName?: string) {
    this.content = content;
    this.contentType = contentType;
    this.fileName = fileName;
  }
}

/** A broker name and where it is asked. */
export interface Target {
  readonly brokerName: string;
  readonly address: string;
}

/** The broker of each name, see `selectBrokerAddress`. */
export function targetsOf(brokers: Iterable<BrokerData>): Target[] {
  return [...brokers].flatMap((broker) => {
    const address = selectBrokerAddress(broker);
    return address === undefined ? [] : [{ brokerName: broker.brokerName, address }];
  });
}

/** Brokers of the clusters and of the names, each once. Throws where there is none, or a name is unknown. */
export function chosenTargets(
  info: ClusterInfo,
  clusters: readonly string[],
  brokerNames: readonly string[],
): Target[] {
  const names = new Set(brokerNames);
  for (const cluster of clusters) {
    const members = info.clusterAddrTable.get(cluster);
    if (members === undefined) throw new OldPathError(`No cluster ${cluster} is registered.`);
    for (const name of members) names.add(name);
  }
  if (names.size === 0) throw new OldPathError('clusterName or brokerName can not be all blank');
  const chosen = [...names].map((name) => {
    const broker = info.brokerAddrTable.get(name);
    if (broker === undefined) throw new OldPathError(`Broker not found: ${name}`);
    return broker;
  });
  return targetsOf(chosen);
}

/** What those brokers answer that can; the others are among the call's failures. Throws when none could. */
export async function askAll<Value>(
  call: OldCall,
  targets: readonly Target[],
  ask: (target: Target) => Promise<Value>,
): Promise<{ readonly target: Target; readonly value: Value }[]> {
  const outcomes = await Promise.allSettled(targets.map(ask));
  const answered: { target: Target; value: Value }[] = [];
  const failures: BrokerFailure[] = [];
  for (const [at, outcome] of outcomes.entries()) {
    const target = targets[at]!;
    if (outcome.status === 'fulfilled') answered.push({ target, value: outcome.value });
    else failures.push({ ...target, message: reasonOf(outcome.reason) });
  }
  if (answered.length === 0 && failures.length > 0) throw new OldPathError(describe(failures));
  call.failures.push(...failures);
  return answered;
}

/** Changes something on each of the brokers. Throws when one refused, with what became of it on each. */
export async function changeAll(
  call: OldCall,
  targets: readonly Target[],
  change: (target: Target) => Promise<unknown>,
): Promise<true> {
  const outcomes = await Promise.allSettled(targets.map(change));
  const results: BrokerResult[] = outcomes.map((outcome, at) => ({
    ...targets[at]!,
    ok: outcome.status === 'fulfilled',
    message: outcome.status === 'fulfilled' ? undefined : reasonOf(outcome.reason),
  }));
  const failed = results.filter(({ ok }) => !ok);
  const message = failed.length === 0 ? undefined : describe(failed);
  auditResults(call.request, results, message);
  if (message === undefined) return true;
  const done = results.filter(({ ok }) => ok).map(({ brokerName }) => brokerName);
  throw new OldPathError(done.length === 0 ? message : `${message}; done on ${done.join(', ')}`);
}

function describe(failures: readonly (BrokerFailure | BrokerResult)[]): string {
  return failures.map(({ brokerName, address, message }) => `${brokerName ?? ''} (${address}): ${message}`).join('; ');
}
