import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Root of the checkout. */
export const ROOT: string = resolve(import.meta.dirname, '../..');
export const SETS = ['2m-noslave', '2m-2s-async', '2m-2s-sync', 'controller'] as const;
/** What can be done to a member from another terminal. */
export const ACTIONS = ['kill', 'stop', 'pause', 'resume', 'start'] as const;
export type Action = (typeof ACTIONS)[number];

export const USAGE = `npm run cluster -- <set> [options]          starts a whole set on loopback, and stops it with Ctrl-C
  <set>                 ${SETS.slice(0, 3).join(', ')}: the files of conf/<set> (without broker-trace);
                        controller: etcd, a controller, and three brokers of one group, one of them master by election
  --name-servers <n>    name servers, 1 to 9. Default: 1
  --workers <n>         each broker is a process of n brokers. Default: 1
  --folder <folder>     stores and logs are kept there. Default: a new one, removed at the end
  --name <name>         for --name below, when several clusters run. Default: the set
  --set <key>=<value>   a property of every broker; may be given several times

npm run cluster -- <action> [--name <name>]  acts on a cluster that runs, from another terminal
  --status              what it consists of, and how its members are
  --kill <member>       ends a member at once (SIGKILL)
  --stop <member>       stops a member in order; --stop all stops the cluster
  --pause <member>      a member stands still, with its connections open (SIGSTOP)
  --resume <member>     and continues (SIGCONT)
  --start <member>      starts a member that has ended, on its ports and with its store`;

/** A cluster to start. */
export interface ClusterOptions {
  readonly set: (typeof SETS)[number];
  readonly nameServers: number;
  readonly workers: number;
  readonly folder: string | undefined;
  readonly name: string;
  readonly properties: readonly string[];
}

/** Something to do with one that runs. */
export interface RemoteOptions {
  readonly action: Action | 'status';
  readonly member: string;
  readonly name: string | undefined;
}

/** Words that cannot be understood or done; the message is one line. */
export class UsageError extends Error {}

/** Undefined: help is asked for. Throws `UsageError`. */
export function readWords(words: readonly string[]): ClusterOptions | RemoteOptions | undefined {
  const { values, positionals } = parse(words);
  if (values.help === true || words.length === 0) return undefined;
  const actions = ACTIONS.flatMap((action) => {
    const member = values[action];
    return member === undefined ? [] : [{ action, member }];
  });
  const asked = [...actions, ...(values.status === true ? [{ action: 'status' as const, member: '' }] : [])];
  if (asked.length > 1)
    throw new UsageError('one action at a time: --kill, --stop, --pause, --resume, --start or --status');
  if (asked.length === 1 && positionals.length > 0)
    throw new UsageError(
      `${positionals[0]} starts a cluster and --${asked[0]!.action} acts on one that runs: give one of both`,
    );
  if (asked.length === 1) return { ...asked[0]!, name: values.name };
  const [set, extra] = positionals;
  const known = SETS.find((each) => each === set);
  if (known === undefined)
    throw new UsageError(`${set ?? 'no set'} is given, and the sets are ${SETS.join(', ')}; --help shows all`);
  if (extra !== undefined) throw new UsageError(`${extra} is one word too many; --help shows what may be given`);
  const name = values.name ?? known;
  if (!/^[\w-]{1,40}$/.test(name))
    throw new UsageError(`--name ${name}: letters, digits, _ and - make a name, 40 at the most`);
  const bad = values.set?.find((each) => !/^\w+=/.test(each));
  if (bad !== undefined) throw new UsageError(`--set ${bad}: a property is <key>=<value>`);
  if (known === 'controller' && values.workers !== undefined)
    throw new UsageError('the set controller has three brokers of one group, without --workers');
  return {
    ...{ set: known, name, properties: values.set ?? [] },
    nameServers: count('--name-servers', values['name-servers'], 9),
    workers: count('--workers', values.workers, 16),
    folder: values.folder === undefined ? undefined : resolve(process.env.INIT_CWD ?? '.', values.folder),
  };
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        ...{
          help: { ...flag, short: 'h' },
          status: flag,
          name: text,
          folder: text,
          workers: text,
          'name-servers': text,
        },
        ...{ kill: text, stop: text, pause: text, resume: text, start: text, set: { type: 'string', multiple: true } },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!.replace(/\. To specify.*$/, ''));
  }
}

function count(option: string, text: string | undefined, most: number): number {
  const value = Number(text ?? 1);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option} ${text}: it takes a whole number from 1 to ${most}`);
}

/** Files of a set, in the order of their start: masters, then slaves. */
export function filesOf(set: string): string[] {
  const files = ['broker-a', 'broker-b', 'broker-a-s', 'broker-b-s'];
  return files.filter((file) => existsSync(join(ROOT, 'conf', set, `${file}.properties`)));
}
