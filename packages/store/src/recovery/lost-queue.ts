import type { Logger } from '@rocketmq-ts/kernel';
import { isInQueue } from '../dispatch/dispatch.ts';
import type { MappedFileQueue } from '../log/mapped-file-queue.ts';
import type { LogScan } from '../log/scan.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';

/** What is looked at of each log file: one read. */
const SAMPLE_BYTES = 1024 * 1024;

/**
 * True when the beginning of a log file before `end` has a record of a queue that is not there, although its topic is: the
 * queue's folder was removed. For a start after a clean stop that left no file of queue ends (by Apache's broker, or an
 * older version of this one, stopped it): what such a start does not read of the log it takes from the queues.
 *
 * A sample, not a proof: an idle queue whose few records lie in the middle of a large log file is not missed. Nor is a
 * topic of which no queue is left, since it looks like one that was deleted: its records stay in the log, and to
 * build its queues again would bring back what was deleted on purpose. For the same reason records before the first one that any
 * queue of the topic has do not count: the topic may have been made again.
 */
export function findLostQueue(
  scan: LogScan,
  files: MappedFileQueue,
  queues: ConsumeQueueTable,
  end: number,
  logger: Logger,
): boolean {
  const begins = new Map<string, number>();
  for (const file of files.files) {
    const sampleEnd = Math.min(end, file.baseOffset + SAMPLE_BYTES);
    for (let offset = file.baseOffset; offset < sampleEnd && scan.recordAt(file, offset) === 'RECORD'; ) {
      const { topic, queueId, physicalOffset, sysFlag, totalSize } = scan.head;
      offset += totalSize;
      if (!isInQueue(sysFlag) || queues.find(topic, queueId)?.isEmpty === false) continue;
      const begin = begins.get(topic) ?? beginOf(queues, topic);
      begins.set(topic, begin);
      if (physicalOffset < begin) continue;
      logger.warn('a queue is missing that the log has records of; the queues are built again', { topic, queueId });
      return true;
    }
  }
  return false;
}

/** Place in the log of the first record that any queue of a topic has; infinity when none has one. */
function beginOf(queues: ConsumeQueueTable, topic: string): number {
  let begin = Number.POSITIVE_INFINITY;
  for (const queue of queues.ofTopic(topic)) {
    const first = queue.isEmpty ? undefined : queue.unitAt(queue.minUnit);
    if (first !== undefined) begin = Math.min(begin, first.physicalOffset);
  }
  return begin;
}
