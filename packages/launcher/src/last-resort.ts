import { asError, type Logger } from '@rocketmq-ts/kernel';

/**
 * What happens to errors that no guard saw, in this thread. After an exception no message may be acknowledged, and the store may
 * not be marked as cleanly stopped: `end` is to end the thread. A promise without a handler is logged: nothing else depends on it.
 */
export function onUnhandledErrors(logger: Logger, end: (error: Error) => void): void {
  process.on('uncaughtException', (error) => {
    logger.error('Ends on an unhandled error', { error: asError(error) });
    end(asError(error));
  });
  process.on('unhandledRejection', (error) => {
    logger.error('A defect: a task failed that nothing waited for; the server keeps running', {
      error: asError(error),
    });
  });
}
