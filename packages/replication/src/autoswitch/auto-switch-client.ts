import { HaClient, type HaClientParts } from '../slave/ha-client.ts';
import type { Epochs } from './epoch-file.ts';
import { type AutoSwitchSlaveConfig, MasterSession } from './master-session.ts';

export interface AutoSwitchClientParts extends HaClientParts {
  readonly config: AutoSwitchSlaveConfig;
  readonly epochs: Epochs;
  /** The id that the controller gave this broker. */
  readonly brokerId: () => number;
  /** As `MasterSessionParts.onConfirmed`. */
  readonly onConfirmed: (physicalOffset: number) => void;
}

/** A slave in controller mode. Source: AutoSwitchHAClient. */
export function createAutoSwitchClient(parts: AutoSwitchClientParts): HaClient<MasterSession> {
  return new HaClient(parts, {
    converse: (link, change) =>
      new MasterSession(link, {
        ...{ ...parts, brokerId: parts.brokerId() },
        cut: (offset) => change(() => cut(parts, offset)),
      }),
  });
}

/**
 * Resolves to the end of what is left: 0 when nothing of this log is in its master's. Also when nobody waits for it any more
 * nothing is appended before it has ended.
 */
async function cut({ store, epochs, logger }: AutoSwitchClientParts, offset: number): Promise<number> {
  const { minOffset, appendOffset } = store.facts;
  const left = offset <= minOffset ? 0 : offset;
  logger.warn('the end of this log is not in that of its master: it is cut off, and kept in a file', {
    ...{ from: Math.max(offset, minOffset), to: appendOffset },
  });
  await store.truncateLog(left, String(offset).padStart(20, '0'));
  // In this order: epochs that begin behind the end of the log do no harm.
  epochs.cutAt(left);
  return left;
}
