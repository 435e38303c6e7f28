/** Randomness as the rest of the system sees it; seeded in tests. */
export interface Random {
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** `count` random bytes. */
  bytes(count: number): Buffer;
}
