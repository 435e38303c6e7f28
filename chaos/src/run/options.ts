import { parseArgs } from 'node:util';
import type { FaultKind } from '../faults/fault.ts';
import { faultKind, faultKinds } from '../faults/table.ts';
import { type ServerSet, serverSet, sets } from './sets.ts';

/** Whose program a server is. */
export type Make = 'ours' | 'apache';

/** One run: a set of servers under the faults of a seed. */
export interface RunOptions {
  readonly seed: number;
  readonly set: ServerSet;
  readonly faults: readonly FaultKind[];
  /** How long faults begin and end. */
  readonly faultsMs: number;
  readonly overlap: number;
  /** Names of nodes that alone are harmed; empty for any. */
  readonly only: readonly string[];
  /** Make of each broker: by node name, else `make`. */
  readonly makeOf: (node: string) => Make;
  /** Apache's Java client instead of ours: of each two clients of a kind, one or both. */
  readonly javaClients: 'none' | 'half' | 'all';
  readonly flush: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  readonly messagesPerSecond: number;
  readonly availableWithinMs: number;
  readonly drainLimitMs: number;
}

export interface Options {
  readonly runs: readonly RunOptions[];
  readonly record: boolean;
  readonly keep: boolean;
}

export const usage = `npm run chaos -- [options]: real servers in network namespaces under faults that follow from a seed.

  --seed <n>          plan of faults; default: from the time
  --runs <n>          runs of each set, with seeds that follow each other; default 1
  --minutes <m>       length of the faults of a run; default 1
  --set <a,b>         of ${sets.map((set) => set.name).join(', ')}; default 1m
  --faults <a,b>      kinds of faults, none, or all (default): ${faultKinds.map((kind) => kind.name).join(', ')}
  --nodes <a,b>       harm these alone, such as broker-a.0 or namesrv.1
  --overlap <n>       faults at a time at most; default 2
  --broker apache     all brokers are Apache's 5.4.0, or those named: --broker apache:broker-a.1,broker-b.0
  --client java|mixed all producers and consumers are of Apache's Java client, or one of each two
  --flush sync|async  default: odd seeds async, even ones sync
  --rate <n>          messages a second; default 150
  --bound <s>         longest time until sends are taken again once the faults are over; default 45
  --record            add the results to chaos/results.jsonl, from which npm run docs makes docs/reliability.md
  --keep              keep the folder with history and logs also when nothing failed`;

/** Throws where a word or name is not known. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: text,
      runs: text,
      minutes: text,
      set: text,
      faults: text,
      nodes: text,
      overlap: text,
      broker: text,
      client: text,
      flush: text,
      rate: text,
      bound: text,
      record: flag,
      keep: flag,
    },
  });
  const first = number('seed', values.seed, Math.floor(Date.now() / 1000));
  const faults = faultsOf(values.faults ?? 'all');
  const words = (list: string | undefined): string[] => (list ?? '').split(',').filter(Boolean);
  const makeOf = makesOf(values.broker);
  const runs: RunOptions[] = [];
  for (const name of words(values.set ?? '1m')) {
    for (let run = 0; run < number('runs', values.runs, 1); run++) {
      const seed = first + run;
      runs.push({
        seed,
        set: serverSet(name),
        faults,
        faultsMs: number('minutes', values.minutes, 1) * 60_000,
        overlap: number('overlap', values.overlap, 2),
        only: words(values.nodes),
        makeOf,
        javaClients: javaClientsOf(values.client),
        flush: flushOf(values.flush, seed),
        messagesPerSecond: number('rate', values.rate, 150),
        availableWithinMs: number('bound', values.bound, 45) * 1000,
        drainLimitMs: 90_000,
      });
    }
  }
  return { runs, record: values.record === true, keep: values.keep === true };
}

function faultsOf(names: string): readonly FaultKind[] {
  if (names === 'all') return faultKinds;
  if (names === 'none' || names === 'noop') return [];
  return names.split(',').map(faultKind);
}

function makesOf(value: string | undefined): (node: string) => Make {
  if (value === undefined || value === 'ours') return () => 'ours';
  const [make, nodes] = value.split(':');
  if (make !== 'apache') throw new Error(`--broker takes ours, apache or apache:<nodes>, not ${value}`);
  const named = nodes?.split(',');
  return (node) => (named === undefined || named.includes(node) ? 'apache' : 'ours');
}

function javaClientsOf(value: string | undefined): RunOptions['javaClients'] {
  if (value === undefined || value === 'ours') return 'none';
  if (value === 'java') return 'all';
  if (value === 'mixed') return 'half';
  throw new Error(`--client takes ours, java or mixed, not ${value}`);
}

function flushOf(value: string | undefined, seed: number): 'ASYNC_FLUSH' | 'SYNC_FLUSH' {
  if (value === 'sync') return 'SYNC_FLUSH';
  if (value === 'async') return 'ASYNC_FLUSH';
  if (value !== undefined) throw new Error(`--flush takes sync or async, not ${value}`);
  return seed % 2 === 0 ? 'SYNC_FLUSH' : 'ASYNC_FLUSH';
}

function number(name: string, value: string | undefined, fallback: number): number {
  const read = value === undefined ? fallback : Number(value);
  if (Number.isFinite(read) && read >= 0) return read;
  throw new Error(`--${name} takes a number, not ${value}`);
}
