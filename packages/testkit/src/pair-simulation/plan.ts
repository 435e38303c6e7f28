import type { PlannedOperation, SeededPlan } from '../seeded/plan.ts';

/** The two machines, and what is the same through their lives. */
export interface PairSettings {
  readonly seed: number;
  readonly maxLatencyMs: number;
  readonly writeBackChance: number;
  readonly fileBytes: number;
  /** With ASYNC_FLUSH no machine loses its power, since an acknowledgement means memory there. */
  readonly flush: 'SYNC_FLUSH' | 'ASYNC_FLUSH';
  /** As a pair in controller mode: readers see what both have, and the slave is in the in-sync set or not. */
  readonly visible: 'own' | 'confirmed';
}

/** One of the machines; which of them is the master changes. */
export type Side = 0 | 1;

export type PairAction =
  | { readonly do: 'start'; readonly side: Side }
  | { readonly do: 'end'; readonly side: Side; readonly how: 'stop' | 'kill' | 'power' }
  | {
      readonly do: 'put';
      readonly topic: string;
      readonly queueId: number;
      readonly bytes: number;
      readonly count: number;
      readonly waits: boolean;
    }
  /** The slave gets a share of what it lacks of the master's log; before it the end of its own log is cut where that is another one. */
  | { readonly do: 'transfer'; readonly share: number }
  /** The master learns how far the slave is, and the slave what is confirmed. */
  | { readonly do: 'ack' }
  /** Puts of the master wait for the slave, or not. */
  | { readonly do: 'promise'; readonly acknowledge: 'none' | 'wait' | 'unavailable' }
  /** The slave is not waited for any more, until it has everything again. */
  | { readonly do: 'leave' }
  /** The slave becomes the master, and the master a slave. */
  | { readonly do: 'switch' }
  | { readonly do: 'fault'; readonly side: Side; readonly times: number }
  | { readonly do: 'read'; readonly side: Side }
  | { readonly do: 'advance'; readonly ms: number };

export type PairOperation = PlannedOperation<PairAction>;
export type PairPlan = SeededPlan<PairSettings, PairAction>;
