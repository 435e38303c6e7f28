import { encodeJson } from '../json/write.ts';
import { Members } from './members.ts';

/** A connection of a slave, as its master sees it. Source: HARuntimeInfo.HAConnectionRuntimeInfo. */
export interface HaConnectionInfo {
  readonly addr: string;
  readonly slaveAckOffset: number;
  /** What the slave lacks, in bytes. */
  readonly diff: number;
  readonly inSync: boolean;
  readonly transferredByteInSecond: number;
  readonly transferFromWhere: number;
}

/** A slave's side. Times are of the wall clock. Source: HARuntimeInfo.HAClientRuntimeInfo. */
export interface HaClientInfo {
  readonly masterAddr: string | undefined;
  readonly transferredByteInSecond: number;
  readonly maxOffset: number;
  readonly lastReadTimestamp: number;
  readonly lastWriteTimestamp: number;
  readonly masterFlushOffset: number;
}

/** Replication as a broker sees it: of a master the connections count, of a slave its own one. Source: HARuntimeInfo. */
export interface HaRuntimeInfo {
  readonly master: boolean;
  readonly masterCommitLogMaxOffset: number;
  readonly inSyncSlaveNums: number;
  readonly haConnectionInfo: readonly HaConnectionInfo[];
  readonly haClientRuntimeInfo: HaClientInfo;
  /** Ours: which logs have diverged and why; Apache's tools pass it over. */
  readonly divergence?: string | undefined;
}

/** The side that a broker does not have: all zero. */
export const NO_HA_CLIENT: HaClientInfo = {
  masterAddr: undefined,
  transferredByteInSecond: 0,
  maxOffset: 0,
  lastReadTimestamp: 0,
  lastWriteTimestamp: 0,
  masterFlushOffset: 0,
};

/** The body, as Apache writes it: both sides are there, the one that does not count all zero. */
export function encodeHaRuntimeInfo(info: HaRuntimeInfo): Buffer {
  const { masterAddr, ...client } = info.haClientRuntimeInfo;
  return encodeJson({
    ...(info.divergence === undefined ? {} : { divergence: info.divergence }),
    haClientRuntimeInfo: { ...client, ...(masterAddr === undefined ? {} : { masterAddr }) },
    haConnectionInfo: info.haConnectionInfo.map((connection) => ({ ...connection })),
    inSyncSlaveNums: info.inSyncSlaveNums,
    master: info.master,
    masterCommitLogMaxOffset: info.masterCommitLogMaxOffset,
  });
}

/** Throws BAD_BODY. */
export function decodeHaRuntimeInfo(body: Uint8Array): HaRuntimeInfo {
  const members = Members.parse(body, 'HARuntimeInfo');
  const client = members.object('haClientRuntimeInfo');
  return {
    master: members.flag('master', false),
    masterCommitLogMaxOffset: members.integer('masterCommitLogMaxOffset', 0),
    inSyncSlaveNums: members.integer('inSyncSlaveNums', 0),
    haConnectionInfo: members.objects('haConnectionInfo').map((each) => ({
      addr: each.text('addr', ''),
      slaveAckOffset: each.integer('slaveAckOffset', 0),
      diff: each.integer('diff', 0),
      inSync: each.flag('inSync', false),
      transferredByteInSecond: each.integer('transferredByteInSecond', 0),
      transferFromWhere: each.integer('transferFromWhere', 0),
    })),
    haClientRuntimeInfo: {
      masterAddr: client?.optionalText('masterAddr'),
      transferredByteInSecond: client?.integer('transferredByteInSecond', 0) ?? 0,
      maxOffset: client?.integer('maxOffset', 0) ?? 0,
      lastReadTimestamp: client?.integer('lastReadTimestamp', 0) ?? 0,
      lastWriteTimestamp: client?.integer('lastWriteTimestamp', 0) ?? 0,
      masterFlushOffset: client?.integer('masterFlushOffset', 0) ?? 0,
    },
    divergence: members.optionalText('divergence'),
  };
}
