import { parseArgs } from 'node:util';

/** The two that are compared. */
export type Target = 'ours' | 'apache';

/** Sizes of one run; the long form is what docs/benchmarks.md is made from. */
export interface Options {
  readonly rounds: number;
  readonly targets: readonly Target[];
  /** Names of loads to run, all when empty. */
  readonly only: readonly string[];
  /** Sends of 1 KB, 8 × 16, that each fresh broker gets before its load: a virtual machine compiles by count, not by time. */
  readonly warmUpMessages: number;
  /** The load itself, before its measured time. */
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
  /** Messages of each of the two halves of the memory load. */
  readonly memoryMessages: number;
  /** Messages that lie ready for the catch-up load. */
  readonly backlogMessages: number;
  /** What a slave lacks in the catch-up of slaves. */
  readonly catchUpBytes: number;
  /** Workers that are compared with one. */
  readonly workers: number;
  /** Whether the sections of these loads in docs/benchmarks.md are replaced. */
  readonly keep: boolean;
  /** Every load, for ours and Apache's. */
  readonly isWhole: boolean;
  /** Many topics, queues and messages instead: ours alone. */
  readonly scale: boolean;
}

/** What `--help` prints, with the names of all loads. */
export const usage = (loads: readonly string[]): string => `npm run bench -- [options]
  --quick            one short round: a look, not a result
  --rounds N         rounds of ours and Apache's in turn (3)
  --only a,b         loads by name:
${listed(loads)}
  --workers N        workers that are compared with one on one core, on as many cores (2); more where there are more cores
  --target T         ours or apache alone; nothing is compared
  --keep             replace sections of docs/benchmarks.md in spite of --quick, --only or --target, which else keep nothing
  --scale            what grows with topics, queues and messages, ours alone, each at a size and at ten times that; six
                     minutes and 15 GB in the temporary folder; with --quick a tenth of it, which is not kept without --keep
  --help             this text

A run replaces the sections of the loads that ran without failure and leaves all others as they are; the exit code is 1 where one
failed. A section with figures of both is not replaced by one that --target left without the other's.`;

const LINE_CHARS = 120;
const INDENT = ' '.repeat(21);

function listed(names: readonly string[]): string {
  const lines: string[] = [];
  for (const [at, name] of names.entries()) {
    const word = at === names.length - 1 ? name : `${name},`;
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= LINE_CHARS) lines[lines.length - 1] = longer;
    else lines.push(INDENT + word);
  }
  return lines.join('\n');
}

/** Reads the command line; undefined when help was asked for. Throws on an unknown option and on a load that is not among `loads`. */
export function readOptions(args: readonly string[], loads: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      target: { type: 'string' },
      workers: { type: 'string', default: '2' },
      keep: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick, target } = values;
  if (target !== undefined && target !== 'ours' && target !== 'apache') throw new Error('--target is ours or apache');
  const rounds = Number(values.rounds ?? (quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number from 1 on');
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 2) throw new Error('--workers is a whole number from 2 on');
  const only = values.only.flatMap((each) => each.split(','));
  const unknown = only.filter((name) => !loads.includes(name));
  if (unknown.length > 0) throw new Error(`no such load: ${unknown.join(', ')}`);
  const isWhole = only.length === 0 && target === undefined;
  return {
    rounds,
    scale: values.scale,
    targets: target === undefined ? ['ours', 'apache'] : [target],
    only,
    workers,
    warmUpMessages: quick ? 60_000 : 200_000,
    warmUpSeconds: quick ? 2 : 4,
    measureSeconds: quick ? 4 : 10,
    memoryMessages: quick ? 200_000 : 1_000_000,
    backlogMessages: quick ? 200_000 : 500_000,
    catchUpBytes: (quick ? 1 : 5) * 2 ** 30,
    keep: values.keep || (!quick && isWhole),
    isWhole,
  };
}
