import { asError, type Clock, type Disk, type Logger, type Timer } from '@rocketmq-ts/kernel';
import type { ExpiryConfig } from '../config.ts';
import type { DiskFractions } from '../options.ts';
import type { RunningState } from '../put/running-state.ts';

/** How often the disk is looked at while something is written, or while it is too full. */
const LOOK_PERIOD_MS = 1000;
/** Between two looks a writer gets at the most so far… */
const MOST_UNSEEN_BYTES = 64 * 1024 * 1024;
/** … and a look costs some microseconds, so near the limit there is one for each piece of this size. */
const LEAST_UNSEEN_BYTES = 256 * 1024;

/** How full the disk of each folder is, from 0 to 1 in whole percents; −1 where there is no folder or it is not known. */
export interface DiskRatios {
  readonly commitLog: number;
  readonly consumeQueue: number;
  readonly index: number;
}

/** Folders of a store that may lie on disks of their own. */
type StorePaths = Readonly<Record<keyof DiskRatios, string>>;

/** What a full disk makes the clean-up do. */
export interface SpaceDemand {
  /** Expired files are to be removed, at any hour. */
  readonly clean: boolean;
  /** The reason is not that the disk is too full, but that the system does not report how full it is. */
  readonly unknown: boolean;
  /** Younger ones as well. */
  readonly forcibly: boolean;
}

/** Used share of what this process may use, rounded up to a whole percent. Source: UtilAll#getDiskPartitionSpaceUsedPercent. */
export function usedRatio(usedBytes: number, usableBytes: number): number {
  const all = usedBytes + usableBytes;
  if (all <= 0) return -1;
  // By whole numbers: as fractions 0.07 × 100 is more than 7.
  const hundredfold = usedBytes * 100;
  const rest = hundredfold % all;
  return ((hundredfold - rest) / all + (rest === 0 ? 0 : 1)) / 100;
}

/** Neither limit can be raised above its default. Source: CleanCommitLogService#getDiskSpaceWarningLevelRatio. */
export function warningRatio(config: ExpiryConfig, fractions: DiskFractions): number {
  return clamp(fractions.warningLevel ?? config.diskSpaceWarningLevelRatio / 100, 0.35, 0.9);
}

/** Source: CleanCommitLogService#getDiskSpaceCleanForciblyRatio. */
export function cleanForciblyRatio(config: ExpiryConfig, fractions: DiskFractions): number {
  return clamp(fractions.cleanForcibly ?? config.diskSpaceCleanForciblyRatio / 100, 0.3, 0.85);
}

/** Source: MessageStoreConfig#getDiskMaxUsedSpaceRatio. */
export function maxUsedRatio(config: ExpiryConfig): number {
  return clamp(config.diskMaxUsedSpaceRatio / 100, 0.1, 0.95);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

export interface DiskUsageParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly running: RunningState;
  readonly paths: StorePaths;
  readonly config: ExpiryConfig;
  readonly fractions: DiskFractions;
  readonly writtenOffset: () => number;
}

/**
 * Watches how full the disks of a store are. Above the warning ratio the store takes no puts (reason DISK_RATIO); as in
 * Apache's broker they are taken again when the disk is not above the clean-forcibly ratio either, so that a store near
 * the limit does not change back and forth. Looks once a second while something is written, sooner behind a fast writer, and
 * with each round of the clean-up. Source: DefaultMessageStore$CleanCommitLogService#isSpaceToDelete.
 */
export class DiskUsage {
  readonly #parts: DiskUsageParts;
  #timer: Timer | undefined;
  #lookedAtOffset = -1;
  #failed = false;
  #ratios: DiskRatios | undefined;
  #ratiosMs = 0;
  /** A writer that has reached this offset of the log looks again; see `look`. */
  nextLookOffset = 0;

  constructor(parts: DiskUsageParts) {
    this.#parts = parts;
  }

