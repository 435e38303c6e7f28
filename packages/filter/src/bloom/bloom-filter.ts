import { murmur3First64 } from './murmur3.ts';

/** The bits of one consumer group in the bit maps of a broker. Source: BloomFilterData. */
export interface BloomFilterData {
  /** Length of a bit map, in bits. */
  readonly bitNum: number;
  readonly bitPos: readonly number[];
}

/**
 * Which bits of a message's bit map belong to a consumer group: Apache's broker sets them, where it is configured to, when the
 * SQL92 filter of the group matches the message. Source: BloomFilter.
 */
export class BloomFilter {
  /** Length of a bit map, in bits; whole bytes. */
  readonly bitNum: number;
  readonly #hashes: number;

  /** `errorPercent`: 1 to 99, how often a bit map says that a message may match which does not; `groups`: expected, at least 1. */
  constructor(errorPercent: number, groups: number) {
    const errorRate = errorPercent / 100;
    this.#hashes = Math.ceil(logarithm(0.5, errorRate));
    const bits = Math.ceil(groups * logarithm(2, 1 / errorRate) * logarithm(2, Math.E));
    this.bitNum = 8 * Math.ceil(bits / 8);
  }

  /** Source: BloomFilter#generate, ConsumerFilterManager#register. */
  dataOf(group: string, topic: string): BloomFilterData {
    return this.dataOfText(`${group}#${topic}`);
  }

  dataOfText(text: string): BloomFilterData {
    const hash = murmur3First64(Buffer.from(text, 'utf8'));
    const low = Number(BigInt.asIntN(32, hash));
    const high = Number(BigInt.asIntN(32, hash >> 32n));
    const bitPos = Array.from({ length: this.#hashes }, (_, i) => {
      const combined = (low + Math.imul(i + 1, high)) | 0;
      return (combined < 0 ? ~combined : combined) % this.bitNum;
    });
    return { bitNum: this.bitNum, bitPos };
  }

  /** False where a bit map says that the filter of the group surely does not match. Source: BloomFilter#isHit. */
  mayMatch(data: BloomFilterData, bitMap: Uint8Array): boolean {
    if (!this.hasMade(data) || bitMap.length * 8 !== this.bitNum) return true;
    return data.bitPos.every((bit) => ((bitMap[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
  }

  /** False for data of a filter with other settings. Source: BloomFilter#isValid. */
  hasMade(data: BloomFilterData): boolean {
    return data.bitNum === this.bitNum && data.bitPos.length === this.#hashes;
  }
}

/** As Apache's broker computes it: with other rounding a bit map could have another length. */
function logarithm(base: number, value: number): number {
  return Math.log(value) / Math.log(base);
}
