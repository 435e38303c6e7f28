/** Change stamp of a table that is saved or copied to other processes. Source: DataVersion. */
export interface DataVersion {
  readonly stateVersion: number;
  readonly timestamp: number;
  readonly counter: number;
}

/** The stamp of a table that was never changed. */
export function newDataVersion(nowMs: number): DataVersion {
  return { stateVersion: 0, timestamp: nowMs, counter: 0 };
}

/** The stamp after one more change. `stateVersion`: epoch of the master in controller mode, else 0. */
export function nextDataVersion(version: DataVersion, nowMs: number, stateVersion = 0): DataVersion {
  return { stateVersion, timestamp: nowMs, counter: version.counter + 1 };
}

/** All three parts equal. Source: DataVersion#equals. */
export function sameDataVersion(a: DataVersion, b: DataVersion): boolean {
  return a.timestamp === b.timestamp && a.counter === b.counter && a.stateVersion === b.stateVersion;
}

/** Negative when `a` is older: by stateVersion, then counter, then timestamp. Source: DataVersion#compare. */
export function compareDataVersions(a: DataVersion, b: DataVersion): number {
  return a.stateVersion - b.stateVersion || a.counter - b.counter || a.timestamp - b.timestamp;
}
