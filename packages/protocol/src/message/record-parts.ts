import { MessageSysFlag } from '../model/sys-flag.ts';
import { HOST_BYTES_V4, HOST_BYTES_V6, RecordMagic, RecordOffset } from './layout.ts';

/** Bytes of born host and store host of a record with this sys flag. */
export function bornHostBytes(sysFlag: number): number {
  return (sysFlag & MessageSysFlag.BORNHOST_V6) === 0 ? HOST_BYTES_V4 : HOST_BYTES_V6;
}

function storeHostBytes(sysFlag: number): number {
  return (sysFlag & MessageSysFlag.STOREHOST_V6) === 0 ? HOST_BYTES_V4 : HOST_BYTES_V6;
}

/** Position of the body's length in a record, from the record's beginning. See the table in `layout.ts`. */
export function bodyLengthOffset(sysFlag: number): number {
  return RecordOffset.bornHost + bornHostBytes(sysFlag) + 8 + storeHostBytes(sysFlag) + 12;
}

/**
 * Where the parts of a record are whose place depends on its hosts, body and topic: positions in the bytes that hold it. One
 * object is reused for many records, and nothing is decoded. See the table in `layout.ts`.
 */
export class RecordParts {
  storeTimestampAt = 0;
  storeHostAt = 0;
  /** The prepared transaction offset is 4 bytes behind it. */
  reconsumeTimesAt = 0;
  bodyAt = 0;
  bodyEnd = 0;
  topicAt = 0;
  topicEnd = 0;
  propertiesAt = 0;
  /** The end of a record that holds together. */
  propertiesEnd = 0;

  /**
   * Finds the parts of the record at `start`, of which the caller knows that it has a record's magic, at least
   * `RECORD_FIXED_BYTES` and no byte at `end` or behind it. Returns what is wrong with its inner lengths, undefined when they
   * fit; the parts are valid only then.
   */
  find(view: DataView, start: number, end: number): string | undefined {
    const sysFlag = view.getInt32(start + RecordOffset.sysFlag);
    this.storeTimestampAt = start + RecordOffset.bornHost + bornHostBytes(sysFlag);
    this.storeHostAt = this.storeTimestampAt + 8;
    this.reconsumeTimesAt = this.storeHostAt + storeHostBytes(sysFlag);
    this.bodyAt = this.reconsumeTimesAt + 16;
    if (this.bodyAt > end) return 'it ends within its hosts';
    const topicLengthBytes = view.getInt32(start + RecordOffset.magic) === RecordMagic.v2 ? 2 : 1;
    const bodyBytes = view.getInt32(this.bodyAt - 4);
    this.bodyEnd = this.bodyAt + bodyBytes;
    this.topicAt = this.bodyEnd + topicLengthBytes;
    if (bodyBytes < 0 || this.topicAt > end) return misfit(bodyBytes);
    const topicBytes = topicLengthBytes === 2 ? view.getInt16(this.bodyEnd) : view.getInt8(this.bodyEnd);
    this.topicEnd = this.topicAt + topicBytes;
    this.propertiesAt = this.topicEnd + 2;
    if (topicBytes < 0 || this.propertiesAt > end) return misfit(topicBytes);
    const propertiesBytes = view.getInt16(this.topicEnd);
    this.propertiesEnd = this.propertiesAt + propertiesBytes;
    if (propertiesBytes < 0 || this.propertiesEnd > end) return misfit(propertiesBytes);
    return undefined;
  }
}

function misfit(lengthBytes: number): string {
  return `a length of ${lengthBytes} bytes does not fit`;
}
