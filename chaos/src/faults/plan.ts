import { Random } from '../random.ts';
import type { FaultKind, PlannedFault, PlanView } from './fault.ts';

interface PlanOptions {
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  readonly view: PlanView;
  /** All faults end within it. */
  readonly lengthMs: number;
  /** So many at a time at most. */
  readonly overlap: number;
  /** Names of nodes that alone are harmed; empty for any. */
  readonly only: readonly string[];
}

const DEFAULT_LASTS_MS: readonly [number, number] = [2000, 15_000];
/** Between the begins of faults. */
const GAP_MS: readonly [number, number] = [500, 5000];

/**
 * The faults of a run, by their begin. The same options give the same plan on every machine. Kinds take turns in an order of the seed, so
 * that a run of some length has all of them; of one node, one part is harmed by one fault at a time.
 */
export function makePlan(options: PlanOptions): PlannedFault[] {
  const random = new Random(options.seed);
  const plan: PlannedFault[] = [];
  const usable = options.kinds.filter((kind) => kind.choose(new Random(1), options.view) !== undefined);
  const parts = new Map(options.kinds.map((kind) => [kind.name, kind.parts]));
  const gone = new Set<string>();
  let turn: FaultKind[] = [];
  for (let at = random.between(500, 2000); usable.length > 0; at += random.between(...GAP_MS)) {
    if (turn.length === 0) turn = random.shuffled(usable);
    const [least, most] = turn[0]!.lastsMs ?? DEFAULT_LASTS_MS;
    // A short run has short faults of the long kinds.
    const lasts = Math.min(random.between(least, most), Math.floor(options.lengthMs / 2));
    const [beginMs, endMs] = [at, at + lasts];
    if (beginMs + Math.min(least, lasts) > options.lengthMs) break;
    const running = plan.filter((other) => other.endMs > beginMs);
    if (running.length >= options.overlap) continue;
    const kind = turn.shift()!;
    if (kind.isFinal === true && gone.size > 0) continue;
    const chosen = kind.choose(random, options.view) ?? [];
    const nodes = chosen.filter(
      (name) => (options.only.length === 0 || options.only.includes(name)) && !gone.has(name),
    );
    const isTaken = running.some(
      (other) =>
        other.nodes.some((name) => nodes.includes(name)) &&
        (parts.get(other.kind) ?? []).some((part) => kind.parts.includes(part)),
    );
    const dice = random.next();
    if (nodes.length === 0 || (kind.isFinal === true && nodes.length < chosen.length)) continue;
    if (isTaken) {
      // Later in this turn, when its nodes may be free.
      turn.push(kind);
      continue;
    }
    if (kind.isFinal === true) gone.add(nodes[0]!);
    plan.push({
      name: `f${plan.length + 1}`,
      kind: kind.name,
      nodes,
      beginMs,
      endMs: Math.min(endMs, options.lengthMs),
      dice,
    });
  }
  return plan;
}
