import { SeededSimulation } from '../seeded/simulation.ts';
import { ClusterRun, type ClusterRunResult, type ClusterSubject } from './cluster-run.ts';
import type { ClusterAction, ClusterSettings } from './plan.ts';
import { clusterPlanOf } from './planner.ts';
import { simplerOperations } from './simpler.ts';

/**
 * Name servers, brokers, producers and consumers through crashes, partitions, failing disks and jumps of the clock, all chosen
 * by the seed; then everything is mended, and the history is held against what a cluster promises.
 */
export const clusterSimulation: SeededSimulation<ClusterSettings, ClusterAction, ClusterSubject, ClusterRunResult> =
  new SeededSimulation({
    kind: 'cluster',
    subject: {},
    planOf: clusterPlanOf,
    run: (plan, subject) => new ClusterRun(plan, subject),
    beginsPiece: (action) => action.do === 'advance',
    simpler: simplerOperations,
  });
