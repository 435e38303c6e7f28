import { SeededSimulation } from '../seeded/simulation.ts';
import type { Action, PlanSettings } from './plan.ts';
import { planOf } from './planner.ts';
import { simplerOperations } from './simpler.ts';
import { type StoreSubject, theStore } from './store-process.ts';
import { StoreRun, type StoreRunResult } from './store-run.ts';

/**
 * One store on one simulated machine, through several lives: puts, batches, reads, failing disks, kills, power losses and
 * clean stops, all chosen by the seed, held against a model.
 */
export const storeSimulation: SeededSimulation<PlanSettings, Action, StoreSubject, StoreRunResult> =
  new SeededSimulation({
    kind: 'settings',
    subject: theStore,
    planOf,
    run: (plan, subject) => new StoreRun(plan, subject),
    beginsPiece: (action) => action.do === 'start',
    simpler: simplerOperations,
  });
