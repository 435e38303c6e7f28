/** Bits of a message's sysFlag. Source: common/MessageSysFlag. */
export const MessageSysFlag = {
  COMPRESSED: 0x1,
  MULTI_TAGS: 0x2,
  TRANSACTION_NOT_TYPE: 0x0,
  TRANSACTION_PREPARED: 0x4,
  TRANSACTION_COMMIT: 0x8,
  TRANSACTION_ROLLBACK: 0xc,
  TRANSACTION_MASK: 0xc,
  BORNHOST_V6: 0x10,
  STOREHOST_V6: 0x20,
  /** The record is a batch that the consumer must split. */
  NEED_UNWRAP: 0x40,
  INNER_BATCH: 0x80,
  COMPRESSION_LZ4: 0x100,
  COMPRESSION_ZSTD: 0x200,
  COMPRESSION_ZLIB: 0x300,
  COMPRESSION_MASK: 0x700,
} as const;

/** Source: common/compression/CompressionType. */
export type CompressionType = 'LZ4' | 'ZSTD' | 'ZLIB';

/** The two transaction bits in place: 0, PREPARED, COMMIT or ROLLBACK. */
export function transactionType(sysFlag: number): number {
  return sysFlag & MessageSysFlag.TRANSACTION_MASK;
}

/**
 * How the body is compressed, undefined when it is not. No type bits mean ZLIB: older clients set only bit 0.
 * `'illegal'` for undefined type numbers. Source: MessageSysFlag#getCompressionType.
 */
export function compressionType(sysFlag: number): CompressionType | 'illegal' | undefined {
  if ((sysFlag & MessageSysFlag.COMPRESSED) === 0) return undefined;
  switch (sysFlag & MessageSysFlag.COMPRESSION_MASK) {
    case 0:
    case MessageSysFlag.COMPRESSION_ZLIB:
      return 'ZLIB';
    case MessageSysFlag.COMPRESSION_LZ4:
      return 'LZ4';
    case MessageSysFlag.COMPRESSION_ZSTD:
      return 'ZSTD';
    default:
      return 'illegal';
  }
}

/** The compressed bit together with the type's bits. */
export function compressionFlags(type: CompressionType): number {
  return MessageSysFlag.COMPRESSED | MessageSysFlag[`COMPRESSION_${type}`];
}

/** Bits of the sysFlag of a pull request. Source: common/PullSysFlag. */
export const PullSysFlag = {
  COMMIT_OFFSET: 0x1,
  /** Hold the request until messages arrive. */
  SUSPEND: 0x2,
  SUBSCRIPTION: 0x4,
  CLASS_FILTER: 0x8,
  LITE_PULL_MESSAGE: 0x10,
} as const;

/** Bits of a topic's sysFlag. Source: common/TopicSysFlag. */
export const TopicSysFlag = {
  UNIT: 0x1,
  UNIT_SUB: 0x2,
} as const;
