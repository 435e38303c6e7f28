/**
 * Version numbers that peers put into every command. They are ordinals of one long enumeration: each release takes two,
 * the snapshot first. Source: common/MQVersion.
 */
export const MQVersion = {
  V3_0_7_SNAPSHOT: 28,
  V3_0_11: 37,
  V3_1_8_SNAPSHOT: 62,
  /** From here on the request's maxReconsumeTimes is honoured. */
  V3_4_9: 121,
  /** Brokers below it cannot filter by SQL92. */
  V4_1_0_SNAPSHOT: 232,
  V4_9_3: 399,
  /** From here on routes are answered in standard JSON. */
  V4_9_4: 401,
  V4_9_8: 409,
  /** From here on a compressed registration carries queue mappings. */
  V5_0_0: 413,
  V5_1_4: 441,
  /** GO_AWAY is answered only above it. */
  V5_3_1: 475,
  V5_3_3: 479,
  V5_4_0: 493,
  HIGHER_VERSION: 612,
} as const;

/** The version that we claim: clients derive features from it. */
export const CURRENT_VERSION = MQVersion.V5_4_0;

const descriptions = listVersions();

/** `V5_4_0` for 493; `HIGHER_VERSION` for anything above the last known. Source: MQVersion#getVersionDesc. */
export function versionDescription(ordinal: number): string {
  return descriptions[Math.max(0, ordinal)] ?? 'HIGHER_VERSION';
}

function listVersions(): string[] {
  const list = [
    'V3_0_0_SNAPSHOT',
    'V3_0_0_ALPHA1',
    ...[1, 2, 3, 4, 5].map((n) => `V3_0_0_BETA${n}`),
    ...[6, 7, 8, 9].flatMap((n) => [`V3_0_0_BETA${n}_SNAPSHOT`, `V3_0_0_BETA${n}`]),
    'V3_0_0_FINAL',
  ];
  const add = (major: number, minor: number, from: number, to: number): void => {
    for (let patch = from; patch <= to; patch++) {
      const name = `V${major}_${minor}_${patch}`;
      list.push(`${name}_SNAPSHOT`, name);
    }
  };
  add(3, 0, 1, 15);
  add(3, 1, 0, 9);
  add(3, 2, 0, 9);
  // From 3.3 to 3.9 the enumeration has no x.y.0.
  for (let minor = 3; minor <= 9; minor++) add(3, minor, 1, 9);
  for (let minor = 0; minor <= 9; minor++) add(4, minor, 0, 9);
  for (let minor = 0; minor <= 9; minor++) add(5, minor, 0, 9);
  return list;
}
