import { encodeJson } from '../json/write.ts';
import { Members } from './members.ts';

/** Part of a log that is from one master's time. Source: EpochEntry. */
export interface EpochEntryBody {
  readonly epoch: number;
  readonly startOffset: number;
  /** The last one is open: Apache's brokers write the largest long. */
  readonly endOffset: number;
}

/** The epochs of a broker's log, and where that ends. Source: EpochEntryCache. */
export interface EpochEntryCache {
  readonly clusterName: string;
  readonly brokerName: string;
  /** 0 for the master. */
  readonly brokerId: number;
  readonly epochList: readonly EpochEntryBody[];
  readonly maxOffset: number;
}

/** The body, as Apache writes it. */
export function encodeEpochEntryCache(cache: EpochEntryCache): Buffer {
  const { brokerId, brokerName, clusterName, maxOffset } = cache;
  const epochList = cache.epochList.map(({ endOffset, epoch, startOffset }) => ({ endOffset, epoch, startOffset }));
  return encodeJson({ brokerId, brokerName, clusterName, epochList, maxOffset });
}

/** The last entry ends where the log ends. Throws BAD_BODY. */
export function decodeEpochEntryCache(body: Uint8Array): EpochEntryCache {
  const members = Members.parse(body, 'EpochEntryCache');
  const maxOffset = members.integer('maxOffset', 0);
  const entries = members.objects('epochList');
  const epochList = entries.map((entry, index) => ({
    epoch: entry.integer('epoch'),
    startOffset: entry.integer('startOffset'),
    endOffset: index === entries.length - 1 ? maxOffset : entry.integer('endOffset'),
  }));
  return {
    clusterName: members.text('clusterName', ''),
    brokerName: members.text('brokerName', ''),
    brokerId: members.integer('brokerId', 0),
    epochList,
    maxOffset,
  };
}
