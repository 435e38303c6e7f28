import { asError } from '@rocketmq-ts/kernel';
import type { CommitLogListener } from './commit-log.ts';

/**
 * Between the log and what follows from its progress: units that become visible, answers of puts, flushes. What fails
 * there may have left a wrong idea of what is durable, so that a later put could be acknowledged wrongly: `onBroken` turns
 * the store read-only.
 */
export function guardedListener(listener: CommitLogListener, onBroken: (error: Error) => void): CommitLogListener {
  const guarded =
    <Value>(task: (value: Value) => void): ((value: Value) => void) =>
    (value) => {
      try {
        task(value);
      } catch (error) {
        onBroken(asError(error));
      }
    };
  return {
    written: guarded((offset: number) => listener.written(offset)),
    flushed: guarded((offset: number) => listener.flushed(offset)),
    outOfRoom: guarded((error: Error) => listener.outOfRoom(error)),
    roomAgain: guarded<void>(() => listener.roomAgain()),
    flushRefused: guarded((error: Error) => listener.flushRefused(error)),
    failed: guarded((error: Error) => listener.failed(error)),
  };
}
