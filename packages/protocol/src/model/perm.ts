/** Permission bits of topics and brokers. Source: common/PermName. */
export const Perm = {
  PRIORITY: 8,
  READ: 4,
  WRITE: 2,
  INHERIT: 1,

  isReadable(perm: number): boolean {
    return (perm & 4) !== 0;
  },
  isWriteable(perm: number): boolean {
    return (perm & 2) !== 0;
  },
  isInherited(perm: number): boolean {
    return (perm & 1) !== 0;
  },
  /** What an operator may set: 0 to 7. */
  isValid(perm: number): boolean {
    return Number.isInteger(perm) && perm >= 0 && perm < 8;
  },
  /** `RW-` for 6. */
  toString(perm: number): string {
    return `${perm & 4 ? 'R' : '-'}${perm & 2 ? 'W' : '-'}${perm & 1 ? 'X' : '-'}`;
  },
} as const;
