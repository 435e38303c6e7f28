import type { Random } from '@rocketmq-ts/kernel';

/** Randomness that a seed replays (xoshiro128**). Not for secrets. */
export class SeededRandom implements Random {
  readonly seed: number;
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    this.seed = seed;
    // Neighbouring seeds must not give similar sequences: splitmix32 spreads them over the whole state.
    let spread = seed >>> 0;
    for (let index = 0; index < 4; index++) {
      spread = (spread + 0x9e3779b9) >>> 0;
      let word = spread ^ (spread >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      this.#state[index] = word ^ (word >>> 15);
    }
  }

  below(bound: number): number {
    return Math.floor(this.#fraction() * bound);
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.allocUnsafe(count);
    for (let index = 0; index < count; index++) bytes[index] = this.#next() >>> 24;
    return bytes;
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.#fraction() < probability;
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** One of them; throws when there is none. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** An independent sequence: what one part of a simulation draws then does not shift what another one gets. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next());
  }

  /** 53 random bits, as many as a number holds. */
  #fraction(): number {
    return ((this.#next() >>> 5) * 67108864 + (this.#next() >>> 6)) / 9007199254740992;
  }

  #next(): number {
    const s = this.#state as Uint32Array & { 0: number; 1: number; 2: number; 3: number };
    const scrambled = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return scrambled;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
