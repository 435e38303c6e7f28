import type { SuddenEnd } from '../machine.ts';

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
export type Damage = 'empty' | 'zeros' | 'half' | 'other kind' | 'gone' | 'folder';

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
  /** A message that was read goes back to the broker for a group. */
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
  /** Hits small files: a failure with a code, else names that are only said to be durable. */
  | {
      readonly do: 'fault';
      readonly operation: 'write' | 'sync' | 'syncDirectory' | 'rename';
      readonly code?: 'EDQUOT' | 'ENOSPC' | 'EIO';
      readonly times: number;
    }
  | { readonly do: 'damage'; readonly file: string; readonly copy: '' | '.bak'; readonly how: Damage };

/** An action with its place in the plan that the seed gave. */
export interface BrokerOperation {
  readonly number: number;
  readonly action: BrokerAction;
}

export interface BrokerPlan {
  readonly settings: BrokerSettings;
  readonly operations: readonly BrokerOperation[];
}

/** One line for the settings and one for each operation: for people to read and for `parseBrokerPlan`. */
export function formatBrokerPlan(plan: BrokerPlan): string {
  const lines = plan.operations.map(
    ({ number, action: { do: name, ...rest } }) => `${number} ${name} ${JSON.stringify(rest)}`,
  );
  return [`broker ${JSON.stringify(plan.settings)}`, ...lines].join('\n');
}

/** Reads what `formatBrokerPlan` wrote; lines that begin otherwise are passed over. Undefined when it is no such plan. */
export function parseBrokerPlan(text: string): BrokerPlan | undefined {
  const operations: BrokerOperation[] = [];
  let settings: BrokerSettings | undefined;
  for (const line of text.split('\n')) {
    const [, first, name, json] = /^\s*(?:(broker)|\d+ ([a-z]+)) (\{.*\})\s*$/.exec(line) ?? [];
    if (json === undefined) continue;
    const fields: unknown = JSON.parse(json);
    if (first !== undefined) settings = fields as BrokerSettings;
    else
      operations.push({
        number: Number.parseInt(line, 10),
        action: { do: name, ...(fields as object) } as BrokerAction,
      });
  }
  return settings === undefined ? undefined : { settings, operations };
}
