import { asError } from '@rocketmq-ts/kernel';
import type { CommitLogListener } from './commit-log.ts';

/**
 * Between the log and what follows from its progress: units that become visible, answers of puts, flushes. What fails
 * there may have left a wrong idea of what is durable, so that a later put could be acknowledged wrongly: `onBroken` turns
 * the store read-only.
 */
export class GuardedListener implements CommitLogListener {
  readonly #listener: CommitLogListener;
  readonly #onBroken: (error: Error) => void;

  constructor(listener: CommitLogListener, onBroken: (error: Error) => void) {
    this.#listener = listener;
    this.#onBroken = onBroken;
  }

  written(offset: number): void {
    this.#run(() => this.#listener.written(offset));
  }

  flushed(offset: number): void {
    this.#run(() => this.#listener.flushed(offset));
  }

  outOfRoom(error: Error): void {
    this.#run(() => this.#listener.outOfRoom(error));
  }

  roomAgain(): void {
    this.#run(() => this.#listener.roomAgain());
  }

  flushRefused(error: Error): void {
    this.#run(() => this.#listener.flushRefused(error));
  }

  failed(error: Error): void {
    this.#run(() => this.#listener.failed(error));
  }

  #run(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#onBroken(asError(error));
    }
  }
}
