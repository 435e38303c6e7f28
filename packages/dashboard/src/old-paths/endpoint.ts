import type { Admin, ClusterInfo } from '@rocketmq-ts/admin';
import type { Clock } from '@rocketmq-ts/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access, BrokerFailure, BrokerResult } from '../api/index.ts';
import { auditResults } from '../audit/record.ts';
import type { Cluster } from '../clusters/registry.ts';
import { type Answered, askEach, type Question } from '../targets/broker-calls.ts';
import { type BrokerTarget, targetsOf } from '../targets/broker-target.ts';
import { writeEach } from '../targets/write-each.ts';
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

/** Brokers of the clusters and of the names, each once. Throws where there is none, or a name is unknown. */
export function chosenTargets(
  info: ClusterInfo,
  clusters: readonly string[],
  brokerNames: readonly string[],
): BrokerTarget[] {
  const names = new Set(brokerNames);
  for (const cluster of clusters) {
    const members = info.clusterAddrTable.get(cluster);
    if (members === undefined) throw new OldPathError(`No cluster ${cluster} is registered.`);
    for (const name of members) names.add(name);
  }
  if (names.size === 0) throw new OldPathError('clusterName or brokerName can not be all blank');
  for (const name of names) if (!info.brokerAddrTable.has(name)) throw new OldPathError(`Broker not found: ${name}`);
  return targetsOf(info).filter(({ brokerName }) => names.has(brokerName));
}

/** What those brokers answer that can; the others are among the call's failures. Throws when none could. */
export async function askAll<Value>(
  call: OldCall,
  brokers: readonly BrokerTarget[],
  question: Question<Value>,
): Promise<readonly Answered<Value>[]> {
  const { answers, failures } = await askEach(brokers, question);
  if (answers.length === 0 && failures.length > 0) throw new OldPathError(describe(failures));
  call.failures.push(...failures);
  return answers;
}

/** Changes something on the masters of these brokers. Throws when one refused, with what became of it on each. */
export async function changeAll(
  call: OldCall,
  brokers: readonly BrokerTarget[],
  change: (address: string) => Promise<unknown>,
): Promise<true> {
  const results = await writeEach(brokers, async (address) => {
    await change(address);
    return undefined;
  });
  const failed = results.filter(({ ok }) => !ok);
  const message = failed.length === 0 ? undefined : describe(failed);
  auditResults(call.request, results, message);
  if (message === undefined) return true;
  const done = results.filter(({ ok }) => ok).map(({ brokerName }) => brokerName);
  throw new OldPathError(done.length === 0 ? message : `${message}; done on ${done.join(', ')}`);
}

/** In one line: each server with its reason. */
export function describe(failures: readonly (BrokerFailure | BrokerResult)[]): string {
  return failures.map(({ brokerName, address, message }) => `${brokerName ?? ''} (${address}): ${message}`).join('; ');
}
