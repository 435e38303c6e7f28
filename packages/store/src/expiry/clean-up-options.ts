/**
 * What expires and how full a disk may be, under Apache's names. Each value is read where it is used, so an object whose
 * values change is a configuration that changes while the store runs. Source: MessageStoreConfig.
 */
export interface ExpiryOptions {
  /** Local hours at which expired files go: `04`, or several with `;`. */
  readonly deleteWhen: string;
  /** Hours. */
  readonly fileReservedTime: number;
  /** Milliseconds between two rounds; the first one is a minute after the start. Read at the start only. */
  readonly cleanResourceInterval: number;
  /** Commit log files of one round at the most. */
  readonly deleteFileBatchMax: number;
  /** Milliseconds between two files. */
  readonly deleteCommitLogFilesInterval: number;
  /** Milliseconds between two queues that lose files. */
  readonly deleteConsumeQueueFilesInterval: number;
  /** Whether a disk above the clean-forcibly ratio costs files whose time is not over. */
  readonly cleanFileForciblyEnable: boolean;
  /** Percent, kept within 10 to 95: above it expired files go at any hour. */
  readonly diskMaxUsedSpaceRatio: number;
  /** Percent, kept within 30 to 85. */
  readonly diskSpaceCleanForciblyRatio: number;
  /** Percent, kept within 35 to 90: above it no puts are taken. */
  readonly diskSpaceWarningLevelRatio: number;
}

/** What a command line says of the same limits, as fractions of 1; it goes before the percentages, within the same clamps. */
export interface DiskFractions {
  /** `-Drocketmq.broker.diskSpaceCleanForciblyRatio` */
  readonly cleanForcibly?: number | undefined;
  /** `-Drocketmq.broker.diskSpaceWarningLevelRatio` */
  readonly warningLevel?: number | undefined;
}

/** Apache's defaults. */
export const defaultExpiry: ExpiryOptions = {
  deleteWhen: '04',
  fileReservedTime: 72,
  cleanResourceInterval: 10_000,
  deleteFileBatchMax: 10,
  deleteCommitLogFilesInterval: 100,
  deleteConsumeQueueFilesInterval: 100,
  cleanFileForciblyEnable: true,
  diskMaxUsedSpaceRatio: 75,
  diskSpaceCleanForciblyRatio: 85,
  diskSpaceWarningLevelRatio: 90,
};

/** The hours of `deleteWhen`, undefined when the text is no list of hours. Source: UtilAll#isItTimeToDo. */
export function parseDeleteWhen(text: string): number[] | undefined {
  const parts = text.split(';').map((part) => part.trim());
  // Java's split drops what is empty at the end.
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const isHour = (part: string): boolean => /^\d{1,2}$/.test(part) && Number(part) < 24;
  return parts.every(isHour) ? parts.map(Number) : undefined;
}

/** Whether a moment lies in one of the hours of `deleteWhen`, by the time zone of this process (TZ). */
export function isTimeToDelete(deleteWhen: string, nowMs: number): boolean {
  return parseDeleteWhen(deleteWhen)?.includes(new Date(nowMs).getHours()) ?? false;
}
