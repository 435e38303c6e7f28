import { isForbiddenToSend, isReservedProperty, MessageSysFlag, type MessageView } from '@rocketmq-ts/admin';
import { formatEndpoint } from '@rocketmq-ts/kernel';
import { BODY_SHOWN_BYTES, type DecodedId, type MessageDetail } from '../api/index.ts';
import type { FoundMessage } from './find.ts';
import { rowsOf } from './find.ts';
import { messageRow } from './rows.ts';

/** Bits that stand alone; those of the transaction and of the compression follow. Source: MessageSysFlag. */
const BITS: readonly (readonly [number, string])[] = [
  [MessageSysFlag.COMPRESSED, 'COMPRESSED'],
  [MessageSysFlag.MULTI_TAGS, 'MULTI_TAGS'],
  [MessageSysFlag.BORNHOST_V6, 'BORNHOST_V6'],
  [MessageSysFlag.STOREHOST_V6, 'STOREHOST_V6'],
];
/** By the two bits of `TRANSACTION_MASK`, and by the three of `COMPRESSION_MASK`, which stay when a body is inflated. */
const TRANSACTION = ['', 'TRANSACTION_PREPARED', 'TRANSACTION_COMMIT', 'TRANSACTION_ROLLBACK'];
const COMPRESSION = ['', 'LZ4', 'ZSTD', 'ZLIB'];

/** Everything about a message. */
export function messageDetail(one: FoundMessage, id: DecodedId, others: readonly FoundMessage[]): MessageDetail {
  const { message, brokerName } = one;
  const shown = message.body.subarray(0, BODY_SHOWN_BYTES);
  return {
    ...messageRow(message, brokerName),
    id,
    bornHost: formatEndpoint(message.bornHost),
    storeHost: formatEndpoint(message.storeHost),
    physicalOffset: message.physicalOffset,
    storeBytes: message.storeSize,
    flag: message.flag,
    sysFlag: message.sysFlag,
    sysFlags: sysFlagsOf(message.sysFlag),
    bodyCrc: message.bodyCrc >>> 0,
    preparedTransactionOffset: message.preparedTransactionOffset,
    properties: [...message.properties].map(([name, value]) => ({ name, value, isSystem: isReservedProperty(name) })),
    bodyBase64: shown.toString('base64'),
    stillCompressed: (message.sysFlag & MessageSysFlag.COMPRESSED) !== 0,
    others: rowsOf(others),
    mayBeResent: mayBeResent(message),
  };
}

/** Topics of the broker itself take no messages of clients. */
export function mayBeResent({ topic }: MessageView): boolean {
  return !isForbiddenToSend(topic);
}

function sysFlagsOf(sysFlag: number): string[] {
  const names = BITS.filter(([bit]) => (sysFlag & bit) !== 0).map(([, name]) => name);
  return [...names, TRANSACTION[(sysFlag >> 2) & 3] ?? '', COMPRESSION[(sysFlag >> 8) & 7] ?? ''].filter(
    (name) => name !== '',
  );
}
