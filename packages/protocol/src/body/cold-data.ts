import { writeJson } from '../json/write.ts';

/** What a group has read of old messages in the round of this moment. Source: AccAndTimeStamp. */
export interface ColdReads {
  /** Bytes. */
  readonly coldAcc: number;
  readonly createTimeMills: number;
  readonly lastColdReadTimeMills: number;
}

/** Limits of reads of old messages, and what was read. Source: ColdDataCgCtrService#getColdDataFlowCtrInfo. */
export interface ColdDataFlowCtrInfo {
  /** Of a group without one of its own: bytes a round. */
  readonly cgColdReadThreshold: number;
  /** Of all groups together: bytes a round. */
  readonly globalColdReadThreshold: number;
  readonly globalAcc: number;
  /** Groups with a threshold of their own. */
  readonly configTable: ReadonlyMap<string, number>;
  /** Groups that have read old messages of late. */
  readonly runtimeTable: ReadonlyMap<string, ColdReads>;
}

/** The body, as Apache writes it. */
export function encodeColdDataFlowCtrInfo(info: ColdDataFlowCtrInfo): Buffer {
  const { runtimeTable, configTable, cgColdReadThreshold, globalColdReadThreshold, globalAcc } = info;
  const members = { runtimeTable, configTable, cgColdReadThreshold, globalColdReadThreshold, globalAcc };
  return Buffer.from(writeJson(new Map(Object.entries(members))));
}
