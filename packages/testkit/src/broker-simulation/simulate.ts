import { SeededSimulation } from '../seeded/simulation.ts';
import { BrokerRun, type BrokerRunResult, type BrokerSubject } from './broker-run.ts';
import type { BrokerAction, BrokerSettings } from './plan.ts';
import { brokerPlanOf } from './planner.ts';

/**
 * A whole broker on one simulated machine, through several lives: sends to new and known topics, commits, messages sent
 * back, topics and groups made and deleted, slow, lying and failing disks under the small files, kills and losses of power
 * at any step and between any two system calls.
 */
export const brokerSimulation: SeededSimulation<BrokerSettings, BrokerAction, BrokerSubject, BrokerRunResult> =
  new SeededSimulation({
    kind: 'broker',
    subject: {},
    planOf: brokerPlanOf,
    run: (plan, subject) => new BrokerRun(plan, subject),
    beginsPiece: (action) => action.do === 'start',
  });
