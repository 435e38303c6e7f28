import type { Clock } from '@rocketmq-ts/kernel';
import { type HaClientInfo, type HaRuntimeInfo, NO_HA_CLIENT } from '@rocketmq-ts/protocol';
import type { HaClient, HaService } from '@rocketmq-ts/replication';
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
  if (isSlave) {
    const none = { masterCommitLogMaxOffset: 0, inSyncSlaveNums: 0, haConnectionInfo: [] };
    return { master: false, ...none, haClientRuntimeInfo: clientInfo(parts), divergence };
  }
  const end = facts.appendOffset;
  const haConnectionInfo = service.slaves.map(({ address, ackOffset, nextOffset, bytesPerSecond }) => ({
    addr: address,
    slaveAckOffset: ackOffset,
    diff: end - ackOffset,
    inSync: end - ackOffset < config.haMaxGapNotInSync,
    transferredByteInSecond: bytesPerSecond,
    transferFromWhere: nextOffset,
  }));
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
  const texts: string[] = [];
  const own = isSlave ? client.divergence : undefined;
  if (own !== undefined) texts.push(`this slave from its master ${own.masterAddress}: ${own.sentence}`);
  for (const { host, sentence } of service.divergedSlaves)
    texts.push(`the slave on ${host} from this broker: ${sentence}`);
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

function clientInfo({ clock, facts, client }: HaStatusParts): HaClientInfo {
  const { following, masterAddress } = client;
  const at = (monotonicMs: number | undefined): number =>
    monotonicMs === undefined ? 0 : Math.round(clock.now() - (clock.monotonicMs() - monotonicMs));
  return {
    masterAddr: masterAddress,
    transferredByteInSecond: following?.bytesPerSecond ?? 0,
    maxOffset: facts.appendOffset,
    lastReadTimestamp: at(following?.lastReadMs),
    lastWriteTimestamp: at(following?.lastReportMs),
    masterFlushOffset: facts.masterFlushedOffset,
  };
}
