import type { Endpoint } from '@rocketmq-ts/kernel';
import { createOffsetMessageId } from '@rocketmq-ts/protocol';
import type { PutResult } from '@rocketmq-ts/store';

const TWO_32 = 0x1_0000_0000;
const TWO_DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** Writes offset message ids: what stays the same for 4 GiB of the log is kept, the rest is looked up byte by byte. */
export class OffsetMessageIds {
  readonly #host: string;
  #high = -1;
  #prefix = '';

  constructor(address: Endpoint) {
    this.#host = createOffsetMessageId(address, 0).slice(0, -16);
  }

  /** Of a batch: those of its members, separated by commas. */
  ofBatch(members: readonly PutResult[]): string {
    return members.map(({ physicalOffset }) => this.of(physicalOffset)).join(',');
  }

  /** `offset`: physical. */
  of(offset: number): string {
    const high = Math.floor(offset / TWO_32);
    if (high !== this.#high) {
      this.#high = high;
      this.#prefix = this.#host + high.toString(16).toUpperCase().padStart(8, '0');
    }
    const low = offset >>> 0;
    return (
      this.#prefix +
      TWO_DIGITS[low >>> 24]! +
      TWO_DIGITS[(low >>> 16) & 255]! +
      TWO_DIGITS[(low >>> 8) & 255]! +
      TWO_DIGITS[low & 255]!
    );
  }
}
