import type { SuddenEnd } from '../machine.ts';
import type { PlannedOperation, SeededPlan } from '../seeded/plan.ts';

/** The machine and how it behaves. */
export interface BrokerSettings {
  readonly seed: number;
  readonly diskLatencyMs: number;
  readonly networkLatencyMs: number;
  readonly writeBackChance: number;
  /** What each sync of a small file, and of its folder, takes longer. */
  readonly smallFileMs: number;
  /** How long the log of an ASYNC_FLUSH broker may stay open: so much of it, and not of the small files, the power takes. */
  readonly logFlushMs: number;
}

/** What happens to a copy of a saved file while no process runs. */
export type Damage = 'empty' | 'zeros' | 'half' | 'other kind' | 'missing' | 'folder';

/**
 * One step. Messages have the number of their operation as id, members of a batch the hundreds above it. Those that take a
 * `share` (0 to 1) choose among what there is at that moment.
 */
export type BrokerAction =
  | { readonly do: 'start'; readonly flush: 'SYNC_FLUSH' | 'ASYNC_FLUSH' }
  | { readonly do: 'end'; readonly how: SuddenEnd | 'stop'; readonly powerOff?: boolean }
  /** The process dies at a later call that changes the disk. */
  | { readonly do: 'die'; readonly calls: number; readonly how: SuddenEnd }
  | {
      readonly do: 'send';
      readonly topic: string;
      readonly queueId: number;
      readonly bytes: number;
      readonly level?: number;
    }
  | { readonly do: 'batch'; readonly topic: string; readonly queueId: number; readonly count: number }
  /** A message that was read is sent back to the broker for a group. */
  | {
      readonly do: 'back';
      readonly group: string;
      readonly topic: string;
      readonly share: number;
      readonly dead?: boolean;
    }
  | {
      readonly do: 'commit';
      readonly group: string;
      readonly topic: string;
      readonly queueId: number;
      readonly share: number;
    }
  | { readonly do: 'join'; readonly group: string }
  | { readonly do: 'topic'; readonly topic: string; readonly queues: number }
  | { readonly do: 'untopic'; readonly topic: string }
  | { readonly do: 'group'; readonly group: string; readonly retryQueues: number }
  | { readonly do: 'ungroup'; readonly group: string }
  | { readonly do: 'advance'; readonly ms: number }
  /** Until everything that was asked is answered. */
  | { readonly do: 'answers' }
  /** Hits small files: a failure with a code, else syncs of names that succeed without effect. */
  | {
      readonly do: 'fault';
      readonly operation: 'write' | 'sync' | 'syncDirectory' | 'rename';
      readonly code?: 'EDQUOT' | 'ENOSPC' | 'EIO';
      readonly times: number;
    }
  | { readonly do: 'damage'; readonly file: string; readonly copy: '' | '.bak'; readonly how: Damage };

export type BrokerOperation = PlannedOperation<BrokerAction>;
export type BrokerPlan = SeededPlan<BrokerSettings, BrokerAction>;
