import type { Clock } from '@rocketmq-ts/kernel';
import { type HaConnectionInfo, type HaRuntimeInfo, NO_HA_CLIENT } from '@rocketmq-ts/protocol';
import type { HaClient, HaService, SlaveInfo } from '@rocketmq-ts/replication';
import type { StoreFacts } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';

export interface HaStatusParts {
  readonly clock: Clock;
  readonly config: Pick<BrokerConfig, 'haMaxGapNotInSync'>;
  readonly isSlave: boolean;
  readonly facts: StoreFacts;
  readonly service: HaService;
  readonly client: HaClient;
}

/** Replication as `mqadmin haStatus` asks for it. Source: DefaultHAService#getRuntimeInfo. */
export function haStatus(parts: HaStatusParts): HaRuntimeInfo {
  const { service, isSlave, facts, config } = parts;
  const divergence = divergenceText(parts);
  if (isSlave) return { ...slaveStatus(parts), divergence };
  const end = facts.appendOffset;
  const haConnectionInfo = service.slaves.map((slave) =>
    connectionInfo(slave, end, end - slave.ackOffset < config.haMaxGapNotInSync),
  );
  const inSyncSlaveNums = haConnectionInfo.filter(({ inSync }) => inSync).length;
  return {
    ...{ master: true, masterCommitLogMaxOffset: end, inSyncSlaveNums, haConnectionInfo },
    ...{ haClientRuntimeInfo: NO_HA_CLIENT, divergence },
  };
}

/** Whose logs have diverged from which, and why; undefined when none has. */
export function divergenceText({
  service,
  client,
  isSlave,
}: Pick<HaStatusParts, 'service' | 'client' | 'isSlave'>): string | undefined {
  const own = isSlave ? ownDivergence(client) : undefined;
  const slaves = Array.from(
    service.divergedSlaves,
    ({ host, sentence }) => `the slave on ${host} from this broker: ${sentence}`,
  );
  const texts = own === undefined ? slaves : [own, ...slaves];
  return texts.length === 0 ? undefined : texts.join('; ');
}

/** The same as a list of hosts of slaves, and the address of a slave's master. */
export function divergedPeers({
  service,
  client,
  isSlave,
}: Pick<HaStatusParts, 'service' | 'client' | 'isSlave'>): string[] {
  const own = isSlave ? client.divergence : undefined;
  const slaves = Array.from(service.divergedSlaves, ({ host }) => host);
  return own === undefined ? slaves : [own.masterAddress, ...slaves];
}

/** Why the log of a slave has diverged from its master's; undefined when it has not. */
export function ownDivergence({ divergence }: HaClient): string | undefined {
  return divergence && `this slave from its master ${divergence.masterAddress}: ${divergence.sentence}`;
}

/** A slave's status. */
export function slaveStatus({
  clock,
  facts,
  client,
}: Pick<HaStatusParts, 'clock' | 'facts' | 'client'>): HaRuntimeInfo {
  const { link, masterAddress } = client;
  const at = (monotonicMs: number | undefined): number =>
    monotonicMs === undefined ? 0 : Math.round(clock.now() - (clock.monotonicMs() - monotonicMs));
  return {
    ...{ master: false, masterCommitLogMaxOffset: 0, inSyncSlaveNums: 0, haConnectionInfo: [] },
    haClientRuntimeInfo: {
      masterAddr: masterAddress,
      transferredByteInSecond: link?.bytesPerSecond ?? 0,
      maxOffset: facts.appendOffset,
      lastReadTimestamp: at(link?.lastReadMs),
      lastWriteTimestamp: at(link?.lastReportMs),
      masterFlushOffset: facts.masterFlushedOffset,
    },
  };
}

/** A slave in the status of its master, whose log ends at `end`. */
export function connectionInfo(slave: SlaveInfo, end: number, inSync: boolean): HaConnectionInfo {
  const { address, ackOffset, nextOffset, bytesPerSecond } = slave;
  return {
    ...{ addr: address, slaveAckOffset: ackOffset, diff: end - ackOffset, inSync },
    ...{ transferredByteInSecond: bytesPerSecond, transferFromWhere: nextOffset },
  };
}
