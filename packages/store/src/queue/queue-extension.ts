import { type Disk, readInt64, viewOf } from '@rocketmq-ts/kernel';

/** What a unit's tags code is the address of, in a folder that Apache's broker wrote with enableConsumeQueueExt. */
export interface QueueExtension {
  /** Bytes of the entry. */
  readonly size: number;
  /** The real one. */
  readonly tagsCode: number;
  readonly storeTimestamp: number;
  /** Bits of the groups whose SQL92 filters match the message; empty without them. A hint: it may say yes where none matches. */
  readonly bitMap: Buffer;
}

const TWO_31 = 0x8000_0000;
const TWO_32 = 0x1_0000_0000;

/** True for a tags code that is an address in the extension files: it is below every 32-bit hash. Source: ConsumeQueueExt#isExtAddr. */
export function isExtensionAddress(tagsCode: number): boolean {
  return tagsCode < -TWO_31;
}

/** The offset in the extension files that a tags code is the address of; undefined for a hash. Source: ConsumeQueueExt#unDecorate. */
export function extensionOffset(view: DataView, position: number): number | undefined {
  if (!isExtensionAddress(readInt64(view, position))) return undefined;
  return (view.getInt32(position) + TWO_31) * TWO_32 + view.getUint32(position + 4);
}

/**
 * | offset | size | field, big endian |
 * | --- | --- | --- |
 * | 0 | 2 | size of the entry |
 * | 2 | 8 | tags code |
 * | 10 | 8 | store time, ms |
 * | 18 | 2 | length of the bit map |
 * | 20 | – | bit map |
 *
 * Source: ConsumeQueueExt.CqExtUnit.
 */
const HEAD_BYTES = 20;
const MAX_BYTES = 32767;

/**
 * Reads an entry of the extension files of a queue, which are as long as the one before the next begins; undefined where there is
 * none. For operators: it opens a file. Throws the disk's error.
 */
export function readExtension(disk: Disk, folder: string, offset: number): QueueExtension | undefined {
  let name: string | undefined;
  for (const entry of disk.list(folder)) {
    if (/^\d{20}$/.test(entry.name) && Number(entry.name) <= offset && (name === undefined || entry.name > name)) {
      name = entry.name;
    }
  }
  if (name === undefined) return undefined;
  const file = disk.open(`${folder}/${name}`, 'read');
  try {
    const bytes = Buffer.alloc(MAX_BYTES);
    const found = file.readSync(bytes, 0, MAX_BYTES, offset - Number(name));
    const view = viewOf(bytes);
    const size = view.getInt16(0);
    const bits = Math.max(0, view.getInt16(18));
    if (found < HEAD_BYTES || size < HEAD_BYTES || size > found || HEAD_BYTES + bits > size) return undefined;
    const bitMap = Buffer.from(bytes.subarray(HEAD_BYTES, HEAD_BYTES + bits));
    return { size, tagsCode: readInt64(view, 2), storeTimestamp: readInt64(view, 10), bitMap };
  } finally {
    file.close();
  }
}
