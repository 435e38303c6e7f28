import { type Clock, type Logger, sleep } from '@rocketmq-ts/kernel';
import {
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_GET_NEXT_BROKER_ID,
  CONTROLLER_GET_REPLICA_INFO,
  decodeSyncStateSet,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerIdentity } from '../identity.ts';
import { type Controllers, refused } from './controllers.ts';
import type { IdentityFiles } from './identity-files.ts';

/** Between attempts of what did not succeed. */
export const RETRY_MS = 1000;
/** In which controllers look for dead brokers: twice Apache's period. */
const STEP_ASIDE_MS = 10_000;

export interface JoiningParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'controllerHeartBeatTimeoutMills'>;
  readonly identity: BrokerIdentity;
  readonly store: Pick<MessageStore, 'facts'>;
  readonly controllers: Controllers;
  readonly files: IdentityFiles;
}

/** Gets an id from the controller, for ever. Rejects when it can't be had now. Source: ReplicasManager#register. */
export async function applyForId({ clock, logger, identity, controllers, files }: JoiningParts): Promise<number> {
  const { clusterName, brokerName, brokerAddr } = identity;
  let applied = files.readApplied();
  if (applied === undefined) {
    const next = await controllers.ask(CONTROLLER_GET_NEXT_BROKER_ID, { clusterName, brokerName });
    const { nextBrokerId } = next.header;
    if (next.code !== ResponseCode.SUCCESS || nextBrokerId === undefined)
      throw refused('the next id', next.code, next.remark);
    applied = { clusterName, brokerName, brokerId: nextBrokerId, registerCheckCode: `${brokerAddr};${clock.now()}` };
    files.apply(applied);
  }
  const { brokerId: appliedBrokerId, registerCheckCode } = applied;
  const header = { clusterName, brokerName, appliedBrokerId, registerCheckCode };
  const { code, remark } = await controllers.ask(CONTROLLER_APPLY_BROKER_ID, header);
  if (code !== ResponseCode.SUCCESS) {
    files.forgetApplied();
    throw refused(`the id ${appliedBrokerId}`, code, remark);
  }
  files.keep(applied);
  logger.info('this broker has an id at the controller', { brokerName, brokerId: appliedBrokerId });
  return appliedBrokerId;
}

/**
 * A master that was not stopped in order may have lost what other members of the in-sync set have: it gives them the time to take its
 * place, as if it were dead. When none does, it is the best there is.
 */
export async function stepAside(
  { store, clock, config, identity, logger, controllers }: JoiningParts,
  brokerId: number,
  stopping: AbortSignal,
): Promise<void> {
  const untilMs = clock.monotonicMs() + config.controllerHeartBeatTimeoutMills + STEP_ASIDE_MS;
  for (let isFirst = true; !store.facts.startedCleanly && clock.monotonicMs() < untilMs; isFirst = false) {
    const { code, header, body } = await controllers.ask(CONTROLLER_GET_REPLICA_INFO, {
      brokerName: identity.brokerName,
    });
    if (code !== ResponseCode.SUCCESS || header.masterBrokerId !== brokerId || body.length === 0) return;
    if (decodeSyncStateSet(body).syncStateSet.every((id) => id === brokerId)) return;
    if (isFirst)
      logger.warn('this master was not stopped in order: another member of the in-sync set may take its place');
    await sleep(clock, RETRY_MS, stopping);
    if (stopping.aborted) return;
  }
}
