/** A command line that both tools run on a cluster of either make, and how its output is compared. */
export interface Step {
  /**
   * The words behind `mqadmin`, as for a shell, without `-n`. `{name}` is replaced, see `Scene`; `{tool}` by `One` for Apache's tool and `Two`
   * for ours, so that each changes what is its own; both read as the same when outputs are compared.
   */
  readonly line: string;
  /** Files that are in the working folder from this step on. */
  readonly files?: Readonly<Record<string, string>>;
  /** What differs between two runs a moment apart, besides times, rates and ids; each match reads as `<…>`. */
  readonly mask?: readonly RegExp[];
  /** What differs between the makes of clusters besides (sizes, paths, names of settings). */
  readonly maskAcross?: readonly RegExp[];
  /** Apache's order is that of a hash table over names that differ between runs: lines are compared sorted. */
  readonly unordered?: boolean;
  /** The command repeats for ever: both are ended after so long, and only their first so many lines are compared. */
  readonly repeats?: { readonly afterMs: number; readonly lines: number };
  /** Exit code of ours. Default: 0, and 2 where Apache's tool printed a stack trace. */
  readonly exitCode?: number;
  /** Why outputs are not the same, by pairing; a sentence of the page. The test fails when they are the same all the same. */
  readonly differs?: Partial<Readonly<Record<Pairing, string>>>;
  /** Keeps the step off a make of cluster, with the reason as a sentence of the page. */
  readonly notOn?: Partial<Readonly<Record<'apache' | 'ours', string>>>;
}

/** Whose tool on whose cluster. Each is held against Apache's tool on Apache's cluster. */
export type Pairing = 'oursOnApache' | 'apacheOnOurs' | 'oursOnOurs';

export const PAIRINGS: readonly Pairing[] = ['oursOnApache', 'apacheOnOurs', 'oursOnOurs'];
