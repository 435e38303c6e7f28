import { SeededSimulation } from '../seeded/simulation.ts';
import { PairRun, type PairRunResult } from './pair-run.ts';
import type { PairAction, PairSettings } from './plan.ts';
import { pairPlanOf } from './planner.ts';

/**
 * The stores of a master and a slave on two simulated machines, connected by the bytes of the log: kills, losses of power and
 * stops of both, full disks, promises that change, changes of the roles, and logs that are cut where they differ.
 */
export const pairSimulation: SeededSimulation<PairSettings, PairAction, undefined, PairRunResult> =
  new SeededSimulation({
    kind: 'pair',
    subject: undefined,
    planOf: pairPlanOf,
    run: (plan) => new PairRun(plan),
    beginsPiece: (action: PairAction) => action.do === 'switch',
  });
