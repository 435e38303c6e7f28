/**
 * What mqadmin printed, without what differs between two calls a moment apart. Blanks stay, since scripts cut these
 * columns; only before a decimal they go, because it is set flush right.
 *
 * In `#Timer(Progress)` of clusterList the timer's reading is zero to two seconds behind, since it moves on once a second; a longer
 * delay is shown as it is.
 */
export function masked(output: string): string {
  return output
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d{3})?/g, '<time>')
    .replace(/(?<= )[0-2](?=-\d+\(\d+\.\dw, )/g, '<0-2>')
    .replace(/ *(?<![\d.])\d+\.\d+(?![\d.])/g, ' <decimal>');
}

/** What brokerStatus shows of the moment: rates, times since the start, how long something took, what the disk has, and what is not flushed yet. */
const OF_THE_MOMENT =
  /\b(runtime|\w+Tps|putMessageDistributeTime|putLatency999?|\w+EntireTimeMax|commitLogDirCapacity|\w+DiskRatio(_\S+)?|timerReadBehind|remainHowManyDataToFlush) *: .*/g;

/** The same of brokerStatus, in which more differs. Names of keys stay, and all other values. */
export function maskedStatus(output: string): string {
  return masked(output.replace(OF_THE_MOMENT, '$1: <of the moment>'));
}

/** Sorted lines: for output whose order follows a hash table of the one or the other. */
export function lines(output: string): string[] {
  return output.split('\n').sort();
}

/** A Java stack trace, which mqadmin prints for any failure while it still ends with code 0. */
export function hasStackTrace(output: string): boolean {
  return /^\s+at [\w.$]+\(/m.test(output) || /Exception/.test(output);
}
