import { encodeJson } from '../json/write.ts';

/** A connection of a slave, as its master sees it. Source: HARuntimeInfo.HAConnectionRuntimeInfo. */
interface HaConnectionInfo {
  readonly addr: string;
  readonly slaveAckOffset: number;
  readonly diff: number;
  readonly inSync: boolean;
  readonly transferredByteInSecond: number;
  readonly transferFromWhere: number;
}

/** Replication as a master sees it. Source: HARuntimeInfo. */
interface HaRuntimeInfo {
  readonly masterCommitLogMaxOffset: number;
  readonly inSyncSlaveNums: number;
  readonly haConnectionInfo: readonly HaConnectionInfo[];
}

/** The body of a master, as Apache writes it: the part of a slave is there too, all zero. */
export function encodeHaRuntimeInfo(info: HaRuntimeInfo): Buffer {
  return encodeJson({
    haClientRuntimeInfo: {
      lastReadTimestamp: 0,
      lastWriteTimestamp: 0,
      masterFlushOffset: 0,
      maxOffset: 0,
      transferredByteInSecond: 0,
    },
    haConnectionInfo: info.haConnectionInfo.map((connection) => ({ ...connection })),
    inSyncSlaveNums: info.inSyncSlaveNums,
    master: true,
    masterCommitLogMaxOffset: info.masterCommitLogMaxOffset,
  });
}
