import type { DiskFractions } from '@rocketmq-ts/store';
import { LauncherError } from './errors.ts';

const WARNING = 'rocketmq.broker.diskSpaceWarningLevelRatio';
const CLEAN_FORCIBLY = 'rocketmq.broker.diskSpaceCleanForciblyRatio';

/**
 * How full a disk may be, from `-Drocketmq.broker.diskSpace…Ratio=0.90` (also in JAVA_OPT): fractions that go before the
 * percentages of the configuration. Throws `DISK_RATIO_INVALID`. Source: DefaultMessageStore$CleanCommitLogService.
 */
export function diskFractions(systemProperties: ReadonlyMap<string, string>): DiskFractions {
  return {
    warningLevel: fraction(WARNING, systemProperties.get(WARNING)),
    cleanForcibly: fraction(CLEAN_FORCIBLY, systemProperties.get(CLEAN_FORCIBLY)),
  };
}

/** Set to nothing counts as not set. */
function fraction(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = /^\s*(\d+\.?\d*|\.\d+)\s*$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 1) return value;
  throw new LauncherError(
    'DISK_RATIO_INVALID',
    `-D${name}=${text} is not allowed: it takes a fraction of the disk above 0 and up to 1, such as 0.85`,
  );
}