  /** The first look comes with it: a store that is opened on a full disk takes nothing from the beginning. */
  start(): void {
    this.#warnOfLimits();
    this.look();
    this.#timer = this.#parts.clock.every(LOOK_PERIOD_MS, () => {
      if (this.#parts.writtenOffset() !== this.#lookedAtOffset || this.#parts.running.isRaised('DISK_RATIO'))
        this.look();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Not older than a second: every refused put reports them. */
  ratios(): DiskRatios {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#ratios === undefined || nowMs - this.#ratiosMs >= LOOK_PERIOD_MS) {
      const { commitLog, consumeQueue, index } = this.#parts.paths;
      this.#ratiosMs = nowMs;
      this.#ratios = {
        commitLog: this.#measure(commitLog).ratio,
        consumeQueue: this.#measure(consumeQueue).ratio,
        index: this.#measure(index).ratio,
      };
    }
    return this.#ratios;
  }

  /** Measures, sets whether puts are taken, and returns what is to be cleaned. */
  look(): SpaceDemand {
    const log = this.#measure(this.#parts.paths.commitLog);
    const queues = this.#measure(this.#parts.paths.consumeQueue);
    const { config, fractions, running, writtenOffset } = this.#parts;
    const warning = warningRatio(config, fractions);
    const forcibly = cleanForciblyRatio(config, fractions);
    this.#lookedAtOffset = writtenOffset();
    const restBytes = Math.min(restTo(warning, log), restTo(warning, queues));
    this.nextLookOffset =
      this.#lookedAtOffset + Math.min(MOST_UNSEEN_BYTES, Math.max(LEAST_UNSEEN_BYTES, restBytes / 2));

    const fullest = Math.max(log.ratio, queues.ratio);
    if (fullest > warning) {
      const which = log.ratio > warning ? 'commit log' : 'consume queues';
      running.raise(
        'DISK_RATIO',
        `the disk of the ${which} is full to ${percent(fullest)}, above diskSpaceWarningLevelRatio (${percent(warning)})`,
      );
    } else if (fullest <= forcibly) running.lower('DISK_RATIO');
    if (fullest > Math.min(warning, forcibly)) return { clean: true, unknown: false, forcibly: true };
    if (fullest > maxUsedRatio(config)) return { clean: true, unknown: false, forcibly: false };
    // Where it is not known, what is expired is removed: as by Apache's broker.
    const unknown = log.ratio < 0 || queues.ratio < 0;
    return { clean: unknown, unknown, forcibly: false };
  }

  /** Configured limits that are not used as they are should be known. */
  #warnOfLimits(): void {
    const { config, fractions, logger } = this.#parts;
    const warning = warningRatio(config, fractions);
    const forcibly = cleanForciblyRatio(config, fractions);
    const asked = [
      fractions.warningLevel ?? config.diskSpaceWarningLevelRatio / 100,
      fractions.cleanForcibly ?? config.diskSpaceCleanForciblyRatio / 100,
    ];
    if (asked[0] === warning && asked[1] === forcibly) return;
    logger.warn('the limits of the disk are kept within what Apache allows', {
      diskSpaceWarningLevelRatio: `${asked[0]} is taken as ${warning} (0.35 to 0.90)`,
      diskSpaceCleanForciblyRatio: `${asked[1]} is taken as ${forcibly} (0.30 to 0.85)`,
    });
  }

  #measure(path: string): Measured {
    try {
      if (this.#parts.disk.stat(path) === undefined) return NOT_THERE;
      const { usedBytes, freeBytes } = this.#parts.disk.space(path);
      this.#failed = false;
      return { ratio: usedRatio(usedBytes, freeBytes), usedBytes, allBytes: usedBytes + freeBytes };
    } catch (error) {
      if (!this.#failed)
        this.#parts.logger.warn('how full a disk is could not be found out', { path, error: asError(error) });
      this.#failed = true;
      return NOT_THERE;
    }
  }
}

interface Measured {
  readonly ratio: number;
  readonly usedBytes: number;
  readonly allBytes: number;
}

const NOT_THERE: Measured = { ratio: -1, usedBytes: 0, allBytes: Number.MAX_SAFE_INTEGER };

function restTo(ratio: number, measured: Measured): number {
  return measured.allBytes * ratio - measured.usedBytes;
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
