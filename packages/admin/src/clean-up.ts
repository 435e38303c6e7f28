import {
  CLEAN_EXPIRED_CONSUMEQUEUE,
  CLEAN_UNUSED_TOPIC,
  type Command,
  DELETE_EXPIRED_COMMITLOG,
} from '@rocketmq-ts/protocol';
import type { Wire } from './wire.ts';

/** Making room on a broker by hand. */
export interface CleanUpOperations {
  /** Consume queues are cut to the start of the commit log now. */
  cleanExpiredConsumeQueue(address: string): Promise<void>;
  /** Expired files of the commit log are removed in the broker's next rounds, whatever the hour. */
  deleteExpiredCommitLog(address: string): Promise<void>;
  /** Queues of topics that the broker does not have any more are removed. */
  cleanUnusedTopic(address: string): Promise<void>;
}

/** `CleanUpOperations` over the wire. */
export function cleanUpOperations(wire: Wire): CleanUpOperations {
  const ask =
    (command: Command) =>
    async (address: string): Promise<void> => {
      await wire.broker(address, command, {});
    };
  return {
    cleanExpiredConsumeQueue: ask(CLEAN_EXPIRED_CONSUMEQUEUE),
    deleteExpiredCommitLog: ask(DELETE_EXPIRED_COMMITLOG),
    cleanUnusedTopic: ask(CLEAN_UNUSED_TOPIC),
  };
}
